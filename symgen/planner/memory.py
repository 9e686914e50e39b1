"""What has been drawn so far, as the network sees it beat by beat: one definition for training and for drawing."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from symgen.planner.sonorities import (
    CADENCES,
    CHORDS,
    NONE,
    START,
    bass_above,
    chord_class,
)
from symgen.planner.tables import (
    LAGS,
    MATCHES,
    MOST_PHRASE_LEFT,
    MOST_STANDING,
    NEAR_END,
    first_row,
    phrase_row,
)

__all__ = ["NOTHING", "Memory", "phrase_rows"]

Ints = NDArray[np.int64]

NOTHING = -1
"""A candidate of the copy memory where there is no such bar."""
_EDGES = np.array(MATCHES)
_MEMORY = np.array([first_row(f"memory{lag}") for lag in LAGS])
_MATCH = np.array([first_row(f"match{lag}") for lag in LAGS])
_ABSENT = 2 * (len(MATCHES) + 1)


class Memory:
    """Several plans side by side, filled up beat by beat."""

    def __init__(self, count: int, beats: int) -> None:
        self.sonorities = np.full((count, beats), START, dtype=np.int64)
        self.last = np.full(count, START, dtype=np.int64)
        self._standing = np.zeros(count, dtype=np.int64)
        self._agreed = np.zeros((count, len(LAGS)), dtype=np.int64)

    def chosen(self, which: Ints) -> Memory:
        """Return some of the plans, any of them several times."""
        other = Memory(0, 0)
        other.sonorities, other.last = self.sonorities[which], self.last[which]
        other._standing, other._agreed = self._standing[which], self._agreed[which]
        return other

    def candidates(self, earlier: Ints) -> Ints:
        """Return what stood at beats of earlier bars, shape (plans, lags); `earlier` has that shape, or (lags,)."""
        rows = np.arange(len(self.last))[:, None]
        found: Ints = np.where(earlier >= 0, self.sonorities[rows, np.maximum(earlier, 0)], NOTHING)
        return found

    def matches(self) -> Ints:
        """Return the classes of how long each lag has been right, shape (plans, lags)."""
        found: Ints = np.searchsorted(_EDGES, self._agreed, side="right")
        return found

    def rows(self, candidates: Ints) -> Ints:
        """Return the rows of the table of inputs, shape (plans, kinds)."""
        last, kind = self.last, chord_class(self.last)
        # Relative to the tonic; what is no chord has classes of its own.
        bass = np.where(last >= NONE, last - NONE + 12, (kind + bass_above(last)) % 12)
        columns = [
            first_row("last") + kind,
            first_row("bass") + bass,
            first_row("inversion") + bass_above(last),
            first_row("standing") + np.minimum(self._standing, MOST_STANDING),
        ]
        absent = candidates < 0
        kinds = np.where(absent, CHORDS, chord_class(np.maximum(candidates, 0)))
        same = candidates == last[:, None]
        match = np.where(absent, _ABSENT, 2 * self.matches() + same)
        return np.concatenate([np.stack(columns, axis=1), _MEMORY + kinds, _MATCH + match], axis=1)

    def push(self, beat: int, sonorities: Ints, candidates: Ints) -> None:
        """Put down what sounds on a beat."""
        same = sonorities == self.last
        self._standing = np.where(same, self._standing + 1, 1)
        self._agreed = np.where(candidates == sonorities[:, None], self._agreed + 1, 0)
        self.last = sonorities.astype(np.int64)
        self.sonorities[:, beat] = sonorities


def phrase_rows(left: Ints, cadence: Ints) -> Ints:
    """Return the rows of the table of phrases, shape (..., 3).

    `left` are beats after this one up to the end of the phrase, and `cadence` how it will end; -1 where unknown.
    """
    unknown = len(CADENCES)
    kind = np.where(cadence < 0, unknown, cadence)
    near = (left >= 0) & (left < NEAR_END)
    columns = [
        phrase_row("left")
        + np.where(left < 0, MOST_PHRASE_LEFT + 1, np.minimum(left, MOST_PHRASE_LEFT)),
        phrase_row("cadence") + kind,
        phrase_row("near") + np.where(near, 1 + kind * NEAR_END + left, 0),
    ]
    return np.stack(columns, axis=-1)
