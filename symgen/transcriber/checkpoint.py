"""The transcriber on disk: the sizes of its network, its axis of pitch, its weights."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from symgen.nets.card import StoredConfig
from symgen.nets.network import NetworkKind, Weights, read_network, save_network
from symgen.system.errors import ControlError
from symgen.system.files import PathLike
from symgen.transcriber.spectrum import BINS_A_SEMITONE, LOWEST_BIN

__all__ = [
    "HARMONIC_BINS",
    "LOWEST_PITCH",
    "PITCH_BINS",
    "SEMITONES",
    "TRANSCRIBER",
    "TranscriberConfig",
    "TranscriberModel",
    "read_transcriber",
    "save_transcriber",
]

TRANSCRIBER = NetworkKind(
    "transcriber", "transcriber.json", "network", "python -m lab train-transcriber"
)

LOWEST_PITCH = 36
"""The lowest note that is heard, C2; the highest is a B7, as whistled."""
SEMITONES = 72
PITCH_BINS = SEMITONES * BINS_A_SEMITONE

_WIDEST = 4096
# Half the frequency is among them so that a note can be told from its octave: where there is sound at
# half of it as well, the note is probably the lower one.
_RATIOS = (-12.0, 0.0, 12.0, 19.02, 24.0, 27.86, 31.02, 36.0)
"""Semitones from a note to half its frequency, itself and six harmonics."""

_FIRST = round((LOWEST_PITCH - LOWEST_BIN) * BINS_A_SEMITONE) - 1
"""Bin of the picture at pitch bin 0, a third of a semitone below the lowest note, so that three share a semitone."""
HARMONIC_BINS = tuple(_FIRST + round(ratio * BINS_A_SEMITONE) for ratio in _RATIOS)


@dataclass(frozen=True, slots=True)
class TranscriberConfig(StoredConfig):
    """Widths of the layers."""

    # Channels of the convolutions before, between and behind the stack of harmonics
    first: int = 12
    second: int = 5
    third: int = 16
    squeezed: int = 6  # channels that each semitone keeps for the GRU
    # Inputs of the GRU, and units in each direction
    width: int = 128
    hidden: int = 96

    def __post_init__(self) -> None:
        widths = self.to_json()
        if not all(1 <= width <= _WIDEST for width in widths.values()):
            raise ControlError(f"transcriber: widths {widths} must be 1..{_WIDEST}")


@dataclass(frozen=True)
class TranscriberModel:
    """A trained transcriber as plain data; `info` is what else its card says: corpus, licence, figures."""

    config: TranscriberConfig
    weights: Weights = field(repr=False)
    info: Mapping[str, Any] = field(default_factory=dict)


def save_transcriber(model: TranscriberModel, folder: PathLike, *, half: bool = False) -> Path:
    """Write a transcriber as `save_network` does, and return where its weights lie."""
    card = {"config": model.config.to_json(), **model.info}
    (name,) = save_network(TRANSCRIBER, folder, model.weights, card, half=half)
    return Path(folder) / name


def read_transcriber(folder: PathLike) -> TranscriberModel:
    """Read a transcriber, and refuse one whose parts do not agree."""
    card, weights = read_network(TRANSCRIBER, folder)
    config = TranscriberConfig.from_json(card.pop("config", None))
    return TranscriberModel(config, weights, card)
