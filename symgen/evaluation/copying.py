"""How much of a tune stands in a reference, wherever it was transposed to."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from symgen.errors import ControlError
from symgen.evaluation.table import note_table
from symgen.score import Part, Score

__all__ = ["Reference", "copied_share", "longest_match"]

Hashes = NDArray[np.uint64]

_SPREAD = np.uint64(0x9E3779B97F4A7C15)
_BASE = np.uint64(0xD1342543DE82EF95)


def _moves(score: Score) -> list[Hashes]:
    """Return, a part, one number for each step from note to note: its interval and its time in grid steps."""
    lines = []
    for part in score.parts:
        if not part.is_drum:
            line = note_table(_alone(score, part)).top_line()
            move = (np.diff(line.onset).astype(np.uint64) << np.uint64(8)) + (np.diff(line.pitch) + 128).astype(
                np.uint64
            )
            mixed = (move + np.uint64(1)) * _SPREAD
            lines.append(mixed ^ (mixed >> np.uint64(29)))
    return lines


def _alone(score: Score, part: Part) -> Score:
    return score.with_parts([part])


def _hashes(lines: Sequence[Hashes], notes: int) -> Hashes:
    """Hash every run of `notes` notes within a line, in order."""
    windows = []
    for line in lines:
        count = len(line) - (notes - 1) + 1
        total = np.zeros(max(0, count), dtype=np.uint64)
        for shift in range(notes - 1 if count > 0 else 0):
            total = total * _BASE + line[shift : shift + count]
        windows.append(total)
    return np.concatenate(windows) if windows else np.zeros(0, dtype=np.uint64)


class Reference:
    """Tunes to look for copies of.

    Parameters
    ----------
    scores : iterable of Score
        Such as the training set.

    Notes
    -----
    A run of notes is compared by its intervals and the times between its onsets on a
    grid of 12 steps a quarter: free of transposition, not of tempo. Runs are held as
    64-bit hashes; among 10 million of them a false match has a chance below 10^-12.
    """

    def __init__(self, scores: Sequence[Score]) -> None:
        self._lines = [line for score in scores for line in _moves(score)]
        self._found: dict[int, Hashes] = {}

    @property
    def longest_line(self) -> int:
        """Notes of the longest line in the reference."""
        return max((len(line) + 1 for line in self._lines), default=0)

    def contains(self, runs: Hashes, notes: int) -> NDArray[np.bool_]:
        """Tell which hashed runs of `notes` notes the reference has."""
        if notes not in self._found:
            self._found[notes] = np.unique(_hashes(self._lines, notes))
        known = self._found[notes]
        if not len(known):
            return np.zeros(len(runs), dtype=bool)
        nearest = known[np.minimum(np.searchsorted(known, runs), len(known) - 1)]
        return np.equal(nearest, runs)


def copied_share(scores: Sequence[Score], reference: Reference, *, notes: int = 12) -> float:
    """Share of all runs of `notes` notes that stand in the reference too.

    Parameters
    ----------
    scores : sequence of Score
    reference : Reference
    notes : int
        Length of a run, 2 or more.

    Returns
    -------
    float
        0..1; 0 if no tune is as long as a run.

    Raises
    ------
    ControlError
        If `notes` is below 2.

    Notes
    -----
    The n-gram overlap of Papadopoulos, Roy and Pachet (2014), Avoiding plagiarism in
    Markov sequence generation, on transposition-free runs.
    """
    if notes < 2:
        raise ControlError(f"runs of {notes} notes: use 2 or more")
    runs = _hashes([line for score in scores for line in _moves(score)], notes)
    return float(reference.contains(runs, notes).mean()) if len(runs) else 0.0


def longest_match(score: Score, reference: Reference) -> int:
    """Length in notes of the longest run of a tune that stands in the reference.

    Parameters
    ----------
    score : Score
    reference : Reference

    Returns
    -------
    int
        0 if not even a step from note to note is shared.
    """
    lines = _moves(score)
    low, high = 1, min(reference.longest_line, max((len(line) + 1 for line in lines), default=0))
    while low < high:  # a run can only be shared if each shorter run inside it is
        middle = (low + high + 1) // 2
        if reference.contains(_hashes(lines, middle), middle).any():
            low = middle
        else:
            high = middle - 1
    return low if low > 1 else 0
