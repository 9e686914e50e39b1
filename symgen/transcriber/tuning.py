"""How far from concert pitch a performer plays or sings, and how they drift."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["estimate_tuning", "round_pitches"]

Floats = NDArray[np.float64]

_MEMORY = 12.0
"""Seconds over which the tuning of a singer is taken to be the same."""
_WHOLE = 2.0
"""How much the whole recording counts beside what is near."""
_LONGEST = 1.0
_NONE, _SURE = 0.2, 0.45
"""How much the fractions of the pitches must agree, 0..1, for a tuning to be believed, and to be believed wholly."""


def estimate_tuning(rows: Floats) -> tuple[float, Floats]:
    """Estimate the tuning from pitches that are not rounded.

    `rows`: shape (notes, 4), note rows: onset and offset in seconds, pitch, strength; returns cents
    above concert pitch, -50..50, of the whole; returns shape (notes,), cents at each note; follows
    a slow drift, and may leave -50..50.
    """
    # The mean direction of their fractions on a circle.
    #
    # Singers whose pitches lie anywhere between the semitones have none: the less the fractions
    # agree, the more the tuning is drawn towards concert pitch.
    if not len(rows):
        return 0.0, np.zeros(0)
    weight = np.clip(rows[:, 1] - rows[:, 0], 0.02, _LONGEST)
    turns = weight * np.exp(2j * np.pi * rows[:, 2])
    whole = turns.sum()
    angle = float(np.angle(whole))
    local = (
        _near(turns, rows[:, 0])
        + _WHOLE * whole / len(rows) * _near(np.ones(len(rows)), rows[:, 0]).real
    )
    apart = np.angle(local * np.exp(-1j * angle))
    agreement = abs(whole) / weight.sum()
    belief = float(np.clip((agreement - _NONE) / (_SURE - _NONE), 0.0, 1.0))
    cents = 100 / (2 * np.pi) * belief
    return angle * cents, (angle + _follow(apart)) * cents


def _near(values: NDArray[Any], times: Floats) -> NDArray[np.complex128]:
    """Return the sum of all values at each time, those further off counting less, exponentially."""
    fade = np.exp(-np.diff(times) / _MEMORY)
    sums = values.astype(np.complex128)
    after = sums.copy()
    for i in range(1, len(sums)):
        sums[i] += fade[i - 1] * sums[i - 1]
        after[-1 - i] += fade[-i] * after[-i]
    return np.asarray(sums + after - values)


def _follow(angles: Floats) -> Floats:
    """Unwrap, and return to the nearest turn around 0."""
    unwrapped = np.unwrap(angles)
    return np.asarray(unwrapped - 2 * np.pi * np.round(np.median(unwrapped) / (2 * np.pi)))


def round_pitches(rows: Floats, tuning: Floats) -> NDArray[np.int64]:
    """Round pitches to semitones after the tuning at each note is taken off.

    `rows` has shape (notes, 4); `tuning`: shape (notes,), cents.
    """
    return np.clip(np.rint(rows[:, 2] - tuning / 100), 0, 127).astype(np.int64)
