"""The drummer in numpy, one slot at a time; a test holds it to the torch network."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from symgen.drummer.checkpoint import DrummerConfig, shapes_of
from symgen.drummer.grooves import LEVELS
from symgen.drummer.loudness import SOURCES
from symgen.drummer.tables import LAGS, LATENESS, PHASES
from symgen.music.drum_kit import DRUMS
from symgen.nets.numpy_layers import check_shapes
from symgen.nets.table_gru import TableGru

__all__ = ["InferenceDrummer"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


class InferenceDrummer:
    """The weights of the network, laid out for one slot after the other."""

    def __init__(self, config: DrummerConfig, weights: Mapping[str, NDArray[Any]]) -> None:
        check_shapes("drummer", shapes_of(config), weights)
        self.config = config
        self._gru = TableGru(weights)
        self.parameters = self._gru.parameters
        # A drum sees those before it.
        self._struck: Floats = np.tril(self._gru.weights["struck.weight"], -1).T

    def start(self) -> Floats:
        """Return the state before the first slot, shape (hidden,)."""
        return np.zeros(self.config.hidden)

    def step(self, state: Floats, rows: Ints) -> Floats:
        """Read the rows of a slot, shape (columns,)."""
        return self._gru.step(state, rows)

    def events(self, state: Floats, phase: int, since: int) -> Floats:
        """Return the log odds of what the bar behind a state is, by its number and the bars since the last fill."""
        table = self._gru.weights["event_row.weight"]
        found: Floats = self._gru.linear("event", state) + table[phase] + table[PHASES + since]
        return found

    def feel(self, state: Floats) -> float:
        """Return the log odds that the quarter behind a state is one of triplets."""
        return float(self._gru.linear("feel", state)[0])

    def hits(self, state: Floats, memory: Floats, usual: Ints) -> Floats:
        """Return the log odds of each drum while none is struck; `memory` is 1, -1 or 0 by drum and lag."""
        head = np.maximum(self._gru.linear("narrow", state), 0.0)
        pull = self._gru.linear("copy", head).reshape(len(DRUMS), len(LAGS))
        habit = self._gru.weights["usual.weight"][usual, np.arange(len(DRUMS))]
        found: Floats = self._gru.linear("hit", head) + (pull * memory).sum(axis=1)
        found += (1 + self._gru.linear("habit", head)) * habit
        return found

    def struck(self, drum: int) -> Floats:
        """Return what is added to the log odds of each drum when one is struck."""
        found: Floats = self._struck[drum]
        return found

    def manner(self, state: Floats, struck: Ints, recalled: Ints) -> tuple[Floats, Floats, Floats]:
        """Return by drum the log odds of loudness, of lateness and of its second sound, when some are struck."""
        together = self._gru.weights["together.weight"][struck].sum(axis=0)
        played = np.maximum(self._gru.linear("played", state) + together, 0.0)
        level = self._gru.linear("level", played).reshape(len(DRUMS), LEVELS)
        rows = recalled + (LEVELS + 1) * np.arange(SOURCES)
        echo = self._gru.weights["echo.weight"][rows]
        level += ((1 + self._gru.linear("trust", played))[:, None] * echo).sum(axis=1)
        late = self._gru.linear("late", played).reshape(len(DRUMS), LATENESS)
        return level, late, self._gru.linear("other", played)
