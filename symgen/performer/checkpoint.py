"""The pitched player on disk: the sizes of its network, its weights, and what it plays."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from symgen.nets.card import StoredConfig
from symgen.nets.network import NetworkKind
from symgen.nets.numpy_layers import Shapes, layer_shapes
from symgen.nets.stored import StoredModel, check_widths, read_stored, save_stored
from symgen.performer.features import FEATURES
from symgen.system.errors import ControlError
from symgen.system.files import PathLike

__all__ = [
    "ASPECTS",
    "PLAYER",
    "SHIPPED_PLAYER",
    "STRAYS",
    "PlayerConfig",
    "PlayerModel",
    "player_shapes",
    "read_player",
    "save_player",
]

PLAYER = NetworkKind("player", "player.json", "player", "symgen train-performer")
SHIPPED_PLAYER = "player"

ASPECTS = ("velocity", "late", "held")
"""What a player may say of a note: deviation from the piece's velocity, seconds, log share of the duration."""

STRAYS = 3
"""Of each aspect: share of what strays that the notes of a chord have in common, share of it that moves slowly, and how
much of that lasts to the next chord."""


@dataclass(frozen=True, slots=True)
class PlayerConfig(StoredConfig):
    """Width of the layers, how far the convolutions reach, what is said of a note."""

    hidden: int = 48
    # Steps between the three chords that a layer sees at once.
    reaches: tuple[int, ...] = (1, 2, 4, 8, 16)
    aspects: tuple[str, ...] = ("velocity",)
    # Networks that were trained apart, whose means are averaged.
    members: int = 1

    def __post_init__(self) -> None:
        check_widths("player", self.hidden, self.members, *self.reaches)
        if not self.aspects or any(name not in ASPECTS for name in self.aspects):
            raise ControlError(f"player: aspects {self.aspects} must be of {ASPECTS}")


PlayerModel = StoredModel[PlayerConfig]
"""A trained player as plain data."""


def player_shapes(config: PlayerConfig) -> Shapes:
    """Return the shape of every weight, by name; those of the networks stand behind their numbers."""
    width, said = config.hidden, len(config.aspects)
    layers: Shapes = {"given": (width, len(FEATURES)), "seen": (width, width)}
    for stream in ("chords", "own"):
        layers[f"{stream}.pooled"] = (width, 2 * width)
        layers |= {f"{stream}.{i}": (width, width, 3) for i in range(len(config.reaches))}
    layers |= {"heard": (width, 3 * width), "said": (2 * said, width)}
    shapes = layer_shapes(layers)
    found = {
        f"{number}.{name}": shape
        for number in range(config.members)
        for name, shape in shapes.items()
    }
    # Mean and deviation of the features and of what is said, and how it strays.
    found |= {"mean": (len(FEATURES),), "deviation": (len(FEATURES),)}
    return found | {"said_mean": (said,), "said_deviation": (said,), "strays": (said, STRAYS)}


def save_player(model: PlayerModel, folder: PathLike) -> Path:
    """Write a player as 16-bit floats, and return where its weights lie."""
    return save_stored(PLAYER, model, folder, half=True)


def read_player(folder: PathLike) -> PlayerModel:
    """Read a player, and refuse one whose parts do not agree."""
    return read_stored(PLAYER, PlayerConfig, folder)
