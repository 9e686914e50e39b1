"""Write down what was played: on the beats of its file where it follows them, else on those that are found."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import lcm

import numpy as np

from symgen.beats.pulse import Pulse, find_pulse, score_on_pulse
from symgen.beats.strokes import Clock
from symgen.corpus.manner import TICKS, Ints, Performance
from symgen.music.performed import WrittenOnsets, quantized
from symgen.music.score import Score

__all__ = ["Notated", "notate"]

# What divides a quarter with faster strokes than sixteenths, by the steps that a quarter has.
_FINER = {12: (6, 12), 24: (6, 8, 12, 24)}
_MOST_TICKS = 2**15


@dataclass(frozen=True, eq=False)
class Notated:
    """A piece on the grid, and how it was played."""

    score: Score
    performance: Performance
    # Whether it is laid on beats of its own.
    unclicked: bool


def notate(score: Score, grid: int) -> Notated:
    """Write a piece down; what is on the grid already stays there."""
    score = score.with_resolution(_fine(score.resolution))
    pulse = find_pulse(score)
    laid = score if pulse is None else score_on_pulse(score, pulse)
    # What is struck just before the last bar line may be the first note of the next bar.
    laid = replace(laid, length=laid.bars[-1].end + laid.resolution if laid.bars else 0)
    places = WrittenOnsets(
        laid, laid.resolution / grid, played=pulse is not None, finer=_FINER[grid]
    )
    tempos = None if pulse is None else _tempos(score, pulse)
    performance = Performance.of(laid, places, moved=places.played, tempos=tempos)
    return Notated(quantized(laid, grid, places), performance, pulse is not None)


def _fine(resolution: int) -> int:
    """Return ticks a quarter in which all places of the grid are whole, and the old ones too."""
    least = lcm(resolution, max(_FINER))
    fine = least * -(-TICKS // least)
    return fine if fine <= _MOST_TICKS else TICKS


def _tempos(score: Score, pulse: Pulse) -> Ints:
    """Return the tempo of each beat: its tick on the pulse, and tenths of quarters a minute."""
    beats = pulse.grid.beats
    quarters = pulse.quarters(beats)
    seconds = np.maximum(np.diff(Clock.played(score).to_seconds(beats)), 1e-3)
    bpm = 60 * np.diff(quarters) / seconds
    ticks = np.maximum(np.rint(quarters[:-1] * score.resolution), 0)
    return np.column_stack([ticks, np.rint(10 * bpm)]).astype(np.int64)
