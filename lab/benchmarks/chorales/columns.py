"""What both kinds of frames share: integer features in one table, and look-ups in the piece's own past."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["Bools", "Columns", "Ints", "distinct_rows", "latest_match"]

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]


class Columns:
    """Integer features side by side; each has its own stretch of rows in one embedding table."""

    def __init__(self) -> None:
        self._values: list[Ints] = []
        self._sizes: list[int] = []

    def add(self, values: Sequence[int] | NDArray[Any], size: int) -> None:
        """Add a feature with values 0 .. size - 1, one per row."""
        column = np.asarray(values, np.int64)
        if len(column) and not 0 <= column.min() <= column.max() < size:
            raise ValueError(
                f"feature {len(self._sizes)}: {column.min()}..{column.max()} is outside 0..{size - 1}"
            )
        self._values.append(column)
        self._sizes.append(size)

    @property
    def total(self) -> int:
        """Rows of the table."""
        return sum(self._sizes)

    def rows(self) -> Ints:
        """Row numbers, shape (rows, features)."""
        return np.asarray(np.stack(self._values, 1) + np.cumsum([0, *self._sizes[:-1]]))


def distinct_rows(table: NDArray[Any]) -> Ints:
    """Give equal rows one number, different rows different ones; the numbers themselves mean nothing."""
    return np.unique(table, axis=0, return_inverse=True)[1].astype(np.int64).ravel()


def latest_match(past: Ints, length: int, now: Ints | None = None) -> Ints:
    """Find, for each place, the last earlier place that was led up to in the same way; -1 for none.

    `past` numbers what is known of a place once it is over, `now` what is known while it lasts,
    which then counts as the last of the `length` numbers that must agree.
    """
    seen: dict[bytes, int] = {}
    source = np.full(len(past), -1)
    before = length if now is None else length - 1
    for place in range(before, len(past)):
        key = past[place - before : place].tobytes()
        if now is not None:
            key += b"|" + now[place : place + 1].tobytes()
        source[place] = seen.get(key, -1)
        seen[key] = place
    return source
