"""The fit of onsets to the places of an even pulse: beats, halves, sixteenths and triplets of quarters."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from symgen.beats.placing import straighten
from symgen.music.score import Score

__all__ = ["Fit", "fit_lattice", "late_by", "period_evidence", "share_on_grid"]

Floats = NDArray[np.float64]

# Places in a quarter where notes begin, and how usual each is; the rest is anywhere.
_PLACES = (
    (0, 0.40), (1 / 2, 0.22), (1 / 4, 0.09), (3 / 4, 0.09), (1 / 3, 0.04), (2 / 3, 0.04), (1 / 6, 0.01), (5 / 6, 0.01),
    (1 / 8, 0.01), (3 / 8, 0.01), (5 / 8, 0.01), (7 / 8, 0.01),
)  # fmt: skip
_ANYWHERE = 0.06
# Standard deviations of an onset, seconds.
_SPREADS = (0.004, 0.008, 0.012, 0.018, 0.026, 0.036, 0.05)
# Seconds from one shift that is tried to the next.
_SHIFT_STEP = 0.005
# Places of off-beat eighths.
_SWINGS = (0.5, 0.54, 0.57, 0.6, 0.63, 2 / 3, 0.7)
# Parts of a quarter in which onsets are counted.
_BINS = 480
# Mean resultant length of so many onsets anywhere, times the root of their number: the greatest of
# 16 circles.
_BY_CHANCE = 1.7
# Divisions of the quarter, and the mean resultant length from which onsets keep to one.
_SIXTEENTHS, _TRIPLETS, _KEPT = 4, 3, 0.6
# Steps of a quarter, and how far off a step an onset may be in steps to be on it.
_GRID, _NEAR = 12, 0.125


@dataclass(frozen=True, slots=True)
class Fit:
    """The fit of onsets to a pulse."""

    # Log likelihood of the onsets above that of onsets anywhere, in nats.
    total: float
    # Seconds by which they are late on the whole.
    shift: float
    # Their standard deviation, seconds.
    spread: float


def share_on_grid(score: Score) -> float:
    """Return the share of notes that begin on a twelfth of a quarter, within an eighth of that."""
    steps = score.note_array()[:, 0] * _GRID / score.resolution
    if not len(steps):
        return 1.0
    off = np.abs(steps - np.rint(steps))
    return float(np.mean(off <= _NEAR + 1e-9))


def fit_lattice(quarters: Floats, quarter: float, *, latest: float = 0.0) -> Fit:
    """Measure how well onsets lie on a pulse, straight or swung.

    `quarters` (strokes,): onsets in quarters of the pulse. `quarter`: seconds of a quarter.
    `latest`: seconds that all onsets together may be late or early.
    """
    # Onsets are counted once by their place in the quarter. A shift of all onsets is then a shift
    # of the table of log densities, and each combination of swing, spread and shift one row of a
    # matrix product.
    reach = round(latest / _SHIFT_STEP)
    steps = np.arange(-reach, reach + 1)
    rolls = np.rint(steps * _SHIFT_STEP / quarter * _BINS).astype(np.int64)
    index = (np.arange(_BINS)[None, :] - rolls[:, None]) % _BINS
    best = Fit(-np.inf, 0.0, _SPREADS[-1])
    tables = [(spread, np.log(_density(spread / quarter))[index]) for spread in _SPREADS]
    for swing in _SWINGS:
        counts = _phase_counts(straighten(quarters, swing))
        for spread, table in tables:
            totals = table @ counts
            at = int(np.argmax(totals))
            if totals[at] > best.total:
                best = Fit(float(totals[at]), float(steps[at] * _SHIFT_STEP), spread)
    return best


def _density(spread: float) -> Floats:
    """Density of onsets over a quarter in `_BINS` bins, for a spread in quarters."""
    found = np.full(_BINS, _ANYWHERE)
    for place, share in _PLACES:
        off = (np.arange(_BINS) / _BINS - place + 0.5) % 1.0 - 0.5
        bell = np.exp(-0.5 * (off / spread) ** 2)
        found += share * bell / (spread * np.sqrt(2 * np.pi))
    return found


def _phase_counts(quarters: Floats) -> Floats:
    bins = np.rint(quarters % 1.0 * _BINS).astype(np.int64) % _BINS
    return np.bincount(bins, minlength=_BINS).astype(np.float64)


def period_evidence(quarters: Floats, finest: int = 16) -> float:
    """Measure how clearly a quarter is a period of onsets (one at least), wherever its beats stand.

    The greatest mean resultant length of the onsets on circles of a quarter and its halves,
    thirds ... up to `finest` parts, less what chance gives; up to 1, and 0 or less where the
    quarter is no period of theirs.
    """
    parts = np.arange(1, finest + 1)[:, None]
    turns = np.exp(2j * np.pi * parts * quarters[None, :])
    clearest = np.abs(turns.mean(axis=1)).max()
    return float(clearest - _BY_CHANCE / np.sqrt(len(quarters)))


def late_by(quarters: Floats) -> float:
    """Return how late onsets (one at least) are for the sixteenths or the triplets of a pulse.

    In quarters, less than half a step; negative where they are early, 0 where they keep to neither.
    """
    means = {}
    for parts in (_SIXTEENTHS, _TRIPLETS):
        means[parts] = np.exp(2j * np.pi * parts * quarters).mean()
    parts, mean = max(means.items(), key=lambda item: abs(item[1]))
    if abs(mean) < _KEPT:
        return 0.0
    return float(np.angle(mean)) / (2 * np.pi * parts)
