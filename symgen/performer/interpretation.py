"""How every note of a score is played, as arrays beside its notes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from symgen.music.score import Score

__all__ = ["Floats", "Interpretation", "Ints", "as_written", "merged_clocks"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Interpretation:
    """How a score of n notes is played at full strength; rows are in the order of `Score.note_array`."""

    # Shape (n,), 1..127.
    velocity: Floats
    # Shape (n,), seconds behind the clock; negative is early.
    late: Floats
    # Shape (n,), how long a note sounds: its share of the written duration, above 0.
    held: Floats
    # Shape (k, 2): ticks, rising from 0 to the end, and how many seconds the clock that all parts share is behind the
    # written time there. The first and the last are 0, so the piece takes as long as it is written. No rows: in time.
    clock: Floats
    # One a part, shape (m, 2): tick and value of the sustain pedal, 0..127.
    pedals: tuple[Ints, ...]


def as_written(score: Score) -> Interpretation:
    """Return the interpretation that changes nothing."""
    notes = score.note_array()
    return Interpretation(
        velocity=notes[:, 3].astype(np.float64),
        late=np.zeros(len(notes)),
        held=np.ones(len(notes)),
        clock=np.zeros((0, 2)),
        pedals=tuple(np.zeros((0, 2), dtype=np.int64) for _ in score.parts),
    )


def merged_clocks(score: Score, *clocks: Floats) -> Floats:
    """Return the sum of clocks, bent so that it begins and ends in time."""
    found = [clock for clock in clocks if len(clock)]
    if not found or score.length < 1:
        return np.zeros((0, 2))
    ticks = np.unique(np.concatenate([[0.0, score.length], *(clock[:, 0] for clock in found)]))
    ticks = ticks[(ticks >= 0) & (ticks <= score.length)]
    behind = sum(np.interp(ticks, clock[:, 0], clock[:, 1]) for clock in found)
    drift = behind[0] + (behind[-1] - behind[0]) * ticks / score.length
    return np.column_stack([ticks, behind - drift])
