"""The vocabulary of events: one table of fields, and the classes of each."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from symgen.system.errors import CheckpointError

__all__ = ["DURATION", "FIELDS", "FORM", "PART", "PITCH", "TIME", "VELOCITY", "Vocabulary"]

FIELDS = ("time", "part", "pitch", "duration", "velocity", "form")
"""Fields of an event in the order in which they are drawn (`form` belongs to bars, the rest to notes)."""

TIME, PART, PITCH, DURATION, VELOCITY, FORM = range(len(FIELDS))

_VERSION = 1
_GRIDS = (12, 24)


@dataclass(frozen=True)
class Vocabulary:
    """The classes of all fields, for a grid of 12 or 24 steps per quarter note.

    ========  ==============================================================================
    field     classes
    ========  ==============================================================================
    time      0 .. longest-1: a note, so many steps after the last onset or bar line;
              `skip`: time passes by `longest` steps; `bar`: a bar opens; `end`: the piece ends
    part      0..31
    pitch     0..127
    duration  1 .. longest steps; `tie`: `longest` steps, and the note goes on; 0 is unused
    velocity  0..127
    form      0: the bar is new; 1 + 2i: it repeats the bar `lags[i]` bars back, literally;
              2 + 2i: it varies that bar; with `moves`, 1 + 2n + i of n lags: it has that bar's
              rhythm and contour, moved to other pitches
    ========  ==============================================================================
    """

    grid: int = 12
    # Whether a bar may take up another one moved to other pitches.
    moves: bool = False

    def __post_init__(self) -> None:
        if self.grid not in _GRIDS:
            raise CheckpointError(f"grid {self.grid}: must be 12 or 24 steps a quarter")

    @cached_property
    def longest(self) -> int:
        """Longest time advance and duration in steps that one event can hold: two bars of 4/4."""
        return 8 * self.grid

    @cached_property
    def skip(self) -> int:
        """The time class that lets `longest` steps pass."""
        return self.longest

    @cached_property
    def bar(self) -> int:
        """The time class that opens a bar."""
        return self.longest + 1

    @cached_property
    def end(self) -> int:
        """The time class that ends the piece."""
        return self.longest + 2

    @cached_property
    def tie(self) -> int:
        """The duration class of a note that goes on after `longest` steps."""
        return self.longest + 1

    @cached_property
    def lags(self) -> tuple[int, ...]:
        """How many bars back a form event can point, in order of preference."""
        return (8, 16, 4, 32, 12, 24, 2, 6, 1, 3)

    @cached_property
    def sizes(self) -> tuple[int, ...]:
        """Number of classes of each field, in the order of `FIELDS`."""
        return (
            self.longest + 3,
            32,
            128,
            self.longest + 2,
            128,
            1 + (2 + self.moves) * len(self.lags),
        )

    def form_lag(self, form: int) -> int:
        """Bars back that a form class points to; 0 for a new bar."""
        moved = form - 1 - 2 * len(self.lags)
        if moved >= 0:
            return self.lags[moved]
        return self.lags[(form - 1) // 2] if form else 0

    def is_literal(self, form: int) -> bool:
        """Whether a form class says that a bar repeats another note for note."""
        return form % 2 == 1 and form <= 2 * len(self.lags)

    def forms_of(self, place: int) -> tuple[int, ...]:
        """Return the form classes that point at the lag of a place in `lags`."""
        moved = (1 + 2 * len(self.lags) + place,) if self.moves else ()
        return (1 + 2 * place, 2 + 2 * place, *moved)

    def to_json(self) -> dict[str, Any]:
        """Return what makes this vocabulary, for a store or a checkpoint."""
        return {
            "version": _VERSION,
            "grid": self.grid,
            "fields": dict(zip(FIELDS, self.sizes, strict=True)),
            "lags": list(self.lags),
            # Left out where there are none: so an older vocabulary stays what it was.
            **({"moves": True} if self.moves else {}),
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Vocabulary:
        """Rebuild from `to_json`."""
        try:
            made = cls(int(data["grid"]), bool(data.get("moves", False)))
        except (KeyError, TypeError, ValueError):
            raise CheckpointError(
                "vocabulary: damaged; build the corpus or the model again"
            ) from None
        if made.to_json() != dict(data):
            raise CheckpointError(
                "vocabulary: made by another version of symgen; build the corpus or the model again"
            )
        return made

    @property
    def hash(self) -> str:
        """Sixteen hexadecimal digits that change with any change of meaning."""
        return hashlib.sha256(json.dumps(self.to_json(), sort_keys=True).encode()).hexdigest()[:16]
