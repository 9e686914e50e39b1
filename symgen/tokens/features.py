"""Features: what follows from the events before, by arithmetic and look-up in the piece itself.

`LAYOUT` names every column once. `feature_array` computes them for a whole piece at a
time; `symgen.tokens.prefix.Prefix` computes the same step by step while sampling. A test
holds the two equal on every step of real pieces.

Three groups become known while an event is drawn: before it (*context*), once its time is
known (*onset*), and once its pitch is known (*length*). Candidates are the copy memory: what
came after the last earlier match of the last 8, 4 and 2 notes, and what stood at the same
place 1, 2, 4 and 8 bars ago and in the bar that the form event names.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from symgen.tokens.events import Events
from symgen.tokens.notes import Notes, event_notes
from symgen.tokens.vocabulary import DURATION, FORM, PART, PITCH, TIME, VELOCITY, Vocabulary

__all__ = ["FORM_LAGS", "PLACES", "SLOTS", "SUFFIXES", "WINDOW", "Layout", "feature_array", "layout"]

SUFFIXES = (8, 4, 2)
PLACES = (1, 2, 4, 8)
SLOTS = len(SUFFIXES) + len(PLACES) + 1
FORM_LAGS = (4, 8, 16)
"""Bars back from the next bar whose form, and whose last pitch, are known: whether to close as they did."""
WINDOW = 16
"""How many past notes are asked whether they still sound."""
MAX_BARS_LEFT = 40

Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Layout:
    """Names and number of classes of all columns.

    Parameters
    ----------
    context, time_candidates, onset, part_candidates, pitch_candidates, duration_candidates : tuple of str
        Column names of each group.
    sizes : dict
        Classes of each column.
    pitched : frozenset of str
        Columns that hold a pitch plus 1 (0: none) and move when the piece is transposed.
    """

    context: tuple[str, ...]
    time_candidates: tuple[str, ...]
    onset: tuple[str, ...]
    part_candidates: tuple[str, ...]
    pitch_candidates: tuple[str, ...]
    duration_candidates: tuple[str, ...]
    sizes: dict[str, int]
    pitched: frozenset[str]

    @property
    def names(self) -> tuple[str, ...]:
        """All columns in the order of the feature array."""
        return (
            *self.context,
            *self.time_candidates,
            *self.onset,
            *self.part_candidates,
            *self.pitch_candidates,
            *self.duration_candidates,
        )


@lru_cache(maxsize=4)
def layout(vocabulary: Vocabulary) -> Layout:
    """Return the columns for a vocabulary."""
    steps, forms = vocabulary.longest + 1, vocabulary.sizes[FORM] + 1
    slots = [f"after{n}" for n in SUFFIXES] + [f"back{n}" for n in PLACES] + ["form"]
    context = {"position": steps, "phase": steps, "left": steps, "hold": steps, "bar": 9, "phrase": 9}
    context |= {"bars_left": MAX_BARS_LEFT + 2, "last": 129, "form": forms} | {f"form{lag}": forms for lag in FORM_LAGS}
    context |= {f"close{lag}": 129 for lag in FORM_LAGS}
    onset = {"onset_position": steps, "onset_phase": steps, "onset_left": steps, "sounding": WINDOW + 1}
    onset |= {"low": 129, "high": 129, "velocity": 129}
    names = {kind: tuple(f"{kind}_{slot}" for slot in slots) for kind in ("time", "part", "pitch", "duration")}
    classes = {
        "time": vocabulary.sizes[TIME] + 1,
        "part": vocabulary.sizes[PART] + 1,
        "pitch": vocabulary.sizes[PITCH] + 1,
        "duration": 2 * vocabulary.sizes[DURATION] + 1,
    }
    sizes = context | onset | {name: classes[kind] for kind, group in names.items() for name in group}
    return Layout(
        tuple(context),
        names["time"],
        tuple(onset),
        names["part"],
        names["pitch"],
        names["duration"],
        sizes,
        frozenset(("low", "high", "last", *(f"close{lag}" for lag in FORM_LAGS), *names["pitch"])),
    )


@dataclass(frozen=True)
class _Steps:
    """Per event: where the piece stands before it, and where the event itself stands."""

    notes: Notes
    count: Ints  # notes before the event
    now: Ints  # time before it
    at: Ints  # time of the event itself
    bar: Ints  # bar before it, -1 before the first
    form: Ints  # form class of that bar
    starts: Ints  # bar lines
    first: Ints  # first note of each bar


def feature_array(events: Events, vocabulary: Vocabulary) -> NDArray[np.int16]:
    """Compute the features of every event of a piece.

    Parameters
    ----------
    events : Events
        A whole piece.
    vocabulary : Vocabulary

    Returns
    -------
    ndarray of int16, shape (events, columns)
        Row t holds what is known of event t before its fields are drawn, by the columns of
        ``layout(vocabulary).names``. Onset and length columns are 0 where the event is no note.
    """
    steps = _steps(events, vocabulary)
    fields = events.fields.astype(np.int64)
    matches = [_previous_matches(steps.notes, n) for n in SUFFIXES]
    lags = [np.full(len(fields), lag) for lag in PLACES]
    lag_of_form = np.array([vocabulary.form_lag(form) for form in range(vocabulary.sizes[FORM])])
    lags.append(np.where(steps.bar >= 0, lag_of_form[steps.form], 0))
    context = _context(events, steps, vocabulary)
    times = [_time_after(steps, match, vocabulary) for match in matches]
    times += [_time_in_place(steps, lag, vocabulary) for lag in lags]
    sources = [_source_after(steps, match) for match in matches] + [_source_in_place(steps, lag) for lag in lags]
    is_note = fields[:, TIME] < vocabulary.skip
    onset = [np.where(is_note, column, 0) for column in _onset(events, fields, steps, vocabulary)]
    parts, pitches, durations = [], [], []
    notes = steps.notes
    for source in sources:
        known = is_note & (source >= 0)
        safe = np.where(known, source, 0)
        part, pitch = (
            (notes.part[safe], notes.pitch[safe]) if len(notes) else (np.zeros_like(safe), np.zeros_like(safe))
        )
        duration = notes.duration[safe] if len(notes) else np.zeros_like(safe)
        same = (part == fields[:, PART]) & (pitch == fields[:, PITCH])
        parts.append(np.where(known, part + 1, 0))
        pitches.append(np.where(known, pitch + 1, 0))
        durations.append(np.where(known, duration + 1 + same * vocabulary.sizes[DURATION], 0))
    return np.stack([*context, *times, *onset, *parts, *pitches, *durations], axis=1).astype(np.int16)


def _steps(events: Events, vocabulary: Vocabulary) -> _Steps:
    fields, header = events.fields, events.header
    notes = event_notes(fields, header, vocabulary)
    time = fields[:, TIME].astype(np.int64)
    is_bar, is_note = time == vocabulary.bar, time < vocabulary.skip
    count: Ints = np.cumsum(is_note) - is_note
    bar_of = np.cumsum(is_bar) - 1
    advance = np.where(time <= vocabulary.skip, time, 0)
    passed = np.cumsum(advance)
    base = np.maximum.accumulate(np.where(is_bar, passed, 0))
    starts = header.bar_starts
    at = starts[np.clip(bar_of, 0, header.bars)] + passed - base
    bar = np.concatenate([[-1], bar_of[:-1]])
    forms = np.concatenate([fields[is_bar, FORM].astype(np.int64), [0]])
    return _Steps(
        notes,
        count,
        np.concatenate([[0], at[:-1]]),
        at,
        bar,
        forms[np.maximum(bar, 0)],
        starts,
        np.searchsorted(notes.onset, starts, side="left"),
    )


def _context(events: Events, steps: _Steps, vocabulary: Vocabulary) -> list[Ints]:
    header, longest = events.header, vocabulary.longest
    bar = np.maximum(steps.bar, 0)
    position = steps.now - steps.starts[bar]
    beats = beat_steps(events, vocabulary)
    ends = np.concatenate([[0], np.maximum.accumulate(steps.notes.onset + steps.notes.duration)])
    number = steps.bar - header.pickup
    counted = number >= 0
    forms = events.fields[events.fields[:, TIME] == vocabulary.bar, FORM].astype(np.int64)
    opened = steps.bar >= 0

    def form_at(index: Ints) -> Ints:
        fits = opened & (index >= 0)
        return np.where(fits, forms[np.where(fits, index, 0)] + 1, 0)

    return [
        np.minimum(position, longest),
        np.minimum(position % beats[bar], longest),
        np.where(opened, np.minimum(steps.starts[bar + 1] - steps.now, longest), 0),
        np.clip(ends[steps.count] - steps.now, 0, longest),
        np.where(counted, number % 8, 8),
        np.where(counted, np.minimum(number // 8, 7), 8),
        np.minimum(header.bars - steps.bar - 1, MAX_BARS_LEFT) + 1,
        np.concatenate([[0], steps.notes.pitch + 1])[steps.count],
        np.where(opened, steps.form + 1, 0),
        *(form_at(steps.bar + 1 - lag) for lag in FORM_LAGS),
        *(_closing_pitch(steps, steps.bar + 1 - lag) for lag in FORM_LAGS),
    ]


def _closing_pitch(steps: _Steps, bar: Ints) -> Ints:
    """Pitch column of the last note of each bar; 0 for a bar that is not there or has no notes."""
    index = np.maximum(bar, 0)
    note = steps.first[index + 1] - 1
    known = (steps.bar >= 0) & (bar >= 0) & (note >= steps.first[index])
    return np.where(known, np.concatenate([steps.notes.pitch, [0]])[note] + 1, 0)


def beat_steps(events: Events, vocabulary: Vocabulary) -> Ints:
    """Return the length of a beat in steps for each bar, at least 1."""
    header = events.header
    per_run = [max(1, int(run.meter.beat_quarters * vocabulary.grid)) for run in header.runs]
    return np.repeat(per_run, [run.count for run in header.runs]).astype(np.int64)


def _onset(events: Events, fields: Ints, steps: _Steps, vocabulary: Vocabulary) -> list[Ints]:
    notes, longest = steps.notes, vocabulary.longest
    bar = np.maximum(steps.bar, 0)
    position = steps.at - steps.starts[bar]
    past = steps.count[:, None] - 1 - np.arange(WINDOW)
    exists = past >= 0
    past = np.where(exists, past, 0)
    if len(notes):
        sounds = exists & (notes.onset[past] + notes.duration[past] > steps.at[:, None])
        pitch = notes.pitch[past]
        velocity_of = fields[fields[:, TIME] < vocabulary.skip, VELOCITY]
        velocity = np.where(exists[:, 0], velocity_of[past[:, 0]] + 1, 0)
    else:
        sounds, pitch = np.zeros_like(exists), np.zeros_like(past)
        velocity = np.zeros(len(fields), dtype=np.int64)
    return [
        np.minimum(position, longest),
        np.minimum(position % beat_steps(events, vocabulary)[bar], longest),
        np.clip(steps.starts[bar + 1] - steps.at, 0, longest),
        sounds.sum(axis=1),
        np.where(sounds.any(axis=1), np.where(sounds, pitch, 128).min(axis=1) + 1, 0),
        np.where(sounds, pitch + 1, 0).max(axis=1),
        velocity,
    ]


def _previous_matches(notes: Notes, n: int) -> Ints:
    """For each note, the note after the last earlier place where the n notes up to it stood; -1: nowhere.

    The notes up to a place are numbered by pairs of halves, so that equal numbers mean equal notes.
    """
    code = (notes.part * 128 + notes.pitch) * 1024 + notes.duration
    ids = np.unique(code, return_inverse=True)[1].astype(np.int64)
    length = 1
    while length < n:
        pairs = ids[:-length] * (len(notes) + 1) + ids[length:] if len(ids) > length else ids[:0]
        ids = np.unique(pairs, return_inverse=True)[1].astype(np.int64)
        length *= 2
    match = np.full(len(notes), -1, dtype=np.int64)
    if len(ids) > 1:
        order = np.argsort(ids, kind="stable")
        same = ids[order[1:]] == ids[order[:-1]]
        offset = n - 1
        match[order[1:][same] + offset] = order[:-1][same] + offset + 1
    return match


def _source_after(steps: _Steps, match: Ints) -> Ints:
    if not len(match):
        return np.full(len(steps.count), -1, dtype=np.int64)
    return np.where(steps.count > 0, match[np.maximum(steps.count - 1, 0)], -1)


def _time_after(steps: _Steps, match: Ints, vocabulary: Vocabulary) -> Ints:
    source = _source_after(steps, match)
    known = (source >= 0) & (steps.bar >= 0)
    if not known.any():
        return np.zeros(len(source), dtype=np.int64)
    onset = steps.notes.onset
    safe = np.where(known, source, 1)
    target = onset[np.maximum(steps.count - 1, 0)] + onset[safe] - onset[safe - 1]
    bar = np.maximum(steps.bar, 0)
    advance = target - steps.now
    value = np.where(advance >= vocabulary.longest, vocabulary.skip, advance)
    value = np.where(target >= steps.starts[bar + 1], vocabulary.bar, value)
    return np.where(known & (advance >= 0), value + 1, 0)


def _place(steps: _Steps, lag: Ints, time: Ints) -> tuple[NDArray[np.bool_], Ints, Ints, Ints]:
    """Find `time` `lag` bars back.

    Returns: whether it is known, that time, how many notes stand at `time` already, and
    the first note after that bar.
    """
    source = steps.bar - lag
    known = (lag > 0) & (source >= 0) & (steps.bar >= 0)
    source = np.where(known, source, 0)
    then = steps.starts[source] + time - steps.starts[np.maximum(steps.bar, 0)]
    already = steps.count - np.searchsorted(steps.notes.onset, time, side="left")
    return known, then, np.maximum(already, 0), steps.first[source + 1]


def _time_in_place(steps: _Steps, lag: Ints, vocabulary: Vocabulary) -> Ints:
    onset = steps.notes.onset
    known, then, already, stop = _place(steps, lag, steps.now)
    low = np.searchsorted(onset, then, side="left")
    high = np.searchsorted(onset, then, side="right")
    note = np.where(already > 0, np.minimum(low + already, high), low)
    inside = note < stop
    advance = onset[np.where(inside, note, 0)] - then if len(onset) else np.zeros_like(then)
    bar = np.maximum(steps.bar, 0)
    ends = steps.now + advance >= steps.starts[bar + 1]
    value = np.where(advance >= vocabulary.longest, vocabulary.skip, advance)
    value = np.where(inside & ~ends, value, vocabulary.bar)
    return np.where(known, value + 1, 0)


def _source_in_place(steps: _Steps, lag: Ints) -> Ints:
    onset = steps.notes.onset
    known, then, already, stop = _place(steps, lag, steps.at)
    low = np.searchsorted(onset, then, side="left")
    high = np.minimum(np.searchsorted(onset, then, side="right"), stop)
    return np.where(known & (low + already < high), low + already, -1)
