"""Pieces whose events are packed, and the works that they are forms of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from symgen.corpus.candidate import Candidate
from symgen.corpus.dedupe import Signature
from symgen.tokens import Header

__all__ = ["Piece", "Work"]


@dataclass(frozen=True)
class Piece:
    """A piece whose events lie in the spool.

    Parameters
    ----------
    candidate : Candidate
        Without its notes.
    offset, length : int
        First row and number of rows.
    header : Header
        Of the events.
    notes, moved : int
        Notes, and how many of them were off the grid.
    """

    candidate: Candidate
    offset: int
    length: int
    header: Header
    notes: int
    moved: int


@dataclass
class Work:
    """All forms of one tune.

    Parameters
    ----------
    pieces : sequence of Piece
        At least one.
    signature : Signature
        For comparison.
    held : str
        The split that the work is held out for, or empty.
    split, group : str
        Filled in when all works are known.
    """

    pieces: Sequence[Piece]
    signature: Signature
    held: str = ""
    split: str = ""
    group: str = ""

    @property
    def source(self) -> str:
        """Name of its source."""
        return self.pieces[0].candidate.source

    @property
    def name(self) -> str:
        """Source and place in it."""
        return self.pieces[0].candidate.work
