"""The drummer on disk: the sizes of its network, its weights, the styles that it knows."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from symgen.drummer.grooves import EVENTS, LEVELS
from symgen.drummer.loudness import SOURCES
from symgen.drummer.tables import INPUT_ROWS, LAGS, LATENESS, MOST_SINCE, PHASES, USUAL
from symgen.music.drum_kit import DRUMS
from symgen.nets.card import StoredConfig
from symgen.nets.network import NetworkKind
from symgen.nets.numpy_layers import Shapes, gru_shapes, layer_shapes
from symgen.nets.stored import StoredModel, check_widths, read_stored, save_stored
from symgen.system.files import PathLike

__all__ = [
    "DRUMMER",
    "EVENT_ROWS",
    "DrummerConfig",
    "DrummerModel",
    "read_drummer",
    "save_drummer",
    "shapes_of",
]

DRUMMER = NetworkKind("drummer", "drummer.json", "drummer", "python -m lab ship-drummer")
EVENT_ROWS = PHASES + MOST_SINCE + 1
"""What else a bar is drawn from: its number and how long ago the last fill was."""


@dataclass(frozen=True, slots=True)
class DrummerConfig(StoredConfig):
    """Widths of the layers, and the styles in the order of their rows."""

    # Of the sum of the rows, of the state, and of what hits are drawn from.
    width: int = 64
    hidden: int = 128
    head: int = 64
    styles: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        check_widths("drummer", self.width, self.hidden, self.head)

    @property
    def input_rows(self) -> int:
        """Rows of the table of inputs."""
        return INPUT_ROWS + len(self.styles)


DrummerModel = StoredModel[DrummerConfig]
"""A trained drummer as plain data."""


def shapes_of(config: DrummerConfig) -> Shapes:
    """Return the shapes of the weights by their names."""
    hidden, head, drums = config.hidden, config.head, len(DRUMS)
    layers: Shapes = {
        "event": (len(EVENTS), hidden),
        "feel": (1, hidden),
        "narrow": (head, hidden),
        "hit": (drums, head),
        "copy": (drums * len(LAGS), head),
        "habit": (drums, head),
        "played": (head, hidden),
        "level": (drums * LEVELS, head),
        "trust": (SOURCES, head),
        "late": (drums * LATENESS, head),
        "other": (drums, head),
    }
    return {
        "inputs.weight": (config.input_rows, config.width),
        **gru_shapes("gru", config.width, hidden),
        **layer_shapes(layers),
        "event_row.weight": (EVENT_ROWS, len(EVENTS)),
        "struck.weight": (drums, drums),
        "usual.weight": (USUAL + 1, drums),
        "together.weight": (drums, head),
        "echo.weight": (SOURCES * (LEVELS + 1), LEVELS),
    }


def save_drummer(model: DrummerModel, folder: PathLike, *, half: bool = False) -> Path:
    """Write a drummer as `save_network` does, and return where its weights lie."""
    return save_stored(DRUMMER, model, folder, half=half)


def read_drummer(folder: PathLike) -> DrummerModel:
    """Read a drummer, and refuse one whose parts do not agree."""
    return read_stored(DRUMMER, DrummerConfig, folder)
