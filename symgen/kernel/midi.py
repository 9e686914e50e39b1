"""Tracks of MIDI files, read and written in C: what the Python code beside it does one event at a time."""

from __future__ import annotations

from ctypes import CDLL, POINTER, c_char_p, c_int, c_int64, c_long, c_void_p
from functools import cache
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from symgen.kernel import library

__all__ = ["TrackScanner", "write_track"]

Ticks: TypeAlias = NDArray[np.int64]
Bytes: TypeAlias = NDArray[np.uint8]
Columns: TypeAlias = "tuple[Ticks, Bytes, Bytes, Bytes]"

_SHORTEST = 2
"""Bytes of an event: a wait and, with running status, one data byte."""
_SHORTEST_SYSTEM = 3
_LONGEST = 7
"""Bytes of a channel message, or of an event without its payload, that is written behind a wait."""
_LONGEST_WAIT = 2**28 - 1


@cache
def _library() -> CDLL | None:
    lib = library()
    if lib is not None:
        pointers = [c_void_p] * 6
        lib.symgen_scan_track.argtypes = [c_char_p, c_long, c_long, POINTER(c_int64), *pointers]
        lib.symgen_scan_track.restype = c_int
        lib.symgen_write_track.argtypes = [
            *pointers[:4],
            c_long,
            c_char_p,
            c_void_p,
            c_int64,
            c_void_p,
        ]
        lib.symgen_write_track.restype = c_long
    return lib


class ScannedTrack(NamedTuple):
    """A track with which all is well."""

    # ticks, status bytes, first and second data bytes
    columns: Columns
    # number, first byte and size of the payload of each event that belongs to no channel
    systems: list[tuple[int, int, int]]
    # tick of the end of track
    end: int
    # how many events, changes of a map and notes are still allowed
    left: tuple[int, ...]


class TrackScanner:
    """Reads those tracks of a file that nothing is wrong with; room is made once for all of them."""

    def __init__(self, data: bytes, most: int) -> None:
        self._data = data
        self._library = _library() if isinstance(data, bytes) else None
        if self._library is None:
            return
        events = min(len(data) // _SHORTEST, most) + 1
        systems = min(len(data) // _SHORTEST_SYSTEM, most) + 1
        self._ticks = np.empty(events, np.int64)
        self._bytes = np.empty((3, events), np.uint8)
        self._systems = np.empty((systems, 3), np.int64)
        self._found = np.zeros(3, np.int64)
        arrays = (self._ticks, *self._bytes, self._systems, self._found)
        self._pointers = [array.ctypes.data for array in arrays]

    def read(self, start: int, size: int, *left: int) -> ScannedTrack | None:
        """Return what the track at a place holds; None if Python must look at it."""
        if self._library is None:
            return None
        counts = (c_int64 * 3)(*left)
        if not self._library.symgen_scan_track(self._data, start, size, counts, *self._pointers):
            return None
        events, systems, end = self._found.tolist()
        status, first, second = self._bytes[:, :events].copy()
        columns = self._ticks[:events].copy(), status, first, second
        return ScannedTrack(columns, self._systems[:systems].tolist(), end, tuple(counts))


def write_track(columns: Columns, payloads: tuple[bytes, ...], end: int) -> bytes | None:
    """Return the bytes of the events of a track and of its end; None if Python must write them."""
    lib = _library()
    sizes = np.fromiter(map(len, payloads), np.int64, len(payloads))
    if lib is None or (len(sizes) and int(sizes.max()) > _LONGEST_WAIT):
        return None
    blob = b"".join(payloads)
    bridges = end // _LONGEST_WAIT + 1
    out = np.empty(
        _LONGEST * (len(columns[0]) + bridges + 1) + 4 * len(sizes) + len(blob), np.uint8
    )
    pointers = [np.ascontiguousarray(column).ctypes.data for column in columns]
    size = lib.symgen_write_track(
        *pointers, len(columns[0]), blob, sizes.ctypes.data, end, out.ctypes.data
    )
    return None if size < 0 else out[:size].tobytes()
