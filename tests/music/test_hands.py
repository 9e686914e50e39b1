"""Both hands in one part, told apart."""

from __future__ import annotations

from itertools import cycle

from symgen.music.lines import split_hands
from symgen.music.score import Note, Part

BAR, QUARTER = 1920, 480
TUNE = [
    Note(i * QUARTER, pitch, QUARTER)
    for i, pitch in zip(range(16), cycle((72, 74, 76, 67)), strict=False)
]
CHORDS = [Note(bar * BAR, pitch, BAR) for bar in range(4) for pitch in (48, 52, 55)]


def test_a_tune_and_its_chords_come_apart() -> None:
    right, left = split_hands(Part((*TUNE, *CHORDS), 0, name="Piano"))
    assert sorted(right.notes) == sorted(TUNE)
    assert sorted(left.notes) == sorted(CHORDS)
    assert (right.name, left.program) == ("Piano", 0)


def test_a_running_left_hand_stays_in_the_left_hand() -> None:
    left = [
        Note(i * 240, pitch, 240)
        for i, pitch in zip(range(32), cycle((36, 48, 52, 55)), strict=False)
    ]
    right = [Note(bar * BAR, pitch, BAR) for bar in range(4) for pitch in (67, 72, 76)]
    found = split_hands(Part((*left, *right), 4))
    assert sorted(found[1].notes) == sorted(left)


def test_one_hand_is_one_part() -> None:
    close = Part(
        tuple(Note(bar * BAR, pitch, BAR) for bar in range(4) for pitch in (60, 64, 67)), 0
    )
    assert split_hands(close) == (close,)
    line = Part(tuple(TUNE), 0)
    assert split_hands(line) == (line,)


def test_only_keyboards_have_two_hands() -> None:
    strings = Part((*TUNE, *CHORDS), 48)
    assert split_hands(strings) == (strings,)
    drums = Part((*TUNE, *CHORDS), 0, is_drum=True)
    assert split_hands(drums) == (drums,)
    assert split_hands(Part((), 0)) == (Part((), 0),)
