"""The transcriber on disk: the sizes of its network, its axis of pitch, its weights."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from symgen.nets.card import StoredConfig
from symgen.nets.network import NetworkKind
from symgen.nets.stored import StoredModel, check_widths, read_stored, save_stored
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
        check_widths("transcriber", *self.to_json().values())


TranscriberModel = StoredModel[TranscriberConfig]
"""A trained transcriber as plain data."""


def save_transcriber(model: TranscriberModel, folder: PathLike, *, half: bool = False) -> Path:
    """Write a transcriber as `save_network` does, and return where its weights lie."""
    return save_stored(TRANSCRIBER, model, folder, half=half)


def read_transcriber(folder: PathLike) -> TranscriberModel:
    """Read a transcriber, and refuse one whose parts do not agree."""
    return read_stored(TRANSCRIBER, TranscriberConfig, folder)
