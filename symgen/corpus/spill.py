"""Rows of numbers that are more than memory holds: kept on disk in buckets, and read bucket by bucket."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from symgen.system.large_files import scratch_rows

__all__ = ["Spill", "buckets_for"]

BUCKET = 2**18
"""Rows of a bucket that are compared at once, about."""

_MOST_BUCKETS = 2**12
# Rows that are sorted by bucket before they are written.
_CHUNK = 2**18


def buckets_for(rows: int) -> int:
    """Return into how many buckets so many rows are put: a power of two."""
    return min(_MOST_BUCKETS, 1 << max(0, -(-rows // BUCKET) - 1).bit_length())


class Spill:
    """Rows put into buckets; a single bucket stays in memory."""

    def __init__(self, path: Path, buckets: int, dtype: np.dtype[Any]) -> None:
        self._path, self._buckets, self._dtype = path, buckets, dtype
        self._waiting: list[NDArray[Any]] = []
        self._places: list[NDArray[Any]] = []
        self._count = 0
        # Where each chunk begins in the file, and each of its buckets in the chunk: rows.
        self._chunks: list[tuple[int, NDArray[np.int64]]] = []
        self._written = 0

    def add(self, buckets: NDArray[Any], rows: NDArray[Any]) -> None:
        """Put each row into its bucket; within a bucket rows stay in order."""
        self._waiting.append(rows)
        self._places.append(buckets)
        self._count += len(rows)
        if self._count >= _CHUNK and self._buckets > 1:
            self._flush()

    def read(self) -> Iterator[NDArray[Any]]:
        """Yield the rows of each bucket that has some."""
        if self._buckets == 1:
            if self._count:
                yield np.concatenate(self._waiting)
            return
        self._flush()
        if not self._written:
            return
        with scratch_rows(self._path) as file:
            for bucket in range(self._buckets):
                found = []
                for start, edges in self._chunks:
                    first, end = int(edges[bucket]), int(edges[bucket + 1])
                    if end > first:
                        file.seek((start + first) * self._dtype.itemsize)
                        found.append(np.fromfile(file, self._dtype, end - first))
                if found:
                    yield np.concatenate(found)

    def close(self) -> None:
        """Forget all rows."""
        self._waiting, self._places, self._chunks = [], [], []
        self._path.unlink(missing_ok=True)

    def _flush(self) -> None:
        if not self._count:
            return
        rows, places = np.concatenate(self._waiting), np.concatenate(self._places)
        order = np.argsort(places, kind="stable")
        edges = np.searchsorted(places[order], np.arange(self._buckets + 1))
        with scratch_rows(self._path) as file:
            file.write(rows[order].tobytes())
        self._chunks.append((self._written, edges.astype(np.int64)))
        self._written += len(rows)
        self._waiting, self._places, self._count = [], [], 0
