"""Places of pinned notes: what each names, and what is told of one that names nothing."""

from __future__ import annotations

import pytest

from symgen.music.meter import Meter
from symgen.music.pins import Pin, find_pins, pinned_score, place_text
from symgen.music.score import MeterChange, Note, Part, Score
from symgen.system.errors import ControlError

# Two bars of 4/4 and one of 6/8; a bass, and drums.
TUNE = Score(
    (
        Part(
            (
                Note(0, 72, 480),
                Note(480, 74, 240),
                Note(720, 76, 240),
                Note(1900, 77, 480),  # the first beat of bar 2, played early
                Note(2880, 72, 480),
                Note(3840, 67, 720),
                Note(4560, 69, 720),
            ),
            73,
            name="Flute",
        ),
        Part((Note(0, 48, 1920), Note(1920, 43, 1920)), 32, name="Bass"),
        Part((Note(0, 36, 60), Note(0, 42, 60)), 0, True, "Kit"),
    ),
    480,
    meters=(MeterChange(0), MeterChange(3840, Meter(6, 8))),
    length=5280,
)


def rows(text: object) -> list[tuple[int, int, int]]:
    return [(pin.part, pin.onset, pin.pitch) for pin in find_pins(text, TUNE)]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1@flute", [(1, 0, 72), (1, 480, 74), (1, 720, 76)]),
        ("1.2", [(1, 480, 74), (1, 720, 76)]),
        ("1.2.5", [(1, 720, 76)]),
        ("1.2.0", [(1, 480, 74)]),
        ("2.1:F5", [(1, 1900, 77)]),
        (" 2.1 : f5 @ 1 ", [(1, 1900, 77)]),
        ("1.2-2.1@Flute", [(1, 480, 74), (1, 720, 76), (1, 1900, 77)]),
        ("2-3@1", [(1, 1900, 77), (1, 2880, 72), (1, 3840, 67), (1, 4560, 69)]),
        ("3.2", [(1, 4560, 69)]),
        ("1.1", [(1, 0, 72), (2, 0, 48), (3, 0, 36), (3, 0, 42)]),
        ("1:C3, 2@bass,1.1@drums", [(2, 0, 48), (2, 1920, 43), (3, 0, 36), (3, 0, 42)]),
        (["1.2:D5", Pin(2, 0, 48)], [(1, 480, 74), (2, 0, 48)]),
        (Pin(2, 0, 48), [(2, 0, 48)]),
        ([Pin(2, 0, 48), "1:C3"], [(2, 0, 48)]),
        (None, []),
        ("", []),
    ],
)
def test_what_a_place_names(text: object, expected: list[tuple[int, int, int]]) -> None:
    assert rows(text) == expected


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("1.3", r"'1.3': no such note begins there; near are 1.1:C5@1, 1.2:D5@1, 1.2.5:E5@1"),
        ("1.2:D4", r"no such note begins there; near are .*1.2:D5@1"),
        ("9", r"'9': the tune has bars 1-3"),
        ("3.3", r"bar 3 has beats 1-2"),
        ("1.0", r"bar 1 has beats 1-4"),
        ("one", r"'one': write a place such as 6 \(a bar\), 5.1 \(a beat\)"),
        ("1.1:H5", r"pitch 'H5': write it like C4"),
        ("1@trumpet", r"parts 'trumpet': the tune has 1 \(Flute"),
        ([Pin(4, 0, 60)], r"the tune has parts 1..3"),
        ([Pin(1, 0, 71)], r"there is no such note; near are 1.1:C5@1"),
        ([3], r"pin 3: give a Pin, or a place such as"),
        (5, r"pins 5: write places such as"),
    ],
)
def test_what_names_nothing_is_refused_with_what_is_legal(text: object, told: str) -> None:
    with pytest.raises(ControlError, match=told):
        find_pins(text, TUNE)  # type: ignore[arg-type]


def test_every_note_is_found_by_its_own_name() -> None:
    for number, part in enumerate(TUNE.parts, 1):
        for note in part.notes:
            place = f"{place_text(note, TUNE)}@{number}"
            if note.onset != 1900:  # named after the beat that it is early for
                assert rows(place) == [(number, note.onset, note.pitch)]


def test_pinned_notes_alone() -> None:
    alone = pinned_score(TUNE, find_pins("1.2.5,2@bass", TUNE))
    assert [part.notes for part in alone.parts] == [
        (Note(720, 76, 240),),
        (Note(1920, 43, 1920),),
        (),
    ]
