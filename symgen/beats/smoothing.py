"""Even beats through onsets that are not: the smoothest course of time that the notes allow."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["smooth_beats"]

Floats = NDArray[np.float64]

_ROUNDS = 3
_WIDE = 2.5
"""Onsets that are off by more standard deviations than this weigh less."""


def smooth_beats(onsets: Floats, places: Floats, count: int, onset: float, drift: float) -> Floats:
    """Return the times of beats.

    Penalized least squares: onsets lie on the line between their beats, and each beat is as long as the one before.

    Parameters
    ----------
    onsets, places : ndarray of float64, shape (notes,)
        Seconds, and beats from the first one on, 0 up to ``count - 1``; both ascending, two or more notes.
    count : int
        Number of beats, at least two.
    onset : float
        Standard deviation of an onset, seconds.
    drift : float
        Relative standard deviation of a beat about the one before.

    Returns
    -------
    ndarray of float64, shape (count,)
        Seconds, ascending.
    """
    beat = max((onsets[-1] - onsets[0]) / max(places[-1] - places[0], 1e-9), 1e-3)
    stiff = (onset / (drift * beat)) ** 2
    left = np.minimum(np.floor(places).astype(np.int64), count - 2)
    right_share = places - left
    weights = np.ones(len(onsets))
    beats = np.zeros(count)
    for _ in range(_ROUNDS):
        beats = (
            _solve(*_normal(onsets - onsets[0], left, right_share, weights, count, stiff))
            + onsets[0]
        )
        off = np.abs(onsets - beats[left] * (1 - right_share) - beats[left + 1] * right_share)
        weights = np.minimum(1.0, _WIDE * onset / np.maximum(off, 1e-9))
    return _ascending(beats, beat)


def _normal(
    onsets: Floats,
    left: NDArray[np.int64],
    share: Floats,
    weights: Floats,
    count: int,
    stiff: float,
) -> tuple[Floats, Floats]:
    """Return the diagonals (shape (3, count)) and the right side of the normal equations."""
    bands, right = np.zeros((3, count)), np.zeros(count)
    np.add.at(bands[0], left, weights * (1 - share) ** 2)
    np.add.at(bands[0], left + 1, weights * share**2)
    np.add.at(bands[1], left, weights * share * (1 - share))
    np.add.at(right, left, weights * (1 - share) * onsets)
    np.add.at(right, left + 1, weights * share * onsets)
    bands[0] += 1e-9
    if count > 2:
        inner = count - 2
        for i, a in enumerate((1.0, -2.0, 1.0)):
            for j, b in enumerate((1.0, -2.0, 1.0)):
                if j >= i:
                    bands[j - i, i : i + inner] += stiff * a * b
    return bands, right


def _solve(bands: Floats, right: Floats) -> Floats:
    """Solve a positive definite system with two diagonals beside the main one, by Cholesky's method without roots."""
    count = len(right)
    main, one, two = (band.tolist() for band in bands)
    value = right.tolist()
    for i in range(count):
        if i + 1 < count:
            ratio = one[i] / main[i]
            main[i + 1] -= ratio * one[i]
            one[i + 1] -= ratio * two[i]
            value[i + 1] -= ratio * value[i]
        if i + 2 < count:
            ratio = two[i] / main[i]
            main[i + 2] -= ratio * two[i]
            value[i + 2] -= ratio * value[i]
    for i in range(count - 1, -1, -1):
        rest = value[i]
        if i + 1 < count:
            rest -= one[i] * value[i + 1]
        if i + 2 < count:
            rest -= two[i] * value[i + 2]
        value[i] = rest / main[i]
    return np.array(value)


def _ascending(beats: Floats, beat: float) -> Floats:
    """Keep each beat at least a quarter of the mean one after the beat before."""
    steps = np.maximum(np.diff(beats), 0.25 * beat)
    return np.concatenate([beats[:1], beats[0] + np.cumsum(steps)])
