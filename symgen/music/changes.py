"""What holds from a tick on until the next one: maps of tempos, meters, keys and chords."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import fields
from operator import attrgetter
from typing import Any

__all__ = ["clean_map"]


def clean_map(changes: Iterable[Any], default: Any) -> tuple[Any, ...]:
    """Sort; of several changes at one tick the last wins; put a default at tick 0; drop repeats."""
    changes = tuple(changes)
    if not changes:
        return () if default is None else (default,)
    if len(changes) == 1 and changes[0].tick == 0:
        return changes
    by_tick = {change.tick: change for change in sorted(changes, key=attrgetter("tick"))}
    if default is not None and 0 not in by_tick:
        by_tick[0] = default
    columns = fields(next(iter(by_tick.values())))
    value = attrgetter(*(column.name for column in columns if column.name != "tick"))
    kept: list[Any] = []
    for tick in sorted(by_tick):
        if not kept or value(by_tick[tick]) != value(kept[-1]):
            kept.append(by_tick[tick])
    return tuple(kept)
