"""Where notes end: at a fall of the level from which it does not come back, steeper than any string dies away."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from symgen.audio.spectrum import FRAMES_PER_SECOND, HOP

__all__ = ["settle_ends"]

Floats = NDArray[np.float64]

_BEFORE, _AFTER = 2, 3
"""Frames to each side of a place between which the level falls."""
_FALL, _STAYS = 5.0, 4.0
"""Decibels by which it falls there, and by which it stays below."""
_SETTLED, _DEEP = 4, 14.0
"""So many frames further on it is so many decibels below: a voice that only sinks does not end."""
_LINGERS = 2
"""Frames that a note is heard on while it falls."""
_SOONEST = 5
"""Frames from the beginning of a note in which its attack rings off."""


def settle_ends(rows: Floats, samples: NDArray[np.float32]) -> Floats:
    """Bring the ends of notes forward to where their sound breaks off.

    `rows`: shape (notes, 4), note rows: onset and offset in seconds, pitch, strength; by onset, one
    at a time; `samples`: shape (samples,), the recording, at `symgen.audio.spectrum.RATE`; returns
    shape (notes, 4), the same with other offsets, none later than before.
    """
    # A network hears a release or a room as a part of the note; those who write notes down do not.
    level = _levels(samples)
    settled = rows.copy()
    for row in settled:
        first, last = (
            round(row[0] * FRAMES_PER_SECOND) + _SOONEST,
            round(row[1] * FRAMES_PER_SECOND) + 1,
        )
        heard = level[first:last]
        if len(heard) <= _BEFORE + _AFTER:
            continue
        loudest_after = np.maximum.accumulate(heard[::-1])[::-1][_BEFORE + _AFTER :]
        before, after = heard[: len(loudest_after)], heard[_BEFORE + _AFTER :]
        later = np.append(loudest_after, np.full(_SETTLED, -np.inf))[_SETTLED:]
        falls = (
            (after - before <= -_FALL)
            & (loudest_after <= before - _STAYS)
            & (later <= before - _DEEP)
        )
        breaks = np.flatnonzero(falls)
        if len(breaks):
            row[1] = min(row[1], (first + _BEFORE + int(breaks[0]) + _LINGERS) / FRAMES_PER_SECOND)
    return settled


def _levels(samples: NDArray[np.float32]) -> Floats:
    """Return the level of each frame in decibels, over two hops about it."""
    sums = np.concatenate([[0.0], np.cumsum(np.square(samples, dtype=np.float64))])
    centers = np.arange(0, len(samples), HOP)
    low, high = np.maximum(centers - HOP, 0), np.minimum(centers + HOP, len(samples))
    return np.asarray(10.0 * np.log10((sums[high] - sums[low]) / np.maximum(high - low, 1) + 1e-12))
