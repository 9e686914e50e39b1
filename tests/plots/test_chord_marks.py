"""Chord symbols above the rows of a piano roll."""

from __future__ import annotations

from dataclasses import replace

from symgen.music.chord_symbols import ChordChange
from symgen.music.score import Note, Part, Score
from symgen.plots.drawing import Words
from symgen.plots.rolls import draw_roll

PIECE = Score((Part([Note(480 * i, 60 + i % 12, 480) for i in range(64)]),))


def words(*chords: tuple[int, str]) -> list[Words]:
    score = replace(PIECE, chords=tuple(ChordChange(*chord) for chord in chords))
    names = {name for _, name in chords}
    marks = draw_roll(score).marks
    return [mark for mark in marks if isinstance(mark, Words) and mark.text in names]


def test_chords_stand_where_they_begin_and_begin_each_row() -> None:
    found = words((0, "C"), (3840, "Am7"), (17280, "G/B"))
    # Two rows of eight bars: the second begins in bar 9, where Am7 still holds.
    assert [mark.text for mark in found] == ["C", "Am7", "Am7", "G/B"]
    assert found[0].x == found[2].x < found[3].x < found[1].x
    assert found[0].y == found[1].y < found[2].y == found[3].y


def test_symbols_do_not_cover_each_other() -> None:
    found = words((0, "Cmaj7"), (10, "Fmaj7"), (960, "Gm7"))
    assert [mark.text for mark in found] == ["Cmaj7", "Gm7", "Gm7"]


def test_a_roll_without_chords_is_as_high_as_ever() -> None:
    plain, led = draw_roll(PIECE), draw_roll(replace(PIECE, chords=(ChordChange(0, "C"),)))
    assert led.height == plain.height + 30
