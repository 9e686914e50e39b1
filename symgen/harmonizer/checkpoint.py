"""The harmonizer on disk."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from symgen.music.harmony import PLAN_QUALITIES
from symgen.nets.card import StoredConfig
from symgen.nets.network import NetworkKind
from symgen.nets.stored import StoredModel, check_widths, read_stored, save_stored
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
        check_widths("harmonizer", *self.to_json().values())


HarmonizerModel = StoredModel[HarmonizerConfig]
"""A trained harmonizer as plain data."""


def save_harmonizer(model: HarmonizerModel, folder: PathLike) -> Path:
    """Write a harmonizer as 16-bit floats, and return where its weights lie."""
    return save_stored(HARMONIZER, model, folder, half=True)


def read_harmonizer(folder: PathLike) -> HarmonizerModel:
    """Read a harmonizer, and refuse one whose parts do not agree."""
    return read_stored(HARMONIZER, HarmonizerConfig, folder)
