"""Melodic lines of a score, and hashes of their runs: how music is compared, whatever its key.

A step from note to note is its interval and the time from onset to onset. Onsets are the same however long the
notes are held, and so whatever the articulation; durations are not.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from symgen.music.score import Score

__all__ = ["LINE_KINDS", "STEPS", "Hashes", "Ints", "Line", "hash_runs", "score_lines"]

STEPS = 12
"""Grid steps per quarter note; onsets are taken to the nearest."""

LINE_KINDS = ("parts", "outer")
"""The highest notes of each part; the highest and the lowest notes of the whole score."""

Hashes = NDArray[np.uint64]
Ints = NDArray[np.int64]

_PRIME = np.uint64(0x9E3779B97F4A7C15)
_FIRST = np.uint64(0xBF58476D1CE4E5B9)
_SECOND = np.uint64(0x94D049BB133111EB)


@dataclass(frozen=True)
class Line:
    """One note at a time.

    Parameters
    ----------
    onset : ndarray of int64, shape (notes,)
        Grid steps, strictly rising.
    pitch : ndarray of int64, shape (notes,)
    row : ndarray of int64, shape (notes,)
        Which row of `Score.note_array` each note is.
    """

    onset: Ints
    pitch: Ints
    row: Ints

    def __len__(self) -> int:
        return len(self.onset)

    @property
    def moves(self) -> Ints:
        """Interval in semitones and time in grid steps from each note to the next; shape ``(notes - 1, 2)``."""
        return np.stack([np.diff(self.pitch), np.diff(self.onset)], axis=1)


def score_lines(score: Score, kind: str = "parts") -> list[Line]:
    """Return the lines of a score; drums are left out.

    Parameters
    ----------
    score : Score
    kind : str
        One of `LINE_KINDS`.

    Returns
    -------
    list of Line
        One a part that holds notes, or two: the top and the bass.
    """
    notes = score.note_array()
    pitched = np.array([not part.is_drum for part in score.parts], dtype=bool)
    rows = np.flatnonzero(pitched[notes[:, 4]]) if len(notes) else np.zeros(0, dtype=np.int64)
    onset = np.rint(notes[:, 0] * STEPS / score.resolution).astype(np.int64)
    if not len(rows):
        return []
    if kind == "outer":
        return [_outline(onset, notes[:, 2], rows, sign) for sign in (-1, 1)]
    return [
        _outline(onset, notes[:, 2], rows[notes[rows, 4] == part], -1)
        for part in np.unique(notes[rows, 4])
    ]


def _outline(onset: Ints, pitch: Ints, rows: Ints, sign: int) -> Line:
    """Keep one note of each onset: the highest for a `sign` of -1, the lowest for 1."""
    rows = rows[np.lexsort((sign * pitch[rows], onset[rows]))]
    first = np.append(True, onset[rows[1:]] != onset[rows[:-1]])
    kept = rows[first]
    return Line(onset[kept], pitch[kept], kept)


def hash_runs(moves: Ints, notes: int) -> Hashes:
    """Hash every run of `notes` notes of a line.

    Parameters
    ----------
    moves : ndarray of int64, shape (n - 1, 2)
        As `Line.moves`, of a line of n notes; a time of 4,095 steps or more counts as 4,095.
    notes : int
        Length of a run, 2 or more.

    Returns
    -------
    ndarray of uint64, shape (max(0, n - notes + 1),)
        All bits are mixed (the finaliser of SplitMix64; Steele, Lea and Flood 2014), so that any of them may be taken.
    """
    size = notes - 1
    count = max(0, len(moves) - size + 1)
    codes = (moves[:, 0] + 128).astype(np.uint64) * np.uint64(4096) + np.clip(
        moves[:, 1], 0, 4095
    ).astype(np.uint64)
    codes = _mix(codes)
    total = np.zeros(count, dtype=np.uint64)
    for k in range(size if count else 0):
        total = _mix(total + codes[k : count + k])
    return total


def _mix(values: Hashes) -> Hashes:
    with np.errstate(over="ignore"):
        values = (values ^ (values >> np.uint64(30))) * _FIRST + _PRIME
        return (values ^ (values >> np.uint64(27))) * _SECOND
