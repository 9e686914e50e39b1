"""The bar GAN on disk: its generator, and a card of its own kind."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from symgen.gan.config import GanConfig
from symgen.gan.steps import PITCHES
from symgen.nets.card import wrong_fields
from symgen.nets.folder import Kind, Weights, read_network, save_network
from symgen.system.errors import CheckpointError
from symgen.system.files import PathLike

__all__ = ["GAN_CARD", "GanModel", "read_gan", "save_gan"]

GAN_CARD = "gan.json"
_KIND = Kind("GAN", GAN_CARD, "generator")
_TONICS = frozenset(map(str, range(12)))


@dataclass(frozen=True)
class GanModel:
    """A trained generator, as plain data.

    Parameters
    ----------
    config : GanConfig
    weights : mapping of str to ndarray of float32
        By the names of the torch network.
    info : mapping
        What it was trained on, its licence and figures; ``preset`` says whether it is the one of the tutorial.
    """

    config: GanConfig
    weights: Weights = field(repr=False)
    info: Mapping[str, Any] = field(default_factory=dict)

    @property
    def is_tutorial(self) -> bool:
        """Whether it is the generator of `lab.gan_tutorial`."""
        return self.info.get("preset") == "tutorial"


def save_gan(model: GanModel, folder: PathLike, *, half: bool = False) -> Path:
    """Write a generator; see `symgen.nets.folder.save_network`."""
    return save_network(
        _KIND, folder, model.weights, {"config": model.config.to_json(), **model.info}, half=half
    )


def read_gan(folder: PathLike) -> GanModel:
    """Read a generator.

    Raises
    ------
    CheckpointError
        If a file is missing or damaged, or was made for another version.
    """
    config, weights, info = read_network(_KIND, folder)
    wrong = wrong_fields(info) + ["bases"] * (not _are_bases(info.get("bases", {})))
    if wrong or not isinstance(info.get("preset", ""), str):
        raise CheckpointError(
            f"{folder}: its card is damaged ({', '.join(wrong) or 'preset'}); copy it again"
        )
    return GanModel(GanConfig.from_json(config), weights, info)


def _are_bases(value: Any) -> bool:
    """Whether these tell for tonics where pitches begin: octaves below them."""
    if not isinstance(value, dict) or not all(type(base) is int for base in value.values()):
        return False
    return all(
        key in _TONICS and base % 12 == int(key) and 0 <= base <= 128 - PITCHES
        for key, base in value.items()
    )
