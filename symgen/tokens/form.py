"""Form and goals: which earlier bar a bar takes up, and the pitch on which it comes to rest."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from symgen.music.degrees import scale_steps
from symgen.music.meter import Meter
from symgen.tokens.events import Events, Header, Notes, event_notes
from symgen.tokens.vocabulary import FORM, PITCH, TIME, Vocabulary

__all__ = [
    "NO_GOAL",
    "VARIED_SHARE",
    "bar_goals",
    "beat_length",
    "beat_lengths",
    "form_labels",
    "with_forms",
    "with_goals",
]


Flags = NDArray[np.bool_]
Ints = NDArray[np.int64]

NO_GOAL = 0
"""The goal of a bar in which no note can be one."""

VARIED_SHARE = 0.5
"""A bar varies another one when at least this share of the notes of either agree in place and pitch."""

# A bar has the contour of another one when at least this share of the notes of either are at the same
# places and move the same way, by about as many steps, and it is that of so many notes or more.
_MOVED_SHARE, _FEWEST_MOVES, _SLACK = 0.75, 3, 1


def form_labels(notes: Notes, header: Header, vocabulary: Vocabulary) -> Ints:
    """Return the form class of each bar: new, or a repeat or a variation of an earlier one."""
    bars, lags = header.bars, vocabulary.lags
    starts = header.bar_starts
    lengths = starts[1:] - starts[:-1]
    count = np.bincount(notes.bar, minlength=bars)
    place = (notes.onset - starts[notes.bar]) * 4096 + notes.part * 128 + notes.pitch
    same_place = _count_back(place, notes.bar, bars, lags)
    same_whole = _count_back(place * 1024 + notes.duration, notes.bar, bars, lags)
    source = np.arange(bars) - np.array(lags)[:, None]
    is_there = source >= 0
    source = np.maximum(source, 0)
    fits = is_there & (lengths == lengths[source]) & (count > 0)
    larger = np.maximum(count, count[source])
    alike = np.where(fits, same_place / np.maximum(larger, 1), 0.0)
    literal = fits & (count == count[source]) & (same_whole == count)
    moved = np.zeros_like(alike)
    if vocabulary.moves:
        moved = np.where(fits, _contours(notes, header, lags), 0.0)
    return _choose(literal, alike, moved)


def _contours(notes: Notes, header: Header, lags: Sequence[int]) -> NDArray[np.float64]:
    """Return how much of the contour of a bar is that of the bar so many back, shape (lags, bars)."""
    # Each note of a part but its first in the bar has moved by so many steps from the one before.
    bars, steps = header.bars, scale_steps(header.key).place
    order = np.lexsort((notes.pitch, notes.onset, notes.part, notes.bar))
    bar, part, pitch = notes.bar[order], notes.part[order], notes.pitch[order]
    place = notes.onset[order] - header.bar_starts[bar]
    moves = np.flatnonzero((np.diff(bar) == 0) & (np.diff(part) == 0)) + 1
    step = steps[pitch[moves]] - steps[pitch[moves - 1]]
    bar, code = bar[moves], place[moves] * 32 + part[moves]
    # Notes of a chord of one part are told apart by their number.
    keys = (code * bars + bar) * 16
    first = np.concatenate([[True], keys[1:] != keys[:-1]]) if len(keys) else np.zeros(0, bool)
    start = np.maximum.accumulate(np.where(first, np.arange(len(keys)), 0))
    keys = keys + np.minimum(np.arange(len(keys)) - start, 15)
    count = np.bincount(bar, minlength=bars)
    by_key = np.argsort(keys, kind="stable")
    found = np.zeros((len(lags), bars))
    for i, lag in enumerate(lags):
        if lag >= bars or not len(keys):
            continue
        wanted = keys - lag * 16
        near = np.minimum(np.searchsorted(keys, wanted, sorter=by_key), len(keys) - 1)
        near = by_key[near]
        alike = (keys[near] == wanted) & (bar >= lag) & (np.sign(step[near]) == np.sign(step))
        alike &= np.abs(step[near] - step) <= _SLACK
        same = np.bincount(bar[alike], minlength=bars)
        earlier = np.concatenate([np.zeros(lag, np.int64), count[:-lag]])
        larger = np.maximum(count, earlier)
        found[i] = np.where(count >= _FEWEST_MOVES, same / np.maximum(larger, 1), 0.0)
    return found


def _count_back(code: Ints, bar: Ints, bars: int, lags: Sequence[int]) -> Ints:
    """Count per lag and bar the notes that stand so many bars back too; a code says what a note is."""
    keys = np.sort(code * bars + bar)
    bar = keys % bars
    counts = np.zeros((len(lags), bars), dtype=np.int64)
    for i, lag in enumerate(lags):
        if lag < bars and len(keys):
            wanted = keys - lag
            near = keys[np.searchsorted(keys, wanted)]
            found = (near == wanted) & (bar >= lag)
            counts[i] = np.bincount(bar[found], minlength=bars)
    return counts


def _choose(literal: Flags, alike: NDArray[np.float64], moved: NDArray[np.float64]) -> Ints:
    """Choose a form for each bar from which bars back it repeats, and how much it is like them."""
    # A literal repeat goes before a varied one. Of several bars that would do, the one as far back
    # as for the last bar is taken, so that a section that returns keeps its lag; else the first of
    # the vocabulary's lags, and for varied bars and moved ones the most alike.
    is_varied, is_moved = alike >= VARIED_SHARE, moved >= _MOVED_SHARE
    repeats, varies, moves = (
        np.count_nonzero(one, axis=0).tolist() for one in (literal, is_varied, is_moved)
    )
    first, best, nearest = (one.argmax(axis=0).tolist() for one in (literal, alike, moved))
    base = 1 + 2 * len(literal)
    labels = []
    last = -1
    for bar in range(literal.shape[1]):
        if repeats[bar]:
            if last < 0 or not literal[last, bar]:
                last = first[bar]
            labels.append(1 + 2 * last)
        elif varies[bar]:
            if last < 0 or not is_varied[last, bar]:
                last = best[bar]
            labels.append(2 + 2 * last)
        elif moves[bar]:
            if last < 0 or not is_moved[last, bar]:
                last = nearest[bar]
            labels.append(base + last)
        else:
            last = -1
            labels.append(0)
    return np.array(labels, dtype=np.int64)


def beat_length(meter: Meter, vocabulary: Vocabulary) -> int:
    """Return the length of a beat in steps, at least 1."""
    return max(1, int(meter.beat_quarters * vocabulary.grid))


def beat_lengths(header: Header, vocabulary: Vocabulary) -> Ints:
    """Return the length of a beat in steps for each bar."""
    per_run = [beat_length(run.meter, vocabulary) for run in header.runs]
    return np.repeat(per_run, [run.count for run in header.runs]).astype(np.int64)


def bar_goals(events: Events, vocabulary: Vocabulary, voices: int = 0) -> Ints:
    """Return the goal of each bar: a pitch, or `NO_GOAL`; `voices` are parts that are followed."""
    # The goal of a bar is its last note; in a melody that opens with a pickup, the last one that
    # begins on a beat: the close of a cadence, also where an upbeat to the next phrase follows.
    # Where several parts are followed, it is the lowest note of the bass, the last part, at the
    # last beat that has one. A network with goals draws it right after the form of the bar, as one
    # that plans, and the notes then lead there; in the event of a bar it takes the pitch's place.
    header = events.header
    notes = event_notes(events.fields, header, vocabulary)
    fits = np.ones(len(notes), dtype=bool)
    if voices:
        fits = notes.part == len(header.programs) - 1
    bar = np.searchsorted(header.bar_starts, notes.onset, side="right") - 1
    if voices or header.pickup:
        place = notes.onset - header.bar_starts[bar]
        fits &= place % beat_lengths(header, vocabulary)[bar] == 0
    chosen = np.flatnonzero(fits)
    # Notes of a chord stand from the lowest up.
    chosen = chosen[np.diff(notes.onset[chosen], prepend=-1) > 0]
    goals = np.full(header.bars, NO_GOAL, dtype=np.int64)
    goals[bar[chosen]] = notes.pitch[chosen]  # of several in a bar the last one stays
    return goals


def with_goals(events: Events, vocabulary: Vocabulary, voices: int = 0) -> Events:
    """Write the goals into the events of the bars."""
    fields = events.fields.copy()
    bars = fields[:, TIME] == vocabulary.bar
    fields[bars, PITCH] = bar_goals(events, vocabulary, voices)[: int(bars.sum())]
    return Events(fields, events.header)


def with_forms(events: Events, vocabulary: Vocabulary) -> Events:
    """Write the forms, as a vocabulary tells them apart, into the events of the bars."""
    fields = events.fields.copy()
    bars = fields[:, TIME] == vocabulary.bar
    notes = event_notes(fields, events.header, vocabulary)
    fields[bars, FORM] = form_labels(notes, events.header, vocabulary)[: int(bars.sum())]
    return Events(fields, events.header)
