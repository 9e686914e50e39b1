"""Particles that are drawn anew by their weights (Gordon, Salmond and Smith 1993)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["resampled", "shares_of"]


def shares_of(weights: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return what part of all each of some log weights is."""
    shares = np.exp(weights - weights.max())
    found: NDArray[np.float64] = shares / shares.sum()
    return found


def resampled(weights: NDArray[np.float64], rng: np.random.Generator) -> NDArray[np.int64] | None:
    """Draw places anew by their log weights, as soon as few of them carry most of the weight; else nothing."""
    # 1 / sum of squared shares is the effective number of particles; anew below half of them. Systematic
    # resampling (one draw, even steps) loses fewer of them by chance than as many single draws.
    shares = shares_of(weights)
    if 2 / float(shares @ shares) >= len(shares):
        return None
    places = (np.arange(len(shares)) + rng.random()) / len(shares)
    chosen = np.searchsorted(np.cumsum(shares), places, side="right")
    return np.minimum(chosen, len(shares) - 1)
