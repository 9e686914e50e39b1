"""The document that a page edits: a score whose notes and parts have names, and notes that are locked.

Notes are kept as tables, one column a note, so that a change to a piece of many thousand notes makes no
object for each of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from symgen.music.chord_symbols import ChordChange
from symgen.music.instruments import instrument_name
from symgen.music.keys import infer_key
from symgen.music.meter import Bar, Meter, lay_bars
from symgen.music.note_tables import Table, table_end
from symgen.music.score import KeyChange, MeterChange, Part, Score, TempoChange, part_of_table
from symgen.music.theory import Key

__all__ = [
    "Document",
    "DocumentPart",
    "Head",
    "Ids",
    "ordered_notes",
    "pack_document",
    "unpack_document",
]

Ids: TypeAlias = NDArray[np.object_]
"""Names of notes, shape (notes,)."""

_SHIFT = 7
"""Bits of a pitch."""


@dataclass(frozen=True)
class Head:
    """What a piece says besides its parts; times in ticks.

    Attributes
    ----------
    length : int
        The end that was asked for; notes may go on behind it.
    key : Key or None
        Where it is known by name, with its mode.
    original : int or None
        Number of the file that the piece was read from, of those that a project keeps.
    origins : tuple of str
        Names of the parts that stand in that file, in its order.
    """

    title: str = ""
    resolution: int = 480
    length: int = 0
    tempos: tuple[TempoChange, ...] = (TempoChange(0),)
    meters: tuple[MeterChange, ...] = (MeterChange(0),)
    keys: tuple[KeyChange, ...] = ()
    chords: tuple[ChordChange, ...] = ()
    key: Key | None = None
    original: int | None = None
    origins: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Return plain data, which `from_json` reads."""
        return {
            "title": self.title,
            "resolution": self.resolution,
            "length": self.length,
            "tempos": [[each.tick, each.microseconds] for each in self.tempos],
            "meters": [[each.tick, str(each.meter)] for each in self.meters],
            "keys": [[each.tick, each.sharps, each.minor] for each in self.keys],
            "chords": [[each.tick, each.name] for each in self.chords],
            "key": [self.key.tonic, self.key.mode] if self.key else None,
            "original": self.original,
            "origins": list(self.origins),
        }

    @staticmethod
    def from_json(data: dict[str, Any]) -> Head:
        """Read what `to_json` wrote; of nothing else it is known what happens."""
        return Head(
            data["title"],
            data["resolution"],
            data["length"],
            tuple(TempoChange(*row) for row in data["tempos"]),
            tuple(MeterChange(tick, Meter.parse(meter)) for tick, meter in data["meters"]),
            tuple(KeyChange(*row) for row in data["keys"]),
            tuple(ChordChange(*row) for row in data["chords"]),
            Key(*data["key"]) if data["key"] else None,
            data["original"],
            tuple(data["origins"]),
        )


@dataclass(frozen=True, eq=False)
class DocumentPart:
    """A part whose notes have names.

    Attributes
    ----------
    id, name : str
    program : int
    is_drum : bool
    ids : ndarray of str, shape (notes,)
    table : ndarray of int64, shape (4, notes)
        Onset, duration, pitch and velocity, in the order that `ordered_notes` makes.
    """

    id: str
    name: str
    program: int
    is_drum: bool
    ids: Ids
    table: Table

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, DocumentPart):
            return NotImplemented
        mine = (self.id, self.name, self.program, self.is_drum)
        if mine != (other.id, other.name, other.program, other.is_drum):
            return False
        return np.array_equal(self.ids, other.ids) and np.array_equal(self.table, other.table)

    __hash__ = None  # type: ignore[assignment]

    @cached_property
    def places(self) -> dict[str, int]:
        """The column of each note by its name."""
        return dict(zip(self.ids.tolist(), range(len(self.ids)), strict=True))

    @cached_property
    def end(self) -> int:
        """First tick after the last sounding note, 0 without notes."""
        return table_end(self.table)

    def to_part(self) -> Part:
        """Return it as a part of a score."""
        return part_of_table(self.table, self.program, self.is_drum, self.name, is_sorted=True)

    def to_json(self) -> dict[str, Any]:
        """Return what the page is told of it."""
        onset, duration, pitch, velocity = self.table.tolist()
        return {
            "id": self.id,
            "name": self.name,
            "program": self.program,
            "instrument": instrument_name(self.program, is_drum=self.is_drum).lower(),
            "is_drum": self.is_drum,
            "notes": list(
                map(list, zip(self.ids.tolist(), onset, pitch, duration, velocity, strict=True))
            ),
        }


@dataclass(frozen=True)
class Document:
    """A piece as the page edits it; two are equal when all of them is the same, names too."""

    head: Head = Head()
    parts: tuple[DocumentPart, ...] = ()
    locked: frozenset[str] = frozenset()

    @property
    def note_count(self) -> int:
        """Notes in all parts."""
        return sum(len(part.ids) for part in self.parts)

    @cached_property
    def length(self) -> int:
        """Ticks to the end of the piece: as asked for, or to the end of its last note."""
        return max([self.head.length, *(part.end for part in self.parts)])

    @cached_property
    def bars(self) -> tuple[Bar, ...]:
        """The bars, as those of a `Score`."""
        starts = [(change.tick, change.meter) for change in self.head.meters]
        has_pickup = Score(
            resolution=self.head.resolution, meters=self.head.meters, length=self.length
        ).has_pickup
        return lay_bars(starts, self.head.resolution, self.length, has_pickup=has_pickup)

    def part(self, name: str) -> DocumentPart | None:
        """Return the part of a name."""
        return next((part for part in self.parts if part.id == name), None)

    def to_score(self) -> Score:
        """Return its music, without the file that it may have been read from."""
        head = self.head
        return Score(
            tuple(part.to_part() for part in self.parts),
            head.resolution,
            head.tempos,
            head.meters,
            head.keys,
            self.length,
            head.title,
            chords=head.chords,
        )

    def to_json(self) -> dict[str, Any]:
        """Return what the page is told of the music; the project adds its name, revision and view."""
        told = self.head.to_json()
        del told["original"], told["origins"]
        return told | {
            "length": self.length,
            "bars": [[bar.number, bar.start, bar.end] for bar in self.bars],
            "key": self._told_key(),
            "parts": [part.to_json() for part in self.parts],
            "locked": sorted(self.locked),
        }

    def _told_key(self) -> dict[str, Any]:
        """Say the key, and where it is known from."""
        head = self.head
        if head.key is not None:
            found, origin = head.key, "from the file"
        elif any(len(part.ids) and not part.is_drum for part in self.parts):
            found, origin = infer_key(self.to_score()), "inferred"
            if head.keys and (found.sharps - head.keys[-1].sharps) % 12 == 0:
                origin = "from the file"
        elif head.keys:
            first = head.keys[0]
            tonic = (7 * first.sharps + (9 if first.minor else 0)) % 12
            found, origin = Key(tonic, "minor" if first.minor else "major"), "from the file"
        else:
            found, origin = Key(0, "major"), "none"
        return {"tonic": found.tonic, "mode": found.mode, "origin": origin}


def ordered_notes(ids: Ids, table: Table) -> tuple[Ids, Table]:
    """Sort notes by onset, pitch, duration, velocity and name, so that one set of notes has one order."""
    place = table[0] << _SHIFT | table[2]
    if (place[1:] > place[:-1]).all():
        return ids, table
    order = np.argsort(place, kind="stable")
    ids, table, place = ids[order], table[:, order], place[order]
    same = np.flatnonzero(place[1:] == place[:-1])
    if len(same):  # few notes are struck at once on one key
        for run in np.split(same, np.flatnonzero(np.diff(same) > 1) + 1):
            columns = range(int(run[0]), int(run[-1]) + 2)
            chosen = sorted(columns, key=lambda at: (table[1, at], table[3, at], ids[at]))
            first, last = columns[0], columns[-1] + 1
            ids[first:last], table[:, first:last] = ids[chosen], table[:, chosen]
    return ids, table


def pack_document(document: Document) -> dict[str, Any]:
    """Return a document as plain data, which `unpack_document` reads."""
    parts = [
        {
            "looks": [part.id, part.name, part.program, part.is_drum],
            "ids": part.ids.tolist(),
            "table": part.table.tolist(),
        }
        for part in document.parts
    ]
    return {"head": document.head.to_json(), "parts": parts, "locked": sorted(document.locked)}


def unpack_document(data: dict[str, Any]) -> Document:
    """Return the document that `pack_document` packed; of nothing else it is known what happens."""
    parts = []
    for part in data["parts"]:
        ids = np.empty(len(part["ids"]), object)
        ids[:] = part["ids"]
        table = np.array(part["table"], np.int64).reshape(4, len(ids))
        name, called, program, is_drum = part["looks"]
        parts.append(DocumentPart(name, called, program, is_drum, ids, table))
    return Document(Head.from_json(data["head"]), tuple(parts), frozenset(data["locked"]))
