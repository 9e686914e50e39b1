"""The golden set: what commands and functions give today, byte for byte, as short hashes in golden.json.

Each line of ``golden.json`` is a case: a command line of ``symgen`` (``&&`` parts several) or the name of a function
that uses the library, and the hash of what it printed and of each file that it wrote. Times, paths and versions are
taken out first. Draws follow floating point, so the hashes hold for the versions and the platform that the first line
names, those of ``constraints.txt`` on Linux and x86-64; elsewhere the cases are skipped. Samples that FluidSynth made
are compared where its version is the recorded one, and their number and level elsewhere.

A change that is meant is written down with its reason, which stands beside the hashes it changed::

    python tests/golden/write_golden.py "the reason" [part of the name of a case ...]
"""

from __future__ import annotations

from typing import Any

import pytest
from golden_cases import CASES
from golden_runs import environment, fluidsynth_version, read_record, run_case

RECORD = read_record()
HERE = {
    name: value for name, value in environment().items() if RECORD["environment"].get(name) != value
}

pytestmark = pytest.mark.skipif(bool(HERE), reason=f"the hashes are of other versions than {HERE}")


def comparable(hashes: dict[str, str]) -> dict[str, str]:
    """Leave out the samples of sound where another FluidSynth made them: the second word of a hash."""
    if fluidsynth_version() == RECORD["environment"]["fluidsynth"]:
        return hashes
    return {name: value.partition(" ")[0] for name, value in hashes.items()}


@pytest.mark.filterwarnings("default")
@pytest.mark.parametrize("name", CASES)
def test_the_same_bytes(name: str) -> None:
    expected: dict[str, Any] = RECORD[name]["hash"]
    assert comparable(run_case(CASES[name])) == comparable(expected)


def test_no_hash_is_left_over() -> None:
    assert set(RECORD) - {"environment"} == set(CASES)
