"""The beats of a piece as the planner sees them: where they stand in bar and piece, and what stood there bars ago."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from symgen.music.harmony import chord_beats
from symgen.music.meter import Bar
from symgen.planner.tables import (
    LAGS,
    METERS,
    MOST_BARS_DONE,
    MOST_BARS_LEFT,
    MOST_BEATS_LEFT,
    MOST_PLACES,
    PHASES,
    first_row,
)

__all__ = ["Beats", "lay_beats"]

Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Beats:
    """The beats of a piece, and what is known of each before any chord is drawn."""

    # First tick or step of each, and the first one after it; shape (beats,).
    starts: Ints
    ends: Ints
    # Rows of the table of the network; shape (beats, kinds).
    rows: Ints
    # The beat at the same place so many bars ago, -1 where there is none; shape (beats, lags).
    earlier: Ints
    # Whether it opens a bar (0), its second half (1), or neither (2); shape (beats,).
    levels: Ints
    # Whether the end of the last beat is known to be the end of the piece.
    ends_known: bool = True

    def __len__(self) -> int:
        return len(self.starts)

    def beat_at(self, place: int) -> int:
        """Return the number of the first beat that begins at a place or after it."""
        return int(np.searchsorted(self.starts, place))


def lay_beats(bars: Sequence[Bar], resolution: int, *, ends_known: bool = True) -> Beats:
    """Lay the beats of bars; `resolution` is ticks or steps a quarter."""
    starts, ends, levels = chord_beats(bars, resolution)
    lines = np.array([bar.start for bar in bars], dtype=np.int64)
    bar_of = np.searchsorted(lines, starts, side="right") - 1
    first = np.searchsorted(starts, lines)
    counts = np.diff(np.append(first, len(starts)))
    full = _full_counts(bars, resolution, counts)
    # A pickup is the end of a bar.
    place = np.arange(len(starts)) - first[bar_of] + (full - counts)[bar_of]
    rows = _rows(bars, bar_of, place, full, ends_known)
    earlier = _earlier(bar_of, place, full, counts, first)
    return Beats(starts, ends, rows, earlier, levels, ends_known)


def _full_counts(bars: Sequence[Bar], resolution: int, counts: Ints) -> Ints:
    """Return how many beats each bar would have if it were whole."""
    full = counts.copy()
    for i, bar in enumerate(bars):
        whole = bar.meter.quarters * resolution
        if bar.length < whole and counts[i]:
            full[i] = max(counts[i], round(float(whole) * counts[i] / bar.length))
    return full


def _rows(bars: Sequence[Bar], bar_of: Ints, place: Ints, full: Ints, ends_known: bool) -> Ints:
    count = np.minimum(full[bar_of], MOST_PLACES)
    index = np.minimum(place, count - 1)
    numbers = np.array([bar.number for bar in bars], dtype=np.int64)[bar_of]
    meters = np.array([METERS.get(str(bar.meter), len(METERS)) for bar in bars], dtype=np.int64)
    last = len(bars) - 1
    bars_left = np.minimum(last - bar_of, MOST_BARS_LEFT)
    beats_left = np.minimum(len(bar_of) - 1 - np.arange(len(bar_of)), MOST_BEATS_LEFT)
    if not ends_known:
        bars_left = np.full_like(bars_left, MOST_BARS_LEFT + 1)
        beats_left = np.full_like(beats_left, MOST_BEATS_LEFT + 1)
    columns = {
        "place": count * (count - 1) // 2 + index,
        "meter": meters[bar_of],
        "phase": np.where(numbers > 0, (numbers - 1) % PHASES, PHASES),
        "bars_done": np.minimum(numbers, MOST_BARS_DONE),
        "bars_left": bars_left,
        "beats_left": beats_left,
    }
    return np.stack([first_row(name) + column for name, column in columns.items()], axis=1)


def _earlier(bar_of: Ints, place: Ints, full: Ints, counts: Ints, first: Ints) -> Ints:
    """Find the beats at the same place of earlier bars that have as many beats."""
    found = np.full((len(bar_of), len(LAGS)), -1, dtype=np.int64)
    for column, lag in enumerate(LAGS):
        other = np.maximum(bar_of - lag, 0)
        inside = place - (full - counts)[other]
        fits = (bar_of >= lag) & (full[other] == full[bar_of]) & (inside >= 0)
        found[:, column] = np.where(fits, first[other] + inside, -1)
    return found
