"""What played strokes are like, some bars at a time, as a classifier sees them that tells played from drawn."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from lab.drums.playing import Playing
from symgen.performer.kit_strokes import BEAT

__all__ = ["playing_traits", "windows_of"]

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

# Bass drum, snare, hi-hats, toms, cymbals.
_GROUPS = ((0,), (1, 9), (2, 3, 10), (4, 5, 6), (7, 8, 11))
_LEADERS = 3
# Where in a beat: on it, on its half, on its quarters, elsewhere.
_PLACES = np.full(BEAT, 3)
_PLACES[[0, 6, 3, 9]] = [0, 1, 2, 2]
_FEWEST = 24


def windows_of(playing: Playing, bars: int) -> Iterator[Floats]:
    """Yield the traits of each stretch of so many bars that has strokes enough."""
    strokes = playing.strokes
    last = int(strokes.bar.max()) + 1 if len(strokes) else 0
    for first in range(0, last - bars + 1, bars):
        inside = np.flatnonzero((strokes.bar >= first) & (strokes.bar < first + bars))
        if len(inside) >= _FEWEST:
            yield playing_traits(playing, inside)


def playing_traits(playing: Playing, rows: Ints) -> Floats:
    """Return traits of some strokes: loudness and lateness by instrument and place, their spread and what they keep."""
    strokes = playing.strokes
    instrument, step, place = (
        values[rows] for values in (strokes.instrument, strokes.step, strokes.place)
    )
    loud, late = playing.velocity[rows].astype(float), playing.late[rows].astype(float)
    found = [*_spread(loud), *_spread(late), float((loud == 127).mean()), _correlation(loud, late)]
    where = _PLACES[place % BEAT]
    for number, group in enumerate(_GROUPS):
        own = np.isin(instrument, group)
        found += [*_mean_and_spread(loud[own]), *_mean_and_spread(late[own])]
        if number >= _LEADERS:
            continue
        for kind in range(4):
            found += [*_mean_and_spread(loud[own & (where == kind)])]
            found += [*_mean_and_spread(late[own & (where == kind)])]
        found += [*_along(loud[own]), *_along(late[own])]
        found += _alternation(loud[own]), _correlation(loud[own], late[own])
    found += [*_returning(instrument, place, strokes.bar[rows], loud, late)]
    found += [*_clock(step, late), *_clock(step, loud)]
    return np.array(found)


def _spread(values: Floats) -> list[float]:
    return [values.mean(), values.std(), *np.percentile(values, (5, 25, 50, 75, 95))]


def _mean_and_spread(values: Floats) -> tuple[float, float]:
    return (float(values.mean()), float(values.std())) if len(values) else (0.0, 0.0)


def _correlation(a: Floats, b: Floats) -> float:
    if len(a) < 3 or a.std() < 1e-9 or b.std() < 1e-9:
        return 0.0
    return float(np.corrcoef(a, b)[0, 1])


def _along(values: Floats) -> list[float]:
    """Return how much values are like those one, two and four before, and how far they go from one to the next."""
    kept = [_correlation(values[lag:], values[:-lag]) for lag in (1, 2, 4)]
    return [*kept, float(np.abs(np.diff(values)).mean()) if len(values) > 1 else 0.0]


def _alternation(values: Floats) -> float:
    """Return how much louder every other stroke is, as players whose hands take turns strike."""
    if len(values) < 4:
        return 0.0
    return float(abs(values[::2].mean() - values[1::2].mean()))


def _returning(instrument: Ints, place: Ints, bar: Ints, loud: Floats, late: Floats) -> list[float]:
    """Return how near strokes are to those of their instrument at their place in the bar before."""
    key = (bar * 64 + place) * 16 + instrument
    order = np.argsort(key, kind="stable")
    before = np.searchsorted(key[order], key - 64 * 16)
    before = np.minimum(before, len(key) - 1)
    there = key[order][before] == key - 64 * 16
    now, then = np.flatnonzero(there), order[before[there]]
    found = []
    for values in (loud, late):
        found.append(_correlation(values[now], values[then]))
        found.append(float(np.abs(values[now] - values[then]).mean()) if len(now) else 0.0)
    return found


def _clock(step: Ints, values: Floats) -> list[float]:
    """Return what the means of onsets keep from one to the next, and the spreads of the means and inside onsets."""
    _, onset, count = np.unique(step, return_inverse=True, return_counts=True)
    means = np.bincount(onset, values) / count
    inside = (values - means[onset])[count[onset] > 1]
    return [*_along(means), float(means.std()), float(inside.std()) if len(inside) else 0.0]
