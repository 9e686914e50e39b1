"""Form: which bars come back, and the sections that they make."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from symgen.music.meter import convert_ticks
from symgen.music.score import Score
from symgen.tokens.form import VARIED_SHARE

__all__ = [
    "MOST_BARS",
    "NEW",
    "SAME",
    "VARIED",
    "FormBars",
    "Section",
    "find_repeats",
    "find_sections",
]

Ints = NDArray[np.int64]

NEW, SAME, VARIED = "new", "same", "varied"
"""Whether a section was not heard before, comes back note for note, or with changes."""

_GRID = 12
# Lengths of sections, the usual ones first; the others must explain so much more.
_USUAL, _OTHERS, _MORE = (16, 8, 4, 12, 6, 2), (9, 10, 7, 5, 3), 1.3
# The longest section that explains this share of the most that any length does is taken.
_NEARLY = 0.6
# Sections that do not begin with the first bar must explain so much more.
_LATE_START = 1.2
# In longer pieces what comes back after fewer bars is a motive, no section.
_SHORT_PIECE, _SECTION = 8, 4
MOST_BARS = 1500
"""In pieces of more bars sections are not looked for."""

# Notes that are compared at once.
_AT_ONCE = 2048
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


@dataclass(frozen=True)
class Section:
    """Bars that belong together."""

    # "A", "B" ...; "opening" and "ending" for bars that are no whole section.
    letter: str
    # As bars are counted, from 1.
    first: int
    last: int
    # `NEW`, `SAME` or `VARIED`.
    kind: str = NEW
    # First and last bar of the section that it takes up, and its own bars that differ from it.
    source: tuple[int, int] | None = None
    changed: tuple[int, ...] = ()


class FormBars:
    """The full bars of a piece: their content as numbers, and what pairs of them have in common."""

    def __init__(self, score: Score) -> None:
        full = [bar for bar in score.bars if bar.number > 0]
        self.numbers = [bar.number for bar in full]
        starts = [bar.start for bar in full]
        content: list[list[tuple[int, int, int, int]]] = [[] for _ in full]
        for onset, duration, pitch, _, part in score.note_array().tolist():
            index = bisect_right(starts, onset) - 1
            if index >= 0:
                place = convert_ticks(onset - starts[index], score.resolution, _GRID)
                held = max(1, convert_ticks(duration, score.resolution, _GRID))
                content[index].append((part, place, pitch, held))
        # Bars of different lengths are different bars.
        rows = [
            (bar.length, tuple(sorted(notes))) for bar, notes in zip(full, content, strict=True)
        ]
        known: dict[object, int] = {}
        self.ids = np.array([known.setdefault(row, len(known)) for row in rows], dtype=np.int64)
        self.counts = np.array([len(notes) for notes in content], dtype=np.int64)
        drums = [part.is_drum for part in score.parts]
        pitched = [[note[:3] for note in notes if not drums[note[0]]] for notes in content]
        self._content: Sequence[Sequence[tuple[int, ...]]] = pitched if any(pitched) else content

    def __len__(self) -> int:
        return len(self.numbers)

    @cached_property
    def common(self) -> Ints:
        """Count the notes, at the same place and pitch, that each two bars share."""
        columns: dict[object, list[int]] = {}
        for bar, notes in enumerate(self._content):
            for note in notes:
                columns.setdefault(note, []).append(bar)
        # What stands in one bar alone is shared by none; it counts in the bar itself.
        shared = [bars for bars in columns.values() if len(bars) > 1]
        found = np.zeros((len(self), len(self)), dtype=np.float32)
        for start in range(0, len(shared), _AT_ONCE):
            table = np.zeros((len(self), _AT_ONCE), dtype=np.float32)
            for column, bars in enumerate(shared[start : start + _AT_ONCE]):
                table[bars, column] = 1.0
            found += table @ table.T
        np.fill_diagonal(found, [len(set(notes)) for notes in self._content])
        return np.asarray(np.rint(found), dtype=np.int64)


def find_repeats(bars: FormBars) -> tuple[tuple[int, int], ...]:
    """Return the bars that are an earlier bar note for note, each with the first such bar."""
    first: dict[int, int] = {}
    found = []
    for number, content, count in zip(bars.numbers, bars.ids.tolist(), bars.counts, strict=True):
        source = first.setdefault(content, number)
        if source != number and count:
            found.append((number, source))
    return tuple(found)


def find_sections(bars: FormBars) -> tuple[Section, ...]:
    """Divide a piece into sections of one length of which some come back; none if nothing does."""
    if len(bars) > MOST_BARS:
        return ()
    least = _SECTION if len(bars) > _SHORT_PIECE else 2
    lengths = [length for length in (*_USUAL, *_OTHERS) if least <= length <= len(bars) // 2]
    options = [_Division(bars, length) for length in lengths]
    options = [division for division in options if division.explained > 0]
    if not options:
        return ()
    most = max(division.worth for division in options)
    good = [division for division in options if division.worth >= _NEARLY * most]
    return max(good, key=lambda division: division.length).sections()


class _Division:
    """A piece cut into sections of so many bars."""

    def __init__(self, bars: FormBars, length: int) -> None:
        self.bars, self.length = bars, length
        self.start = 0
        self._label()
        at_once, best = self.explained, (self.explained, 0)
        for start in range(1, length):
            self.start = start
            self._label()
            best = max(best, (self.explained, -start))
        self.start = -best[1] if best[0] > _LATE_START * at_once else 0
        self._label()

    @property
    def worth(self) -> float:
        """Bars that it explains, fewer for a length that is not usual."""
        return self.explained / (_MORE if self.length in _OTHERS else 1.0)

    def _label(self) -> None:
        """Say of each block which earlier one it takes up, and how many bars that explains."""
        blocks = np.arange(self.start, len(self.bars) - self.length + 1, self.length)
        count = len(blocks)
        common, sizes = np.zeros((count, count)), np.zeros(count)
        same = np.ones((count, count), dtype=bool)
        for step in range(self.length):
            rows = blocks + step
            common += self.bars.common[np.ix_(rows, rows)]
            sizes += np.diag(self.bars.common)[rows]
            same &= self.bars.ids[rows][:, None] == self.bars.ids[rows]
        alike = common / np.maximum(1, np.maximum(sizes[:, None], sizes))
        self.blocks = blocks
        self.origin: list[tuple[int, str]] = []
        self.explained = 0.0
        fresh: list[int] = []
        for block in range(count):
            source, kind = _source_of(block, fresh, same, alike)
            self.origin.append((source, kind))
            if kind == NEW:
                fresh.append(block)
            elif sizes[block]:
                self.explained += self.length * (
                    1.0 if kind == SAME else float(alike[block, source])
                )

    def sections(self) -> tuple[Section, ...]:
        """Return the sections, and what is left over before and behind them."""
        numbers, length = self.bars.numbers, self.length
        found, letters = [], iter(_letters(len(self.blocks)))
        if self.start:
            found.append(Section("opening", numbers[0], numbers[self.start - 1]))
        by_block: dict[int, str] = {}
        for block, (source, kind) in enumerate(self.origin):
            by_block[block] = next(letters) if kind == NEW else by_block[source]
            start = int(self.blocks[block])
            place = numbers[start], numbers[start + length - 1]
            if kind == NEW:
                found.append(Section(by_block[block], *place))
                continue
            other = int(self.blocks[source])
            changed = tuple(
                numbers[start + step]
                for step in range(length)
                if self.bars.ids[start + step] != self.bars.ids[other + step]
            )
            origin = numbers[other], numbers[other + length - 1]
            found.append(Section(by_block[block], *place, kind, origin, changed))
        end = int(self.blocks[-1]) + length
        if end < len(numbers):
            found.append(Section("ending", numbers[end], numbers[-1]))
        return tuple(found)


def _source_of(
    block: int, fresh: Sequence[int], same: NDArray[np.bool_], alike: NDArray[np.float64]
) -> tuple[int, str]:
    """Return the earlier block that a block is or varies, and which of both."""
    equal = [source for source in fresh if same[block, source]]
    if equal:
        return equal[0], SAME
    best = max(fresh, key=lambda source: alike[block, source], default=block)
    return (best, VARIED) if best != block and alike[block, best] >= VARIED_SHARE else (block, NEW)


def _letters(count: int) -> Sequence[str]:
    """Return names of sections: A to Z, then A2, B2 and so on."""
    rounds = -(-count // len(_LETTERS)) or 1
    return list(
        chain(_LETTERS, (f"{letter}{turn}" for turn in range(2, rounds + 1) for letter in _LETTERS))
    )
