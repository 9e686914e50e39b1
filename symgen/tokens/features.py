"""Features: what follows from the events before, by arithmetic and look-up in the piece itself.

`symgen.tokens.layout` names every column once. `feature_array` computes them for a whole piece at a
time, in C or in numpy; `symgen.tokens.stepping` step by step while sampling, in C or in Python. Tests
hold all of them equal on every step of real pieces.

Three groups become known while an event is drawn: before it (*context*), once its time is
known (*onset*), and once its pitch is known (*length*). Candidates are the copy memory: what
came after the last earlier match of the last 8, 4 and 2 notes, and what stood at the same
place 1, 2, 4 and 8 bars ago and in the bar that the form event names. In pieces with several
parts or chords the pitch and the duration have candidates of their own part, and three more
groups of columns say what sounds and what the part did (see `symgen.tokens.polyphony`).
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from symgen.kernel import library
from symgen.music.degrees import scale_steps
from symgen.tokens.compiled_features import CompiledFeatures
from symgen.tokens.events import Events, Notes, event_notes, event_times
from symgen.tokens.form import NO_GOAL, bar_goals, beat_lengths
from symgen.tokens.layout import FORM_LAGS, MAX_BARS_LEFT, PLACES, SUFFIXES, WINDOW, layout
from symgen.tokens.moving import moved_pitches
from symgen.tokens.plans import plan_tables
from symgen.tokens.polyphony import PartOrder, Roll, Tracks, drum_parts, part_tables
from symgen.tokens.vocabulary import DURATION, FORM, PART, PITCH, TIME, VELOCITY, Vocabulary

__all__ = ["feature_array", "vectorized_array"]

Flags = NDArray[np.bool_]
Ints = NDArray[np.int64]


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


def feature_array(
    events: Events, vocabulary: Vocabulary, voices: int = 0, *, plans: bool = False
) -> NDArray[np.int16]:
    """Compute the features of every event of a piece."""
    # Returns (events, columns): row t holds what is known of event t before its fields are drawn,
    # by the columns of ``layout(vocabulary, voices, plans=plans).names``. What belongs to notes is 0
    # where the event is none.
    if library() is not None:
        columns = layout(vocabulary, voices, plans=plans)
        features = CompiledFeatures(events.header, vocabulary, voices, False, columns)
        with suppress(IndexError):  # events that are out of place, as no encoder writes them
            return features.sweep(events.fields)
    return vectorized_array(events, vocabulary, voices, plans=plans)


def vectorized_array(
    events: Events, vocabulary: Vocabulary, voices: int = 0, *, plans: bool = False
) -> NDArray[np.int16]:
    """Compute the same column by column, without the C library."""
    # The copy memory. Music returns, and a network of this size cannot hold a piece in its state.
    # So each event is given pointers into the piece itself, one a slot, and what stands there:
    # what to write if this goes on as it did then. The network need only learn when to follow
    # which. Pointers go by two kinds of address: by content (the notes just written stood there
    # before) and by place (the same place in the bar, some bars back, or as the form event of the
    # bar says).
    steps = _steps(events, vocabulary)
    notes = steps.notes
    fields = events.fields.astype(np.int64)
    is_note = fields[:, TIME] < vocabulary.skip
    matches = [_previous_matches(notes, n) for n in SUFFIXES]
    lags = [np.full(len(fields), lag) for lag in PLACES]
    lags.append(np.where(steps.bar >= 0, _form_lags(vocabulary)[steps.form], 0))
    times = [_time_after(steps, match, vocabulary) for match in matches]
    times += [_time_in_place(steps, lag, vocabulary) for lag in lags]
    sources = [_source_after(steps, match) for match in matches]
    sources += [_source_in_place(steps, lag) for lag in lags]
    parts = [_looked_up(notes.part + 1, source, is_note) for source in sources]
    onset = _onset(events, fields, steps, vocabulary)
    more: list[Ints] = []
    if voices and len(notes):
        order = PartOrder.of(notes)
        own_lags = [lag[is_note] for lag in lags]
        sources = _own_sources(order, np.flatnonzero(is_note), own_lags, steps)
        onset[3:6], more = _voice_columns(events, steps, order, vocabulary, voices)
    elif voices:
        rest = len(layout(vocabulary, voices).names) - len(layout(vocabulary).names)
        more = [np.zeros(len(fields), dtype=np.int64)] * rest
    pitches = [_looked_up(notes.pitch + 1, source, is_note) for source in sources]
    durations = []
    for source, pitch in zip(sources, pitches, strict=True):
        # A duration is worth more as a candidate where the note that it belongs to is the same.
        same = pitch == fields[:, PITCH] + 1
        if not voices:
            same &= _looked_up(notes.part, source, is_note) == fields[:, PART]
        length = _looked_up(notes.duration + 1, source, is_note)
        durations.append(np.where(length > 0, length + same * vocabulary.sizes[DURATION], 0))
    columns = [
        *_context(events, steps, vocabulary, voices),
        *times,
        *(np.where(is_note, column, 0) for column in onset),
        *parts,
        *pitches,
        *durations,
        *more,
    ]
    found = np.stack(columns, axis=1).astype(np.int16)
    if plans:
        found = np.hstack((found, *_plan_columns(events, steps, sources, vocabulary, voices)))
    return found


def _plan_columns(
    events: Events, steps: _Steps, sources: list[Ints], vocabulary: Vocabulary, voices: int
) -> tuple[NDArray[np.int16], ...]:
    """Return the columns of the plan before the event and at it, and the candidates that are moved."""
    by_step, by_bar = plan_tables(events.header, vocabulary)
    notes, is_note = steps.notes, events.fields[:, TIME] < vocabulary.skip
    before = np.hstack((by_step[steps.now], by_bar[steps.bar + 1]))
    at = by_step[steps.at] * is_note[:, None]
    # Of each note the one before it, in its part where parts are followed.
    previous = np.arange(len(notes)) - 1
    is_pitched = is_note
    if voices:
        is_pitched = is_note & ~drum_parts(events.header)[events.fields[:, PART]]
        order = np.argsort(notes.part, kind="stable")
        previous = np.full(len(notes), -1, dtype=np.int64)
        same = np.diff(notes.part[order]) == 0
        previous[order[1:][same]] = order[:-1][same]
    pitch, onset = np.append(notes.pitch, -1), np.append(notes.onset, 0)
    previous = np.append(previous, -1)
    number = np.where(is_note, steps.count, -1)
    moved = []
    for source in sources[len(SUFFIXES) :]:
        source = np.where(is_pitched, source, -1)
        heard = (pitch[source], pitch[previous[source]], pitch[previous[number]])
        rows = (by_step[onset[source]].astype(np.int64), by_step[steps.at].astype(np.int64))
        moved.append(moved_pitches(scale_steps(events.header.key), *heard, *rows))
    return before, at, np.hstack(moved).astype(np.int16)


def _form_lags(vocabulary: Vocabulary) -> Ints:
    """Return by form class how many bars back it points."""
    return np.array([vocabulary.form_lag(form) for form in range(vocabulary.sizes[FORM])])


def _looked_up(values: Ints, source: Ints, is_note: Flags) -> Ints:
    """Return the values of the notes that are sources; 0 where there is none."""
    if not len(values):
        return np.zeros_like(source)
    known = is_note & (source >= 0)
    return np.where(known, values[np.where(known, source, 0)], 0)


def _own_sources(order: PartOrder, rows: Ints, lags: list[Ints], steps: _Steps) -> list[Ints]:
    """Return the candidates out of the part of each note: note numbers, -1: none."""
    found = [order.after(_previous_matches(order.notes, n)) for n in SUFFIXES]
    found += [order.in_place(lag[order.order], steps.starts) for lag in lags]
    sources = []
    for positions in found:
        source = np.full(len(steps.count), -1, dtype=np.int64)
        number = order.order[positions]
        source[rows[order.order]] = np.where(positions >= 0, number, -1)
        sources.append(source)
    return sources


def _voice_columns(
    events: Events, steps: _Steps, order: PartOrder, vocabulary: Vocabulary, voices: int
) -> tuple[list[Ints], list[Ints]]:
    """Return size, low and high of what sounds at the onset, and the columns of `state`, `chord` and `voice`."""
    longest, notes, count = vocabulary.longest, steps.notes, steps.count
    now, at = steps.now, steps.at
    drums = drum_parts(events.header)
    # A drum has no pitch: it is not part of what sounds.
    pitched = ~drums[notes.part]
    heard = np.concatenate([[0], np.cumsum(pitched)])[count]
    roll = Roll(Notes(*(column[pitched] for column in vars(notes).values())), int(steps.starts[-1]))
    tracks = Tracks(notes, count, voices, drums)
    _, bass, top, classes = roll.at(now, heard)
    state = [tracks.sounds(now), tracks.stops(now), tracks.struck(now)]
    state += [tracks.release(now, longest)[0], bass, top, classes, *tracks.pitch]

    size, low, high, classes = roll.at(at, heard)
    last = np.maximum(count - 1, 0)
    joins = (count > 0) & (notes.onset[last] == at)
    chord = [tracks.sounds(at), tracks.stops(at), tracks.struck(at)]
    chord += [np.where(joins, notes.part[last] + 1, 0), *tracks.release(at, longest)]
    chord += [classes, *tracks.motion(at, longest)]

    is_note = events.fields[:, TIME] < vocabulary.skip
    rows = np.flatnonzero(is_note)[order.order]

    def spread(column: Ints) -> Ints:
        whole = np.zeros(len(count), dtype=np.int64)
        whole[rows] = column
        return whole

    part = events.fields[:, PART].astype(np.int64)
    voice = [spread(column) for column in order.columns(longest)]
    voice += tracks.neighbors(part, at)
    voice += [np.array(table)[part] for table in part_tables(events.header)]
    at_notes = [np.where(is_note, column, 0) for column in (*chord, *voice)]
    return [size, low, high], [*state, *at_notes]


def _steps(events: Events, vocabulary: Vocabulary) -> _Steps:
    fields, header = events.fields, events.header
    notes = event_notes(fields, header, vocabulary)
    bar_of, at = event_times(fields, header, vocabulary)
    is_note = fields[:, TIME] < vocabulary.skip
    is_bar = fields[:, TIME] == vocabulary.bar
    bar = np.concatenate([[-1], bar_of[:-1]])
    forms = np.append(fields[is_bar, FORM].astype(np.int64), 0)
    return _Steps(
        notes=notes,
        count=np.cumsum(is_note) - is_note,
        now=np.concatenate([[0], at[:-1]]),
        at=at,
        bar=bar,
        form=forms[np.maximum(bar, 0)],
        starts=header.bar_starts,
        first=np.searchsorted(notes.onset, header.bar_starts, side="left"),
    )


def _context(events: Events, steps: _Steps, vocabulary: Vocabulary, voices: int) -> list[Ints]:
    header, longest = events.header, vocabulary.longest
    bar = np.maximum(steps.bar, 0)
    position = steps.now - steps.starts[bar]
    beats = beat_lengths(header, vocabulary)
    notes = steps.notes
    ends = np.concatenate([[0], np.maximum.accumulate(notes.onset + notes.duration)])
    number = steps.bar - header.pickup
    counted = number >= 0
    is_bar = events.fields[:, TIME] == vocabulary.bar
    forms = events.fields[is_bar, FORM].astype(np.int64)
    opened = steps.bar >= 0
    bars_left = header.bars - steps.bar - 1
    left = np.minimum(steps.starts[bar + 1] - steps.now, longest)
    pitches = notes.pitch + 1
    if voices:
        pitches = np.where(drum_parts(header)[notes.part], 0, pitches)

    def form_at(index: Ints) -> Ints:
        fits = opened & (index >= 0)
        return np.where(fits, forms[np.where(fits, index, 0)] + 1, 0)

    return [
        np.minimum(position, longest),
        np.minimum(position % beats[bar], longest),
        np.where(opened, left, 0),
        np.clip(ends[steps.count] - steps.now, 0, longest),
        np.where(counted, number % 8, 8),
        np.where(counted, np.minimum(number // 8, 7), 8),
        np.minimum(bars_left, MAX_BARS_LEFT) + 1,
        np.concatenate([[0], pitches])[steps.count],
        np.where(opened, steps.form + 1, 0),
        *(form_at(steps.bar + 1 - lag) for lag in FORM_LAGS),
        *(_closing_pitch(steps, pitches, steps.bar + 1 - lag) for lag in FORM_LAGS),
        *_goals(events, steps, vocabulary, voices),
    ]


def _closing_pitch(steps: _Steps, pitches: Ints, bar: Ints) -> Ints:
    """Pitch column of the last note of each bar; 0 for a bar that is not there, has no notes or ends with a drum."""
    index = np.maximum(bar, 0)
    note = steps.first[index + 1] - 1
    known = (steps.bar >= 0) & (bar >= 0) & (note >= steps.first[index])
    return np.where(known, np.append(pitches, 0)[note], 0)


def _goals(events: Events, steps: _Steps, vocabulary: Vocabulary, voices: int) -> tuple[Ints, Ints]:
    """Return the goal of the open bar and, for events that open one, that of the bar whose form is taken up."""
    is_bar = events.fields[:, TIME] == vocabulary.bar
    planned = np.append(events.fields[is_bar, PITCH].astype(np.int64), NO_GOAL)
    goal = np.where(steps.bar >= 0, _pitch_column(planned[steps.bar]), 0)
    lag = _form_lags(vocabulary)[events.fields[:, FORM].astype(np.int64)]
    source = steps.bar + 1 - lag
    known = is_bar & (lag > 0) & (source >= 0)
    found = _pitch_column(bar_goals(events, vocabulary, voices))
    return goal, np.where(known, found[np.where(known, source, 0)], 0)


def _pitch_column(goals: Ints) -> Ints:
    return np.where(goals != NO_GOAL, goals + 1, 0)


def _onset(events: Events, fields: Ints, steps: _Steps, vocabulary: Vocabulary) -> list[Ints]:
    notes, longest = steps.notes, vocabulary.longest
    bar = np.maximum(steps.bar, 0)
    position = steps.at - steps.starts[bar]
    past = steps.count[:, None] - 1 - np.arange(WINDOW)
    exists = past >= 0
    past = np.where(exists, past, 0)
    if len(notes):
        ends = notes.onset[past] + notes.duration[past]
        sounds = exists & (ends > steps.at[:, None])
        pitch = notes.pitch[past]
        velocities = fields[fields[:, TIME] < vocabulary.skip, VELOCITY]
        velocity = np.where(exists[:, 0], velocities[past[:, 0]] + 1, 0)
    else:
        sounds, pitch = np.zeros_like(exists), np.zeros_like(past)
        velocity = np.zeros(len(fields), dtype=np.int64)
    lowest = np.where(sounds, pitch, 128).min(axis=1)
    return [
        np.minimum(position, longest),
        np.minimum(position % beat_lengths(events.header, vocabulary)[bar], longest),
        np.clip(steps.starts[bar + 1] - steps.at, 0, longest),
        sounds.sum(axis=1),
        np.where(sounds.any(axis=1), lowest + 1, 0),
        np.where(sounds, pitch + 1, 0).max(axis=1),
        velocity,
    ]


def _previous_matches(notes: Notes, n: int) -> Ints:
    """Return for each note the one after the last earlier place where the `n` notes up to it stood, or -1."""
    # Runs of notes are numbered by pairs of halves, so that equal numbers mean equal runs: of 1
    # note, of 2, of 4, of 8. The last earlier place of a run is then its neighbor in a stable sort.
    code = (notes.part * 128 + notes.pitch) * 1024 + notes.duration
    ids = np.unique(code, return_inverse=True)[1].astype(np.int64)
    length = 1
    while length < n:
        pairs = ids[:0]
        if len(ids) > length:
            pairs = ids[:-length] * (len(notes) + 1) + ids[length:]
        ids = np.unique(pairs, return_inverse=True)[1].astype(np.int64)
        length *= 2
    match = np.full(len(notes), -1, dtype=np.int64)
    if len(ids) > 1:
        order = np.argsort(ids, kind="stable")
        earlier, later = order[:-1], order[1:]
        same = ids[later] == ids[earlier]
        match[later[same] + n - 1] = earlier[same] + n
    return match


def _source_after(steps: _Steps, match: Ints) -> Ints:
    if not len(match):
        return np.full(len(steps.count), -1, dtype=np.int64)
    last = np.maximum(steps.count - 1, 0)
    return np.where(steps.count > 0, match[last], -1)


def _time_after(steps: _Steps, match: Ints, vocabulary: Vocabulary) -> Ints:
    """Return the time candidates: as far on as it went after the match."""
    source = _source_after(steps, match)
    known = (source >= 0) & (steps.bar >= 0)
    if not known.any():
        return np.zeros(len(source), dtype=np.int64)
    onset = steps.notes.onset
    safe = np.where(known, source, 1)
    last = onset[np.maximum(steps.count - 1, 0)]
    target = last + onset[safe] - onset[safe - 1]
    bar = np.maximum(steps.bar, 0)
    advance = target - steps.now
    time = _time(advance, vocabulary)
    time = np.where(target >= steps.starts[bar + 1], vocabulary.bar, time)
    return np.where(known & (advance >= 0), time + 1, 0)


def _time(advance: Ints, vocabulary: Vocabulary) -> Ints:
    """Return the time classes that let so many steps pass, or as many of them as one event can."""
    return np.where(advance >= vocabulary.longest, vocabulary.skip, advance)


def _place(steps: _Steps, lag: Ints, time: Ints) -> tuple[Flags, Ints, Ints, Ints]:
    """Return whether the place some bars back is known, its time, how many notes are there now, and its bar's end."""
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
    advance = np.zeros_like(then)
    if len(onset):
        advance = onset[np.where(inside, note, 0)] - then
    bar = np.maximum(steps.bar, 0)
    ends = steps.now + advance >= steps.starts[bar + 1]
    time = np.where(inside & ~ends, _time(advance, vocabulary), vocabulary.bar)
    return np.where(known, time + 1, 0)


def _source_in_place(steps: _Steps, lag: Ints) -> Ints:
    onset = steps.notes.onset
    known, then, already, stop = _place(steps, lag, steps.at)
    low = np.searchsorted(onset, then, side="left")
    high = np.minimum(np.searchsorted(onset, then, side="right"), stop)
    return np.where(known & (low + already < high), low + already, -1)
