"""The sections of a tune, as a band hears them: some bars each, those that are alike with one letter."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from itertools import pairwise

from symgen.music.meter import Bar
from symgen.music.score import Note

__all__ = ["find_sections"]

# Bars of a section, and of one of a short tune.
_LONG, _SHORT = 8, 4
# Sections that have so many of their notes in common are one and its return.
_ALIKE = 0.6


def find_sections(bars: Sequence[Bar], line: Sequence[Note]) -> tuple[list[int], list[str]]:
    """Return the places in `bars` where sections begin, and a letter for each: the same for those that are alike."""
    starts = _starts(len(bars))
    notes = _notes_of_bars(bars, line)
    seen: list[frozenset[tuple[int, int, int]]] = []
    letters = []
    for first, stop in pairwise([*starts, len(bars)]):
        mine = frozenset(
            (number - first, onset, pitch)
            for number in range(first, stop)
            for onset, pitch in notes[number]
        )
        found = next((i for i, other in enumerate(seen) if _share(mine, other) >= _ALIKE), None)
        if found is None:
            found = len(seen)
            seen.append(mine)
        letters.append(chr(ord("A") + found % 26))
    return starts, letters


def _starts(count: int) -> list[int]:
    size = _LONG if count % _LONG == 0 or count >= 2 * _LONG else _SHORT
    starts = list(range(0, count, size))
    # What is left over and short belongs to the last section.
    return starts[:-1] if len(starts) > 1 and count - starts[-1] < _SHORT else starts


def _notes_of_bars(bars: Sequence[Bar], line: Sequence[Note]) -> dict[int, list[tuple[int, int]]]:
    """Return the notes of each bar: when in it they begin, and their pitches."""
    found: dict[int, list[tuple[int, int]]] = defaultdict(list)
    number = 0
    for note in line:
        while number + 1 < len(bars) and note.onset >= bars[number + 1].start:
            number += 1
        if bars and bars[number].start <= note.onset < bars[number].end:
            found[number].append((note.onset - bars[number].start, note.pitch))
    return found


def _share(some: frozenset[tuple[int, int, int]], others: frozenset[tuple[int, int, int]]) -> float:
    return len(some & others) / max(1, len(some), len(others))
