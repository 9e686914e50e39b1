"""Goals: the pitch on which each bar comes to rest, planned when the bar opens.

The goal of a bar is the last note that begins on a beat: the close of a cadence, also where
an upbeat to the next phrase follows. A network with goals draws it right after the form of the
bar, as one that plans; the notes then lead there. In the event of a bar it takes the place
of the pitch.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from symgen.meter import Meter
from symgen.tokens.events import Events
from symgen.tokens.notes import event_notes
from symgen.tokens.vocabulary import PITCH, TIME, Vocabulary

__all__ = ["NO_GOAL", "bar_goals", "beat_length", "with_goals"]

Ints = NDArray[np.int64]

NO_GOAL = 0
"""The goal of a bar in which no note begins on a beat."""


def beat_length(meter: Meter, vocabulary: Vocabulary) -> int:
    """Return the length of a beat in steps, at least 1."""
    return max(1, int(meter.beat_quarters * vocabulary.grid))


def bar_goals(events: Events, vocabulary: Vocabulary) -> Ints:
    """Return the goal of each bar: a pitch, or `NO_GOAL`; shape (bars,)."""
    header = events.header
    notes = event_notes(events.fields, header, vocabulary)
    goals = np.full(header.bars, NO_GOAL, dtype=np.int64)
    per_run = [beat_length(run.meter, vocabulary) for run in header.runs]
    beats = np.repeat(per_run, [run.count for run in header.runs])
    bar = np.searchsorted(header.bar_starts, notes.onset, side="right") - 1
    on_beat = (notes.onset - header.bar_starts[bar]) % beats[bar] == 0
    goals[bar[on_beat]] = notes.pitch[on_beat]  # of several the last one stays
    return goals


def with_goals(events: Events, vocabulary: Vocabulary) -> Events:
    """Write the goals into the events of the bars."""
    fields = events.fields.copy()
    bars = fields[:, TIME] == vocabulary.bar
    fields[bars, PITCH] = bar_goals(events, vocabulary)[: int(bars.sum())]
    return Events(fields, events.header)
