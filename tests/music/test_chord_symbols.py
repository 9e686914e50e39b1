"""Chord symbols go along with a score, and are no part of what makes scores equal."""

from __future__ import annotations

import pytest

from symgen.music.chord_symbols import ChordChange, ChordSymbol
from symgen.music.score import KeyChange, Note, Part, Score
from symgen.system.errors import FormatError

PART = Part((Note(0, 60, 3840),))


def led(*chords: tuple[int, str], sharps: int | None = None) -> Score:
    keys = () if sharps is None else (KeyChange(0, sharps),)
    return Score((PART,), keys=keys, chords=tuple(ChordChange(*chord) for chord in chords))


def names(score: Score) -> list[tuple[int, str]]:
    return [(chord.tick, chord.name) for chord in score.chords]


def test_symbols_are_sorted_and_repeats_of_one_that_holds_are_dropped() -> None:
    score = led((960, "D7"), (0, "G"), (480, "G"), (1920, "G"))
    assert names(score) == [(0, "G"), (960, "D7"), (1920, "G")]


def test_scores_with_and_without_symbols_are_equal() -> None:
    assert led((0, "G")) == led()
    assert hash(led((0, "G"))) == hash(led())


def test_symbols_go_along_with_slices_and_resolutions() -> None:
    score = led((0, "G"), (960, "D7"))
    assert names(score.slice_ticks(480, 1920)) == [(0, "G"), (480, "D7")]
    assert names(score.with_resolution(48)) == [(0, "G"), (96, "D7")]


@pytest.mark.parametrize(
    ("sharps", "semitones", "found"),
    [
        (0, 2, ["D", "A7/C#", "N.C."]),
        (0, 6, ["F#", "C#7/E#", "N.C."]),
        (0, 1, ["Db", "Ab7/C", "N.C."]),
        (0, 12, ["C", "G7/B", "N.C."]),
        (None, 3, ["Eb", "Bb7/D", "N.C."]),
        (None, 6, ["F#", "C#7/E#", "N.C."]),
    ],
)
def test_transposed_symbols_are_spelled_as_their_key(
    sharps: int | None, semitones: int, found: list[str]
) -> None:
    score = led((0, "C"), (480, "G7/B"), (960, "N.C."), sharps=sharps)
    assert [chord.name for chord in score.transposed(semitones).chords] == found


@pytest.mark.parametrize(
    ("text", "root", "kind", "bass"),
    [
        ("Am7", ("A", 0), "m7", None),
        ("B♭maj7", ("B", -1), "maj7", None),
        ("f#m7b5/E", ("F", 1), "m7b5", ("E", 0)),
        ("Bb", ("B", -1), "", None),
        ("C6/9", ("C", 0), "6/9", None),
    ],
)
def test_symbols_are_read_in_their_parts(
    text: str, root: tuple[str, int], kind: str, bass: tuple[str, int] | None
) -> None:
    assert ChordSymbol.parse(text) == ChordSymbol(root, kind, bass)


@pytest.mark.parametrize("text", ["", "N.C.", "x7", "/C"])
def test_texts_without_a_root_are_no_symbols(text: str) -> None:
    assert ChordSymbol.parse(text) is None


@pytest.mark.parametrize("chord", [(-1, "C"), (0, ""), (0, " ")])
def test_a_symbol_needs_a_time_and_a_name(chord: tuple[int, str]) -> None:
    with pytest.raises(FormatError, match="tick must be >= 0, and the chord needs a name"):
        ChordChange(*chord)
