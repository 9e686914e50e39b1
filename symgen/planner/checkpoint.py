"""The planner on disk: the sizes of its network, its weights, the styles that it knows."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from symgen.nets.card import StoredConfig
from symgen.nets.network import NetworkKind
from symgen.nets.numpy_layers import Shapes, gru_shapes, layer_shapes
from symgen.nets.stored import StoredModel, check_widths, read_stored, save_stored
from symgen.planner.sonorities import CADENCES, CHORDS
from symgen.planner.tables import INPUT_ROWS, LAGS, LONGEST_PHRASE, MATCHES, PHRASE_ROWS
from symgen.system.files import PathLike

__all__ = ["PLANNER", "PlannerConfig", "PlannerModel", "read_planner", "save_planner", "shapes_of"]

PLANNER = NetworkKind("planner", "planner.json", "planner", "python -m lab ship-planner")


@dataclass(frozen=True, slots=True)
class PlannerConfig(StoredConfig):
    """Widths of the layers, and the styles in the order of their rows."""

    # Of the sum of the rows, of the state, and of what chords are drawn from.
    width: int = 48
    hidden: int = 96
    head: int = 64
    styles: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        check_widths("planner", self.width, self.hidden, self.head)

    @property
    def input_rows(self) -> int:
        """Rows of the table of inputs."""
        return INPUT_ROWS + len(self.styles)


PlannerModel = StoredModel[PlannerConfig]
"""A trained planner as plain data."""


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
    return save_stored(PLANNER, model, folder, half=half)


def read_planner(folder: PathLike) -> PlannerModel:
    """Read a planner, and refuse one whose parts do not agree."""
    return read_stored(PLANNER, PlannerConfig, folder)
