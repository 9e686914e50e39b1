"""Drums go on by the bars that the other parts take up: no network draws them yet."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import replace

from symgen.meter import Bar
from symgen.score import Note

__all__ = ["continued_drums"]

_EARLY = 12
"""A stroke less than a twelfth of a quarter before a bar line belongs to the bar that follows."""


def continued_drums(
    notes: Sequence[Note], bars: Sequence[Bar], sources: Sequence[int | None], resolution: int
) -> list[Note]:
    """Return the strokes of new bars: those of the bars that they take up.

    Parameters
    ----------
    notes : sequence of Note
        Of the prompt.
    bars : sequence of Bar
        Of the whole piece.
    sources : sequence of int or None
        By bar the index of an earlier one that it takes up; None for the bars of the prompt.
    resolution : int
        Ticks a quarter.
    """
    early = resolution // _EARLY
    starts = [bar.start for bar in bars]
    by_bar: list[list[Note]] = [[] for _ in bars]
    for note in notes:
        by_bar[max(0, bisect_right(starts, note.onset + early) - 1)].append(note)
    first = next((i for i, strokes in enumerate(by_bar) if strokes), 0)
    fresh: list[Note] = []
    for index, source in enumerate(sources):
        if source is None:
            continue
        begun = _after_entry(source, first, sources)
        shift, room = bars[index].start - bars[begun].start, bars[index].length
        copied = [
            replace(note, onset=max(starts[index] - early, note.onset + shift))
            for note in by_bar[begun]
            if note.onset - bars[begun].start < room
        ]
        by_bar[index] = copied
        fresh += copied
    return fresh


def _after_entry(source: int, first: int, sources: Sequence[int | None]) -> int:
    """Return a bar in which the drums have entered, at the same distance from where the prompt ends."""
    known = sources.count(None)
    return source if source >= first or first >= known else first + (source - first) % (known - first)
