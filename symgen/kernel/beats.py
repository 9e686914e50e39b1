"""Beats followed in C: the step of `symgen.beats.tracking`, whose numbers it gives."""

from __future__ import annotations

from ctypes import Structure, byref, c_double, c_int64, c_long, c_void_p
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from symgen.kernel import library

__all__ = ["BeatLattice", "BeatLimits", "follow_beats", "trace_beats"]

Floats = NDArray[np.float64]

_ARRAYS = 7
# Old places of a hypothesis that the C code has room for.
_ROOM = 64


class BeatLimits(NamedTuple):
    """Numbers that all hypotheses share, in the order of ``struct beats``."""

    # Relative standard deviation of the tempo after a quarter, variance of an onset.
    drift: float
    onset: float
    # Log density of a note that belongs to no grid; the least that an onset far off says.
    extra: float
    worst: float
    # Standard deviations that are believed at most; log probability of each beat beyond the table.
    far_off: float
    far: float
    # Seconds of a quarter at least; steps of a quarter.
    shortest: float
    ticks: float


class BeatLattice(NamedTuple):
    """Steps between places; arrays are (hypotheses, old places, new places), old places of several notes."""

    # Quarters of a step without whole beats, the least whole beats, and log odds by whole beats as
    # a fourth axis.
    base: Floats
    least: Floats
    odds: Floats
    # (hypotheses,): quarters of a beat.
    beat: Floats
    limits: BeatLimits


class _Beats(Structure):
    """``struct beats``."""

    _fields_ = [
        *((name, c_void_p) for name in ("base", "least", "odds", "beat")),
        *((name, c_int64) for name in ("hypotheses", "places", "memory", "known")),
        *((name, c_double) for name in BeatLimits._fields),
    ]  # fmt: skip


def follow_beats(
    lattice: BeatLattice, begin: Floats, onsets: Floats
) -> tuple[Floats, NDArray[np.int16], NDArray[np.int32]] | None:
    """Follow beats from states (7, hypotheses, places) through onsets; None without the library."""
    # Returns the last states, and of each onset, hypothesis and place which of the old states it
    # came from, and by how many ticks.
    lib: Any = library()
    rows, wide, places = lattice.base.shape
    if lib is None or wide > _ROOM:
        return None
    arrays = [np.ascontiguousarray(array.swapaxes(1, 2)) for array in lattice[:3]]
    arrays.append(np.ascontiguousarray(lattice.beat))
    pointers = [array.ctypes.data for array in arrays]
    known = lattice.odds.shape[3]
    beats = _Beats(*pointers, rows, places, wide // places, known, *lattice.limits)
    came = np.empty((len(onsets), rows, places), np.int16)
    ticks = np.empty((len(onsets), rows, places), np.int32)
    state = np.ascontiguousarray(begin)
    for number, onset in enumerate(onsets.tolist()):
        old = state.shape[2]
        score, expected = np.empty((2, rows, places, old))
        at, when = c_void_p(state.ctypes.data), c_double(onset)
        into = c_void_p(score.ctypes.data)
        lib.symgen_beats_weigh(
            byref(beats), at, c_long(old), when, into, c_void_p(expected.ctypes.data)
        )
        logs = np.log(2 * np.pi * expected)
        kept = min(old + places, wide)
        state_after = np.empty((_ARRAYS, rows, kept))
        lib.symgen_beats_move(
            byref(beats), at, c_long(old), when, into, c_void_p(logs.ctypes.data),
            c_void_p(state_after.ctypes.data), c_long(kept),
            c_void_p(came[number].ctypes.data), c_void_p(ticks[number].ctypes.data),
        )  # fmt: skip
        state = state_after
    return state, came, ticks


def trace_beats(
    came: NDArray[np.int16], ticks: NDArray[np.int32], ends: NDArray[np.int64], none: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]] | None:
    """Read paths from the old states where they end; None without the library."""
    # Returns their ticks from 0 on, (hypotheses, notes), `none` of notes that are jumped over, and the
    # places where they begin.
    lib: Any = library()
    if lib is None:
        return None
    steps, rows, places = came.shape
    out, begins = np.empty((rows, steps + 1), np.int64), np.empty(rows, np.int64)
    steps_at = (c_void_p(came.ctypes.data), c_void_p(ticks.ctypes.data))
    lib.symgen_beats_trace(
        *steps_at, c_long(steps), c_long(rows), c_long(places), c_void_p(ends.ctypes.data),
        c_int64(none), c_void_p(out.ctypes.data), c_void_p(begins.ctypes.data),
    )  # fmt: skip
    return out, begins
