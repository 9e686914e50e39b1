"""Form events: which earlier bar a bar takes up."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from symgen.music.meter import Meter
from symgen.tokens.events import Events, Header, Notes, event_notes
from symgen.tokens.vocabulary import PITCH, TIME, Vocabulary

__all__ = ["NO_GOAL", "VARIED_SHARE", "bar_goals", "beat_length", "form_labels", "with_goals"]


VARIED_SHARE = 0.5
"""A bar varies another one when at least this share of the notes of either agree in place and pitch."""


def form_labels(notes: Notes, header: Header, vocabulary: Vocabulary) -> NDArray[np.int64]:
    """Say of each bar whether it is new, or which earlier bar it repeats or varies.

    Returns (bars,): form classes.
    """
    # A literal repeat goes before a varied one. Of several bars that would do, the one as far
    # back as for the last bar is taken, so that a section that returns keeps its lag; else the
    # first of ``vocabulary.lags``, and for varied bars the most alike.
    bars, lags = header.bars, vocabulary.lags
    starts = header.bar_starts
    lengths = np.diff(starts)
    count = np.bincount(notes.bar, minlength=bars)
    alike = np.zeros((len(lags), bars))
    literal = np.zeros((len(lags), bars), dtype=bool)
    place = (notes.onset - starts[notes.bar]) * 4096 + notes.part * 128 + notes.pitch
    places, wholes = (
        _Finder(code, notes.bar, bars) for code in (place, place * 1024 + notes.duration)
    )
    for i, lag in enumerate(lags):
        if lag >= bars:
            continue
        source = np.arange(bars) - lag
        fits = (source >= 0) & (lengths == lengths[source]) & (count > 0)
        same_place = np.bincount(notes.bar, weights=places.back(lag), minlength=bars)
        same_whole = np.bincount(notes.bar, weights=wholes.back(lag), minlength=bars)
        larger = np.maximum(count, count[source])
        alike[i] = np.where(fits, same_place / np.maximum(larger, 1), 0.0)
        literal[i] = fits & (count == count[source]) & (same_whole == count)
    return _choose(literal, alike)


class _Finder:
    """Finds notes that also stand some bars back; sorts once for all lags."""

    def __init__(self, code: NDArray[np.int64], bar: NDArray[np.int64], bars: int) -> None:
        key = code * bars + bar
        self.order = np.argsort(key, kind="stable")
        self.key, self.bar = key[self.order], bar[self.order]

    def back(self, lag: int) -> NDArray[np.bool_]:
        """Whether each note also stands `lag` bars back."""
        wanted = self.key - lag
        near = self.key[np.minimum(np.searchsorted(self.key, wanted), max(len(self.key) - 1, 0))]
        found = np.empty(len(self.key), dtype=bool)
        found[self.order] = (near == wanted) & (self.bar >= lag)
        return found


def _choose(literal: NDArray[np.bool_], alike: NDArray[np.float64]) -> NDArray[np.int64]:
    labels = np.zeros(literal.shape[1], dtype=np.int64)
    last = -1
    for bar in range(literal.shape[1]):
        varied = alike[:, bar] >= VARIED_SHARE
        if literal[:, bar].any():
            last = last if last >= 0 and literal[last, bar] else int(np.argmax(literal[:, bar]))
            labels[bar] = 1 + 2 * last
        elif varied.any():
            last = last if last >= 0 and varied[last] else int(np.argmax(alike[:, bar]))
            labels[bar] = 2 + 2 * last
        else:
            last = -1
    return labels


Ints = NDArray[np.int64]

NO_GOAL = 0
"""The goal of a bar in which no note can be one."""


def beat_length(meter: Meter, vocabulary: Vocabulary) -> int:
    """Return the length of a beat in steps, at least 1."""
    return max(1, int(meter.beat_quarters * vocabulary.grid))


def bar_goals(events: Events, vocabulary: Vocabulary, voices: int = 0) -> Ints:
    """Return the goal of each bar: a pitch, or `NO_GOAL`; shape (bars,)."""
    header = events.header
    notes = event_notes(events.fields, header, vocabulary)
    goals = np.full(header.bars, NO_GOAL, dtype=np.int64)
    per_run = [beat_length(run.meter, vocabulary) for run in header.runs]
    beats = np.repeat(per_run, [run.count for run in header.runs])
    bar = np.searchsorted(header.bar_starts, notes.onset, side="right") - 1
    fits = notes.part == len(header.programs) - 1 if voices else np.ones(len(bar), dtype=bool)
    if voices or header.pickup:
        fits &= (notes.onset - header.bar_starts[bar]) % beats[bar] == 0
    chosen = np.flatnonzero(fits)
    chosen = chosen[np.diff(notes.onset[chosen], prepend=-1) > 0]  # of a chord the lowest
    goals[bar[chosen]] = notes.pitch[chosen]  # of several the last one stays
    return goals


def with_goals(events: Events, vocabulary: Vocabulary, voices: int = 0) -> Events:
    """Write the goals into the events of the bars."""
    fields = events.fields.copy()
    bars = fields[:, TIME] == vocabulary.bar
    fields[bars, PITCH] = bar_goals(events, vocabulary, voices)[: int(bars.sum())]
    return Events(fields, events.header)
