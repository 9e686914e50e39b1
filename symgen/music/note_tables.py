"""Notes as one table of whole numbers, four rows: onset, duration, pitch and velocity, one column a note."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from itertools import repeat
from operator import attrgetter
from typing import TYPE_CHECKING, Any, ClassVar, TypeAlias, TypeVar

import numpy as np
from numpy.typing import NDArray

from symgen.music.meter import convert_ticks
from symgen.system.errors import FormatError

__all__ = [
    "MAX_TICK",
    "NOTE_RULE",
    "NoteTable",
    "Table",
    "checked_table",
    "clipped_table",
    "join_tables",
    "legal_table",
    "longest_note",
    "scaled_table",
    "sorted_table",
    "table_end",
]

Table: TypeAlias = NDArray[np.int64]

MAX_TICK = 2**31 - 1
NOTE_RULE = "onset must be >= 0, duration >= 1, pitch 0..127, velocity 1..127, each a whole number"
_PITCH_BITS = 7
_ROWS = ("onset", "duration", "pitch", "velocity")

_Kind = TypeVar("_Kind")


class NoteTable:
    """Notes as objects and as a table; whichever is not given is made when it is first asked for."""

    __slots__ = ("_end", "_table")

    if TYPE_CHECKING:
        # what the notes are as objects
        _kind: ClassVar[type]
        _end: int
        _table: Table
    else:

        def __getattr__(self, name: str) -> Any:
            if name == "notes":
                value = _objects_of(self._kind, self._table)
            elif name == "_table":
                value = _table_of(self.notes)
            elif name == "_end":
                value = table_end(self._table)
            else:
                raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")
            object.__setattr__(self, name, value)
            return value

    @property
    def note_count(self) -> int:
        """Number of notes."""
        return len(self._table[0])

    @property
    def end(self) -> int:
        """First tick after the last sounding note, 0 for an empty part."""
        return self._end

    def note_array(self) -> NDArray[np.int64]:
        """All notes as rows ``(onset, duration, pitch, velocity)``, without making `Note` objects.

        Returns
        -------
        ndarray of int64, shape (note_count, 4)
            In the order of `notes`.
        """
        return self._table.T.copy()


def _objects_of(kind: type[_Kind], table: Table) -> tuple[_Kind, ...]:
    """Make notes, slotted objects of a kind, of a table that was checked as a whole."""
    notes = list(map(object.__new__, repeat(kind, table.shape[1])))
    for name, values in zip(_ROWS, table.tolist(), strict=True):
        deque(map(getattr(kind, name).__set__, notes, values), maxlen=0)
    return tuple(notes)


def _table_of(notes: Any) -> Table:
    columns = (map(attrgetter(name), notes) for name in _ROWS)
    return np.stack([np.fromiter(column, np.int64, len(notes)) for column in columns])


def checked_table(notes: object) -> Table:
    """Return rows of onset, duration, pitch and velocity as a table, if they are notes."""
    try:
        rows = np.asarray(notes)
    except ValueError:
        raise FormatError("notes: rows of different lengths; give four numbers each") from None
    if rows.size == 0:
        return np.empty((4, 0), dtype=np.int64)
    if rows.ndim != 2 or rows.shape[1] != 4 or rows.dtype.kind not in "iu":
        raise FormatError(
            f"notes of shape {rows.shape} and type {rows.dtype}: give whole numbers, "
            "a row of onset, duration, pitch and velocity each"
        )
    if rows.dtype == np.uint64 and rows.max() > MAX_TICK:
        raise FormatError(f"notes up to {rows.max()}: {NOTE_RULE}")
    return legal_table(np.array(rows.T, dtype=np.int64, order="C"))


def legal_table(table: Table) -> Table:
    """Return a table, if all in it is in the ranges of notes."""
    if table.shape[1]:
        low, high = table.min(axis=1).tolist(), table.max(axis=1).tolist()
        is_legal = low[0] >= 0 and low[1] >= 1 and low[2] >= 0 and high[2] <= 127
        is_legal = is_legal and low[3] >= 1 and high[3] <= 127 and max(high) <= MAX_TICK
        if not is_legal or table_end(table) > MAX_TICK:
            raise FormatError(f"notes from {low} to {high}: {NOTE_RULE}")
    return table


def sorted_table(table: Table) -> Table:
    """Sort notes as they compare: by onset, pitch, duration and velocity."""
    onset, duration, pitch, velocity = table
    place = onset << _PITCH_BITS | pitch
    steps = place[1:] - place[:-1]
    if (steps > 0).all():
        return table
    order = np.argsort(place, kind="stable")
    there = place[order]
    if (there[1:] == there[:-1]).any():
        order = np.lexsort((velocity, duration, place))
    return table[:, order]


def table_end(table: Table) -> int:
    """Return the first tick after the last sounding note, 0 if there is none."""
    return int((table[0] + table[1]).max()) if table.shape[1] else 0


def longest_note(parts: Iterable[NoteTable]) -> int:
    """Return the longest duration of a note in parts, 0 if there is none."""
    return max([int(part._table[1].max()) for part in parts if part.note_count], default=0)


def join_tables(tables: list[Table]) -> Table:
    """Return rows of onset, duration, pitch, velocity and part, sorted by onset, part, pitch and duration."""
    counts = [table.shape[1] for table in tables]
    rows = np.empty((sum(counts), 5), dtype=np.int64)
    start = 0
    for number, (table, count) in enumerate(zip(tables, counts, strict=True)):
        rows[start : start + count, :4] = table.T
        rows[start : start + count, 4] = number
        start += count
    # Each part is sorted already, and a stable sort leaves it so.
    return rows if len(tables) < 2 else rows[np.argsort(rows[:, 0], kind="stable")]


def scaled_table(table: Table, source: int, target: int) -> Table:
    """Return the notes at another number of ticks a quarter, times to the nearest tick."""
    onset = convert_ticks(table[0], source, target)
    end = convert_ticks(table[0] + table[1], source, target)
    return legal_table(np.stack([onset, np.maximum(end - onset, 1), table[2], table[3]]))


def clipped_table(table: Table, start: int, end: int) -> Table:
    """Return the notes whose onsets lie in ``[start, end)``, moved to time 0 and cut at `end`."""
    inside = (start <= table[0]) & (table[0] < end)
    onset, duration, pitch, velocity = table[:, inside]
    last = np.minimum(onset + duration, end)
    return np.stack([onset - start, last - onset, pitch, velocity])
