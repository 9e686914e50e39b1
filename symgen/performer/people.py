"""How people play, in figures: what a piece can be set beside without a corpus at hand.

`data/people.json` is made by ``python -m lab human-playing``; it names its sources and their licenses.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["QUANTILES", "People", "distance", "people", "quantiles_of"]

Floats = NDArray[np.float64]

_FILE = Path(__file__).parent / "data" / "people.json"

QUANTILES = (np.arange(50) + 0.5) / 50
"""Shares of the values that lie below those that are kept of a distribution."""


@dataclass(frozen=True, eq=False)
class People:
    """What people do: the source, how many pieces, and the values that lie at `QUANTILES` of all notes."""

    source: str
    license: str
    pieces: int
    # By aspect, shape (50,); of those that the source holds.
    values: Mapping[str, Floats]
    # By figure, what a tenth, a half and nine tenths of the pieces do not exceed.
    ranges: Mapping[str, tuple[float, float, float]]


@lru_cache(maxsize=1)
def people() -> Mapping[str, People]:
    """Return ``"piano"`` and ``"drums"``."""
    data: dict[str, Any] = json.loads(_FILE.read_text(encoding="utf-8"))
    return {
        kind: People(
            row["source"],
            row["license"],
            row["pieces"],
            {name: np.array(values, np.float64) for name, values in row["values"].items()},
            {name: (low, middle, high) for name, (low, middle, high) in row["ranges"].items()},
        )
        for kind, row in data.items()
    }


def quantiles_of(values: Floats) -> Floats:
    """Return the values at `QUANTILES`."""
    found: Floats = np.quantile(values, QUANTILES, method="inverted_cdf")
    return found


def distance(one: Floats, other: Floats) -> float:
    """Return how far the values of one distribution must be moved, on average, to become the other (Wasserstein)."""
    return float(np.abs(quantiles_of(one) - quantiles_of(other)).mean())
