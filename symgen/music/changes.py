"""Changes of tempo, meter and key at ticks, and the maps that they make."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields
from operator import attrgetter
from typing import Any

from symgen.music.meter import COMMON_TIME, Meter
from symgen.system.errors import FormatError

__all__ = ["FASTEST", "MAX_TICK", "SLOWEST", "KeyChange", "MeterChange", "TempoChange", "clean_map"]

MAX_TICK = 2**31 - 1
FASTEST, SLOWEST = 6_000, 15_000_000
"""Tempos in microseconds per quarter note: 10,000 and 4 quarter notes a minute."""


@dataclass(frozen=True, slots=True, order=True)
class TempoChange:
    """A tempo from a tick on, in microseconds per quarter note (6,000..15,000,000)."""

    tick: int
    microseconds: int = 500_000

    def __post_init__(self) -> None:
        if self.tick < 0 or not FASTEST <= self.microseconds <= SLOWEST:
            raise FormatError(f"{self}: tick must be >= 0 and microseconds {FASTEST}..{SLOWEST}")

    @classmethod
    def of_bpm(cls, tick: int, bpm: float) -> TempoChange:
        """Make one from quarter notes per minute, to the nearest microsecond.

        Raises
        ------
        FormatError
            If the tempo lies outside 4..10,000.
        """
        if not 60_000_000 / SLOWEST <= bpm <= 60_000_000 / FASTEST:
            raise FormatError(f"tempo {bpm}: must be 4..10000 quarters a minute")
        return cls(tick, round(60_000_000 / bpm))

    @property
    def bpm(self) -> float:
        """Quarter notes per minute."""
        return 60_000_000 / self.microseconds


@dataclass(frozen=True, slots=True, order=True)
class MeterChange:
    """A meter from a tick on; a bar line stands there."""

    tick: int
    meter: Meter = COMMON_TIME

    def __post_init__(self) -> None:
        if self.tick < 0:
            raise FormatError(f"{self}: tick must be >= 0")


@dataclass(frozen=True, slots=True, order=True)
class KeyChange:
    """A key signature from a tick on: -7 (flats) .. 7 (sharps), major or minor."""

    tick: int
    sharps: int = 0
    minor: bool = False

    def __post_init__(self) -> None:
        if self.tick < 0 or not -7 <= self.sharps <= 7:
            raise FormatError(f"{self}: tick must be >= 0 and sharps -7..7")


def clean_map(changes: Iterable[Any], default: Any) -> tuple[Any, ...]:
    """Sort; of several changes at one tick the last wins; put a default at tick 0; drop repeats."""
    value = attrgetter(*(f.name for f in fields(default or KeyChange) if f.name != "tick"))
    by_tick = {change.tick: change for change in sorted(changes, key=lambda change: change.tick)}
    if default is not None and 0 not in by_tick:
        by_tick[0] = default
    kept: list[Any] = []
    for tick in sorted(by_tick):
        if not kept or value(by_tick[tick]) != value(kept[-1]):
            kept.append(by_tick[tick])
    return tuple(kept)
