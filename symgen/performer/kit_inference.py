"""The player of a drum kit in numpy, one stroke after the other; a test holds it to the torch network."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from symgen.nets.numpy_layers import check_shapes, gru_step
from symgen.performer.kit_checkpoint import LEAST, MIXED, VELOCITIES, KitConfig, shapes_of
from symgen.performer.kit_memory import LATE_UNIT, KitMemory, told_velocity
from symgen.performer.kit_strokes import SEEN, Strokes, contexts_of_strokes, seen_of_strokes

__all__ = ["InferenceKit"]

Floats = NDArray[np.float64]

_GRID = np.arange(1, VELOCITIES + 1) / 64 - 1
# No stroke is farther from its place, in seconds.
_FARTHEST = 0.12
# Draws feed on draws and so go farther than players do: chances of velocities are raised to a power, and the widths of
# lateness narrowed. Chosen on recordings of the validation part.
_SURE, _STEADY = 1.05, 0.9


class InferenceKit:
    """The weights of the network, laid out for one stroke after the other, in 64 bits."""

    def __init__(self, config: KitConfig, weights: Mapping[str, NDArray[Any]]) -> None:
        check_shapes("kit player", shapes_of(config), weights)
        self.config = config
        self.parameters = sum(value.size for value in weights.values())
        # In 64 bits sums differ so little from machine to machine that none draws anything else.
        own = {name: np.asarray(value, np.float64) for name, value in weights.items()}
        self._seen = own["seen.weight"].T, own["seen.bias"]
        self._remembered = own["remembered.weight"].T.copy()
        # Of what is now and of the state before, the gates of the GRU.
        self._given = own["gru.weight_ih_l0"].T.copy(), own["gru.bias_ih_l0"]
        self._kept = own["gru.weight_hh_l0"].T.copy(), own["gru.bias_hh_l0"]
        # Of the state, of what is now and of what is remembered, side by side, all that is drawn from.
        head, count = config.head, self._remembered.shape[0]
        none = np.zeros((2 * head, count))
        direct = np.concatenate([own["level_direct.weight"], own["late_direct.weight"]])
        nothing = np.zeros((2 * MIXED, config.hidden + config.width))
        heads = np.block([
            [own["loud.weight"], own["loud_now.weight"], none[:head]],
            [own["behind.weight"], own["behind_now.weight"], none[head:]],
            [nothing, direct],
        ])  # fmt: skip
        bias = (own["loud.bias"], own["behind.bias"], np.zeros(2 * MIXED))
        self._heads = heads.T.copy(), np.concatenate(bias)
        self._level = own["level.weight"].T.copy(), own["level.bias"]
        self._late = own["late.weight"].T.copy(), own["late.bias"]
        self._told = own["told.weight"][:, 0].copy()
        self._habit = np.exp(own["habit.weight"])

    def given(self, strokes: Strokes, style: str | None) -> Floats:
        """Return what the layer of all that is seen makes of strokes, shape (strokes, width)."""
        weight, bias = self._seen
        found: Floats = seen_of_strokes(strokes) @ weight[:SEEN] + bias
        if style in self.config.styles:
            found += weight[SEEN + self.config.styles.index(style)]
        return found

    def step(self, state: Floats, given: Floats, remembered: Floats) -> tuple[Floats, Floats]:
        """Read a stroke; return the state behind it, and what its velocity and lateness are drawn from."""
        now = np.maximum(given + remembered @ self._remembered, 0.0)
        weight, bias = self._given
        kept, kept_bias = self._kept
        state = np.asarray(gru_step(now @ weight + bias, state @ kept + kept_bias, state))  # type: ignore[arg-type]
        weight, bias = self._heads
        return state, np.concatenate([state, now, remembered]) @ weight + bias

    def velocities(self, drawn_from: Floats, instrument: int) -> Floats:
        """Return how likely each velocity is, up to a factor, shape (127,)."""
        head = self.config.head
        weight, bias = self._level
        level = np.maximum(drawn_from[:head], 0.0) @ weight + bias
        middles = level[MIXED : 2 * MIXED] + drawn_from[2 * head : 2 * head + MIXED]
        narrow = np.exp(-level[2 * MIXED : 3 * MIXED])
        shares = np.exp(level[:MIXED] - level[:MIXED].max())
        height = shares / shares.sum() * narrow / 4
        tail = np.tanh((_GRID[:, None] - middles) * (narrow / 2))
        found: Floats = ((1 - tail * tail) @ height + LEAST) * self._habit[instrument]
        found[-1] *= math.exp(level[-1])
        return found

    def lateness(self, drawn_from: Floats, velocity: int) -> tuple[Floats, Floats, Floats]:
        """Return shares, middles and widths of logistic distributions of lateness, in units of `LATE_UNIT`."""
        head = self.config.head
        weight, bias = self._late
        behind = drawn_from[head : 2 * head] + self._told * told_velocity(velocity)
        late = np.maximum(behind, 0.0) @ weight + bias
        shares = np.exp(late[:MIXED] - late[:MIXED].max())
        middles = late[MIXED : 2 * MIXED] + drawn_from[2 * head + MIXED :]
        return shares / shares.sum(), middles, np.exp(late[2 * MIXED :])

    def play(
        self, strokes: Strokes, style: str | None, rng: np.random.Generator
    ) -> tuple[Floats, Floats]:
        """Draw velocities, 1..127, and how many seconds behind its place each stroke is."""
        given, memory = self.given(strokes, style), KitMemory()
        state = np.zeros(self.config.hidden)
        velocity, late = np.empty(len(strokes)), np.empty(len(strokes))
        thrown = rng.random((len(strokes), 3)).tolist()
        columns = (strokes.instrument.tolist(), strokes.step.tolist(), strokes.place.tolist())
        contexts = contexts_of_strokes(strokes)
        for i, (instrument, step, place) in enumerate(zip(*columns, strict=True)):
            remembered = np.array(memory.recall(instrument, step, place, contexts[i]))
            state, drawn_from = self.step(state, given[i], remembered)
            one, two, three = thrown[i]
            chances = np.cumsum(self.velocities(drawn_from, instrument) ** _SURE)
            loud = 1 + int(np.searchsorted(chances[:-1], one * chances[-1], side="right"))
            shares, middles, widths = self.lateness(drawn_from, loud)
            behind = _drawn(shares, middles, _STEADY * widths, two, three)
            memory.add(instrument, place, contexts[i], loud, behind)
            velocity[i], late[i] = loud, behind
        return velocity, late


def _drawn(shares: Floats, middles: Floats, widths: Floats, one: float, two: float) -> float:
    """Draw seconds from a mixture of logistic distributions by two numbers between 0 and 1."""
    number, left = 0, one
    for share in shares[:-1].tolist():
        if left < share:
            break
        left -= share
        number += 1
    two = min(max(two, 1e-9), 1 - 1e-9)
    found = float(middles[number]) + float(widths[number]) * math.log(two / (1 - two))
    return min(max(found * LATE_UNIT, -_FARTHEST), _FARTHEST)
