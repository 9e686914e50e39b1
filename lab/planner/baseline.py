"""The baseline of the planner: an n-gram of what sounds on the last beats, mixed with copies of earlier bars."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from lab.planner.pieces import Piece
from symgen.planner.sonorities import SONORITIES
from symgen.planner.tables import LAGS

__all__ = ["Ngram"]

Floats = NDArray[np.float64]

_ORDERS = 4
_ROUNDS = 12


class Ngram:
    """Relative frequencies of four orders, a uniform one, and copies of five lags, with weights by EM."""

    def __init__(self, pieces: Sequence[Piece], tuning: Sequence[Piece]) -> None:
        self._counts: list[defaultdict[tuple[int, ...], Counter[int]]] = [
            defaultdict(Counter) for _ in range(_ORDERS)
        ]
        for piece in pieces:
            row = piece.sonorities
            for beat, sonority in enumerate(row):
                for order, table in enumerate(self._counts):
                    table[_before(row, beat, order)][sonority] += 1
        self.weights: Floats = self.tuned(tuning)

    def tuned(self, pieces: Sequence[Piece]) -> Floats:
        """Return the weights that suit pieces best."""
        parts = np.concatenate([np.stack(list(self._parts(piece))) for piece in pieces])
        weights = np.full(parts.shape[1], 1 / parts.shape[1])
        # Expectation maximization (Dempster, Laird and Rubin 1977; Jelinek and Mercer 1980).
        for _ in range(_ROUNDS):
            shares = parts * weights
            weights = (shares / shares.sum(axis=1, keepdims=True)).mean(axis=0)
        return np.asarray(weights)

    def bits(self, piece: Piece) -> float:
        """Return the bits of a piece."""
        return -sum(math.log2(float(part @ self.weights)) for part in self._parts(piece))

    def _parts(self, piece: Piece) -> Iterator[Floats]:
        """Yield what each component gives to what sounds on each beat."""
        row, earlier = piece.sonorities, piece.beats().earlier
        for beat, sonority in enumerate(row):
            found = [1 / SONORITIES]
            for order, table in enumerate(self._counts):
                counts = table.get(_before(row, beat, order))
                total = sum(counts.values()) if counts else 0
                # Half a count less, so that what was seen once is not taken for certain.
                found.append(max(0.0, counts[sonority] - 0.5) / total if counts and total else 0.0)
            for lag in range(len(LAGS)):
                there = int(earlier[beat, lag])
                found.append(float(there >= 0 and row[there] == sonority))
            yield np.array(found)


def _before(row: Sequence[int], beat: int, order: int) -> tuple[int, ...]:
    return tuple(row[max(0, beat - order) : beat])
