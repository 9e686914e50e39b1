"""A small GRU over rows of a table in numpy, in 64 bits: for networks whose draws must be the same on every machine."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from symgen.nets.numpy_layers import gru_step

__all__ = ["TableGru"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


class TableGru:
    """Weights with the names of torch: ``inputs`` is the table, ``gru`` has one layer, all others are linear."""

    def __init__(self, weights: Mapping[str, NDArray[Any]]) -> None:
        self.parameters = sum(value.size for value in weights.values())
        # In 64 bits sums differ so little from machine to machine that none draws anything else.
        self.weights = {name: np.asarray(value, np.float64) for name, value in weights.items()}
        inputs, gru = self.weights["inputs.weight"], self.weights["gru.weight_ih_l0"]
        # What the rows of the table give the gates.
        self._given: Floats = inputs @ gru.T
        self._kept = np.ascontiguousarray(self.weights["gru.weight_hh_l0"].T)

    def step(self, state: Floats, rows: Ints) -> Floats:
        """Read rows of the table, shape (..., columns), after a state, shape (..., hidden)."""
        given: Any = self._given[rows].sum(axis=-2) + self.weights["gru.bias_ih_l0"]
        kept: Any = state @ self._kept + self.weights["gru.bias_hh_l0"]
        before: Any = state
        return np.asarray(gru_step(given, kept, before), np.float64)

    def linear(self, name: str, x: Floats) -> Floats:
        """Return what a layer makes of numbers, shape (..., inputs)."""
        found: Floats = x @ self.weights[f"{name}.weight"].T + self.weights[f"{name}.bias"]
        return found
