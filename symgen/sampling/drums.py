"""Drums go on by the bars that the other parts take up: no network draws them yet."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import replace

from symgen.music.meter import Bar
from symgen.music.score import Note

__all__ = ["continued_drums"]

_EARLY = 12
"""A stroke less than a twelfth of a quarter before a bar line belongs to the bar that follows."""
_FEWEST = 0.5
"""With no more than this share of their usual strokes drums would fall silent."""


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
    known = sources.count(None)
    usual = len(notes) / max(1, known) * (len(sources) - known)
    fresh = _taken_up(by_bar, bars, sources, early, pauses=True)
    return (
        fresh
        if len(fresh) > _FEWEST * usual
        else _taken_up(by_bar, bars, sources, early, pauses=False)
    )


def _taken_up(
    by_bar: Sequence[Sequence[Note]],
    bars: Sequence[Bar],
    sources: Sequence[int | None],
    early: int,
    *,
    pauses: bool,
) -> list[Note]:
    """Return the strokes of new bars; without pauses bars with strokes stand for those that have none."""
    heard = [i for i, strokes in enumerate(by_bar) if strokes]
    strokes, fresh = list(by_bar), list[Note]()
    for index, source in enumerate(sources):
        if source is None or not heard:
            continue
        begun = source if pauses or strokes[source] else heard[source % len(heard)]
        start, shift = bars[index].start, bars[index].start - bars[begun].start
        strokes[index] = [
            replace(note, onset=max(start - early, note.onset + shift))
            for note in strokes[begun]
            if note.onset - bars[begun].start < bars[index].length
        ]
        fresh += strokes[index]
    return fresh
