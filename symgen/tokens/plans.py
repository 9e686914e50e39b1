"""Plans of chords: what the notes of a piece are told of the chords beneath them.

A plan stands in the header of a piece, as chords where they begin. `plan_tables` says what holds at every step
and for every bar, so that all who work out features only look it up.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from symgen.music.harmony import PLAN_QUALITIES, PlacedChord
from symgen.music.meter import Bar
from symgen.tokens.events import BarRun, Events, Header
from symgen.tokens.vocabulary import Vocabulary

__all__ = [
    "BAR_COLUMNS",
    "MOVED",
    "OCTAVE",
    "PLAN_COLUMNS",
    "SAME",
    "bars_of",
    "header_bars",
    "plan_tables",
    "with_chords",
]

Small = NDArray[np.int16]

PLAN_COLUMNS = 9
"""Columns of a step: root, quality, bass and steps left, those of the next chord, and the tones of both."""
BAR_COLUMNS = 5
"""Columns of a bar before those of the lags: its first chord, its last one and the bass of that."""

OCTAVE = 60
"""Where roots and basses stand among the pitches, so that they are transposed as pitches are."""

SAME, MOVED = 2, 1
"""Whether a bar has the chords of an earlier one, or the same moved."""


def bars_of(runs: Sequence[BarRun], pickup: bool) -> tuple[Bar, ...]:
    """Return bars in grid steps; a pickup has the number 0."""
    bars, start, number = [], 0, 0 if pickup else 1
    for run in runs:
        for _ in range(run.count):
            bars.append(Bar(number, start, start + run.steps, run.meter))
            start, number = start + run.steps, number + 1
    return tuple(bars)


def header_bars(header: Header, first: int = 0) -> tuple[Bar, ...]:
    """Return the bars of a piece from one on, in grid steps."""
    return bars_of(header.runs, header.pickup)[first:]


def plan_tables(header: Header, vocabulary: Vocabulary) -> tuple[Small, Small]:
    """Return what a plan says, shapes (steps + 1, 9) and (bars + 1, 5 + lags), in the order of the layout.

    All is 0 without a plan; the last row of the bars is that of a bar that is not there.
    """
    starts, lags = header.bar_starts, vocabulary.lags
    end = int(starts[-1])
    steps = np.zeros((end + 1, PLAN_COLUMNS), dtype=np.int16)
    bars = np.zeros((header.bars + 1, BAR_COLUMNS + len(lags)), dtype=np.int16)
    chords = [chord for chord in header.chords if chord.at < end]
    if not chords:
        return steps, bars
    _fill_steps(steps, chords, vocabulary.longest)
    rows = [_of_bar(chords, start, stop) for start, stop in pairwise(starts.tolist())]
    for bar, row in enumerate(rows):
        first, last = row[0][1], row[-1][1]
        bars[bar, :2] = _columns(first)[:2]
        bars[bar, 2:BAR_COLUMNS] = _columns(last)
        for i, lag in enumerate(lags):
            if lag <= bar:
                bars[bar, BAR_COLUMNS + i] = _alike(rows[bar - lag], row)
    return steps, bars


def _fill_steps(steps: Small, chords: Sequence[PlacedChord], longest: int) -> None:
    """Fill the columns of every step from the first chord on."""
    stops = [chord.at for chord in chords[1:]] + [len(steps)]
    for number, (chord, stop) in enumerate(zip(chords, stops, strict=True)):
        mine = steps[chord.at : stop]
        mine[:, :3] = _columns(chord)
        mine[:, 7] = _set(chord)
        if number + 1 < len(chords):
            following = chords[number + 1]
            mine[:, 3] = np.minimum(stop - np.arange(chord.at, stop), longest)
            mine[:, 4:7] = _columns(following)
            mine[:, 8] = _set(following)


def _columns(chord: PlacedChord) -> tuple[int, int, int]:
    """Return root, quality and bass as columns; 0 where there is none."""
    if not chord.is_chord:
        return 0, 0, 0
    quality = PLAN_QUALITIES.index(chord.quality) + 1
    return OCTAVE + chord.root + 1, quality, OCTAVE + chord.bass + 1


def _set(chord: PlacedChord) -> int:
    return sum(1 << each for each in chord.pitch_classes)


Row = list[tuple[int, PlacedChord]]
"""The chords of a bar with their places in it; one that goes on from before stands at 0."""


def _of_bar(chords: Sequence[PlacedChord], start: int, stop: int) -> Row:
    first = bisect_right(chords, start, key=lambda chord: chord.at) - 1
    row: Row = [(0, chords[first])] if first >= 0 else [(0, PlacedChord(0, -1))]
    for chord in chords[first + 1 :]:
        if chord.at >= stop:
            break
        row.append((chord.at - start, chord))
    return row


def _alike(old: Row, new: Row) -> int:
    """Say whether the chords of two bars are the same, or the same moved."""
    if len(old) != len(new) or not (old[0][1].is_chord and new[0][1].is_chord):
        return 0
    shift = (new[0][1].root - old[0][1].root) % 12
    for (place, one), (other_place, other) in zip(old, new, strict=True):
        if place != other_place or one.quality != other.quality:
            return 0
        if one.is_chord != other.is_chord or (one.root + shift - other.root) % 12:
            return 0
    return MOVED if shift else SAME


def with_chords(events: Events, chords: Sequence[PlacedChord]) -> Events:
    """Return events whose header has a plan."""
    return Events(events.fields, replace(events.header, chords=tuple(chords)))
