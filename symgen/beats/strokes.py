"""Strokes: the notes of all parts as one sequence of what is struck together, in seconds of a clock."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from symgen.music.score import Score

__all__ = ["Clock", "Strokes", "interpolate", "merge_notes"]


Flags = NDArray[np.bool_]
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Clock:
    """Ticks of a file and their seconds at two knots or more, ascending."""

    ticks: Floats
    seconds: Floats

    @classmethod
    def even(cls, score: Score, bpm: float) -> Clock:
        """Return the clock of one tempo throughout, in quarters a minute."""
        ticks = np.array([0.0, float(score.resolution)])
        return cls(ticks, np.array([0.0, 60.0 / bpm]))

    @classmethod
    def played(cls, score: Score) -> Clock:
        """Return the clock of the tempos of a score."""
        ticks = [change.tick for change in score.tempos]
        ticks.append(max(score.length, ticks[-1]) + score.resolution)
        seconds = [score.seconds(tick) for tick in ticks]
        return cls(np.array(ticks, dtype=np.float64), np.array(seconds))

    def to_seconds(self, ticks: ArrayLike) -> Floats:
        """Return the seconds of ticks."""
        return interpolate(ticks, self.ticks, self.seconds)

    def to_ticks(self, seconds: ArrayLike) -> Floats:
        """Return the ticks, with fractions, of seconds."""
        return interpolate(seconds, self.seconds, self.ticks)


def interpolate(at: ArrayLike, here: NDArray[Any], there: NDArray[Any]) -> Floats:
    """Return values between knots, and beyond them as beside the nearest two."""
    at = np.asarray(at, dtype=np.float64)
    steps, rises = np.diff(here), np.diff(there)
    before = np.minimum(at - here[0], 0.0) * rises[0] / steps[0]
    behind = np.maximum(at - here[-1], 0.0) * rises[-1] / steps[-1]
    return np.asarray(np.interp(at, here, there) + before + behind)


# Notes of one stroke: seconds from one to the next, and from the first to the last.
_APART, _SPREAD = 0.035, 0.07
_KICKS, _SNARES, _CRASHES = (35, 36), (37, 38, 39, 40), (49, 52, 55, 57)
# The pitch of a stroke of drums alone.
_UNPITCHED = 60.0
# Sum of the velocities of a stroke of strength 1.
_FULL = 4 * 90.0


@dataclass(frozen=True, eq=False)
class Strokes:
    """Notes that are struck together, one after the other."""

    # (strokes, 4): onset (mean of its notes, by velocity), last offset, highest pitch, strength
    # 0..1.
    rows: Floats
    # (strokes,): lowest pitch.
    bass: Floats
    # (strokes,): how many notes.
    count: Floats
    # (strokes, 12): by pitch class, seconds that its notes last, each 2 at most.
    pitches: Floats
    # (strokes, 3): whether bass drum, snare drum and crash cymbal are among them, 0 or 1.
    drums: Floats

    def __len__(self) -> int:
        return len(self.rows)

    def chosen(self, index: Ints | Flags) -> Strokes:
        """Return some of them."""
        names = ("rows", "bass", "count", "pitches", "drums")
        return Strokes(*(getattr(self, name)[index] for name in names))


def merge_notes(score: Score, clock: Clock) -> Strokes:
    """Return the strokes of a score at the seconds that a clock gives its ticks."""
    notes = score.note_array()
    pitch, velocity = notes[:, 2], notes[:, 3].astype(np.float64)
    onset = clock.to_seconds(notes[:, 0])
    end = clock.to_seconds(notes[:, 0] + notes[:, 1])
    owner = np.cumsum(_first_notes(onset)) - 1
    count = int(owner[-1]) + 1 if len(owner) else 0
    is_drum = np.array([part.is_drum for part in score.parts], dtype=bool)
    drums = is_drum[notes[:, 4]]

    loud = np.bincount(owner, velocity, count)
    start = np.bincount(owner, velocity * onset, count) / np.maximum(loud, 1.0)
    offset = np.full(count, -np.inf)
    np.maximum.at(offset, owner, end)

    pitched = np.flatnonzero(~drums)
    mine, pitches = owner[pitched], pitch[pitched]
    high, low = np.full(count, -np.inf), np.full(count, np.inf)
    np.maximum.at(high, mine, pitches)
    np.minimum.at(low, mine, pitches)
    classes = np.zeros((count, 12))
    lengths = np.minimum(end - onset, 2.0)
    np.add.at(classes, (mine, pitches % 12), lengths[pitched])

    kinds = np.zeros((count, 3))
    for column, keys in enumerate((_KICKS, _SNARES, _CRASHES)):
        kinds[owner[drums & np.isin(pitch, keys)], column] = 1.0
    high = np.where(np.isfinite(high), high, _UNPITCHED)
    low = np.where(np.isfinite(low), low, _UNPITCHED)
    rows = np.column_stack([start, offset, high, np.minimum(loud / _FULL, 1.0)])
    sizes = np.bincount(owner, minlength=count).astype(np.float64)
    return Strokes(rows, low, sizes, classes, kinds)


def _first_notes(onset: Floats) -> Flags:
    """Return which notes, sorted by onset, begin a stroke."""
    # A rolled chord is one stroke as long as it is short in all: else a run of fast notes would be
    # one.
    first = np.append(True, np.diff(onset) > _APART)[: len(onset)]
    begin = -np.inf
    for i, time in enumerate(onset.tolist()):
        if first[i] or time - begin > _SPREAD:
            first[i], begin = True, time
    return first
