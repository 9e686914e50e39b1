"""The drummer in numpy, one slot at a time; a test holds it to the torch network."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from symgen.drummer.checkpoint import DrummerConfig, shapes_of
from symgen.drummer.grooves import LEVELS
from symgen.drummer.kit import DRUMS
from symgen.drummer.tables import LAGS, LATENESS, PHASES
from symgen.nets.numpy_layers import check_shapes, gru_step

__all__ = ["InferenceDrummer"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


class InferenceDrummer:
    """The weights of the network, laid out for one slot after the other."""

    def __init__(self, config: DrummerConfig, weights: Mapping[str, NDArray[Any]]) -> None:
        check_shapes("drummer", shapes_of(config), weights)
        self.config = config
        self.parameters = sum(value.size for value in weights.values())
        # In 64 bits sums differ so little from machine to machine that none draws another hit.
        self._weights = {name: np.asarray(value, np.float64) for name, value in weights.items()}
        inputs, gru = self._weights["inputs.weight"], self._weights["gru.weight_ih_l0"]
        # What the rows of the table give the gates.
        self._given: Floats = inputs @ gru.T
        self._kept = np.ascontiguousarray(self._weights["gru.weight_hh_l0"].T)
        # A drum sees those before it.
        self._struck: Floats = np.tril(self._weights["struck.weight"], -1).T

    def start(self) -> Floats:
        """Return the state before the first slot, shape (hidden,)."""
        return np.zeros(self.config.hidden)

    def step(self, state: Floats, rows: Ints) -> Floats:
        """Read the rows of a slot, shape (columns,)."""
        weights = self._weights
        given: Any = self._given[rows].sum(axis=0) + weights["gru.bias_ih_l0"]
        kept: Any = state @ self._kept + weights["gru.bias_hh_l0"]
        before: Any = state
        return np.asarray(gru_step(given, kept, before), np.float64)

    def events(self, state: Floats, phase: int, since: int) -> Floats:
        """Return the log odds of what the bar behind a state is, by its number and the bars since the last fill."""
        table = self._weights["event_row.weight"]
        found: Floats = self._linear("event", state) + table[phase] + table[PHASES + since]
        return found

    def feel(self, state: Floats) -> float:
        """Return the log odds that the quarter behind a state is one of triplets."""
        return float(self._linear("feel", state)[0])

    def hits(self, state: Floats, memory: Floats, usual: Ints) -> Floats:
        """Return the log odds of each drum while none is struck; `memory` is 1, -1 or 0 by drum and lag."""
        head = np.maximum(self._linear("narrow", state), 0.0)
        pull = self._linear("copy", head).reshape(len(DRUMS), len(LAGS))
        habit = self._weights["usual.weight"][usual, np.arange(len(DRUMS))]
        found: Floats = self._linear("hit", head) + (pull * memory).sum(axis=1)
        found += (1 + self._linear("habit", head)) * habit
        return found

    def struck(self, drum: int) -> Floats:
        """Return what is added to the log odds of each drum when one is struck."""
        found: Floats = self._struck[drum]
        return found

    def manner(self, state: Floats, struck: Ints) -> tuple[Floats, Floats, Floats]:
        """Return by drum the log odds of loudness, of lateness and of its second sound, when some are struck."""
        together = self._weights["together.weight"][struck].sum(axis=0)
        played = np.maximum(self._linear("played", state) + together, 0.0)
        level = self._linear("level", played).reshape(len(DRUMS), LEVELS)
        late = self._linear("late", played).reshape(len(DRUMS), LATENESS)
        return level, late, self._linear("other", played)

    def _linear(self, name: str, x: Floats) -> Floats:
        found: Floats = x @ self._weights[f"{name}.weight"].T + self._weights[f"{name}.bias"]
        return found
