"""The player of a drum kit on disk: the sizes of its network, its weights, the styles that it knows."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from symgen.nets.card import StoredConfig
from symgen.nets.network import NetworkKind
from symgen.nets.numpy_layers import Shapes, gru_shapes, layer_shapes
from symgen.nets.stored import StoredModel, check_widths, read_stored, save_stored
from symgen.performer.kit_memory import REMEMBERED
from symgen.performer.kit_strokes import INSTRUMENTS, SEEN
from symgen.system.files import PathLike

__all__ = [
    "KIT_PLAYER",
    "LEAST",
    "MIXED",
    "VELOCITIES",
    "KitConfig",
    "KitModel",
    "read_kit_player",
    "save_kit_player",
    "shapes_of",
]

KIT_PLAYER = NetworkKind("kit player", "kit_player.json", "kit", "python -m lab ship-kit-player")
MIXED = 4
"""Logistic distributions that are mixed, for velocity and for lateness."""
VELOCITIES = 127
LEAST = 1e-6
"""Density that each velocity has anyway."""


@dataclass(frozen=True, slots=True)
class KitConfig(StoredConfig):
    """Widths of the layers, and the styles in the order of their columns."""

    # Of what is seen and remembered, of the state, and of what is drawn from.
    width: int = 64
    hidden: int = 80
    head: int = 64
    styles: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        check_widths("kit player", self.width, self.hidden, self.head)

    @property
    def seen(self) -> int:
        """Numbers that are seen of a stroke, its style among them."""
        return SEEN + len(self.styles)


KitModel = StoredModel[KitConfig]
"""A trained player as plain data."""


def shapes_of(config: KitConfig) -> Shapes:
    """Return the shapes of the weights by their names."""
    width, hidden, head = config.width, config.hidden, config.head
    layers: Shapes = {
        "seen": (width, config.seen),
        "loud": (head, hidden),
        "level": (3 * MIXED + 1, head),
        "behind": (head, hidden),
        "late": (3 * MIXED, head),
    }
    return {
        **layer_shapes(layers),
        **gru_shapes("gru", width, hidden),
        "remembered.weight": (width, REMEMBERED),
        "loud_now.weight": (head, width),
        "behind_now.weight": (head, width),
        "level_direct.weight": (MIXED, REMEMBERED),
        "late_direct.weight": (MIXED, REMEMBERED),
        "told.weight": (head, 1),
        "habit.weight": (INSTRUMENTS, VELOCITIES),
    }


def save_kit_player(model: KitModel, folder: PathLike, *, half: bool = False) -> Path:
    """Write a player as `save_network` does, and return where its weights lie."""
    return save_stored(KIT_PLAYER, model, folder, half=half)


def read_kit_player(folder: PathLike) -> KitModel:
    """Read a player, and refuse one whose parts do not agree."""
    return read_stored(KIT_PLAYER, KitConfig, folder)
