"""Who plays the notes of a file: programs, drums, names."""

from __future__ import annotations

import pytest

from symgen.midi.event_tables import Event
from symgen.midi.events import META, NAME, SYSEX, MidiFile, Track
from symgen.midi.parts import find_parts, find_title

NOTE: list[Event] = [(10, 0x90, 60, 9), (20, 0x80, 60, 0)]


def file(*tracks: list[Event], kind: int = 1) -> MidiFile:
    return MidiFile(kind, 96, tuple(Track(tuple(events), 100) for events in tracks))


def named(name: str) -> Event:
    return 0, META, NAME, name.encode()


def on(channel: int) -> list[Event]:
    return [(tick, status | channel, first, second) for tick, status, first, second in NOTE]


def drums(*tracks: list[Event]) -> list[int]:
    """Channels of the parts that are drums."""
    return [part.place[1] for part in find_parts(file(*tracks))[0] if part.is_drum]


def sysex(text: str) -> Event:
    return 0, SYSEX, 0, bytes.fromhex(text)


GS_ON = sysex("41 10 42 12 40 00 7f 00 41 f7")
GS_DRUMS_ON_11 = sysex("41 10 42 12 40 1a 15 01 10 f7")
GS_DRUMS_ON_1 = sysex("41 10 42 12 40 11 15 02 00 f7")
GS_NO_DRUMS_ON_10 = sysex("41 10 42 12 40 10 15 00 00 f7")
XG_DRUMS_ON_3 = sysex("43 10 4c 08 02 07 02 f7")
XG_NO_DRUMS_ON_3 = sysex("43 10 4c 08 02 07 00 f7")


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        ([], [9]),
        ([GS_ON, GS_DRUMS_ON_11], [9, 10]),
        ([GS_DRUMS_ON_1], [0, 9]),
        ([GS_NO_DRUMS_ON_10], []),
        ([XG_DRUMS_ON_3], [2, 9]),
        ([XG_DRUMS_ON_3, XG_NO_DRUMS_ON_3], [9]),
        ([(0, 0xB3, 0, 127)], [3, 9]),
        ([(0, 0xB3, 0, 126)], [3, 9]),
        ([(0, 0xB3, 0, 127), (5, 0xB3, 0, 0)], [9]),
        ([GS_ON, (0, 0xB3, 0, 127)], [9]),  # of GS, bank 127 holds melodic programs
        ([(0, 0xB9, 0, 0)], [9]),
    ],
)
def test_what_makes_drums_of_a_channel(events: list[Event], expected: list[int]) -> None:
    assert drums(events, *(on(channel) for channel in range(16))) == expected


def test_a_change_of_program_is_no_second_player() -> None:
    (part,), _ = find_parts(
        file([(0, 0xC0, 40, 40), *on(0), (30, 0xC0, 73, 73), (40, 0x90, 62, 9), (50, 0x80, 62, 0)])
    )
    assert (part.place, part.program, len(part.notes)) == ((0, 0), 73, 2)


def test_a_program_of_another_track_counts_where_the_own_track_has_none() -> None:
    setup: list[Event] = [(0, 0xC0, 5, 5), (3, 0xC0, 6, 6), (0, 0xC1, 9, 9)]
    parts, _ = find_parts(file(setup, on(0), [(0, 0xC1, 7, 7), *on(1)]))
    assert [part.program for part in parts] == [6, 7]


def test_names_of_a_file_of_one_track() -> None:
    whole = [named("Title"), (0, 0xC0, 40, 40), *on(0), *on(9)]
    for kind in (0, 1, 2):
        midi = file(whole, kind=kind)
        assert find_title(midi) == "Title"
        assert [part.name for part in find_parts(midi)[0]] == ["Violin", "Drums"]


def test_a_track_with_one_part_names_it() -> None:
    midi = file([named("Flute"), *on(0)])
    assert (find_title(midi), [part.name for part in find_parts(midi)[0]]) == ("", ["Flute"])
    midi = file([named("Air")], [named("Flute"), *on(0)], [named("Both"), *on(1), *on(2)])
    assert (find_title(midi), [part.name for part in find_parts(midi)[0]]) == (
        "Air",
        ["Flute", "Both", "Both"],
    )
