"""Pieces for drums alone."""

from __future__ import annotations

from dataclasses import dataclass, replace

from symgen.drummer.playing import Manner, choose_pattern, play_drums
from symgen.drummer.styles import usual_meter
from symgen.music.meter import Meter, lay_bars
from symgen.music.score import MeterChange, Score, TempoChange
from symgen.system.errors import ControlError
from symgen.system.words import check_whole

__all__ = ["DrumPiece", "drum_piece"]

_RESOLUTION = 480
_USUAL_TEMPO = 100.0
# With more than these a file has too many notes to be read again.
_MOST_BARS = 4096


@dataclass(frozen=True)
class DrumPiece:
    """What drums are asked for: none of the tempo and the meter given means those that are usual in the style."""

    style: str = "rock"
    bars: int = 8
    tempo: float | None = None
    meter: Meter | None = None

    def __post_init__(self) -> None:
        check_whole("bars", self.bars)
        if not 1 <= self.bars <= _MOST_BARS:
            raise ControlError(f"bars {self.bars}: must be 1..{_MOST_BARS}")


def drum_piece(asked: DrumPiece, *, seed: int, manner: Manner | None = None) -> Score:
    """Play drums alone; one seed gives one piece, and `manner` says all but its style and tempo."""
    meter = asked.meter or Meter.parse(usual_meter(asked.style))
    pattern = choose_pattern(asked.style, str(meter), seed)
    bpm = asked.tempo or (pattern.groove.bpm if pattern else _USUAL_TEMPO)
    tempo = TempoChange.of_bpm(0, bpm)
    length = asked.bars * meter.bar_ticks(_RESOLUTION)
    bars = lay_bars([(0, meter)], _RESOLUTION, length, has_pickup=False)
    manner = replace(manner or Manner(), style=asked.style, bpm=bpm)
    part = play_drums(bars, _RESOLUTION, manner, seed=seed)
    return Score(
        (part,), _RESOLUTION, (tempo,), (MeterChange(0, meter),), length=length, title=asked.style
    )
