"""The beat of a piece: the one of its file, or the one that it was played with."""

from __future__ import annotations

from dataclasses import dataclass

from symgen.beats.pulse import Pulse, find_pulse, score_on_pulse
from symgen.music.performed import is_written, quantized
from symgen.music.score import Score

__all__ = ["Played", "laid_on_beat", "on_its_beat", "played_beat"]

_GRID = 12


@dataclass(frozen=True)
class Played:
    """The beat of a piece that was played without a click."""

    quarters_a_minute: float
    meter: str
    # 0 to 1.
    confidence: float


def on_its_beat(score: Score) -> tuple[Score, Played | None]:
    """Return a piece in the bars that it was played in, and what they are if they are not those of its file."""
    laid, pulse = laid_on_beat(score)
    return laid, played_beat(pulse)


def played_beat(pulse: Pulse | None) -> Played | None:
    """Return the beat of a pulse as a fact."""
    if pulse is None:
        return None
    return Played(round(pulse.bpm, 2), str(pulse.meter), round(pulse.grid.confidence, 3))


def laid_on_beat(score: Score) -> tuple[Score, Pulse | None]:
    """Return a piece in the bars that it was played in, and the pulse of them if they are not those of its file."""
    pulse = find_pulse(score) if score.note_count else None
    if pulse is None:
        return _as_written(score), None
    return quantized(score_on_pulse(score, pulse), _GRID), pulse


def _as_written(score: Score) -> Score:
    """Return a piece that was played to its file's beat as it is written, if no two notes come to be one by that."""
    if is_written(score):
        return score
    laid = quantized(score, _GRID)
    return laid if laid.note_count == score.note_count else score
