"""The features of `symgen.tokens.features` step by step, by the C library: ``symgen/kernel/features.h``."""

from __future__ import annotations

from collections.abc import Callable
from ctypes import PYFUNCTYPE, Structure, byref, c_int, c_int64, c_void_p
from functools import cache
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from symgen.kernel import library
from symgen.music.degrees import MOST_STEPS, scale_steps
from symgen.tokens.events import Header
from symgen.tokens.form import beat_lengths
from symgen.tokens.layout import GROUPS, Layout
from symgen.tokens.plans import plan_tables
from symgen.tokens.polyphony import part_tables
from symgen.tokens.vocabulary import DURATION, FIELDS, FORM, Vocabulary

__all__ = ["CompiledFeatures"]

Ints = NDArray[np.int64]
_PARTS, _FORM_CLASSES = 32, 64
_NO_MEMORY = 1


class _Columns(Structure):
    _fields_ = tuple((name, c_int64) for name in (*GROUPS, "all"))


class _Plan(Structure):
    """As in ``features.h``."""

    _fields_ = (
        ("columns", _Columns),
        *(
            (name, c_int64)
            for name in (
                "skip",
                "bar",
                "durations",
                "voices",
                "bass",
                "pickup",
                "hides_end",
                "bars",
            )
        ),
        ("lags", c_int64 * _FORM_CLASSES),
        ("programs", c_int64 * _PARTS),
        ("families", c_int64 * _PARTS),
        ("scale_count", c_int64),
        ("scale_place", c_int64 * 128),
        ("scale_tones", c_int64 * MOST_STEPS),
        ("step_columns", c_int64),
        ("bar_columns", c_int64),
    )


_Row = c_int64 * len(FIELDS)


class _Calls(NamedTuple):
    """The functions of the library."""

    new: Callable[..., int | None]
    copy: Callable[[int], int | None]
    free: Callable[[int], None]
    replan: Callable[[int, int, int], int]
    push: Callable[..., int]
    read: Callable[[int, int, int], int]
    context: Callable[[int, int], None]
    form: Callable[[int, int, int], None]
    time: Callable[[int, int, int], None]
    part: Callable[[int, int, int, int], None]
    pitch: Callable[[int, int, int, int], None]
    sweep: Callable[[int, int, int, int], int]


@cache
def _calls() -> _Calls:
    """Return the functions of the library, told what they take."""
    loaded: Any = library()
    number, address = c_int64, c_void_p
    types: dict[str, tuple[Any, ...]] = {
        "new": (address,) * 6,
        "copy": (address, address),
        "free": (None, address),
        "replan": (c_int, address, address, address),
        "push": (c_int, address, address),
        "read": (c_int, address, address, number),
        "context": (None, address, address),
        "form": (None, address, address, number),
        "time": (None, address, address, number),
        "part": (None, address, address, number, number),
        "pitch": (None, address, address, number, number),
        "sweep": (c_int, address, address, number, address),
    }
    # They take less time than to let other threads in and to wait for them.
    made = {name: PYFUNCTYPE(*each)((f"features_{name}", loaded)) for name, each in types.items()}
    return _Calls(**made)


class CompiledFeatures:
    """What `symgen.tokens.stepping.StepFeatures` says, by the C library."""

    __slots__ = ("_call", "_out", "_row", "_row_at", "_to", "_width", "address")

    def __init__(
        self,
        header: Header,
        vocabulary: Vocabulary,
        voices: int,
        hide_end: bool,
        columns: Layout,
    ) -> None:
        starts = np.ascontiguousarray(header.bar_starts, dtype=np.int64)
        beats = np.ascontiguousarray(beat_lengths(header, vocabulary), dtype=np.int64)
        plan = _plan(header, vocabulary, voices, hide_end, columns)
        tables = plan_tables(header, vocabulary) if columns.plan else ()
        at = [table.ctypes.data for table in (starts, beats, *tables)]
        address = _calls().new(byref(plan), *at, *([None] * (4 - len(at))))
        self._hold(address, len(columns.names))

    def _hold(self, address: int | None, width: int) -> None:
        if address is None:
            raise MemoryError
        self.address, self._width, self._call = address, width, _calls()
        self._row: Any = _Row()
        self._row_at = byref(self._row)
        # Where the columns were last asked for: to find the address of an array takes a while.
        self._out: Ints | None = None
        self._to = 0

    def __del__(self) -> None:
        if hasattr(self, "_call"):
            self._call.free(self.address)

    def copy(self) -> CompiledFeatures:
        """Return an independent twin."""
        twin = object.__new__(CompiledFeatures)
        twin._hold(self._call.copy(self.address), self._width)
        return twin

    __copy__ = copy

    def __reduce__(self) -> Any:
        raise TypeError("features of the C library stay in their process")

    def replan(self, by_step: NDArray[np.int16], by_bar: NDArray[np.int16]) -> None:
        """Let another plan hold from here on; twins keep theirs."""
        tables = (np.ascontiguousarray(table, dtype=np.int16) for table in (by_step, by_bar))
        first, second = tables
        _check(self._call.replan(self.address, first.ctypes.data, second.ctypes.data))

    def push(self, row: list[int]) -> None:
        """Add an event."""
        self._row[:] = row
        _check(self._call.push(self.address, self._row_at))

    def read(self, rows: Ints) -> None:
        """Add many events."""
        rows = np.ascontiguousarray(rows, dtype=np.int64)
        _check(self._call.read(self.address, rows.ctypes.data, len(rows)))

    def sweep(self, rows: NDArray[np.integer[Any]]) -> NDArray[np.int16]:
        """Add many events, and return all columns of each, shape (n, columns)."""
        rows = np.ascontiguousarray(rows, dtype=np.int64)
        out = np.empty((len(rows), self._width), dtype=np.int16)
        _check(self._call.sweep(self.address, rows.ctypes.data, len(rows), out.ctypes.data))
        return out

    def _turn_to(self, out: Ints) -> None:
        if out.dtype != np.int64 or out.shape != (self._width,) or not out.flags.c_contiguous:
            raise TypeError(f"columns are filled into a contiguous row of {self._width} int64")
        self._out, self._to = out, out.ctypes.data

    def context(self, out: Ints) -> None:
        """Fill the columns that are known before the next event, and make all others 0."""
        if out is not self._out:
            self._turn_to(out)
        self._call.context(self.address, self._to)

    def form(self, out: Ints, form: int) -> None:
        """Fill what the form of the bar that opens says: the goal of the bar that it takes up."""
        if out is not self._out:
            self._turn_to(out)
        self._call.form(self.address, self._to, form)

    def time(self, out: Ints, advance: int) -> None:
        """Fill the columns of a note that begins so many steps on."""
        if out is not self._out:
            self._turn_to(out)
        self._call.time(self.address, self._to, advance)

    def part(self, out: Ints, part: int, advance: int) -> None:
        """Fill the columns of the part of a note that begins so many steps on."""
        if out is not self._out:
            self._turn_to(out)
        self._call.part(self.address, self._to, part, advance)

    def pitch(self, out: Ints, part: int, pitch: int) -> None:
        """Fill the candidates for the duration of a note."""
        if out is not self._out:
            self._turn_to(out)
        self._call.pitch(self.address, self._to, part, pitch)


def _plan(
    header: Header,
    vocabulary: Vocabulary,
    voices: int,
    hide_end: bool,
    columns: Layout,
) -> _Plan:
    slices = columns.slices
    lags = [vocabulary.form_lag(form) for form in range(vocabulary.sizes[FORM])]
    programs, families = part_tables(header)
    scale = scale_steps(header.key)
    return _Plan(
        columns=_Columns(*(each.start for each in slices.values()), len(columns.names)),
        skip=vocabulary.skip,
        bar=vocabulary.bar,
        durations=vocabulary.sizes[DURATION],
        voices=voices,
        bass=len(header.programs) - 1,
        pickup=int(header.pickup),
        hides_end=int(hide_end),
        bars=header.bars,
        lags=(c_int64 * _FORM_CLASSES)(*lags),
        programs=(c_int64 * _PARTS)(*programs),
        families=(c_int64 * _PARTS)(*families),
        scale_count=scale.count,
        scale_place=(c_int64 * 128)(*scale.place.tolist()),
        scale_tones=(c_int64 * MOST_STEPS)(*scale.tones.tolist()),
        step_columns=len(columns.at_plan),
        bar_columns=len(columns.plan) - len(columns.at_plan),
    )


def _check(status: int) -> None:
    if status:
        raise MemoryError if status == _NO_MEMORY else IndexError("an event where none can be")
