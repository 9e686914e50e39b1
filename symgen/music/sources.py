"""The notation that a score was read from, kept so that what is written can go into it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol

__all__ = ["Source", "SourcePart", "TextDocument", "XmlDocument"]


class Source(Protocol):
    """A file that a score was read from: `symgen.midi.events.MidiFile`, `XmlDocument` or `TextDocument`."""

    @property
    def places(self) -> tuple[tuple[int, int], ...]:
        """Where each part of the score stands in it."""

    def scaled(self, resolution: int) -> Source | None:
        """Return it at another number of ticks a quarter note; None if it cannot be."""


@dataclass(frozen=True, slots=True)
class SourcePart:
    """A part as it was read."""

    program: int
    # Onset, pitch and duration of each note, in ticks.
    notes: tuple[tuple[int, int, int], ...]


@dataclass(frozen=True, slots=True, repr=False)
class XmlDocument:
    """A MusicXML document and where the parts of its score stand in it."""

    # Partwise MusicXML, as it stands in the file.
    data: bytes
    # Of each part of the score: which part of the document it is, from 0, and on which staff,
    # from 1; staff 0 are all staves.
    places: tuple[tuple[int, int], ...]
    # Tick at which each measure begins in the score; -1 for one that the score leaves out, such
    # as a first ending.
    starts: tuple[int, ...]
    # Parts and length, in ticks, of the score.
    parts: tuple[SourcePart, ...]
    length: int = 0
    # Parts of the document that the score has no more.
    dropped: tuple[int, ...] = ()
    # Tick and name of each chord symbol as the score had them; None where that is not known, and symbols stay.
    symbols: tuple[tuple[int, str], ...] | None = None

    def __repr__(self) -> str:
        return f"<XmlDocument {len(self.data):,} bytes, {len(self.places)} parts>"

    def of_parts(self, indices: Sequence[int]) -> XmlDocument | None:
        """Return the document for some parts of its score; None if of one with several staves some would stay."""
        places = tuple(self.places[i] for i in indices)
        left = {place[0] for place in self.places if place not in places}
        if left & {part for part, _ in places} or len(set(places)) < len(places):
            return None
        parts = tuple(self.parts[i] for i in indices)
        dropped = tuple(sorted({*self.dropped, *left}))
        return replace(self, places=places, parts=parts, dropped=dropped)

    def scaled(self, resolution: int) -> None:
        """Return None: its ticks are those that it was read with."""


@dataclass(frozen=True, slots=True)
class TextDocument:
    """What a document in ABC or kern holds besides a score, to be told of as lost when another format is written."""

    # Kinds and counts, such as ``("chord symbols", 8)``.
    marks: tuple[tuple[str, int], ...]
    # Part of the score, from 0, tick and syllable of what is sung.
    words: tuple[tuple[int, int, str], ...] = ()

    @property
    def places(self) -> tuple[tuple[int, int], ...]:
        """Nothing is written into it."""
        return ()

    def scaled(self, resolution: int) -> None:
        """Return None: its counts are of the score as it was read."""
