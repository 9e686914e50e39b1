"""How loud a part is written: the slow movement of its velocities, without accents."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["SLOW_BARS", "slow_level"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

SLOW_BARS = 2
"""Bars over which what is written is a slow movement."""


def slow_level(onset: Ints | Floats, velocity: Floats, reach: Floats) -> Floats:
    """Return the mean of the velocities around each note of a part.

    Parameters
    ----------
    onset : ndarray, shape (n,)
        Ticks, rising.
    velocity : ndarray of float64, shape (n,)
        As it is written.
    reach : ndarray of float64, shape (n,)
        Ticks before and behind each note that count.

    Returns
    -------
    ndarray of float64, shape (n,)
    """
    total = np.concatenate([[0.0], np.cumsum(velocity)])
    first = np.searchsorted(onset, onset - reach, side="left")
    last = np.searchsorted(onset, onset + reach, side="right")
    found: Floats = (total[last] - total[first]) / (last - first)
    return found
