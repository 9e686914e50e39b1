"""A melody as the harmonizer hears it: what sounds in each beat, relative to its key, and where the beat stands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from symgen.music.harmony import chord_beats
from symgen.music.score import Note, Score
from symgen.music.theory import Key

__all__ = ["INPUTS", "STRUCK", "TURNED", "MelodyBeats", "turned"]

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]

TURNED = 4
"""Rows of twelve pitch classes that stand first among the inputs of a beat."""

STRUCK = 12 * TURNED + 3 + 4 + 4
"""The input that says whether the melody sounds as a beat begins."""

# An onset so late in a beat is still on it, as a part of the beat.
_LATE = 8
_LONGEST = 4.0
_LEFT, _PLACES, _COUNTS = 6, 4, 4
INPUTS = 12 * TURNED + 3 + _PLACES + _COUNTS + 3 + _LEFT + 4 + 2 + 1 + 12 + 2
"""Numbers that describe a beat."""


@dataclass(frozen=True)
class MelodyBeats:
    """The beats of a melody."""

    # Shape (beats,), in ticks.
    starts: Ints
    ends: Ints
    # Opens a bar (0), opens its second half (1), or neither (2).
    levels: Ints
    # The major tonic of the key signature: roots are relative to it.
    tonic: int
    # Shape (beats, INPUTS).
    inputs: Floats
    # Share of each beat in which each pitch class above that tonic sounds, shape (beats, 12).
    filled: Floats

    @classmethod
    def of(cls, score: Score, line: Sequence[Note], key: Key) -> MelodyBeats:
        """Describe one note at a time over the bars of a score."""
        starts, ends, levels = chord_beats(score.bars, score.resolution)
        tonic = 7 * key.sharps % 12
        filled, begun, held = _sounding(line, starts, ends, tonic)
        lines = np.array([bar.start for bar in score.bars], dtype=np.int64)
        bars = np.searchsorted(lines, starts, side="right") - 1
        place = np.arange(len(starts)) - np.searchsorted(starts, lines)[bars]
        counts = np.bincount(bars, minlength=len(lines))
        whole = np.zeros((len(lines) + 1, 12))
        np.add.at(whole, bars, filled)
        whole /= np.maximum(whole.sum(axis=1, keepdims=True), 1.0)
        shares = filled.sum(axis=0)
        profile = np.sqrt(shares / max(shares.sum(), 1e-9))
        silent = filled.sum(axis=1) < 1 / _LATE
        steady = [*profile, key.minor, not key.minor]
        columns = (
            np.minimum(filled, 1.0),
            begun,
            whole[bars],
            whole[bars + 1],
            _one_of(levels, 3),
            _one_of(place, _PLACES),
            _one_of(counts[bars] - 1, _COUNTS),
            np.stack([held > 0, held / _LONGEST, silent], axis=1),
            _one_of(len(lines) - 1 - bars, _LEFT),
            _one_of(bars % 4, 4),
            _one_of(bars // 4 % 2, 2),
            (bars == 0)[:, None],
            np.tile(np.array(steady, dtype=np.float64), (len(starts), 1)),
        )
        inputs = np.concatenate(columns, axis=1).astype(np.float32)
        return cls(starts, ends, levels, tonic, inputs, filled.astype(np.float32))


def turned(inputs: Floats, semitones: int) -> Floats:
    """Return inputs as they would be if the tonic were so many semitones higher; modes stay as they are called."""
    found = inputs.copy()
    profile = INPUTS - 2 - 12
    for first in (*range(0, 12 * TURNED, 12), profile):
        rows = slice(first, first + 12)
        found[:, rows] = np.roll(inputs[:, rows], -semitones, axis=1)
    return found


def _one_of(values: Ints, count: int) -> NDArray[np.float64]:
    """Return values as rows with a single one; what is too high counts as the highest."""
    rows: NDArray[np.float64] = np.eye(count)[np.clip(values, 0, count - 1)]
    return rows


def _sounding(
    line: Sequence[Note], starts: Ints, ends: Ints, tonic: int
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Return how far pitch classes fill beats, which sound as they begin, and for how many beats those go on."""
    filled, begun = np.zeros((2, len(starts), 12))
    held = np.zeros(len(starts))
    for note in line:
        first = int(np.searchsorted(starts, note.onset, side="right")) - 1
        stop = int(np.searchsorted(starts, note.end, side="left"))
        tone = (note.pitch - tonic) % 12
        for beat in range(max(0, first), stop):
            start, end = int(starts[beat]), int(ends[beat])
            length = end - start
            filled[beat, tone] += (min(note.end, end) - max(note.onset, start)) / length
            late = start + length / _LATE
            if note.onset <= late < note.end:
                begun[beat, tone] = 1.0
                held[beat] = min(_LONGEST, (note.end - start) / length)
    return filled, begun, held
