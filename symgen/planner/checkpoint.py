"""The planner on disk: the sizes of its network, its weights, the styles that it knows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from symgen.nets.card import StoredConfig
from symgen.nets.network import NetworkKind, Weights, read_network, save_network
from symgen.nets.numpy_layers import Shapes, gru_shapes, layer_shapes
from symgen.planner.sonorities import CADENCES, CHORDS
from symgen.planner.tables import INPUT_ROWS, LAGS, LONGEST_PHRASE, MATCHES, PHRASE_ROWS
from symgen.system.errors import ControlError
from symgen.system.files import PathLike

__all__ = ["PLANNER", "PlannerConfig", "PlannerModel", "read_planner", "save_planner", "shapes_of"]

PLANNER = NetworkKind("planner", "planner.json", "planner", "python -m lab ship-planner")

_WIDEST = 4096


@dataclass(frozen=True, slots=True)
class PlannerConfig(StoredConfig):
    """Widths of the layers, and the styles in the order of their rows."""

    # Of the sum of the rows, of the state, and of what chords are drawn from.
    width: int = 48
    hidden: int = 96
    head: int = 64
    styles: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        widths = (self.width, self.hidden, self.head)
        if not all(1 <= width <= _WIDEST for width in widths):
            raise ControlError(f"planner: widths {widths} must be 1..{_WIDEST}")

    @property
    def input_rows(self) -> int:
        """Rows of the table of inputs."""
        return INPUT_ROWS + len(self.styles)


@dataclass(frozen=True)
class PlannerModel:
    """A trained planner as plain data; `info` is what else its card says: corpus, licence, figures."""

    config: PlannerConfig
    weights: Weights = field(repr=False)
    info: Mapping[str, Any] = field(default_factory=dict)


def shapes_of(config: PlannerConfig) -> Shapes:
    """Return the shapes of the weights by their names."""
    hidden, head, lags = config.hidden, config.head, len(LAGS)
    layers: Shapes = {
        "narrow": (head, hidden),
        "stay": (1, head),
        "chord": (CHORDS, head),
        "above": (12, head),
        "bass": (12, head),
        "length": (LONGEST_PHRASE, hidden),
        "cadence": (len(CADENCES), hidden),
        "stay_copy": (lags, head),
        "chord_copy": (lags, head),
    }
    return {
        "inputs.weight": (config.input_rows, config.width),
        **gru_shapes("gru", config.width, hidden),
        "phrase.weight": (PHRASE_ROWS, head),
        **layer_shapes(layers),
        "inversion.weight": (CHORDS, 12),
        "cadence_length.weight": (LONGEST_PHRASE + 1, len(CADENCES)),
        "stay_match.weight": (lags, len(MATCHES) + 1),
        "chord_match.weight": (lags, len(MATCHES) + 1),
        "bass_match.weight": (lags, len(MATCHES) + 1),
    }


def save_planner(model: PlannerModel, folder: PathLike, *, half: bool = False) -> Path:
    """Write a planner as `save_network` does, and return where its weights lie."""
    card = {"config": model.config.to_json(), **model.info}
    (name,) = save_network(PLANNER, folder, model.weights, card, half=half)
    return Path(folder) / name


def read_planner(folder: PathLike) -> PlannerModel:
    """Read a planner, and refuse one whose parts do not agree."""
    card, weights = read_network(PLANNER, folder)
    config = PlannerConfig.from_json(card.pop("config", None))
    return PlannerModel(config, weights, card)
