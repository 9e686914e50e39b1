"""The MusicXML document that a score was read from, kept so that what is written can go into it."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["SourcePart", "XmlDocument"]


@dataclass(frozen=True, slots=True)
class SourcePart:
    """A part as it was read.

    Parameters
    ----------
    program : int
    notes : tuple of (int, int, int)
        Onset, pitch and duration of each note, in ticks.
    """

    program: int
    notes: tuple[tuple[int, int, int], ...]


@dataclass(frozen=True, slots=True)
class XmlDocument:
    """A MusicXML document and where the parts of its score stand in it.

    Parameters
    ----------
    data : bytes
        Partwise MusicXML, as it stands in the file.
    places : tuple of (int, int)
        Of each part of the score: which part of the document it is, from 0, and on which staff, from 1; staff 0 are
        all staves.
    starts : tuple of int
        Tick at which each measure begins in the score; -1 for one that the score leaves out, such as a first ending.
    parts : tuple of SourcePart
        The parts of the score.
    """

    data: bytes
    places: tuple[tuple[int, int], ...]
    starts: tuple[int, ...]
    parts: tuple[SourcePart, ...]
