"""The harmonizer on disk."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from symgen.music.harmony import PLAN_QUALITIES
from symgen.nets.card import StoredConfig
from symgen.nets.network import NetworkKind, Weights, read_network, save_network
from symgen.system.errors import ControlError
from symgen.system.files import PathLike

__all__ = [
    "HARMONIZER",
    "QUALITIES",
    "ROOTS",
    "SHIPPED_HARMONIZER",
    "HarmonizerConfig",
    "HarmonizerModel",
    "read_harmonizer",
    "save_harmonizer",
]

HARMONIZER = NetworkKind(
    "harmonizer", "harmonizer.json", "network", "python -m lab train-harmonizer"
)

SHIPPED_HARMONIZER = "harmonizer"

ROOTS = 13
"""Roots above the major tonic of the signature; the last one says that no chord sounds."""
QUALITIES = len(PLAN_QUALITIES)

_WIDEST = 4096


@dataclass(frozen=True, slots=True)
class HarmonizerConfig(StoredConfig):
    """Widths of the layers."""

    # What is said of each root, before and behind the layer between.
    seen: int = 32
    said: int = 12
    # Inputs of the GRU, and units in each direction.
    width: int = 64
    hidden: int = 64
    # Networks that were trained apart, whose judgements are averaged; the weights of each are named
    # behind its number.
    members: int = 1

    def __post_init__(self) -> None:
        widths = self.to_json()
        if not all(1 <= width <= _WIDEST for width in widths.values()):
            raise ControlError(f"harmonizer: widths {widths} must be 1..{_WIDEST}")


@dataclass(frozen=True)
class HarmonizerModel:
    """A trained harmonizer as plain data; `info` is what else its card says."""

    config: HarmonizerConfig
    weights: Weights = field(repr=False)
    info: Mapping[str, Any] = field(default_factory=dict)


def save_harmonizer(model: HarmonizerModel, folder: PathLike) -> Path:
    """Write a harmonizer as 16-bit floats, and return where its weights lie."""
    card = {"config": model.config.to_json(), **model.info}
    (name,) = save_network(HARMONIZER, folder, model.weights, card, half=True)
    return Path(folder) / name


def read_harmonizer(folder: PathLike) -> HarmonizerModel:
    """Read a harmonizer, and refuse one whose parts do not agree."""
    card, weights = read_network(HARMONIZER, folder)
    config = HarmonizerConfig.from_json(card.pop("config", None))
    return HarmonizerModel(config, weights, card)
