"""Score to events and back, whole pieces at a time in numpy."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from symgen.kernel.encoding import Snapped, lay_events, snap_notes
from symgen.music.meter import convert_ticks, lay_runs, meter_of
from symgen.music.note_tables import legal_table
from symgen.music.score import KeyChange, MeterChange, Score, TempoChange, part_of_table
from symgen.music.theory import Key
from symgen.system.errors import FormatError
from symgen.tokens.events import BarRun, Events, Header, Notes, SnapReport, event_notes
from symgen.tokens.form import form_labels, with_forms
from symgen.tokens.vocabulary import DURATION, FIELDS, FORM, PART, TIME, VELOCITY, Vocabulary

__all__ = ["decode", "encode", "whole_notes"]

Ints = NDArray[np.int64]

_PART_BITS, _PITCH_BITS = 8, 7

# Columns of rows of notes; the last four in the order of the fields of an event.
_ONSET, _PART, _PITCH, _DURATION, _VELOCITY = range(5)


def encode(
    score: Score,
    vocabulary: Vocabulary,
    *,
    key: Key | None = None,
    style: str = "",
    whole: bool = False,
) -> tuple[Events, SnapReport]:
    """Turn a score into events on the grid, in bars up to the last note's or, if `whole`, the score's end."""
    if score.note_count == 0:
        raise FormatError("holds no notes; choose a file or part with music")
    most = vocabulary.sizes[PART]
    if len(score.parts) > most:
        raise FormatError(
            f"has {len(score.parts)} parts, a model can follow {most}; keep one of them with --part"
        )
    snapped = _snapped(score.note_array(), score.resolution, vocabulary.grid)
    rows = snapped.rows if snapped.is_ordered else _without_doubles(snapped.rows)
    end = snapped.end
    if whole:
        end = max(end, convert_ticks(score.length, score.resolution, vocabulary.grid))
    header = _header(score, vocabulary.grid, end, snapped.last_onset, key, style)
    unit = vocabulary.grid * score.resolution
    report = SnapReport(
        notes=len(snapped.rows),
        moved=snapped.moved,
        max_shift=snapped.largest / unit,
        mean_shift=snapped.total / snapped.moved / unit if snapped.moved else 0.0,
        merged=len(snapped.rows) - len(rows),
    )
    if snapped.longest > vocabulary.longest:
        rows = _with_ties(rows, vocabulary)
    events = Events(_lay_out(rows, header, vocabulary), header)
    # The C library tells no bars that are moved.
    return with_forms(events, vocabulary) if vocabulary.moves else events, report


def _snapped(notes: Ints, resolution: int, grid: int) -> Snapped:
    """Return the notes on the grid, rows as of `whole_notes`, and what that changed."""
    snapped = snap_notes(notes, resolution, grid)
    if snapped is not None:
        return snapped
    begins, ends = notes[:, 0], notes[:, 0] + notes[:, 1]
    onset = convert_ticks(begins, resolution, grid)
    duration = np.maximum(convert_ticks(ends, resolution, grid) - onset, 1)
    # Shifts in ticks times grid, so that they are exact.
    begin_shift = abs(begins * grid - onset * resolution)
    end_shift = abs(ends * grid - (onset + duration) * resolution)
    shift = np.maximum(begin_shift, end_shift)
    pitch, velocity, part = notes[:, 2:].T
    rows = np.stack([onset, part, pitch, duration, velocity], axis=1)
    place = _places(rows)
    return Snapped(
        rows,
        moved=int(np.count_nonzero(shift)),
        largest=int(shift.max()),
        total=int(shift.sum()),
        last_onset=int(onset.max()),
        end=int((onset + duration).max()),
        longest=int(duration.max()),
        is_ordered=bool((place[1:] > place[:-1]).all()),
    )


def _places(rows: Ints) -> Ints:
    """Return numbers by which notes stand in the order of events."""
    onset, part, pitch, _, _ = rows.T
    places: Ints = (onset << _PART_BITS | part) << _PITCH_BITS | pitch
    return places


def _without_doubles(rows: Ints) -> Ints:
    """Put notes in the order of events; of those that have come to be one the longest stays."""
    place = _places(rows)
    order = np.lexsort((-rows[:, _DURATION], place))
    there = place[order]
    kept: Ints = rows[order][np.append(True, there[1:] != there[:-1])]
    return kept


def _header(
    score: Score, grid: int, end: int, last_onset: int, key: Key | None, style: str
) -> Header:
    """Return the bars on the grid that cover `end` and the last onset, and the maps."""
    resolution = score.resolution
    ticks = -(-max(end, last_onset + 1) * resolution // grid)  # rounded up
    starts = [(change.tick, change.meter) for change in score.meters]
    runs: list[BarRun] = []
    reached, number = 0, 0 if score.has_pickup else 1
    for _, bars, length, meter in lay_runs(
        starts, resolution, max(ticks, 1), has_pickup=score.has_pickup
    ):
        if reached >= end and reached > last_onset:
            break
        steps, rest = divmod(length * grid, resolution)
        if rest or not steps:
            raise FormatError(
                f"bar {number} is no whole number of steps long, of which a quarter has {grid}; "
                "change the meter there, or choose other bars"
            )
        needed = max(-(-(end - reached) // steps), (last_onset - reached) // steps + 1)
        taken = min(bars, needed)
        reached, number = reached + taken * steps, number + taken
        if runs and (runs[-1].meter, runs[-1].steps) == (meter, steps):
            taken += runs.pop().count
        runs.append(BarRun(taken, meter, steps))

    def step(tick: int) -> int:
        return convert_ticks(tick, resolution, grid)

    return Header(
        runs=tuple(runs),
        pickup=score.has_pickup,
        key=key,
        style=style,
        programs=tuple(part.program for part in score.parts),
        drums=tuple(part.is_drum for part in score.parts),
        names=tuple(part.name for part in score.parts),
        tempos=tuple((step(change.tick), change.microseconds) for change in score.tempos),
        signatures=tuple((step(change.tick), change.sharps, change.minor) for change in score.keys),
        pickup_meter=score.meters[0].meter if score.has_pickup else None,
    )


def _with_ties(rows: Ints, vocabulary: Vocabulary) -> Ints:
    """Split notes longer than one event can say; the durations of the rows become duration classes."""
    longest = vocabulary.longest
    onset, duration = rows[:, _ONSET], rows[:, _DURATION]
    pieces = -(-duration // longest)
    source = np.repeat(np.arange(len(rows)), pieces)
    index = np.arange(len(source)) - np.repeat(np.cumsum(pieces) - pieces, pieces)
    is_last = index == pieces[source] - 1
    split = rows[source]
    split[:, _ONSET] += index * longest
    split[:, _DURATION] = np.where(is_last, duration[source] - index * longest, vocabulary.tie)
    # A continuation comes before a new note of the same pitch: decoding joins the first it meets.
    start, part, pitch = split[:, _ONSET], split[:, _PART], split[:, _PITCH]
    return split[np.lexsort((onset[source], index == 0, pitch, part, start))]


def _lay_out(rows: Ints, header: Header, vocabulary: Vocabulary) -> NDArray[np.uint8]:
    """Put notes, bar lines, skips and the end in order."""
    # The grammar. Each bar is opened by an event that names its form; the header says how long it
    # is, so that no length is drawn and every bar line stands where it should. A note's time is how
    # far it lies after the last onset or, as the first in its bar, after the bar line; a gap longer
    # than one event can say is bridged by skips before the note, and none reaches over a bar line.
    # Notes of one onset go by part and pitch from low to high, so that every piece has exactly one
    # sequence of events. The end follows the last bar.
    longest = vocabulary.longest
    starts, bars = header.bar_starts, header.bars
    most = len(rows) + 1 + sum(run.count * (1 + run.steps // longest) for run in header.runs)
    classes = longest, vocabulary.skip, vocabulary.bar, vocabulary.end, vocabulary.tie
    events = lay_events(rows, starts, most, classes, vocabulary.lags)
    if events is not None:
        return events
    onset = rows[:, _ONSET]
    bar = np.searchsorted(starts, onset, side="right") - 1
    before = np.concatenate([[0], onset[:-1]])
    advance = onset - np.maximum(before, starts[bar])
    skips = advance // longest
    skipped = np.cumsum(skips)
    place = np.arange(len(rows)) + bar + 1 + skipped
    count = len(rows) + bars + int(skips.sum()) + 1
    fields = np.zeros((count, len(FIELDS)), dtype=np.uint8)
    fields[:, TIME] = vocabulary.skip
    fields[place, TIME] = advance - skips * longest
    fields[place, PART : VELOCITY + 1] = rows[:, _PART:]
    notes_before = np.searchsorted(onset, starts[:-1], side="left")
    skips_before = np.concatenate([[0], skipped])[notes_before]
    lines = notes_before + np.arange(bars) + skips_before
    fields[lines, TIME] = vocabulary.bar
    tied = rows[:, _DURATION] == vocabulary.tie
    length = np.where(tied, longest, rows[:, _DURATION])
    notes = Notes(onset, rows[:, _PART], rows[:, _PITCH], length, bar)
    fields[lines, FORM] = form_labels(notes, header, vocabulary)
    fields[-1, TIME] = vocabulary.end
    return fields


def decode(events: Events, vocabulary: Vocabulary, *, resolution: int = 480) -> Score:
    """Turn events back into a score; exact for whatever `encode` made of notes on the grid."""
    # `resolution` is in ticks a quarter; a multiple of the grid for exact times.
    header, grid = events.header, vocabulary.grid
    rows = whole_notes(events, vocabulary)

    def tick(step: int) -> int:
        return convert_ticks(step, grid, resolution)

    onset = convert_ticks(rows[:, _ONSET], grid, resolution)
    end = convert_ticks(rows[:, _ONSET] + rows[:, _DURATION], grid, resolution)
    velocity = np.maximum(rows[:, _VELOCITY], 1)
    table = legal_table(np.stack([onset, end - onset, rows[:, _PITCH], velocity]))
    kinds = zip(header.programs, header.drums, header.names, strict=True)
    parts = []
    for index, (program, is_drum, name) in enumerate(kinds):
        mine = table if len(header.programs) == 1 else table[:, rows[:, _PART] == index]
        parts.append(part_of_table(mine, program, is_drum, name))
    tempos = [TempoChange(tick(step), value) for step, value in header.tempos]
    keys = [KeyChange(tick(step), sharps, minor) for step, sharps, minor in header.signatures]
    return Score(
        tuple(parts),
        resolution,
        tempos=tuple(tempos),
        meters=_meter_map(header, grid, tick),
        keys=tuple(keys),
        length=tick(int(header.bar_starts[-1])),
    )


def whole_notes(events: Events, vocabulary: Vocabulary) -> Ints:
    """Return the notes of a piece, those of several tied events as one."""
    # Rows of onset, part, pitch, duration and velocity, shape (notes, 5); times in grid steps.
    notes = event_notes(events.fields, events.header, vocabulary)
    classes = events.fields[events.fields[:, TIME] < vocabulary.skip]
    velocity = classes[:, VELOCITY].astype(np.int64)
    columns = (notes.onset, notes.part, notes.pitch, notes.duration, velocity)
    rows = np.stack(columns, axis=1)
    return _join_ties(rows, classes[:, DURATION] == vocabulary.tie)


def _meter_map(header: Header, grid: int, tick: Callable[[int], int]) -> tuple[MeterChange, ...]:
    """Return the meters of the runs; a pickup has one of its own, which may be unknown."""
    changes, step = [], 0
    for i, run in enumerate(header.runs):
        meter = run.meter
        if i == 0 and header.pickup:
            meter = header.pickup_meter or meter_of(Fraction(run.steps, grid))
        changes.append(MeterChange(tick(step), meter))
        step += run.count * run.steps
    return tuple(changes)


def _join_ties(rows: Ints, tied: NDArray[np.bool_]) -> Ints:
    """Add each continuation to the note it continues, and drop it."""
    if not tied.any():
        return rows
    rows = rows.copy()
    keep = np.ones(len(rows), dtype=bool)
    # Only what is tied, and what begins where such a note ends, can be joined.
    place = _places(rows)
    ends = place[tied] + (rows[tied, _DURATION] << _PART_BITS + _PITCH_BITS)
    chosen = np.flatnonzero(tied | np.isin(place, ends))
    waiting: dict[int, deque[int]] = {}
    columns = (column[chosen].tolist() for column in (place, rows[:, _DURATION], tied))
    for i, start, length, goes_on in zip(chosen.tolist(), *columns, strict=True):
        heads = waiting.get(start)
        head = heads.popleft() if heads else i
        if head != i:
            keep[i] = False
            rows[head, _DURATION] += length
        if goes_on:
            stop = start + (length << _PART_BITS + _PITCH_BITS)
            waiting.setdefault(stop, deque()).append(head)
    return rows[keep]
