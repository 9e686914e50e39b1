"""The harmonizer's network in numpy; a test holds it to the torch network."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

import numpy as np
from numpy.typing import NDArray

from symgen.harmonizer.checkpoint import (
    HARMONIZER,
    QUALITIES,
    ROOTS,
    SHIPPED_HARMONIZER,
    HarmonizerConfig,
    read_harmonizer,
)
from symgen.harmonizer.melody import INPUTS, TURNED
from symgen.nets.network import find_network
from symgen.nets.numpy_layers import (
    Shapes,
    check_shapes,
    gru_shapes,
    gru_step,
    layer_shapes,
    linear,
    relu,
)

__all__ = ["InferenceHarmonizer", "harmonizer_shapes", "shipped_harmonizer"]

Floats = NDArray[np.float32]

_WAYS = ("", "_reverse")
_TURNS = (np.arange(12)[:, None] + np.arange(12)) % 12


class InferenceHarmonizer:
    """The weights of the network, which judges whole melodies."""

    def __init__(self, config: HarmonizerConfig, weights: Mapping[str, Floats]) -> None:
        check_shapes("harmonizer", harmonizer_shapes(config), weights)
        self.config = config
        # How much likelier a chord is behind another one than it is by itself, as log chances;
        # shape (before, after), a chord is ``root * QUALITIES + quality``.
        self.follows = np.asarray(weights["0.follows"], dtype=np.float32)
        self._members: list[dict[str, Floats]] = [{} for _ in range(config.members)]
        for name, value in weights.items():
            number, _, own = name.partition(".")
            self._members[int(number)][own] = np.ascontiguousarray(value, dtype=np.float32)

    def judge(self, inputs: Floats) -> tuple[Floats, Floats]:
        """Return log chances of roots, shape (beats, ROOTS), and of qualities given them, (beats, ROOTS, QUALITIES)."""
        judged = [self._judge(member, inputs) for member in self._members]
        roots, qualities = (np.mean(rows, axis=0) for rows in zip(*judged, strict=True))
        return roots, qualities

    def _judge(self, w: dict[str, Floats], inputs: Floats) -> tuple[Floats, Floats]:
        beats = len(inputs)
        rows = inputs[:, : 12 * TURNED].reshape(beats, TURNED, 12)
        turned = rows[:, :, _TURNS].transpose(0, 2, 1, 3).reshape(beats, 12, -1)
        said = relu(linear(w, "said", relu(linear(w, "seen", turned) + w["degree"])))
        given = relu(linear(w, "inputs", np.concatenate([inputs, said.reshape(beats, -1)], axis=1)))
        state = self._recur(w, given)
        weighed = 1 + linear(w, "weighed", state)
        root = linear(w, "root", state)
        root[:, :12] += (said * weighed[:, None, :]).sum(axis=2)
        quality = linear(w, "quality", state).reshape(beats, ROOTS, QUALITIES)
        return _log_chances(root), _log_chances(quality)

    def _recur(self, w: dict[str, Floats], given: Floats) -> Floats:
        """Run the GRU both ways, shape (beats, 2 * hidden)."""
        hidden = self.config.hidden
        gates = [given @ w[f"gru.weight_ih_l0{way}"].T + w[f"gru.bias_ih_l0{way}"] for way in _WAYS]
        both = np.stack([gates[0], gates[1][::-1]], axis=1)
        back = np.stack([w[f"gru.weight_hh_l0{way}"].T for way in _WAYS])
        bias = np.stack([w[f"gru.bias_hh_l0{way}"] for way in _WAYS])
        state = np.zeros((2, hidden), dtype=np.float32)
        out = np.empty((len(given), 2, hidden), dtype=np.float32)
        for beat in range(len(given)):
            kept = (state[:, None, :] @ back)[:, 0] + bias
            out[beat] = state = gru_step(both[beat], kept, state)
        return np.concatenate([out[:, 0], out[::-1, 1]], axis=1)


def _log_chances(logits: Floats) -> Floats:
    """Return logits as log chances along the last axis."""
    shifted = logits - logits.max(axis=-1, keepdims=True)
    found: Floats = shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))
    return found


def harmonizer_shapes(config: HarmonizerConfig) -> Shapes:
    """Return the shape of every weight of the torch network, by name."""
    c = config
    shapes = layer_shapes({
        "seen": (c.seen, 12 * TURNED),
        "said": (c.said, c.seen),
        "inputs": (c.width, INPUTS + 12 * c.said),
        "root": (ROOTS, 2 * c.hidden),
        "weighed": (c.said, 2 * c.hidden),
        "quality": (ROOTS * QUALITIES, 2 * c.hidden),
    })  # fmt: skip
    shapes["degree"] = (12, c.seen)
    shapes["follows"] = (12 * QUALITIES, 12 * QUALITIES)
    for way in _WAYS:
        shapes |= gru_shapes("gru", c.width, c.hidden, way)
    return {
        f"{number}.{name}": shape for number in range(c.members) for name, shape in shapes.items()
    }


@cache
def shipped_harmonizer() -> InferenceHarmonizer:
    """Load the harmonizer that comes along, once."""
    model = read_harmonizer(find_network(HARMONIZER, SHIPPED_HARMONIZER))
    return InferenceHarmonizer(model.config, model.weights)
