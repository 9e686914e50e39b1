"""Notes that begin together, as groups in an array."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["Groups"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Groups:
    """Rows that share a number; groups stand in the order of their numbers."""

    # (rows,): rows, those of a group one after the other.
    order: Ints
    # (rows,): group of each row.
    index: Ints
    # (groups,): where each group begins in `order`.
    starts: Ints

    @classmethod
    def of(cls, numbers: Ints) -> Groups:
        """Group rows by their numbers, shape (rows,)."""
        order = np.argsort(numbers, kind="stable")
        is_new = np.diff(numbers[order], prepend=-1) != 0
        if len(is_new):
            is_new[0] = True
        index = np.empty(len(order), dtype=np.int64)
        index[order] = np.cumsum(is_new) - 1
        return cls(order, index, np.flatnonzero(is_new))

    def __len__(self) -> int:
        return len(self.starts)

    @property
    def first_notes(self) -> Ints:
        """The first row of each group, shape (groups,)."""
        return self.order[self.starts]

    @cached_property
    def sizes(self) -> Ints:
        """How many rows each group has, shape (groups,)."""
        return np.diff(np.append(self.starts, len(self.order)))

    @property
    def size(self) -> Floats:
        """How many rows the group of each row has, shape (rows,)."""
        return self.sizes[self.index].astype(np.float64)

    def of_groups(self, values: NDArray[np.floating[Any]], reduce: np.ufunc) -> NDArray[Any]:
        """Return one value a group, such as the largest, shape (groups, ...)."""
        if not len(self):
            return values[:0]
        found: NDArray[Any] = reduce.reduceat(values[self.order], self.starts, axis=0)
        return found

    def highest(self, values: Floats) -> Floats:
        """Return the largest value of the group of each row, shape (rows,)."""
        return self.of_groups(values, np.maximum)[self.index]

    def lowest(self, values: Floats) -> Floats:
        """Return the smallest value of the group of each row, shape (rows,)."""
        return self.of_groups(values, np.minimum)[self.index]

    def rank(self, values: Floats) -> Floats:
        """Return the place of each row in its group by its value, 0 for the smallest; shape (rows,)."""
        order = np.lexsort((values, self.index))
        found = np.empty(len(order))
        found[order] = np.arange(len(order)) - self.starts[self.index[order]]
        return found

    def doubled(self, values: Floats) -> Floats:
        """Return 1 where another row of the group has the same value, else 0; shape (rows,)."""
        order = np.lexsort((values, self.index))
        same = (np.diff(values[order]) == 0) & (np.diff(self.index[order]) == 0)
        found = np.zeros(len(order))
        found[order[1:]] += same
        found[order[:-1]] += same
        return np.minimum(found, 1.0)
