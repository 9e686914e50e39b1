"""Spelling: which letter a pitch gets, and which accidentals are printed."""

from __future__ import annotations

import pytest

from symgen.formats import load_score, save_score
from symgen.formats.musicxml.engraving import needed_accidentals
from symgen.music.score import KeyChange, Note, Part, Score
from symgen.music.theory import spell


@pytest.mark.parametrize(
    ("pitch", "sharps", "spelled"),
    [
        (68, 0, ("G", 1, 4)),  # A minor's leading note is G sharp
        (63, 0, ("E", -1, 4)),
        (66, 1, ("F", 1, 4)),
        (63, 1, ("D", 1, 4)),  # E minor's leading note
        (61, -1, ("C", 1, 4)),  # D minor's leading note
        (70, -1, ("B", -1, 4)),
        (66, -2, ("F", 1, 4)),  # G minor's leading note
        (59, -7, ("C", -1, 4)),  # C flat lies above B
        (60, 7, ("B", 1, 3)),  # B sharp lies below C
    ],
)
def test_notes_are_spelled_by_the_key(
    pitch: int, sharps: int, spelled: tuple[str, int, int]
) -> None:
    assert spell(pitch, sharps) == spelled


@pytest.mark.parametrize("sharps", range(-7, 8))
def test_the_leading_note_of_the_minor_key_is_raised(sharps: int) -> None:
    tonic = (7 * sharps + 9) % 12 + 60
    below, letter = spell(tonic, sharps)[0], spell(tonic - 1, sharps)[0]
    assert "CDEFGAB".index(letter) == ("CDEFGAB".index(below) - 1) % 7


def test_g_sharp_in_a_minor_is_written_and_read_back(tmp_path: object) -> None:
    from pathlib import Path

    path = Path(str(tmp_path)) / "a.musicxml"
    save_score(
        Score((Part((Note(0, 68, 480), Note(480, 69, 480))),), keys=(KeyChange(0, 0, True),)), path
    )
    assert "<step>G</step>" in path.read_text()
    assert "<accidental>sharp</accidental>" in path.read_text()
    assert [n.pitch for n in load_score(path).parts[0].notes] == [68, 69]


def test_accidentals_last_to_the_bar_line() -> None:
    notes = [("F", "4", 1), ("F", "4", 1), ("F", "5", 1), ("F", "4", 0), ("F", "4", 0)]
    assert needed_accidentals(notes, 0) == ["sharp", "", "sharp", "natural", ""]
    assert needed_accidentals(notes, 1) == ["", "", "", "natural", ""]


def test_a_tied_note_needs_no_accidental() -> None:
    assert needed_accidentals([("", "4", 1), ("F", "4", 1)], 0) == ["", "sharp"]
