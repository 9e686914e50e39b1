"""Which note off ends which note on."""

from __future__ import annotations

import pytest

from symgen.midi.event_tables import Event
from symgen.midi.events import META, PORT, MidiFile, Track
from symgen.midi.notes import pair_notes

ON, OFF, CONTROL = 0x90, 0x80, 0xB0


def file(*tracks: list[Event], end: int = 10_000) -> MidiFile:
    return MidiFile(1, 96, tuple(Track(tuple(events), end) for events in tracks))


def notes(midi: MidiFile) -> list[tuple[int, int, int]]:
    """Onset, pitch and end of each note."""
    strokes = [stroke for found in pair_notes(midi).notes.values() for stroke in found]
    return sorted((s.onset, s.pitch, s.onset + s.duration) for s in strokes)


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        ([(0, ON, 60, 9), (96, OFF, 60, 9)], [(0, 60, 96)]),
        ([(0, ON, 60, 9), (96, ON, 60, 0)], [(0, 60, 96)]),
        # struck twice at once: one note off ends both, and nothing hangs over
        ([(0, ON, 60, 9), (0, ON, 60, 9), (48, OFF, 60, 0), (96, ON, 60, 9), (144, OFF, 60, 0)],
         [(0, 60, 48), (0, 60, 48), (96, 60, 144)]),
        # one note off for two notes: the first ends where the second begins
        ([(0, ON, 60, 9), (48, ON, 60, 9), (96, OFF, 60, 0)], [(0, 60, 48), (48, 60, 96)]),
        # one note off for each: two voices on one key
        ([(0, ON, 60, 9), (48, ON, 60, 9), (60, OFF, 60, 0), (96, OFF, 60, 0)], [(0, 60, 60), (48, 60, 96)]),
        # the second note off comes much too late to be meant for the note
        ([(0, ON, 60, 9), (48, ON, 60, 9), (60, OFF, 60, 0), (5000, OFF, 60, 0)], [(0, 60, 48), (48, 60, 60)]),
        # a note off behind the note on of the same tick is that of the note before
        ([(0, ON, 60, 9), (48, ON, 60, 9), (48, OFF, 60, 0), (96, OFF, 60, 0)], [(0, 60, 48), (48, 60, 96)]),
        ([(0, ON, 60, 9), (48, ON, 60, 9), (48, OFF, 60, 0)], [(0, 60, 48), (48, 60, 432)]),
        ([(0, OFF, 60, 0), (0, ON, 60, 9), (0, OFF, 60, 0)], [(0, 60, 1)]),
        ([(0, ON, 60, 9), (0, ON | 1, 60, 9), (48, OFF | 1, 60, 0), (96, OFF, 60, 0)], [(0, 60, 48), (0, 60, 96)]),
        # nothing ends it: four quarters
        ([(0, ON, 60, 9)], [(0, 60, 384)]),
        ([(9990, ON, 60, 9)], [(9990, 60, 10_000)]),
    ],
)  # fmt: skip
def test_what_ends_a_note_in_its_track(
    events: list[Event], expected: list[tuple[int, int, int]]
) -> None:
    assert notes(file(events)) == expected


@pytest.mark.parametrize("number", [120, 123, 124, 125, 126, 127])
def test_commands_that_end_all_notes(number: int) -> None:
    events: list[Event] = [(0, ON, 60, 9), (0, ON, 64, 9), (0, ON | 1, 60, 9), (48, CONTROL, number, 0),
                           (48, ON, 60, 9), (96, OFF, 60, 0), (96, OFF | 1, 60, 0)]  # fmt: skip
    assert notes(file(events)) == [(0, 60, 48), (0, 60, 96), (0, 64, 48), (48, 60, 96)]


@pytest.mark.parametrize("number", [64, 121, 122])
def test_other_controllers_end_none(number: int) -> None:
    assert notes(file([(0, ON, 60, 9), (48, CONTROL, number, 0), (96, OFF, 60, 0)])) == [
        (0, 60, 96)
    ]


def test_all_notes_off_ends_those_of_other_tracks_that_sound_before_it() -> None:
    one: list[Event] = [(0, ON, 60, 9), (96, OFF, 60, 0)]
    other: list[Event] = [(0, CONTROL, 123, 0), (48, CONTROL, 123, 0)]
    assert notes(file(one, other)) == [(0, 60, 48)]
    assert notes(file(one, [(48, META, PORT, b"\1"), *other])) == [
        (0, 60, 96)
    ]  # another port, another channel


def test_a_note_off_in_another_track_ends_what_has_none() -> None:
    ons: list[Event] = [(0, ON, 60, 9), (96, ON, 60, 9)]
    offs: list[Event] = [(48, OFF, 60, 0), (144, OFF, 60, 0)]
    assert notes(file(ons, offs)) == [(0, 60, 48), (96, 60, 144)]
    own: list[Event] = [(0, ON, 60, 9), (96, OFF, 60, 0)]
    assert notes(file(own, offs)) == [(0, 60, 96)]


def test_what_is_odd_is_counted() -> None:
    events: list[Event] = [(0, ON, 60, 9), (0, ON, 60, 9), (9, ON, 60, 9), (20, OFF, 60, 0),
                           (30, ON, 62, 9), (30, OFF, 62, 0), (40, ON, 64, 9), (9990, ON, 65, 9)]  # fmt: skip
    found = pair_notes(file(events))
    assert (found.hanging, found.cut, found.restruck, found.doubled, found.empty) == (2, 1, 2, 1, 1)
