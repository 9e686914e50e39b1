"""Lead sheets: the melody with chord symbols."""

from __future__ import annotations

from symgen.music.chord_symbols import ChordChange
from symgen.music.lead_sheets import lead_sheet
from symgen.music.score import Note, Part, Score

TONES = (72, 76, 79, 76, 74, 79, 83, 79)
MELODY = Part([Note(480 * i, tone, 480) for i, tone in enumerate(TONES)], program=73, name="Flute")
CHORDS = Part(
    [Note(1920 * bar, pitch, 1920) for bar, row in enumerate(((48, 52, 55), (43, 47, 50)))
     for pitch in row],
    name="Guitar",
)  # fmt: skip


def test_the_melody_stands_under_the_chords_of_the_piece() -> None:
    chords = (ChordChange(0, "C"), ChordChange(960, "Am7"))
    led = lead_sheet(Score((CHORDS, MELODY), title="Song", chords=chords))
    assert (led.parts, led.chords, led.title) == ((MELODY,), chords, "Song")


def test_chords_are_found_where_none_are_written() -> None:
    led = lead_sheet(Score((CHORDS, MELODY)))
    assert led.parts == (MELODY,)
    assert [(chord.tick, chord.name[0]) for chord in led.chords] == [(0, "C"), (1920, "G")]


def test_of_notes_struck_together_the_highest_are_the_melody() -> None:
    part = Part([Note(0, 60, 480), Note(0, 67, 480), Note(480, 69, 480)])
    (melody,) = lead_sheet(Score((part,))).parts
    assert [note.pitch for note in melody.notes] == [67, 69]


def test_a_piece_without_a_melody_has_no_lead() -> None:
    drums = Score((Part([Note(0, 38, 480)], is_drum=True),))
    assert lead_sheet(drums) == drums
    assert lead_sheet(Score()).note_count == 0
