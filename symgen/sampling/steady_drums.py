"""Drums that keep their groove: a new bar that is nearly one of before is that one."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import replace

from symgen.music.meter import Bar
from symgen.music.score import Note

__all__ = ["steadied"]

# Steps a quarter in which strokes of two bars are the same.
_STEPS = 12
# Share of the strokes of both that bars have in common to be nearly the same: drummers play a bar again or
# another one, and a network that draws stroke by stroke plays most bars a little otherwise.
_NEARLY = 0.8

_Content = frozenset[tuple[int, int]]


def steadied(
    old: Sequence[Note], fresh: Sequence[Note], bars: Sequence[Bar], resolution: int
) -> list[Note]:
    """Return new strokes of a drum part, bars that are nearly one of before played as that one."""
    starts = [bar.start for bar in bars]
    early = resolution // (2 * _STEPS)  # a stroke a hair before a line is of the bar behind it

    def bar_of(note: Note) -> int:
        return max(0, bisect_right(starts, note.onset + early) - 1)

    struck: list[list[Note]] = [[] for _ in bars]
    for note in [*old, *fresh]:
        struck[bar_of(note)].append(note)
    first = max(map(bar_of, old), default=-1) + 1
    for number in range(first, len(bars)):
        mine = _content(struck[number], bars[number], resolution)
        best, source = 0.0, -1
        for place in range(number):
            if struck[place] and bars[place].length == bars[number].length:
                other = _content(struck[place], bars[place], resolution)
                likeness = len(mine & other) / len(mine | other)
                if likeness >= best:
                    best, source = likeness, place
        if _NEARLY <= best < 1:
            moved = starts[number] - starts[source]
            struck[number] = [replace(note, onset=note.onset + moved) for note in struck[source]]
    whole = [note for bar in struck[first:] for note in bar]
    return [note for note in fresh if bar_of(note) < first] + whole


def _content(notes: Sequence[Note], bar: Bar, resolution: int) -> _Content:
    return frozenset(
        (round((note.onset - bar.start) * _STEPS / resolution), note.pitch) for note in notes
    )
