"""Networks beside the language model on disk: a configuration, weights, and what else a card says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Generic, TypeVar

from symgen.nets.card import StoredConfig
from symgen.nets.network import NetworkKind, Weights, read_network, save_network
from symgen.system.errors import ControlError
from symgen.system.files import PathLike

__all__ = ["StoredModel", "check_widths", "read_stored", "save_stored"]

Config = TypeVar("Config", bound=StoredConfig)
_WIDEST = 4096


@dataclass(frozen=True)
class StoredModel(Generic[Config]):
    """A trained network as plain data; `info` is what else its card says: corpus, licence, figures."""

    config: Config
    weights: Weights = field(repr=False)
    info: Mapping[str, Any] = field(default_factory=dict)


def save_stored(
    kind: NetworkKind, model: StoredModel[Config], folder: PathLike, *, half: bool = False
) -> Path:
    """Write a network as `save_network` does, and return where its weights lie."""
    card = {"config": model.config.to_json(), **model.info}
    (name,) = save_network(kind, folder, model.weights, card, half=half)
    return Path(folder) / name


def read_stored(kind: NetworkKind, config: type[Config], folder: PathLike) -> StoredModel[Config]:
    """Read a network, and refuse one whose parts do not agree."""
    card, weights = read_network(kind, folder)
    return StoredModel(config.from_json(card.pop("config", None)), weights, card)


def check_widths(noun: str, *widths: int) -> None:
    """Refuse widths that no layer has."""
    if not all(1 <= width <= _WIDEST for width in widths):
        raise ControlError(f"{noun}: widths {widths} must be 1..{_WIDEST}")
