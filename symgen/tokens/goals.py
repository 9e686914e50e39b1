"""Goals: the pitch on which each bar comes to rest, planned when the bar opens.

The goal of a bar is the note that sounds in its middle, where a cadence arrives whether or
not the next phrase has a pickup. A network with goals draws it right after the form of the
bar, as one that plans; the notes then lead there. In the event of a bar it takes the place
of the pitch.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from symgen.tokens.events import Events
from symgen.tokens.notes import event_notes
from symgen.tokens.vocabulary import PITCH, TIME, Vocabulary

__all__ = ["NO_GOAL", "bar_goals", "goal_offset", "with_goals"]

Ints = NDArray[np.int64]

NO_GOAL = 0
"""The goal of a bar in whose middle nothing sounds."""


def goal_offset(length: int, beat: int) -> int:
    """Return where in a bar its goal sounds, in steps from the bar line: the beat in the middle.

    Parameters
    ----------
    length, beat : int
        Steps of the bar and of a beat. A bar cut short by a pickup counts the beats it has begun.
    """
    return -(-length // beat) // 2 * beat


def bar_goals(events: Events, vocabulary: Vocabulary) -> Ints:
    """Return the goal of each bar: a pitch, or `NO_GOAL`; shape (bars,)."""
    header = events.header
    beats = [max(1, int(run.meter.beat_quarters * vocabulary.grid)) for run in header.runs]
    offsets = [goal_offset(run.steps, beat) for run, beat in zip(header.runs, beats, strict=True)]
    notes = event_notes(events.fields, header, vocabulary)
    at = header.bar_starts[:-1] + np.repeat(offsets, [run.count for run in header.runs])
    if not len(notes):
        return np.full(len(at), NO_GOAL, dtype=np.int64)
    last = np.searchsorted(notes.onset, at, side="right") - 1
    note = np.maximum(last, 0)
    sounds = (last >= 0) & (notes.onset[note] + notes.duration[note] > at)
    return np.where(sounds, notes.pitch[note], NO_GOAL)


def with_goals(events: Events, vocabulary: Vocabulary) -> Events:
    """Write the goals into the events of the bars."""
    fields = events.fields.copy()
    bars = fields[:, TIME] == vocabulary.bar
    fields[bars, PITCH] = bar_goals(events, vocabulary)[: int(bars.sum())]
    return Events(fields, events.header)
