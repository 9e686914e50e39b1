"""Goals: the pitch on which each bar comes to rest, planned when the bar opens.

The goal of a bar is its last note; in a melody that opens with a pickup, the last one that begins
on a beat: the close of a cadence, also where an upbeat to the next phrase follows. Where several
parts are followed, it is the lowest note of the bass at the last beat that has one. A network with
goals draws it right after the form of the bar, as one that plans; the notes then lead there. In the event of a bar it
takes the place of the pitch.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from symgen.music.meter import Meter
from symgen.tokens.events import Events
from symgen.tokens.notes import event_notes
from symgen.tokens.vocabulary import PITCH, TIME, Vocabulary

__all__ = ["NO_GOAL", "bar_goals", "beat_length", "with_goals"]

Ints = NDArray[np.int64]

NO_GOAL = 0
"""The goal of a bar in which no note can be one."""


def beat_length(meter: Meter, vocabulary: Vocabulary) -> int:
    """Return the length of a beat in steps, at least 1."""
    return max(1, int(meter.beat_quarters * vocabulary.grid))


def bar_goals(events: Events, vocabulary: Vocabulary, voices: int = 0) -> Ints:
    """Return the goal of each bar: a pitch, or `NO_GOAL`; shape (bars,).

    Parameters
    ----------
    events : Events
    vocabulary : Vocabulary
    voices : int
        Parts that are followed one by one; 0 for melodies. The last part is the bass.
    """
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
