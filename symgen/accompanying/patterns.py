"""Patterns: when the tones of a chord are struck, beat by beat."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

__all__ = ["PATTERNS", "Beat", "Pattern", "Stroke", "Tones"]

Tones = Literal["all", "bass", "fifth", "chord", "step", "top"]
"""What is struck: bass and chord, the bass, its fifth, the chord, one tone of it, or its upper tones."""


@dataclass(frozen=True, slots=True)
class Beat:
    """A beat, or what a chord has of it."""

    start: int
    end: int
    # Opens a bar (0), opens its second half (1), or neither (2).
    level: int
    # Into how many equal parts it falls: three in meters such as 6/8.
    parts: int

    def lines(self) -> list[int]:
        """Return where its parts begin, and its end."""
        length = self.end - self.start
        return [self.start + length * i // self.parts for i in range(self.parts + 1)]


@dataclass(frozen=True, slots=True)
class Stroke:
    """Tones that are struck at one time."""

    start: int
    end: int
    tones: Tones
    # Which tone, where it is one; steps go up and come round.
    step: int = 0


Strokes = Iterator[Stroke]
Stretch = Sequence[Beat]
"""The beats of a bar under one chord."""


@dataclass(frozen=True, slots=True)
class Pattern:
    """A way to play chords."""

    play: Callable[[Stretch], Strokes]
    # Whether it strikes within beats, which quick music leaves no time for.
    divides: bool = False
    # Whether it needs beats in threes or bars of three beats, must not have them, or either.
    in_three: bool | None = None


def _held(stretch: Stretch) -> Strokes:
    """Strike once."""
    yield Stroke(stretch[0].start, stretch[-1].end, "all")


def _strong(stretch: Stretch) -> Strokes:
    """Strike where the chord begins, and on strong beats."""
    for start, end in _strong_spans(stretch):
        yield Stroke(start, end, "all")


def _strong_spans(stretch: Stretch) -> Iterator[tuple[int, int]]:
    opening = [beat.start for i, beat in enumerate(stretch) if i == 0 or beat.level < 2]
    yield from pairwise([*opening, stretch[-1].end])


def _beaten(stretch: Stretch) -> Strokes:
    """Hold the bass, and strike the chord on every beat."""
    for start, end in _strong_spans(stretch):
        yield Stroke(start, end, "bass")
    for beat in stretch:
        yield Stroke(beat.start, beat.end, "chord")


def _bass_and_chords(stretch: Stretch) -> Strokes:
    """Strike the bass on strong beats, root and fifth by turns, and the chord on the others."""
    if all(beat.level < 2 for beat in stretch) or len(stretch) == 1:
        yield from _within_beats(stretch)
        return
    strong = 0
    for i, beat in enumerate(stretch):
        if i == 0 or beat.level == 1:
            yield Stroke(beat.start, beat.end, "fifth" if strong % 2 else "bass")
            strong += 1
        else:
            yield Stroke(beat.start, beat.end, "chord")


def _within_beats(stretch: Stretch) -> Strokes:
    """Strike the bass as a beat begins, and the chord in its last part."""
    for i, beat in enumerate(stretch):
        *_, last, end = beat.lines()
        if last <= beat.start:
            yield Stroke(beat.start, beat.end, "all")
            continue
        yield Stroke(beat.start, last, "fifth" if i % 2 else "bass")
        yield Stroke(last, end, "chord")


_BROKEN = {2: (0, 2, 1, 2), 3: (0, 1, 2)}


def _broken(stretch: Stretch) -> Strokes:
    """Hold the bass, and break the chord: lowest, highest, middle, highest."""
    for start, end in _strong_spans(stretch):
        yield Stroke(start, end, "bass")
    for number, (start, end) in enumerate(_divided(stretch)):
        order = _BROKEN[3 if stretch[0].parts == 3 else 2]
        yield Stroke(start, end, "step", order[number % len(order)])


def _divided(stretch: Stretch) -> Iterator[tuple[int, int]]:
    for beat in stretch:
        for start, end in pairwise(beat.lines()):
            if end > start:
                yield start, end


def _rising(stretch: Stretch) -> Strokes:
    """Strike the bass, then the tones of the chord up and down."""
    up_and_down = (0, 1, 2, 1)
    for number, (start, end) in enumerate(_divided(stretch)):
        if number == 0:
            yield Stroke(start, end, "bass")
        else:
            yield Stroke(start, end, "step", up_and_down[(number - 1) % 4])


def _strummed(stretch: Stretch) -> Strokes:
    """Strum down on each beat, and up behind every other one."""
    for i, beat in enumerate(stretch):
        *_, last, end = beat.lines()
        if (i % 2 == 0 and beat.parts == 2) or last <= beat.start:
            yield Stroke(beat.start, end, "all" if i == 0 or beat.level < 2 else "chord")
        else:
            yield Stroke(beat.start, last, "all" if i == 0 else "chord")
            yield Stroke(last, end, "top")


def _strummed_down(stretch: Stretch) -> Strokes:
    """Strum down on each beat."""
    for i, beat in enumerate(stretch):
        yield Stroke(beat.start, beat.end, "all" if i == 0 or beat.level < 2 else "chord")


PATTERNS: Mapping[str, Pattern] = {
    "held": Pattern(_held),
    "strong beats": Pattern(_strong),
    "every beat": Pattern(_beaten),
    "bass and chords": Pattern(_bass_and_chords, in_three=False),
    "waltz": Pattern(_bass_and_chords, in_three=True),
    "broken": Pattern(_broken, divides=True),
    "arpeggio": Pattern(_rising, divides=True),
    "strummed": Pattern(_strummed, divides=True),
    "strummed down": Pattern(_strummed_down),
}
"""By name."""
