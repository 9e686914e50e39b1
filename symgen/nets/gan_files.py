"""The bar GAN on disk: its generator, and a card of its own kind."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from symgen.errors import CheckpointError
from symgen.files import PathLike
from symgen.nets.folder import Kind, Weights, read_network, save_network
from symgen.nets.gan_config import GanConfig

__all__ = ["GAN_CARD", "GanModel", "read_gan", "save_gan"]

GAN_CARD = "gan.json"
_KIND = Kind("GAN", GAN_CARD, "generator")


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
        """Whether it is the generator of `symgen.nets.gan_tutorial`."""
        return self.info.get("preset") == "tutorial"


def save_gan(model: GanModel, folder: PathLike, *, half: bool = False) -> Path:
    """Write a generator; see `symgen.nets.folder.save_network`."""
    return save_network(_KIND, folder, model.weights, {"config": model.config.to_json(), **model.info}, half=half)


def read_gan(folder: PathLike) -> GanModel:
    """Read a generator.

    Raises
    ------
    CheckpointError
        If a file is missing or damaged, or was made for another version.
    """
    config, weights, info = read_network(_KIND, folder)
    corpus = info.get("corpus", {})
    if not isinstance(corpus, dict) or not all(isinstance(info.get(name, ""), str) for name in ("name", "preset")):
        raise CheckpointError(f"{folder}: its card is damaged; copy it again")
    return GanModel(GanConfig.from_json(config), weights, info)
