"""The events of a track as columns of numbers, from which they are made when they are asked for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

__all__ = ["Event", "EventTable"]

Event: TypeAlias = "tuple[int, int, int, int | bytes]"
"""``(tick, status, first, second)``.

Of a channel message `first` and `second` are its data bytes; where it has one only, `second` is the same again.
A meta event is ``(tick, 0xFF, type, payload)``, a system exclusive one ``(tick, 0xF0 or 0xF7, 0, payload)``.
"""

_SYSTEM = 0xF0
Columns: TypeAlias = (
    "tuple[NDArray[np.int64], NDArray[np.uint8], NDArray[np.uint8], NDArray[np.uint8]]"
)


@dataclass(frozen=True, slots=True, eq=False)
class EventTable:
    """Events of a track, one array a field, in file order."""

    # (events,)
    ticks: NDArray[np.int64]
    status: NDArray[np.uint8]
    first: NDArray[np.uint8]
    # 0 where there is a payload instead
    second: NDArray[np.uint8]
    # indices of the events that belong to no channel, and their payloads
    numbers: tuple[int, ...]
    payloads: tuple[bytes, ...]

    def __len__(self) -> int:
        return len(self.ticks)

    @property
    def columns(self) -> Columns:
        """What all events have."""
        return self.ticks, self.status, self.first, self.second

    @classmethod
    def of(cls, events: Sequence[Event]) -> EventTable:
        """Make the columns of events."""
        ticks, status, first, second = zip(*events, strict=True) if events else ((),) * 4
        numbers = [number for number, kind in enumerate(status) if kind >= _SYSTEM]
        values, payloads = list(second), list[bytes]()
        for number in numbers:
            payloads.append(values[number])
            values[number] = 0
        return cls(
            np.array(ticks, np.int64),
            np.array(status, np.uint8),
            np.array(first, np.uint8),
            np.array(values, np.uint8),
            tuple(numbers),
            tuple(payloads),
        )

    def events(self) -> tuple[Event, ...]:
        """Make the events of the columns."""
        found: list[Event] = list(zip(*(column.tolist() for column in self.columns), strict=True))
        for number, payload in zip(self.numbers, self.payloads, strict=True):
            found[number] = (*found[number][:3], payload)
        return tuple(found)

    def systems(self) -> list[tuple[int, int, int, int, bytes]]:
        """Return number, tick, status, type and payload of the events that belong to no channel."""
        places = list(self.numbers)
        columns = (column[places].tolist() for column in self.columns[:3])
        return list(zip(places, *columns, self.payloads, strict=True))
