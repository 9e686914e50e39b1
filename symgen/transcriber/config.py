"""Sizes of the transcriber's network, and the axis of pitch that it answers on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

from symgen.audio.spectrum import BINS_A_SEMITONE, LOWEST_BIN

__all__ = ["HARMONIC_BINS", "LOWEST_PITCH", "PITCH_BINS", "SEMITONES", "TranscriberConfig"]

LOWEST_PITCH = 36
"""The lowest note that is heard, C2; the highest is a B7, as whistled."""
SEMITONES = 72
PITCH_BINS = SEMITONES * BINS_A_SEMITONE

_RATIOS = (-12.0, 0.0, 12.0, 19.02, 24.0, 27.86, 31.02, 36.0)
"""Semitones from a note to half its frequency, itself and six harmonics."""

_FIRST = round((LOWEST_PITCH - LOWEST_BIN) * BINS_A_SEMITONE) - 1
"""Bin of the picture at pitch bin 0, a third of a semitone below the lowest note, so that three share a semitone."""
HARMONIC_BINS = tuple(_FIRST + round(ratio * BINS_A_SEMITONE) for ratio in _RATIOS)


@dataclass(frozen=True, slots=True)
class TranscriberConfig:
    """Widths of the layers.

    Parameters
    ----------
    first, second, third : int
        Channels of the convolutions before, between and behind the stack of harmonics.
    squeezed : int
        Channels that each semitone keeps for the GRU.
    width, hidden : int
        Inputs of the GRU, and units in each direction.
    """

    first: int = 12
    second: int = 5
    third: int = 16
    squeezed: int = 6
    width: int = 128
    hidden: int = 96

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> TranscriberConfig:
        """Read what `to_json` wrote.

        Raises
        ------
        ValueError
            If a width is missing or makes no sense.
        """
        names = [field.name for field in fields(cls)]
        values = {name: data.get(name) for name in names}
        if not all(isinstance(value, int) and 1 <= value <= 4096 for value in values.values()):
            raise ValueError(f"the widths {values} make no sense")
        return cls(**values)  # type: ignore[arg-type]  # looked at just above

    def to_json(self) -> dict[str, int]:
        """Return the widths as plain numbers."""
        return asdict(self)
