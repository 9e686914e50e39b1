"""The network of the pitched player in numpy; a test holds it to the torch network."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

import numpy as np
from numpy.typing import NDArray

from symgen.nets.network import find_network
from symgen.nets.numpy_layers import check_shapes, linear, relu
from symgen.performer.checkpoint import (
    PLAYER,
    SHIPPED_PLAYER,
    PlayerConfig,
    player_shapes,
    read_player,
)
from symgen.performer.features import ScoreNotes, note_features
from symgen.performer.groups import Groups
from symgen.system.files import PathLike

__all__ = ["MOST_OFF", "InferencePlayer", "find_player", "standardized"]

Floats = NDArray[np.float32]

MOST_OFF = 6.0
"""Standard deviations beyond which a feature says no more."""


def standardized(features: Floats, mean: Floats, deviation: Floats) -> Floats:
    """Return features by their means and deviations, as the network is given them."""
    found: Floats = np.clip((features - mean) / deviation, -MOST_OFF, MOST_OFF).astype(np.float32)
    return found


class InferencePlayer:
    """The weights of the network, which judges whole pieces."""

    def __init__(self, config: PlayerConfig, weights: Mapping[str, Floats]) -> None:
        check_shapes("player", player_shapes(config), weights)
        self.config = config
        self._mean, self._deviation = weights["mean"], weights["deviation"]
        self.said_mean = weights["said_mean"].astype(np.float64)
        self.said_deviation = weights["said_deviation"].astype(np.float64)
        self.strays = weights["strays"].astype(np.float64)
        self._members: list[dict[str, Floats]] = [{} for _ in range(config.members)]
        for name, value in weights.items():
            number, _, own = name.partition(".")
            if own:
                # Three places of a convolution are one product of matrices.
                laid = (
                    value.transpose(2, 1, 0).reshape(-1, len(value)) if value.ndim == 3 else value
                )
                self._members[int(number)][own] = np.ascontiguousarray(laid, dtype=np.float32)

    def judge(self, notes: ScoreNotes) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return what is likeliest of each note and how much it strays, both shape (notes, aspects), standardized."""
        x = standardized(note_features(notes), self._mean, self._deviation)
        said = np.mean([self._judge(own, x, notes) for own in self._members], axis=0)
        aspects = len(self.config.aspects)
        deviation = np.exp(np.clip(said[:, aspects:], -4, 2))
        return said[:, :aspects].astype(np.float64), deviation.astype(np.float64)

    def _judge(self, w: dict[str, Floats], x: Floats, notes: ScoreNotes) -> Floats:
        seen = relu(linear(w, "seen", relu(linear(w, "given", x))))
        whole = np.zeros(len(notes.chords), dtype=np.int64)
        part = notes.part[notes.own.first_notes]
        around = [
            self._follow(w, name, seen, groups, line)
            for name, groups, line in (("chords", notes.chords, whole), ("own", notes.own, part))
        ]
        return linear(w, "said", relu(linear(w, "heard", np.concatenate([seen, *around], axis=1))))

    def _follow(
        self, w: dict[str, Floats], name: str, seen: Floats, groups: Groups, line: NDArray[np.int64]
    ) -> Floats:
        """Read chords one after the other, those of each line apart; shape (notes, hidden)."""
        total = groups.of_groups(seen, np.add) / groups.sizes[:, None]
        pooled = np.concatenate([total, groups.of_groups(seen, np.maximum)], axis=1)
        x = relu(linear(w, f"{name}.pooled", pooled.astype(np.float32)))
        edge = max(self.config.reaches)
        starts = np.flatnonzero(np.diff(line, prepend=-1))
        # Lines stand behind each other, so far apart that none sees another one.
        place = np.arange(len(line)) + edge * (1 + np.cumsum(np.diff(line, prepend=line[:1]) != 0))
        laid = np.zeros((len(line) + edge * (len(starts) + 1), x.shape[1]), dtype=np.float32)
        laid[place] = x
        for i, reach in enumerate(self.config.reaches):
            around = np.concatenate([laid[place - reach], laid[place], laid[place + reach]], axis=1)
            laid[place] += relu(around @ w[f"{name}.{i}.weight"] + w[f"{name}.{i}.bias"])
        found: Floats = laid[place][groups.index]
        return found


def find_player(name: PathLike = SHIPPED_PLAYER) -> InferencePlayer:
    """Load a player by its name or folder; the one that comes along is loaded once."""
    return _shipped() if name == SHIPPED_PLAYER else _loaded(name)


@cache
def _shipped() -> InferencePlayer:
    return _loaded(SHIPPED_PLAYER)


def _loaded(name: PathLike) -> InferencePlayer:
    model = read_player(find_network(PLAYER, name))
    return InferencePlayer(model.config, model.weights)
