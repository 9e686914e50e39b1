"""What has a bar drawn again that copies a training piece."""

from __future__ import annotations

from typing import TYPE_CHECKING

from symgen.music.score import Note, Part, Score
from symgen.tokens.prefix import Prefix

if TYPE_CHECKING:
    from symgen.copies.index import CopyIndex

__all__ = ["CopyWatch"]


class CopyWatch:
    """No stretch of so many notes is that of a training piece."""

    def __init__(self, index: CopyIndex, most: int, *, first: int, parts: int, grid: int) -> None:
        self._index, self._most, self._first, self._parts, self._grid = (
            index,
            most,
            first,
            parts,
            grid,
        )

    def accepts(self, prefix: Prefix, bar: int) -> bool:
        """Return whether nothing is copied up to the end of the bar."""
        start = prefix.bar_start_note(max(0, self._first))
        parts: list[list[Note]] = [[] for _ in range(self._parts)]
        for onset, (part, pitch, duration, _) in zip(
            prefix.onsets[start:], prefix.notes[start:], strict=True
        ):
            if onset < prefix.starts[bar + 1]:
                parts[part].append(Note(onset, pitch, max(1, duration)))
        score = Score(tuple(Part(tuple(notes)) for notes in parts), self._grid)
        return self._index.find(score).longest < self._most
