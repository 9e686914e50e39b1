"""A performance beside its score: which played note is which written one, and the clock that the player kept.

The chords of both are aligned by dynamic programming over the pitches that they share (as in Needleman and Wunsch,
1970), then each written note is the nearest played one of its pitch.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from symgen.beats.grid import smooth_beats
from symgen.beats.strokes import Clock
from symgen.music.score import Part, Score
from symgen.performer.groups import Groups
from symgen.performer.played import PlayedNotes
from symgen.system.errors import FormatError

__all__ = ["align_performance"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

# Played notes so near to each other, in seconds, are one chord.
_TOGETHER = 0.04
# What a chord that is left out costs, where one with no pitch in common costs 1.
_LEFT_OUT = 0.45
# A played note is a written one if it is at most so many seconds from where it is looked for.
_NEAR = 0.5
# Share of the written notes that must be found.
_FOUND = 0.6
# Standard deviations by which the clock is smoothed: seconds of an onset, share of a beat.
_ONSET, _DRIFT = 0.02, 0.03


def align_performance(name: str, score: Score, performance: Score) -> PlayedNotes:
    """Return how the notes of a score were played; those that were not played are left out.

    Raises
    ------
    FormatError
        If the performance is of another piece.
    """
    written, played = _pitched(score), _pitched(performance)
    clock = Clock.played(performance)
    onsets = clock.to_seconds(played[:, 0])
    ends = clock.to_seconds(played[:, 0] + played[:, 1])
    order = np.argsort(onsets, kind="stable")
    played, onsets, ends = played[order], onsets[order], ends[order]
    chords = Groups.of(written[:, 0])
    struck = Groups.of(np.cumsum(np.diff(onsets, prepend=onsets[:1]) > _TOGETHER))
    pairs = _paired(_pitches(written, chords), _pitches(played, struck))
    found = np.zeros(len(written), dtype=np.int64) - 1
    if len(pairs) > 1:
        here = written[chords.first_notes, 0][pairs[:, 0]].astype(np.float64)
        expected = np.interp(written[:, 0], here, onsets[struck.first_notes][pairs[:, 1]])
        found = _nearest(written[:, 2], expected, played[:, 2], onsets)
    kept = np.flatnonzero(found >= 0)
    if len(kept) < max(2, _FOUND * len(written)):
        share = len(kept) / max(1, len(written))
        raise FormatError(
            f"{name}: only {share:.0%} of the score is found in the performance; both must be of one piece"
        )
    return _laid(score, written[kept], played[found[kept]], onsets[found[kept]], ends[found[kept]])


def _pitched(score: Score) -> Ints:
    drums = np.array([part.is_drum for part in score.parts], dtype=bool)
    notes = score.note_array()
    return notes[~drums[notes[:, 4]]] if len(notes) else notes


def _pitches(notes: Ints, chords: Groups) -> Floats:
    """Return which pitches each chord has, each of length 1; shape (chords, 128)."""
    found = np.zeros((len(chords), 128))
    found[chords.index, notes[:, 2]] = 1.0
    length: Floats = found / np.sqrt(found.sum(axis=1, keepdims=True))
    return length


def _paired(written: Floats, played: Floats) -> Ints:
    """Return pairs of chords that are one, shape (pairs, 2)."""
    cost = 1 - written @ played.T
    rows, columns = cost.shape
    steps = _LEFT_OUT * np.arange(columns + 1)
    total = np.empty((rows + 1, columns + 1))
    total[0] = steps
    for row in range(rows):
        best = total[row] + _LEFT_OUT
        best[1:] = np.minimum(best[1:], total[row, :-1] + cost[row])
        total[row + 1] = np.minimum.accumulate(best - steps) + steps
    pairs, row, column = [], rows, columns
    while row and column:
        here = total[row, column]
        if np.isclose(here, total[row - 1, column - 1] + cost[row - 1, column - 1]):
            row, column = row - 1, column - 1
            if cost[row, column] < 1:
                pairs.append((row, column))
        elif np.isclose(here, total[row - 1, column] + _LEFT_OUT):
            row -= 1
        else:
            column -= 1
    return np.array(pairs[::-1], dtype=np.int64).reshape(-1, 2)


def _nearest(pitch: Ints, expected: Floats, heard: Ints, onsets: Floats) -> Ints:
    """Return which played note is each written one, each at most once, or -1; played notes are sorted by time."""
    found = np.full(len(pitch), -1)
    for key in np.unique(pitch).tolist():
        mine, there = np.flatnonzero(pitch == key), np.flatnonzero(heard == key)
        if not len(there):
            continue
        off = np.abs(expected[mine][:, None] - onsets[there])
        free = np.ones(len(there), dtype=bool)
        for row in np.argsort(off.min(axis=1), kind="stable").tolist():
            at = int(np.argmin(np.where(free, off[row], np.inf)))
            if free[at] and off[row, at] <= _NEAR:
                found[mine[row]], free[at] = there[at], False
    return found


def _laid(score: Score, written: Ints, played: Ints, onsets: Floats, ends: Floats) -> PlayedNotes:
    """Measure notes against a smooth clock through their onsets."""
    quarter = float(score.resolution)
    first = written[0, 0] // score.resolution
    places = written[:, 0] / quarter - first
    count = int(np.ceil((written[:, 0] + written[:, 1]).max() / quarter) - first) + 2
    chords = Groups.of(written[:, 0])
    size = chords.sizes
    times = chords.of_groups(onsets, np.add) / size
    beats = smooth_beats(
        np.maximum.accumulate(times), places[chords.first_notes], count, _ONSET, _DRIFT
    )
    at = np.arange(count)
    due = np.interp(places, at, beats)
    long = np.interp(places + written[:, 1] / quarter, at, beats) - due
    table = written.copy()
    table[:, 3] = played[:, 3]
    parts = tuple(
        Part.from_array(table[table[:, 4] == number, :4], part.program, part.is_drum, part.name)
        for number, part in enumerate(score.parts)
    )
    return PlayedNotes(
        score=replace(score, parts=parts, source=None, chords=()),
        velocity=table[:, 3].astype(np.float64),
        late=onsets - due,
        held=(ends - onsets) / np.maximum(long, 1e-3),
    )
