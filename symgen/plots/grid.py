"""Where things stand in a piano roll, in pixels, and what stands behind the notes."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from symgen.music.meter import Bar
from symgen.music.score import Score
from symgen.plots.drawing import Boxes, Lines, Words, text_width
from symgen.plots.staves import NATURALS, Row, Scale, break_rows, find_scale

__all__ = ["EDGE", "LETTERS", "TITLE", "RollGrid", "RollStyle"]

EDGE = 12.0
"""What stays free around the picture."""
LETTERS, TITLE = 11.0, 15.0
"""Sizes of text."""

_SMALL = 9.5
_SEMITONE, _LABELED_SEMITONE = 8.5, 10.5
_LEAST_HEIGHT, _MOST_HEIGHT = 118.0, 380.0
_LEAST_WIDTH = 560.0
_NUMBERS, _NUMBER_WIDTH = 20.0, 26.0
# Room for a line of chord symbols.
_SYMBOLS = 15.0
_BETWEEN = 10.0
_CROWDED = 160


@dataclass(frozen=True, kw_only=True)
class RollStyle:
    """How a roll is laid out."""

    row_quarters: float = 32.0  # about so many quarter notes stand side by side
    quarter: float = 36.0  # the width of a quarter note in pixels, where all rows are full
    legend: bool = True


@dataclass(frozen=True)
class RollGrid:
    """Where rows of bars, pitches and times stand in pixels."""

    scale: Scale
    resolution: int
    left: float
    width: float
    tick: float  # the width of one
    height: float  # of a row
    rows: tuple[tuple[float, Row], ...]  # each with its top

    @classmethod
    def of(cls, score: Score, style: RollStyle, title: str) -> RollGrid:
        """Find room for a score with at least one note."""
        rows, scale = break_rows(score, style.row_quarters), find_scale(score)
        widest = max(row[-1].end - row[0].start for row in rows)
        names = [text_width(name, _SMALL) for name in scale.ticks.values()]
        left = EDGE + 6 + max(names, default=0)
        most = style.row_quarters * style.quarter
        wide = min(most, max(min(_LEAST_WIDTH, most), style.quarter * widest / score.resolution))
        semitones = scale.high - scale.bottom
        each = _LABELED_SEMITONE if scale.is_narrow else _SEMITONE
        height = min(_MOST_HEIGHT, max(_LEAST_HEIGHT, each * semitones))
        head = _NUMBERS + (_SYMBOLS if score.chords else 0)
        first = EDGE + head + (TITLE + 8 if title else 0)
        tops = [first + number * (height + head + _BETWEEN) for number in range(len(rows))]
        return cls(
            scale=scale,
            resolution=score.resolution,
            left=left,
            width=left + wide + EDGE,
            tick=wide / widest,
            height=height,
            rows=tuple(zip(tops, rows, strict=True)),
        )

    @property
    def bottom(self) -> float:
        """Where the last row ends."""
        return self.rows[-1][0] + self.height

    def x(self, row: Row, tick: float) -> float:
        """Return where a tick stands in a row."""
        return self.left + (tick - row[0].start) * self.tick

    def y(self, top: float, semitone: float) -> float:
        """Return where a pitch stands in the row that begins there."""
        high, low = self.limits
        return top + (high - semitone) / (high - low) * self.height

    @property
    def limits(self) -> tuple[float, float]:
        """Highest and lowest semitone; half of the key at the edge is enough."""
        scale = self.scale
        bottom = scale.bottom if scale.drums else scale.bottom + 0.5
        return scale.high - (0.5 if scale.high > scale.low else 0), bottom

    def behind(self, top: float, row: Row) -> Iterator[Boxes | Lines | Words]:
        """Draw keys, beats, bar lines, numbers of bars and names of pitches of a row."""
        left, right = self.x(row, row[0].start), self.x(row, row[-1].end)
        yield from self._keys(top, left, right)
        beats = [self.x(row, tick) for bar in row for tick in _beats(bar, self.resolution)]
        # So many lines would hide the notes.
        if 0 < len(beats) <= _CROWDED:
            yield Lines(self._upright(top, beats), "beat", 0.8)
        if len(row) <= _CROWDED:
            bars = [self.x(row, bar.start) for bar in row] + [right]
            yield Lines(self._upright(top, bars), "line", 0.9)
        every = max(1, math.ceil(len(row) * _NUMBER_WIDTH / (right - left)))
        for bar in row:
            if bar.number % every == 1 % every or bar is row[0]:
                yield Words(self.x(row, bar.start), top - 5, str(bar.number), LETTERS)
        for semitone, name in self.scale.ticks.items():
            yield Words(left - 6, self.y(top, semitone) + 0.35 * _SMALL, name, _SMALL, "end")

    def _upright(self, top: float, places: Sequence[float]) -> NDArray[np.float64]:
        x = np.array(places)
        return np.stack([x, np.full_like(x, top), x, np.full_like(x, top + self.height)], axis=1)

    def _keys(self, top: float, left: float, right: float) -> Iterator[Boxes | Lines]:
        """Shade the black keys, and draw a line below each C and above the drums."""
        scale = self.scale
        pitches = range(scale.low + 1, scale.high)
        black = [self._band(top, left, right, p) for p in pitches if p % 12 not in NATURALS]
        if black:
            yield Boxes(np.array(black), "key")
        below = [self.y(top, p - 0.5) for p in pitches if p % 12 == 0]
        if below:
            yield Lines(np.array([(left, y, right, y) for y in below]), "beat")
        if scale.drums and pitches:
            yield Boxes(np.array([self._band(top, left, right, scale.low)]), "beat")

    def _band(self, top: float, left: float, right: float, pitch: int) -> tuple[float, ...]:
        upper, lower = self.y(top, pitch + 0.5), self.y(top, pitch - 0.5)
        return left, upper, right - left, lower - upper

    def prompt_line(self, prompt_end: int) -> Iterator[Lines]:
        """Draw where the prompt ends."""
        for top, row in self.rows:
            if row[0].start < prompt_end <= row[-1].end:
                line = self._upright(top - 4, [self.x(row, prompt_end)])
                yield Lines(line, "line", 1.9, is_dashed=True)


def _beats(bar: Bar, resolution: int) -> range:
    step = max(1, round(bar.meter.beat_quarters * resolution))
    return range(bar.start + step, bar.end, step)
