"""The golden set: what commands and functions give today, byte for byte, as short hashes in golden.json.

Each line of ``golden.json`` is a case: a command line of ``symgen`` or of the lab (``&&`` parts several) or a
function of ``golden_functions.py``, with the hash of what it printed or returned and of each file that it wrote. Times,
folders and versions are taken out first; while networks train, a second passes at each step. Draws follow floating
point, so the hashes hold for the versions and the platform that the first line names, those of ``constraints.txt`` on
Linux and x86-64; elsewhere the cases are skipped. Of two hashes of one sound, the first is of its length and level and
the second of its samples, which are compared where FluidSynth is of the recorded version; weights that were trained
and figures with all their digits are compared on a processor with the same instructions.

A change that is meant is written down with its reason, which stands beside the hashes it changed; to see what changed,
keep what the cases give in two trees and compare the folders::

    python tests/golden/write_golden.py "the reason" [part of the name of a case ...]
    python tests/golden/keep_golden.py FOLDER [part of the name of a case ...]
"""

from __future__ import annotations

import re
from itertools import chain
from pathlib import Path
from typing import Any

import pytest
from golden_cases import CASES, COMMANDS, LONG_COMMANDS
from golden_runs import LIBRARIES, environment, fluidsynth_version, processor, read_record, run_case

import symgen
from symgen.cli.commands import COMMANDS as TABLE
from symgen.cli.options import Family, option_rows

RECORD = read_record()
BEFORE = RECORD["environment"]
OTHERS = {name: value for name, value in environment().items() if BEFORE[name] != value}
EXACT = re.compile(
    r"^(lab )?train|^gan (train|evaluate)|^evaluate|^python: trained|\b(run|gan-run)\b"
)
"""Cases that train, use what was trained, or give figures with all their digits."""
HERE = Path(__file__).parent
SHORT = [name for name in CASES if name not in LONG_COMMANDS]


def without_samples(hashes: dict[str, str]) -> dict[str, str]:
    """Leave out the second hash of sounds."""
    return {name: value.partition(" ")[0] for name, value in hashes.items()}


def check(name: str) -> None:
    expected: dict[str, str] = RECORD[name]["hash"]
    if EXACT.search(name) and processor() != BEFORE["processor"]:
        pytest.skip("the hashes are of another processor")
    synthesizer = fluidsynth_version()
    if not synthesizer and any(" " in value for value in expected.values()):
        pytest.skip("FluidSynth is missing")
    found = run_case(CASES[name])
    if synthesizer == BEFORE["fluidsynth"]:
        assert found == expected
    else:
        assert without_samples(found) == without_samples(expected)


@pytest.mark.skipif(bool(OTHERS), reason=f"the hashes are not of {OTHERS}")
@pytest.mark.filterwarnings("default")
class TestCases:
    @pytest.mark.parametrize("name", SHORT, ids=SHORT)
    def test_the_same_bytes(self, name: str) -> None:
        check(name)

    @pytest.mark.long
    @pytest.mark.parametrize("name", LONG_COMMANDS, ids=LONG_COMMANDS)
    def test_the_same_bytes_after_long_work(self, name: str) -> None:
        check(name)


# -- the table is whole ------------------------------------------------------------------


def options_of_commands() -> dict[str, set[str]]:
    """All commands, those of ``gan`` in place of ``gan``, with the first names of their options."""
    found = {}
    for member in chain.from_iterable(TABLE.values()):
        inner = member.members if isinstance(member, Family) else (member,)
        for command in inner:
            name = command.name if command is member else f"{member.name} {command.name}"
            names = (row.names[0] for row in option_rows(command))
            found[name] = {option for option in names if option.startswith("-")}
    return found


def test_the_table_lists_the_commands() -> None:
    assert {"generate", "train-transcriber", "doctor", "gan augment"} <= set(options_of_commands())


def test_each_option_of_each_command_is_in_the_table() -> None:
    lines = [part for line in [*COMMANDS, *LONG_COMMANDS] for part in line.split(" && ")]
    for command, options in options_of_commands().items():
        words = {
            word for line in lines if f"{line} ".startswith(f"{command} ") for word in line.split()
        }
        assert words, command
        assert options <= words, command


def test_each_public_name_is_in_the_table() -> None:
    source = (HERE / "golden_functions.py").read_text(encoding="utf-8")
    assert [name for name in symgen.__all__ if name not in source and name != "__version__"] == []


def test_no_hash_is_left_over() -> None:
    assert set(RECORD) - {"environment"} == set(CASES)


def test_the_hashes_are_of_the_versions_that_the_release_is_tested_with() -> None:
    text = (HERE.parents[1] / "constraints.txt").read_text(encoding="utf-8")
    pins: dict[str, Any] = dict(
        re.findall(r"^([\w-]+)==([^;\s]+)(?:; python_version >= .*)?$", text, re.MULTILINE)
    )
    assert {name: BEFORE[name] for name in LIBRARIES} == {name: pins[name] for name in LIBRARIES}
