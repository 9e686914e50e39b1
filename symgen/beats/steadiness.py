"""Whether beats are even, and how they go on."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from symgen.beats.grid import BeatGrid, grid_of
from symgen.beats.reading import Reading

__all__ = ["drift_of_beats", "prefer_even_beats", "settle_end"]

Floats = NDArray[np.float64]

_STEADY, _STEADY_SECONDS = 1.2, 0.008
"""Even beats are right if onsets are off them by this factor more than off drifting ones, or by so many seconds."""
_ROUNDS, _WIDE = 5, 0.03
"""Of fitting even beats: notes farther off than so many seconds weigh less."""
_LAST_STEPS = 8
"""Beats at the end whose median step goes on beyond it."""
_LOCKED = 0.6
"""Mean resultant length from which beats have a place in the quarters of a file."""


def prefer_even_beats(rows: Floats, reading: Reading) -> BeatGrid:
    """Return even beats if they explain the onsets about as well as beats that drift, else those.

    Parameters
    ----------
    rows : ndarray of float64, shape (notes, 4)
        As for `grid.find_grid`.
    reading : Reading
        Of these notes.
    """
    drifting = grid_of(rows, reading)
    places, there = reading.quarters
    onsets = rows[there, 0]
    origin, quarter = _fit_line(places, onsets)
    free = _deviation(onsets - drifting.seconds(places - places[0] - float(drifting.pickup)))
    even = _deviation(onsets - origin - quarter * places)
    if even > max(_STEADY * free, free + _STEADY_SECONDS):
        return drifting
    return grid_of(rows, reading, (origin, quarter))


def _fit_line(places: Floats, onsets: Floats) -> tuple[float, float]:
    """Fit even quarters to onsets; return the time of place 0, and the length of a quarter."""
    weights = np.ones(len(places))
    quarter, origin = 1.0, 0.0
    for _ in range(_ROUNDS):
        quarter, origin = np.polyfit(places, onsets, 1, w=np.sqrt(weights))
        weights = np.minimum(
            1.0, _WIDE / np.maximum(np.abs(onsets - origin - quarter * places), 1e-9)
        )
    return float(origin), float(quarter)


def _deviation(off: Floats) -> float:
    return float(np.sqrt(np.mean(np.square(off))))


def drift_of_beats(beats: Floats) -> float:
    """Return how far beats leave their places in the quarters of a file from the first to the last.

    Parameters
    ----------
    beats : ndarray of float64, shape (beats,)
        In quarters of the file.

    Returns
    -------
    float
        Quarters, 0 or more; infinity where they have no place in the file's quarters, halves, thirds or fourths.
    """
    for parts in (1, 2, 3, 4):
        turns = np.exp(2j * np.pi * parts * beats)
        if len(beats) > 2 and abs(turns.mean()) > _LOCKED:
            places = np.unwrap(np.angle(turns)) / (2 * np.pi * parts)
            return abs(float(np.polyfit(np.arange(len(places)), places, 1)[0])) * len(places)
    return np.inf


def settle_end(grid: BeatGrid, last: float) -> BeatGrid:
    """Return the beats up to the last onset, and one more as far off as the last ones are from each other."""
    count = max(2, int(np.searchsorted(grid.beats, last, side="right")), grid.first_downbeat + 1)
    beats = grid.beats[:count]
    step = float(np.median(np.diff(beats)[-_LAST_STEPS:]))
    return replace(grid, beats=np.append(beats, beats[-1] + step))
