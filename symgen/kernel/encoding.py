"""Notes put on the grid and laid out as events in C: what `symgen.tokens.codec` does array by array."""

from __future__ import annotations

from collections.abc import Sequence
from ctypes import CDLL, c_int64, c_long, c_void_p
from functools import cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from symgen.kernel import library

__all__ = ["Snapped", "lay_events", "snap_notes"]

Ints = NDArray[np.int64]

_COLUMNS, _FIELDS, _FOUND = 5, 6, 7


class Snapped(NamedTuple):
    """Notes on the grid, and what that changed."""

    # columns of onset, part, pitch, duration and velocity
    rows: Ints
    moved: int
    # in ticks times grid
    largest: int
    total: int
    last_onset: int
    end: int
    longest: int
    # whether the notes are in the order of events, no two at one place
    is_ordered: bool


@cache
def _library() -> CDLL | None:
    lib = library()
    if lib is not None:
        pointer = c_void_p
        lib.symgen_snap_notes.argtypes = [pointer, c_long, c_int64, c_int64, pointer, pointer]
        lib.symgen_snap_notes.restype = None
        lib.symgen_lay_events.argtypes = [
            *(pointer, c_long) * 2,
            *(pointer, pointer, c_long),
            *(pointer, pointer),
        ]
        lib.symgen_lay_events.restype = c_long
    return lib


def snap_notes(notes: Ints, resolution: int, grid: int) -> Snapped | None:
    """Put rows of `Score.note_array` on the grid; None without the library."""
    lib = _library()
    if lib is None:
        return None
    size = _COLUMNS * len(notes)
    room = np.empty(size + _FOUND, np.int64)
    start = room.ctypes.data
    lib.symgen_snap_notes(notes.ctypes.data, len(notes), resolution, grid, start, start + 8 * size)
    return Snapped(room[:size].reshape(-1, _COLUMNS), *room[size:].tolist())


def lay_events(
    rows: Ints, starts: Ints, most: int, classes: Sequence[int], lags: Sequence[int]
) -> NDArray[np.uint8] | None:
    """Return the events, at most so many, of rows that are sorted as events are; None without the library."""
    lib = _library()
    if lib is None:
        return None
    fields = np.empty((most, _FIELDS), np.uint8)
    bars, kinds = len(starts) - 1, len(classes)
    room = np.empty(kinds + len(lags) + bars + 1, np.int64)
    room[: kinds + len(lags)] = (*classes, *lags)
    place, rows = room.ctypes.data, np.ascontiguousarray(rows)
    behind = place + 8 * kinds
    count = lib.symgen_lay_events(
        *(rows.ctypes.data, len(rows), starts.ctypes.data, bars),
        *(place, behind, len(lags), behind + 8 * len(lags), fields.ctypes.data),
    )
    return fields if count == most else fields[:count].copy()
