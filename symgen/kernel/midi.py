"""Tracks of MIDI files, read and written in C: what the Python code beside it does one event at a time."""

from __future__ import annotations

from ctypes import CDLL, POINTER, c_char_p, c_int, c_int64, c_long, c_void_p
from functools import cache
from itertools import accumulate
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
_CHANNELS = 16
_ROOM = 11
"""Numbers an event that pairing needs."""
_LONGEST_WAIT = 2**28 - 1


@cache
def _library() -> CDLL | None:
    lib = library()
    if lib is not None:
        pointers = [c_void_p] * 7
        lib.symgen_scan_track.argtypes = [c_char_p, c_long, c_long, POINTER(c_int64), *pointers]
        lib.symgen_scan_track.restype = c_int
        lib.symgen_pair_track.argtypes = [*pointers[:4], c_long, c_int64, c_int64, *pointers[:2]]
        lib.symgen_pair_track.restype = c_int
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


class PlainNotes(NamedTuple):
    """The notes of a track that holds no command to end all notes."""

    # of each channel: onset, duration, pitch and velocity, sorted by onset, pitch, duration, velocity
    tables: dict[int, Ticks]
    # how many end as they begin, begin as another one on their key, end where that is struck again
    empty: int
    doubled: int
    restruck: int
    # note offs that end no note of the track
    strays: int
    # notes that never end, and how many of these are cut
    hanging: int
    cut: int


def plain_notes(columns: Columns, longest: int, end: int) -> PlainNotes | None:
    """Return the notes of a track; None if Python must look at its keys one by one."""
    lib = _library()
    if lib is None:
        return None
    pointers = [np.ascontiguousarray(column).ctypes.data for column in columns]
    return _paired(lib, pointers, len(columns[0]), longest, end)


def _paired(
    lib: CDLL, pointers: list[int], events: int, longest: int, end: int
) -> PlainNotes | None:
    work, found = np.empty(_ROOM * events, np.int64), (c_int64 * (_CHANNELS + 6))()
    if not lib.symgen_pair_track(*pointers, events, longest, end, work.ctypes.data, found):
        return None
    counts = found[:_CHANNELS]
    tables, start = {}, 0
    for channel, count in enumerate(counts):
        if count:
            tables[channel] = work[start : start + 4 * count].reshape(4, count).copy()
            start += 4 * count
    return PlainNotes(tables, *found[_CHANNELS:])


class ScannedTrack(NamedTuple):
    """A track with which all is well."""

    # ticks, status bytes, first and second data bytes
    columns: Columns
    # number, tick, status and type, first byte and size of the payload of the events of no channel
    systems: list[list[int]]
    # number, tick, status, first and second data byte of program changes and bank selects
    patches: list[list[int]]
    # tick of the end of track
    end: int
    # those on which notes are played
    channels: frozenset[int]
    # None: see `plain_notes`
    notes: PlainNotes | None
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
        others = min(len(data) // _SHORTEST_SYSTEM, most) + 1
        # columns of ticks, rows of events of no channel and of patches, columns of bytes, numbers
        sizes = (events, 6 * others, 5 * events, *[events // 8 + 1] * 3, 5)
        self._starts = list(accumulate(sizes, initial=0))
        self._room = np.empty(self._starts[-1], np.int64)
        base = self._room.ctypes.data
        ticks, systems, patches, status, first, second, found, _ = (
            base + 8 * start for start in self._starts
        )
        self._columns = [ticks, status, first, second]
        self._pointers = [*self._columns, systems, patches, found]

    def read(self, start: int, size: int, longest: int, *left: int) -> ScannedTrack | None:
        """Return what the track at a place holds; None if Python must look at it."""
        if self._library is None:
            return None
        counts = (c_int64 * 3)(*left)
        if not self._library.symgen_scan_track(self._data, start, size, counts, *self._pointers):
            return None
        room, (_, rows, others, status, first, second, numbers, _) = self._room, self._starts
        events, systems, patches, end, channels = room[numbers : numbers + 5].tolist()
        notes = _paired(self._library, self._columns, events, longest, end)
        words = events // 8 + 1
        kinds, ones, twos = (
            room[place : place + words].view(np.uint8)[:events].copy()
            for place in (status, first, second)
        )
        return ScannedTrack(
            (room[:events].copy(), kinds, ones, twos),
            room[rows : rows + 6 * systems].reshape(-1, 6).tolist(),
            room[others : others + 5 * patches].reshape(-1, 5).tolist(),
            end,
            _channels(channels),
            notes,
            tuple(counts),
        )


@cache
def _channels(bits: int) -> frozenset[int]:
    return frozenset(channel for channel in range(_CHANNELS) if bits >> channel & 1)


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
