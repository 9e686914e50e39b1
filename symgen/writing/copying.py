"""What has a bar drawn again that copies a training piece."""

from __future__ import annotations

from typing import TYPE_CHECKING

from symgen.music.lines import STEPS
from symgen.music.meter import convert_ticks
from symgen.music.score import Note, Part, Score
from symgen.tokens.prefix import Prefix

if TYPE_CHECKING:
    from symgen.copies.index import CopyIndex

__all__ = ["CopyWatch"]

_Row = tuple[int, int, int]
"""Onset, part and pitch of a note."""


class CopyWatch:
    """No stretch of so many notes is that of a training piece."""

    # A stretch that is too long ends in some bar: there it is found among the notes of the bar and as
    # many before them as it may have, so that a bar costs the same wherever it stands.

    def __init__(self, index: CopyIndex, most: int, *, first: int, parts: int, grid: int) -> None:
        self._index, self._parts, self._grid = index, parts, grid
        # Shorter ones the index does not tell.
        self._most, self._reach = most, max(most, index.shortest)
        self._first = self._settled = max(0, first)
        self._copied = False  # whether a bar that stands copies: then no bar after it is accepted
        self._last: tuple[list[_Row], bool] = ([], False)

    def accepts(self, prefix: Prefix, bar: int) -> bool:
        """Return whether nothing is copied up to the end of the bar."""
        # A bar may stand that was refused, or that nobody asked for.
        while self._settled < bar and not self._copied:
            self._copied = self._copies(prefix, self._settled)
            self._settled += 1
        return not self._copied and not self._copies(prefix, bar)

    def _copies(self, prefix: Prefix, bar: int) -> bool:
        """Whether a stretch that is too long ends in a bar."""
        rows = self._within_reach(prefix, bar)
        if self._last[0] != rows:
            parts: list[list[Note]] = [[] for _ in range(self._parts)]
            for onset, part, pitch in rows:
                parts[part].append(Note(onset, pitch, 1))
            score = Score(tuple(Part(tuple(notes)) for notes in parts), self._grid)
            self._last = rows, self._index.find(score).longest >= self._most
        return self._last[1]

    def _within_reach(self, prefix: Prefix, bar: int) -> list[_Row]:
        """Return the notes of a bar, and those before it with which a stretch that ends in it may begin."""
        start, end = prefix.bar_start_note(bar), prefix.bar_start_note(bar + 1)
        lines = {prefix.notes[i][0] for i in range(start, end)}
        if start == end:
            return []  # nothing ends in a bar without notes
        # Of a line one note an onset counts; the outer lines have at least as many as any part.
        heard: dict[int, set[int]] = {part: set() for part in lines}
        first = prefix.bar_start_note(self._first)
        while start > first and any(len(each) < self._reach for each in heard.values()):
            start -= 1
            part = prefix.notes[start][0]
            if part in heard:
                heard[part].add(self._step(prefix.onsets[start]))
        while start > first and self._step(prefix.onsets[start - 1]) == self._step(
            prefix.onsets[start]
        ):
            start -= 1
        return [(prefix.onsets[i], *prefix.notes[i][:2]) for i in range(start, end)]

    def _step(self, onset: int) -> int:
        """Return when a note begins as lines count it."""
        return convert_ticks(onset, self._grid, STEPS)
