"""How loud drums were struck before, so that accents and ghost notes come again where they were."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from symgen.drummer.grooves import LEVELS
from symgen.drummer.tables import KEPT, LAGS
from symgen.music.drum_kit import DRUMS

__all__ = ["SOURCES", "LoudnessMemory", "remembered_levels"]

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

SOURCES = len(LAGS) + 2
"""Classes of velocity that are remembered of a drum: so many bars ago at the place, there and anywhere on average."""


class LoudnessMemory:
    """Classes of velocity of the bars so far."""

    def __init__(self, steps: int) -> None:
        self._bars: list[Ints] = []
        self._steps = steps
        # Sums of classes and of hits at each place and of each drum, the last bars counting most.
        self._there = np.zeros((2, steps, len(DRUMS)))
        self._anywhere = np.zeros((2, len(DRUMS)))

    def add(self, levels: Ints) -> None:
        """Remember a bar, shape (steps, drums)."""
        self._bars.append(levels)
        both = np.stack([levels, levels > 0]).astype(np.float64)
        self._there = KEPT * self._there + both
        self._anywhere = KEPT * self._anywhere + both.sum(axis=1)

    def recall(self) -> Ints:
        """Return what is remembered at each place of the next bar, shape (steps, drums, SOURCES); 0 is nothing."""
        found = np.zeros((self._steps, len(DRUMS), SOURCES), dtype=np.int64)
        for number, lag in enumerate(LAGS):
            if len(self._bars) >= lag:
                found[..., number] = self._bars[-lag]
        found[..., -2] = _mean_class(*self._there)
        found[..., -1] = _mean_class(*self._anywhere)
        return found


def remembered_levels(laid: Ints) -> Ints:
    """Return what is remembered in each bar of a groove, shape (bars, steps, drums, SOURCES)."""
    memory = LoudnessMemory(laid.shape[1])
    found = np.zeros((*laid.shape, SOURCES), dtype=np.int64)
    for bar, levels in enumerate(laid):
        found[bar] = memory.recall()
        memory.add(levels)
    return found


def _mean_class(levels: Floats, hits: Floats) -> Ints:
    """Return the class that is nearest to a mean, 0 where nothing was struck."""
    mean = np.floor(levels / np.maximum(hits, 1e-12) + 0.5)
    return np.where(hits > 0, np.clip(mean, 1, LEVELS), 0).astype(np.int64)
