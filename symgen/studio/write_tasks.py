"""What a child process is told to write, and what it says of it, as plain data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from symgen.formats.parcels import pack_tune, unpack_tune
from symgen.formats.tunes import Tune
from symgen.studio.asking import Asked
from symgen.studio.document import Document

__all__ = ["Locked", "WriteTask"]

Locked = tuple[int, int, int, int, int]
"""A locked note: number of its part from 0 on, onset, duration, pitch and velocity."""


@dataclass(frozen=True)
class WriteTask:
    """One job, with all that it works on.

    Attributes
    ----------
    verb : str
    tune : Tune
        The piece as it is.
    bars : (int, int), optional
    parts : tuple of int
        Numbers of the marked parts from 0 on; none means all.
    controls, own : mapping
        As in `symgen.studio.asking.Asked`.
    count, seed : int
    locked : tuple of Locked
        Notes that must be in every take.
    """

    verb: str
    tune: Tune
    bars: tuple[int, int] | None = None
    parts: tuple[int, ...] = ()
    controls: Mapping[str, Any] = field(default_factory=dict)
    own: Mapping[str, Any] = field(default_factory=dict)
    count: int = 1
    seed: int = 0
    locked: tuple[Locked, ...] = ()

    @classmethod
    def of(cls, asked: Asked, document: Document) -> WriteTask:
        """Make the task of what was asked for a document."""
        locked: tuple[Locked, ...] = tuple(
            (number, onset, duration, pitch, velocity)
            for number, part in enumerate(document.parts)
            for name, onset, duration, pitch, velocity in zip(
                part.ids.tolist(), *part.table.tolist(), strict=True
            )
            if name in document.locked
        )
        head = document.head
        return cls(
            asked.verb,
            Tune(document.to_score(), title=head.title, key=head.key),
            asked.bars,
            tuple(n for n, part in enumerate(document.parts) if part.id in asked.parts),
            asked.controls,
            asked.own,
            asked.count,
            asked.seed,
            locked,
        )

    def to_json(self) -> dict[str, Any]:
        """Return plain data; `from_json` makes the same task of it."""
        return {
            **{name: value for name, value in vars(self).items() if name != "tune"},
            "tune": pack_tune(self.tune),
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> WriteTask:
        """Rebuild from `to_json`."""
        return cls(
            data["verb"],
            unpack_tune(data["tune"]),
            tuple(data["bars"]) if data["bars"] else None,
            tuple(data["parts"]),
            data["controls"],
            data["own"],
            data["count"],
            data["seed"],
            tuple(tuple(row) for row in data["locked"]),
        )
