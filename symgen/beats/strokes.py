"""What is struck together: the notes of all parts as one sequence of strokes, from which a pulse is found."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from symgen.music.score import Score

__all__ = ["Clock", "Strokes", "merge_notes"]


Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Clock:
    """Seconds of ticks."""

    # (knots,): two or more, ascending; between them time goes evenly, before and behind them as
    # beside the nearest two.
    ticks: Floats
    seconds: Floats

    @classmethod
    def even(cls, score: Score, bpm: float) -> Clock:
        """Return the clock of one tempo throughout, in quarters a minute."""
        return cls(np.array([0.0, float(score.resolution)]), np.array([0.0, 60.0 / bpm]))

    @classmethod
    def played(cls, score: Score) -> Clock:
        """Return the clock of the tempos of a score."""
        ticks = [change.tick for change in score.tempos]
        ticks.append(max(score.length, ticks[-1]) + score.resolution)
        return cls(
            np.array(ticks, dtype=np.float64), np.array([score.seconds(tick) for tick in ticks])
        )

    def to_seconds(self, ticks: ArrayLike) -> Floats:
        """Return the seconds of ticks."""
        return _interpolate(ticks, self.ticks, self.seconds)

    def to_ticks(self, seconds: ArrayLike) -> Floats:
        """Return the ticks, with fractions, of seconds."""
        return _interpolate(seconds, self.seconds, self.ticks)


def _interpolate(at: ArrayLike, here: Floats, there: Floats) -> Floats:
    at = np.asarray(at, dtype=np.float64)
    before = np.minimum(at - here[0], 0.0) * (there[1] - there[0]) / (here[1] - here[0])
    behind = np.maximum(at - here[-1], 0.0) * (there[-1] - there[-2]) / (here[-1] - here[-2])
    return np.asarray(np.interp(at, here, there) + before + behind)


Ints = NDArray[np.int64]

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

    # (strokes, 4): onset (the mean of its notes, by velocity), last offset, highest pitch,
    # strength 0..1.
    rows: Floats
    # (strokes,): lowest pitch.
    bass: Floats
    # (strokes,): Notes.
    count: Floats
    # (strokes, 12): by pitch class, seconds that its notes last, each 2 at most.
    pitches: Floats
    # (strokes, 3): whether bass drum, snare drum and crash cymbal are among them, 0 or 1.
    drums: Floats

    def __len__(self) -> int:
        return len(self.rows)

    def chosen(self, index: Ints | NDArray[np.bool_]) -> Strokes:
        """Return some of them."""
        return Strokes(
            *(getattr(self, name)[index] for name in ("rows", "bass", "count", "pitches", "drums"))
        )


def merge_notes(score: Score, clock: Clock) -> Strokes:
    """Return the strokes of a score.

    `clock`: of its ticks.
    """
    notes = score.note_array()
    drums = np.array([part.is_drum for part in score.parts], dtype=bool)[notes[:, 4]]
    onset, end = clock.to_seconds(notes[:, 0]), clock.to_seconds(notes[:, 0] + notes[:, 1])
    first = _first_notes(onset)
    owner = np.cumsum(first) - 1
    count = int(owner[-1]) + 1 if len(owner) else 0
    velocity = notes[:, 3].astype(np.float64)
    loud = np.bincount(owner, velocity, count)
    start = np.bincount(owner, velocity * onset, count) / np.maximum(loud, 1.0)
    offset, high, low = np.full(count, -np.inf), np.full(count, -np.inf), np.full(count, np.inf)
    np.maximum.at(offset, owner, end)
    pitched = ~drums
    np.maximum.at(high, owner[pitched], notes[pitched, 2])
    np.minimum.at(low, owner[pitched], notes[pitched, 2])
    high, low = (np.where(np.isfinite(pitch), pitch, _UNPITCHED) for pitch in (high, low))
    classes = np.zeros((count, 12))
    np.add.at(
        classes, (owner[pitched], notes[pitched, 2] % 12), np.minimum(end - onset, 2.0)[pitched]
    )
    kinds = np.zeros((count, 3))
    for column, keys in enumerate((_KICKS, _SNARES, _CRASHES)):
        kinds[owner[drums & np.isin(notes[:, 2], keys)], column] = 1.0
    rows = np.column_stack([start, offset, high, np.minimum(loud / _FULL, 1.0)])
    return Strokes(
        rows, low, np.bincount(owner, minlength=count).astype(np.float64), classes, kinds
    )


def _first_notes(onset: Floats) -> NDArray[np.bool_]:
    """Tell which notes, sorted by onset, begin a stroke."""
    first = np.append(True, np.diff(onset) > _APART)[: len(onset)]
    begin = -np.inf
    for i, time in enumerate(onset.tolist()):
        if first[i] or time - begin > _SPREAD:
            first[i], begin = True, time
    return first
