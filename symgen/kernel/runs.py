"""Runs of notes hashed in C: what `symgen.music.lines` does move by move."""

from __future__ import annotations

from ctypes import c_long, c_void_p

import numpy as np
from numpy.typing import NDArray

from symgen.kernel import library

__all__ = ["hashed_runs"]


def hashed_runs(moves: NDArray[np.int64], size: int) -> NDArray[np.uint64] | None:
    """Hash every `size` moves (n, 2) in a row, shape (max(0, n - size + 1),); None without the library."""
    lib = library()
    if lib is None:
        return None
    moves = np.ascontiguousarray(moves, dtype=np.int64)
    count = len(moves)
    codes, out = np.empty(count, np.uint64), np.empty(max(0, count - size + 1), np.uint64)
    lib.symgen_hash_runs(
        c_void_p(moves.ctypes.data),
        c_long(count),
        c_long(size),
        c_void_p(codes.ctypes.data),
        c_void_p(out.ctypes.data),
    )
    return out
