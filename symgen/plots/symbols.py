"""Chord symbols above the rows of a piano roll."""

from __future__ import annotations

from collections.abc import Iterator

from symgen.music.score import Score
from symgen.plots.drawing import Words, text_width
from symgen.plots.grid import LETTERS, RollGrid

__all__ = ["chord_marks"]

_ABOVE, _GAP = 20.0, 5.0
"""Over the row, above the numbers of the bars; and between two symbols."""


def chord_marks(score: Score, grid: RollGrid) -> Iterator[Words]:
    """Draw the chords; the one that goes on begins its row, and where they are crowded some are left out."""
    for top, row in grid.rows:
        start, stop = row[0].start, row[-1].end
        placed = [(max(start, c.tick), c.name) for c in score.chords if c.tick < stop]
        first = max((i for i, (tick, _) in enumerate(placed) if tick == start), default=0)
        free = 0.0
        for tick, name in placed[first:]:
            x = grid.x(row, tick)
            if x >= free:
                yield Words(x, top - _ABOVE, name, LETTERS)
                free = x + text_width(name, LETTERS) + _GAP
