"""The table of controls: `Controls`, the command line and the documentation say the same."""

from __future__ import annotations

import json
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

from symgen.cli.commands import make_parser
from symgen.music.control_table import CONFLICTS, CONTROLS
from symgen.music.controls import Controls
from symgen.system.errors import ControlError
from symgen.verification import HARD

DOCS = Path(__file__).parents[2] / "docs" / "controls.md"
HEAD = ["option", "values", "default", "holds or steers", "needs", "what it asks for"]


def docs_table() -> list[str]:
    """The table as the documentation shows it."""
    rows = [HEAD, ["---"] * len(HEAD)]
    for row in Controls.table():
        default = "" if row["default"] in (None, [], False) else f"{row['default']:g}"
        needs = f"`--{row['needs']}`" if row["needs"] in CONTROLS else row["needs"]
        told = [f"`{row['option']}`", row["legal"], default, row["effect"], needs, row["help"]]
        rows.append(told)
    return [f"| {' | '.join(cells)} |" for cells in rows]


def test_the_documentation_shows_the_table() -> None:
    written = [line for line in DOCS.read_text(encoding="utf-8").splitlines() if line[:1] == "|"]
    assert written == docs_table(), "\n".join(docs_table())


def test_every_field_has_a_row_and_its_default() -> None:
    assert [each.name for each in fields(Controls)] == list(CONTROLS)
    for name, row in CONTROLS.items():
        assert getattr(Controls(), name) == row.default == getattr(Controls, name)


def test_the_table_is_plain_data() -> None:
    schema = Controls.table()
    assert json.loads(json.dumps(schema)) == schema
    assert {row["effect"] for row in schema} == {"holds", "steers"}
    assert all(row["help"] for row in schema)


@pytest.mark.parametrize(
    ("command", "left_out"), [("generate", {"complete_bar"}), ("continue tune.mid", set())]
)
def test_the_command_line_has_every_control(command: str, left_out: set[str]) -> None:
    options = make_parser().parse_args(command.split())
    assert set(CONTROLS) - set(options.control_names) == left_out
    assert (
        Controls(**{name: getattr(options, name) for name in options.control_names}) == Controls()
    )


@pytest.mark.parametrize("command", ["infill t.mid --bars 1-2", "vary t.mid", "harmonize t.mid"])
def test_jobs_on_a_tune_have_those_that_draw_notes(command: str) -> None:
    names = make_parser().parse_args(command.split()).control_names
    assert set(names) - {"instrument", "style", "end", "variation"} == {
        row.name for row in CONTROLS.values() if row.jobs == "all"
    }


SAMPLES = {
    "key": "G",
    "meter": "3/4",
    "range": "A3-E6",
    "grid": "1/16",
    "density": "4-8",
    "instrument": "flute",
    "instruments": "flute,oboe",
    "style": "jig",
    "period": "baroque",
    "labels": {"mood": "happy"},
    "form": "AABA",
    "chords": "C G",
    "max_copy": 9,
    "tempo": 90,
    "top_p": 0.5,
}
"""Where the value of its type would not do."""


def sample(name: str) -> Any:
    """A value that asks for something."""
    return SAMPLES.get(
        name, {"boolean": True, "integer": 7, "number": 0.6}.get(CONTROLS[name].type)
    )


@pytest.mark.parametrize("name", CONTROLS)
def test_what_is_given_is_told(name: str) -> None:
    needed = {CONTROLS[name].needs: sample(CONTROLS[name].needs)} if CONTROLS[name].lacks else {}
    assert set(Controls(**needed, **{name: sample(name)}).given()) == {name, *needed}
    assert Controls().given() == {}


def test_zero_is_given_and_no_is_not() -> None:
    assert Controls(instrument=0, variation=0.0, end=False).given() == {
        "instrument": 0,
        "variation": 0.0,
    }


@pytest.mark.parametrize("conflict", CONFLICTS, ids=str)
def test_what_excludes_another_is_refused(conflict: Any) -> None:
    first = {conflict.first: sample(conflict.first)}
    with pytest.raises(ControlError, match="give one of them"):
        Controls(**first, **{conflict.second: sample(conflict.second)})
    if conflict.harmless is not None:
        Controls(**first, **{conflict.second: conflict.harmless})


def test_values_of_the_wrong_kind_are_refused() -> None:
    for name in ("key", "meter", "range", "grid", "density", "form", "chords"):
        with pytest.raises(ControlError, match=f"^{name} .*: write (it|them) like"):
            Controls(**{name: [5]})


def test_hard_controls_hold() -> None:
    assert set(HARD) == {name for name, row in CONTROLS.items() if row.effect == "holds"}
