"""Manners: names, values and the choice by instruments."""

from __future__ import annotations

from pathlib import Path

import pytest

import symgen
from symgen.drummer.styles import drum_styles, find_style
from symgen.music.score import Note, Part, Score
from symgen.performer.manners import KINDS, manner_names, manner_of
from symgen.system.errors import ControlError

LINE = tuple(Note(480 * i, 60 + i, 480) for i in range(4))
CHORDS = tuple(Note(480 * i, 48 + step, 480) for i in range(4) for step in (0, 4, 7))
KICK = (Note(0, 36, 120),)


def lines(*programs: int, names: tuple[str, ...] = ()) -> Score:
    """Return a score of parallel lines."""
    told = names or ("",) * len(programs)
    return Score(tuple(Part(LINE, p, name=name) for p, name in zip(programs, told, strict=True)))


@pytest.mark.parametrize(
    ("score", "kind"),
    [
        (Score((Part(CHORDS, 0),)), "piano"),
        (Score((Part(LINE, 0), Part(CHORDS, 0))), "piano"),
        (lines(0), "folk"),
        (Score((Part(LINE, 110), Part(CHORDS, 25))), "folk"),
        (lines(40, 40, 41, 42), "chamber"),
        (Score((Part(LINE, 53), Part(CHORDS, 0))), "chamber"),
        (lines(0, 0, 0, 0), "chorale"),
        (lines(0, 1, 6), "chorale"),
        (lines(0, 1), "piano"),
        (lines(52, 52, 52, 52), "chorale"),
        (lines(40, 41, names=("Soprano", "Bass 1")), "chorale"),
        (Score((Part(CHORDS, 19),)), "chorale"),
        (Score((Part(LINE, 40), Part(LINE, 33))), "band"),
        (Score((Part(LINE, 40), Part(KICK, is_drum=True))), "band"),
        (Score((Part(KICK, is_drum=True),)), "band"),
        (Score((Part(LINE, 40), Part((), is_drum=True))), "folk"),
    ],
)
def test_the_instruments_choose(score: Score, kind: str) -> None:
    found = manner_of(score)
    assert (found.name, found.kind) == (kind, kind)


def test_a_style_is_chosen_by_name_whatever_plays() -> None:
    found = manner_of(lines(0), " Pop Ballad ")
    assert (found.name, found.kind, found.kit) == ("pop-ballad", "band", "pop-ballad")
    assert manner_of(lines(33), "piano").kind == "piano"


def test_bands_keep_the_tempo_but_for_ballads() -> None:
    strict = {n for n in manner_names() if manner_of(Score(), n).ritardando == 1}
    assert {"rock", "bossa", "jazz/swing", "band"} <= strict
    assert {"piano", "pop-ballad"}.isdisjoint(strict)
    assert all(manner_of(Score(), name).rubato == 0 for name in strict)


def test_every_style_of_drums_is_a_manner_whose_kit_is_known() -> None:
    assert set(drum_styles()) | set(KINDS) == set(manner_names())
    for name in manner_names():
        find_style(manner_of(Score(), name).kit)
    assert manner_of(Score(), "latin/brazilian-bossa").kit == "latin/brazilian-bossa"


def test_what_no_style_is_called_is_refused_with_the_names() -> None:
    with pytest.raises(ControlError, match=r"did you mean bossa.*piano, chamber, .*waltz") as info:
        manner_of(Score(), "bosa")
    assert "/" not in str(info.value)


def test_the_page_gives_the_values_of_the_kinds() -> None:
    page = (Path(symgen.__file__).parents[1] / "docs" / "playing-rules.md").read_text("utf-8")
    table = [line.strip("| ").split(" | ") for line in page.splitlines() if line.startswith("| ")]
    rows = {cells[0]: cells[1:] for cells in table if len(cells) == 6}
    kinds = [manner_of(Score(), kind) for kind in KINDS]
    assert "| | " + " | ".join(KINDS) + " |" in page
    for label, values in {
        "beat at the end of a phrase, longer by": [f"{m.rubato:.0%}" for m in kinds],
        "tempo of the end": [f"{m.ritardando:.0%}" for m in kinds],
        "beats stray, ms": [f"{m.noise:g}" for m in kinds],
        "pedal": ["yes" if m.pedal else "no" for m in kinds],
        "melody above the rest, steps of velocity": [f"{m.melody:g}" for m in kinds],
        "spread of velocities": [f"{m.spread:g}" for m in kinds],
        "melody early, ms": [f"{m.lead:g}" for m in kinds],
        "notes of one time stray, ms": [f"{m.asynchrony:g}" for m in kinds],
        "held before a step": [f"{m.held.steps:.0%}" for m in kinds],
        "held before a leap": [f"{m.held.leaps:.0%}" for m in kinds],
        "held before the same note": [f"{m.held.repeats:.0%}" for m in kinds],
    }.items():
        assert [cell.removesuffix(" %") for cell in rows[label]] == [
            value.removesuffix("%") for value in values
        ]
