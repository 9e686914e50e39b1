"""Events that lie in several files, one after the other: mapped into memory, and read as one array."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["Rows"]


class Rows:
    """Several tables of bytes of one width as one; rows of one of them are taken without a copy."""

    dtype = np.dtype(np.uint8)

    def __init__(self, tables: Sequence[NDArray[np.uint8]]) -> None:
        self._tables = tables
        self._starts = np.cumsum([0, *map(len, tables)])
        self.shape = (int(self._starts[-1]), tables[0].shape[1])
        self.ndim = 2

    @classmethod
    def mapped(cls, files: Sequence[tuple[Path, int]], width: int) -> Rows:
        """Map files with so many rows each into memory; raise ValueError where one has others."""
        tables = []
        for path, rows in files:
            if path.stat().st_size != rows * width:
                raise ValueError(f"{path.name} is cut off")
            tables.append(np.memmap(path, np.uint8, "r", shape=(rows, width)))
        return cls(tables)

    def __len__(self) -> int:
        return self.shape[0]

    def __getitem__(self, rows: slice) -> NDArray[np.uint8]:
        start, stop, _ = rows.indices(len(self))
        table = int(np.searchsorted(self._starts, start, side="right")) - 1
        first = int(self._starts[table]) if table < len(self._tables) else 0
        if table < len(self._tables) and stop <= self._starts[table + 1]:
            return self._tables[table][start - first : stop - first]
        return np.asarray(self)[start:stop]

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[Any]:
        return np.concatenate(self._tables).astype(dtype or self.dtype, copy=bool(copy))
