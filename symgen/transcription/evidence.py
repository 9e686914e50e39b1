"""What speaks for a tempo, a metre and a place of the bar lines, as numbers to weigh."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from symgen.theory import find_key
from symgen.transcription.rhythm import TICKS, Rhythm

__all__ = ["FEATURES", "Placed", "describe"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

FEATURES = (
    "timing", "rhythm", "line_hit", "beat_hit", "long_on_line", "long_on_beat", "tonic_on_line", "triad_on_line",
    "leap_to_line", "loud_on_line", "loud_on_beat", "last_on_line", "last_on_beat", "last_long_on_line", "end_on_line",
    "again_1", "again_2", "again_4", "again_8", "steps_1", "steps_2", "steps_4",
)  # fmt: skip
"""Names of the columns of `describe`."""

_USUAL = 0.15
"""Share of notes that come again by chance."""
_ENOUGH = 6.0
"""So many notes count as much as the chance does."""
_MOST = 100
"""Longer melodies are no surer than one of so many notes."""


@dataclass(frozen=True, eq=False)
class Placed:
    """Notes that a path has put on places.

    Parameters
    ----------
    ticks : ndarray of int64, shape (notes,)
    rows : ndarray of float64, shape (notes, 4)
    timing : float
        Log density of their onsets, given the places.
    quarter : float
        Mean length of a quarter, seconds.
    """

    ticks: Ints
    rows: Floats
    timing: float
    quarter: float

    @property
    def tonic(self) -> int:
        """Pitch class of the most likely tonic."""
        return find_key(np.rint(self.rows[:, 2]).astype(int).tolist(), self.lengths.tolist()).tonic

    @property
    def lengths(self) -> Floats:
        """Quarters to the next note; of the last one as it sounds."""
        last = (self.rows[-1, 1] - self.rows[-1, 0]) / self.quarter
        return np.append(np.diff(self.ticks) / TICKS, max(last, 0.1))


def describe(placed: Placed, rhythm: Rhythm, shifts: Ints, tonic: int) -> Floats:
    """Describe readings of a path that differ in where the bar lines stand.

    Parameters
    ----------
    placed : Placed
        At least two notes.
    rhythm : Rhythm
        Of the metre.
    shifts : ndarray of int64, shape (shifts,)
        A bar line is at tick ``-shift``.
    tonic : int
        Pitch class.

    Returns
    -------
    ndarray of float64, shape (shifts, len(FEATURES))
    """
    count = len(placed.ticks)
    scale = min(1.0, _MOST / count)
    found = np.zeros((len(shifts), len(FEATURES)))
    found[:, 0] = placed.timing * scale
    said = rhythm.log_probabilities(placed.ticks, shifts) * scale
    top = said.max(axis=1, keepdims=True)
    found[:, 1] = top[:, 0] + np.log(np.exp(said - top).sum(axis=1))
    found[:, 2:15] = _accents(placed, rhythm, shifts, tonic)
    found[:, 15:] = _returns(placed, rhythm.bar)
    return found


def _accents(placed: Placed, rhythm: Rhythm, shifts: Ints, tonic: int) -> Floats:
    """How long, loud or stable the notes on bar lines and beats are beside all."""
    ticks, rows = placed.ticks, placed.rows
    pitch = np.rint(rows[:, 2]).astype(np.int64)
    place = (ticks[None, :] + shifts[:, None]) % rhythm.bar
    line = place == 0
    beat = (place % rhythm.beat == 0) & ~line
    length = np.log2(np.clip(placed.lengths, 0.1, 4.0))
    above = (pitch - tonic) % 12
    leap = np.minimum(np.abs(np.diff(pitch, prepend=pitch[:1])), 12) / 4
    span = float(ticks[-1] - ticks[0]) + 1.0
    end = ticks[-1] + placed.lengths[-1] * TICKS + shifts
    last = place[:, -1]
    bars = np.maximum(np.floor((ticks[-1] + shifts) / rhythm.bar) - np.ceil((ticks[0] + shifts) / rhythm.bar) + 1, 1)
    return np.stack(
        [
            np.minimum(line.sum(axis=1) / bars, 1.0),
            np.minimum((line | beat).sum(axis=1) / (span / rhythm.beat), 1.0),
            _excess(length, line),
            _excess(length, beat),
            _excess((above == 0).astype(np.float64), line),
            _excess(np.isin(above, (0, 3, 4, 7)).astype(np.float64), line),
            _excess(leap, line),
            _excess(_standard(rows[:, 3]), line),
            _excess(_standard(rows[:, 3]), beat),
            last == 0,
            last % rhythm.beat == 0,
            (last == 0) & (placed.lengths[-1] >= 1),
            np.abs((end + rhythm.bar / 2) % rhythm.bar - rhythm.bar / 2) < 1.5,
        ],
        axis=1,
    )


def _standard(values: Floats) -> Floats:
    spread = float(values.std())
    return (values - values.mean()) / spread if spread > 1e-6 else np.zeros(len(values))


def _excess(values: Floats, chosen: NDArray[np.bool_]) -> Floats:
    """Mean of the chosen above the mean of all, drawn to 0 where they are few."""
    count = chosen.sum(axis=1)
    return np.asarray(((values - values.mean())[None, :] * chosen).sum(axis=1) / (count + 2.0))


def _returns(placed: Placed, bar: int) -> Floats:
    """Shares of notes that come again, and of those that do so on any pitch, so many bars later."""
    ticks, pitch = placed.ticks, np.rint(placed.rows[:, 2])
    found = []
    for bars in (1, 2, 4, 8):
        later = ticks + bars * bar
        index = np.minimum(np.searchsorted(ticks, later), len(ticks) - 1)
        there = ticks[index] == later
        inside = float((later <= ticks[-1]).sum())
        both = float((there & (pitch[index] == pitch)).sum())
        found.append([(n + _USUAL * _ENOUGH) / (inside + _ENOUGH) for n in (both, float(there.sum()))])
    again = [pair[0] for pair in found]
    steps = [pair[1] for pair in found[:3]]
    return np.array(again + steps)
