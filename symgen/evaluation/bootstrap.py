"""Confidence intervals by drawing pieces again, with replacement."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "Estimate",
    "mean_estimates",
    "percentile_interval",
    "random_generator",
    "ratio_estimate",
    "resamples",
]

Floats = NDArray[np.float64]

_SHARE = 0.95
_BLOCK = 64


@dataclass(frozen=True)
class Estimate:
    """A figure with its 95 % confidence interval."""

    value: float
    # None where one piece alone says nothing of the spread
    low: float | None
    high: float | None
    count: int  # pieces that have the figure

    def columns(self, name: str) -> dict[str, float]:
        """Return the figure as columns ``NAME``, ``NAME_low``, ``NAME_high`` and ``NAME_count``."""
        found = {name: self.value}
        if self.low is not None and self.high is not None:
            found |= {f"{name}_low": self.low, f"{name}_high": self.high}
        found[f"{name}_count"] = float(self.count)
        return found


def random_generator(seed: int, purpose: str) -> np.random.Generator:
    """Return a generator of its own for each purpose, so that no figure depends on which others are asked for."""
    digest = hashlib.sha256(purpose.encode()).digest()
    return np.random.default_rng([seed, int.from_bytes(digest[:8], "big")])


def resamples(pieces: int, count: int, seed: int, purpose: str) -> Floats:
    """Draw how often each piece is taken in each resample."""
    # Returns shape (count, pieces), each row adds up to `pieces`.
    rng = random_generator(seed, f"bootstrap {purpose}")
    rows = [np.bincount(rng.integers(0, pieces, pieces), minlength=pieces) for _ in range(count)]
    return np.array(rows, dtype=np.float64).reshape(count, pieces)


def percentile_interval(draws: Floats) -> tuple[float, float]:
    """Return the percentile interval that holds 95 % of the draws."""
    # Efron and Tibshirani (1993), An Introduction to the Bootstrap, chapter 13.
    low, high = np.quantile(draws, [(1 - _SHARE) / 2, (1 + _SHARE) / 2])
    return float(low), float(high)


def mean_estimates(values: Floats, weights: Floats) -> list[Estimate | None]:
    """Estimate the mean of each column over the pieces that have it."""
    # `values`: shape (pieces, columns), NaN where a piece has no such figure; `weights` has shape
    # (resamples, pieces); returns none for columns that no piece has.
    found: list[Estimate | None] = []
    for column in values.T:
        defined = ~np.isnan(column)
        if not defined.any():
            found.append(None)
            continue
        filled = np.where(defined, column, 0.0)
        found.append(ratio_estimate(filled, defined.astype(np.float64), weights))
    return found


def ratio_estimate(above: Floats, below: Floats, weights: Floats) -> Estimate:
    """Estimate the sum of one figure over the sum of another, such as bits by notes."""
    # `above`, `below`: shape (pieces,), zeros in both for pieces that do not count; `weights` has
    # shape (resamples, pieces).
    count = int(np.count_nonzero(below))
    value = float(above.sum() / below.sum())
    if count < 2:
        return Estimate(value, None, None, count)
    draws = []
    # Blocks of resamples keep memory flat.
    for start in range(0, len(weights), _BLOCK):
        block = weights[start : start + _BLOCK]
        totals = (block * below).sum(axis=1)
        # A resample may hold none of the pieces that have the figure.
        drawn = totals > 0
        sums = (block * above).sum(axis=1)
        draws.append(sums[drawn] / totals[drawn])
    low, high = percentile_interval(np.concatenate(draws))
    return Estimate(value, low, high, count)
