"""Which part has the melody, what is a bass, what is the outer line."""

from __future__ import annotations

from dataclasses import replace

import pytest
from small import tune

from symgen.music.lines import is_bass, melody_part, outer_line
from symgen.music.score import Note, Part, Score

LINE = tune("C4 E4 G4 E4|D4 F4 A4:2|G4:.5 F4:.5 E4 D4 B3|C4:4").parts[0]
LOW = LINE.with_notes(replace(note, pitch=note.pitch - 24) for note in LINE.notes)
CHORDS = LINE.with_notes(
    replace(note, pitch=note.pitch + more) for note in LINE.notes for more in (12, 16, 19)
)  # higher, and three times the notes
DRUMS = Part(tuple(Note(12 * i, 100, 1) for i in range(16)), is_drum=True)
BELL = Part((Note(0, 80, 12),))
ORNAMENT = LINE.with_notes(replace(note, pitch=note.pitch + 40) for note in LINE.notes)


@pytest.mark.parametrize(
    ("parts", "melody"),
    [
        ((LOW, LINE), 1),
        ((LINE, LINE), 0),
        ((LOW, DRUMS, LINE), 2),
        ((CHORDS, LINE, LOW), 1),
        ((BELL, LINE), 1),
        ((ORNAMENT, LINE), 1),
        ((CHORDS, BELL), 0),
        ((ORNAMENT,), 0),
        ((LINE, replace(LOW, name="Lead Vocal")), 1),
        ((LINE, replace(LOW, name="Backing vocals")), 0),
        ((LINE, replace(CHORDS, name="voice pad")), 0),
        ((LINE, replace(CHORDS, name="Singstimme")), 0),
        ((DRUMS,), None),
        ((), None),
    ],
)
def test_the_melody_is_named_so_or_the_highest_line(
    parts: tuple[Part, ...], melody: int | None
) -> None:
    assert melody_part(Score(parts, 12)) == melody


@pytest.mark.parametrize(
    ("lowest", "program", "name", "bass"),
    [
        (33, 0, "", True),
        (45, 33, "", True),
        (45, 0, "Bass", True),
        (45, 0, "Double Bass", True),
        (45, 0, "Bassoon", False),
        (45, 42, "Cello", False),
        (60, 33, "Bass", False),
    ],
)
def test_a_bass_lies_low(lowest: int, program: int, name: str, bass: bool) -> None:
    notes = tuple(Note(12 * i, lowest + i, 12) for i in range(8))  # 3.5 above the lowest on average
    assert is_bass(Part(notes, program, name=name)) is bass


def test_the_outer_line_has_one_note_at_a_time() -> None:
    notes = (Note(0, 60, 960), Note(0, 64, 960), Note(480, 67, 480), Note(480, 50, 960))
    assert outer_line(notes) == (Note(0, 64, 480), Note(480, 67, 480))
    assert outer_line(notes, lowest=True) == (Note(0, 60, 480), Note(480, 50, 960))
    assert outer_line(()) == ()


def test_a_chord_that_is_rolled_is_one_chord() -> None:
    notes = (Note(0, 60, 480), Note(10, 64, 470), Note(20, 67, 460), Note(60, 65, 100))
    assert outer_line(notes, slack=40) == (Note(20, 67, 40), Note(60, 65, 100))
    assert outer_line(notes, lowest=True, slack=40) == (Note(0, 60, 60), Note(60, 65, 100))
