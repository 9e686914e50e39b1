"""Chords with their places in time: what a plan of chords, and a reading of chords, is made of."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from symgen.music.meter import Bar, Meter
from symgen.music.theory import QUALITIES
from symgen.system.errors import ControlError

__all__ = [
    "NO_CHORD_ROOT",
    "PLAN_QUALITIES",
    "PlacedChord",
    "chord_beat",
    "chord_beats",
    "only_changes",
]

Ints = NDArray[np.int64]

PLAN_QUALITIES = ("", "m", "7", "m7", "maj7", "dim", "dim7", "m7b5", "aug", "sus4")
"""Names of the qualities that readings and plans tell apart; see `symgen.music.theory.QUALITIES`."""

NO_CHORD_ROOT = -1
"""The root, and the bass, where no chord sounds."""


@dataclass(frozen=True, slots=True, order=True)
class PlacedChord:
    """A chord from a place on, up to the next one.

    Parameters
    ----------
    at : int
        A tick of a score, or a step of a grid, 0 or more.
    root : int
        Pitch class, or `NO_CHORD_ROOT` where no chord sounds.
    quality : str
        One of `PLAN_QUALITIES`; empty where no chord sounds.
    bass : int
        Pitch class of the lowest tone, or `NO_CHORD_ROOT` where no chord sounds.

    Raises
    ------
    ControlError
        If a value is none of these.
    """

    at: int
    root: int
    quality: str = ""
    bass: int = NO_CHORD_ROOT

    def __post_init__(self) -> None:
        is_none = self.root == NO_CHORD_ROOT
        if is_none != (self.bass == NO_CHORD_ROOT) and not is_none:
            object.__setattr__(self, "bass", self.root)
        fits = -1 <= self.root < 12 and -1 <= self.bass < 12 and self.quality in PLAN_QUALITIES
        if self.at < 0 or not fits or (is_none and (self.quality or self.bass >= 0)):
            raise ControlError(f"{self}: no chord; a root 0..11, a known quality, a bass 0..11")

    @property
    def is_chord(self) -> bool:
        """Whether a chord sounds."""
        return self.root != NO_CHORD_ROOT

    @property
    def pitch_classes(self) -> frozenset[int]:
        """The tones of the chord, its bass too; none where no chord sounds."""
        if not self.is_chord:
            return frozenset()
        tones = {(self.root + step) % 12 for step in QUALITIES[self.quality]}
        return frozenset(tones | {self.bass})

    def same_as(self, other: PlacedChord) -> bool:
        """Whether both are one chord, wherever they stand."""
        return (self.root, self.quality, self.bass) == (other.root, other.quality, other.bass)


def only_changes(chords: Iterable[PlacedChord]) -> tuple[PlacedChord, ...]:
    """Return chords in the order of their places, without those that go on as the one before."""
    found: list[PlacedChord] = []
    for chord in sorted(chords, key=lambda each: each.at):
        if found and found[-1].at == chord.at:
            found.pop()
        if not found or not found[-1].same_as(chord):
            found.append(chord)
    return tuple(found)


def chord_beat(meter: Meter) -> Fraction:
    """Return in quarters the shortest time for which a chord stands."""
    # A bar of 3/8 is felt as one; what is shorter than an eighth bears no chords, and in 2/2
    # they change with the quarters.
    beat = Fraction(1) if meter.denominator <= 2 else meter.beat_quarters
    return max(beat, meter.quarters if 2 * meter.quarters <= 3 else Fraction(1, 2))


def chord_beats(bars: Sequence[Bar], resolution: int) -> tuple[Ints, Ints, Ints]:
    """Return where beats begin and end, and whether they open a bar (0), its second half (1), or neither (2)."""
    starts, ends, levels = [], [], []
    for bar in bars:
        beat = float(chord_beat(bar.meter)) * resolution
        count = min(bar.length, max(1, round(bar.length / beat)))
        lines = [bar.start + round(i * bar.length / count) for i in range(count + 1)]
        starts += lines[:-1]
        ends += lines[1:]
        levels += [0 if i == 0 else 1 if 2 * i == count else 2 for i in range(count)]
    return np.array(starts, np.int64), np.array(ends, np.int64), np.array(levels, np.int64)
