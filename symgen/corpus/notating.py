"""Write down what was played: on the beats of its file where it follows them, else on those that are found."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import lcm

import numpy as np

from symgen.beats.pulse import Pulse, find_pulse, score_on_pulse
from symgen.beats.strokes import Clock
from symgen.corpus.manner import TICKS, Ints, Performance
from symgen.music.performed import WrittenOnsets, quantized
from symgen.music.score import Part, Score
from symgen.music.tempo import usual_tempo

__all__ = ["Notated", "choose_pulse", "notate"]

# What divides a quarter with faster strokes than sixteenths, by the steps that a quarter has.
_FINER = {12: (6, 12), 24: (6, 8, 12, 24)}
_MOST_TICKS = 2**15
# Tempos that the beat finder takes as known, quarters a minute.
_SLOWEST, _FASTEST = 20, 400


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
    pulse = choose_pulse(score)
    laid = score if pulse is None else score_on_pulse(score, pulse)
    # What is struck just before the last bar line may be the first note of the next bar.
    laid = replace(laid, length=laid.bars[-1].end + laid.resolution if laid.bars else 0)
    places = WrittenOnsets(
        laid, laid.resolution / grid, played=pulse is not None, finer=_FINER[grid]
    )
    tempos = None if pulse is None else _tempos(score, pulse)
    performance = Performance.of(laid, places, moved=places.played, tempos=tempos)
    written = quantized(laid, grid, places)
    if places.played:
        written = _with_plain_ends(written)
    return Notated(written, performance, pulse is not None)


def choose_pulse(score: Score) -> Pulse | None:
    """Return beats that are found, or none where those of the file are taken."""
    pulse = find_pulse(score)
    bpm = usual_tempo(score, score.length).bpm
    is_bare = all(change.meter.numerator == 1 for change in score.meters)
    if pulse is None and is_bare and _SLOWEST <= bpm <= _FASTEST:
        # A bar of one beat is no meter: at the tempo of the file, the music must tell its bars.
        pulse = find_pulse(score, tempo=bpm)
    return pulse


def _with_plain_ends(score: Score) -> Score:
    """Let long notes end where those of a writer do: when a finger or pedal goes up is no rhythm."""
    lines = np.array([0, *(bar.end for bar in score.bars)], dtype=np.int64)
    parts = []
    for part in score.parts:
        rows = part.note_array()
        if not part.is_drum and len(rows):
            rows[:, 1] = _plain_ends(rows, lines, score.resolution) - rows[:, 0]
        parts.append(Part.from_array(rows, part.program, part.is_drum, part.name))
    return score.with_parts(parts)


def _plain_ends(rows: Ints, lines: Ints, quarter: int) -> Ints:
    """Return ends of notes: from a quarter on at eighths, from a half on at quarters, and none just behind a line."""
    onset, duration, pitch = rows[:, 0], rows[:, 1], rows[:, 2]
    end = onset + duration
    # Counted from the bar line before the end.
    line = lines[np.searchsorted(lines, end, side="left") - 1]
    unit = np.where(duration >= 2 * quarter, quarter, quarter // 2)
    rounded = line + np.rint((end - line) / unit).astype(np.int64) * unit
    found = np.where(duration >= quarter, rounded, end)
    over = (line > onset) & (end - line <= np.minimum(duration // 4, quarter // 2))
    found = np.where(over, line, found)
    # None is held until its key is struck again.
    order = np.lexsort((onset, pitch))
    following = np.full(len(rows), np.iinfo(np.int64).max)
    again = np.flatnonzero(np.diff(pitch[order]) == 0)
    following[order[again]] = onset[order[again + 1]]
    return np.where((found > following) | (found <= onset), end, found)


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
