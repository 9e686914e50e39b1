"""Score to events and back, whole pieces at a time in numpy."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from symgen.music.meter import Meter, convert_ticks
from symgen.music.score import KeyChange, MeterChange, Note, Part, Score, TempoChange
from symgen.music.theory import Key
from symgen.system.errors import FormatError
from symgen.tokens.events import BarRun, Events, Header, Notes, SnapReport, event_notes
from symgen.tokens.form import form_labels
from symgen.tokens.vocabulary import DURATION, FORM, PART, PITCH, TIME, VELOCITY, Vocabulary

__all__ = ["decode", "encode", "whole_notes"]

Ints = NDArray[np.int64]


def encode(
    score: Score,
    vocabulary: Vocabulary,
    *,
    key: Key | None = None,
    style: str = "",
    whole: bool = False,
) -> tuple[Events, SnapReport]:
    """Turn a score into events on the grid.

    Returns `events`. Returns `report`.
    """
    # The bars reach to the bar line after the last note. Notes off the grid are snapped to the
    # nearest step and counted.
    if score.note_count == 0:
        raise FormatError("holds no notes; choose a file or part with music")
    if len(score.parts) > vocabulary.sizes[PART]:
        most = vocabulary.sizes[PART]
        raise FormatError(
            f"has {len(score.parts)} parts, a model can follow {most}; keep one of them with --part"
        )
    onset, duration, pitch, velocity, part, report = _snap(score, vocabulary.grid)
    end = convert_ticks(score.length, score.resolution, vocabulary.grid) if whole else 0
    header = _header(
        score,
        vocabulary.grid,
        max(end, int((onset + duration).max())),
        int(onset.max()),
        key,
        style,
    )
    rows = _with_ties(onset, duration, pitch, velocity, part, vocabulary)
    return Events(_lay_out(rows, header, vocabulary), header), report


def _snap(score: Score, grid: int) -> tuple[Ints, Ints, Ints, Ints, Ints, SnapReport]:
    notes = score.note_array()
    resolution = score.resolution
    ends = notes[:, 0] + notes[:, 1]
    onset = (2 * notes[:, 0] * grid + resolution) // (2 * resolution)
    end = (2 * ends * grid + resolution) // (2 * resolution)
    duration = np.maximum(end - onset, 1)
    # Shifts in ticks times grid, so that they are exact.
    shift = np.maximum(
        abs(notes[:, 0] * grid - onset * resolution),
        abs(ends * grid - (onset + duration) * resolution),
    )
    moved = shift > 0
    order = np.lexsort((-duration, notes[:, 2], notes[:, 4], onset))
    onset, duration, notes = onset[order], duration[order], notes[order]
    place = np.stack([onset, notes[:, 4], notes[:, 2]])
    first = np.concatenate([[True], (place[:, 1:] != place[:, :-1]).any(axis=0)])
    unit = grid * resolution
    report = SnapReport(
        notes=len(notes),
        moved=int(moved.sum()),
        max_shift=float(shift.max()) / unit,
        mean_shift=float(shift[moved].mean()) / unit if moved.any() else 0.0,
        merged=int((~first).sum()),
    )
    return onset[first], duration[first], notes[first, 2], notes[first, 3], notes[first, 4], report


def _header(
    score: Score, grid: int, end: int, last_onset: int, key: Key | None, style: str
) -> Header:
    """Bars on the grid that cover `end`, and the maps."""
    resolution = score.resolution
    ticks = -(-max(end, last_onset + 1) * resolution // grid)
    longer = Score((), resolution, meters=score.meters, length=max(ticks, 1))
    runs: list[BarRun] = []
    reached = 0
    for bar in longer.bars:
        if reached >= end and reached > last_onset:
            break
        steps, rest = divmod(bar.length * grid, resolution)
        if rest or not steps:
            what = (
                f"bar {bar.number} is no whole number of steps long, of which a quarter has {grid}"
            )
            raise FormatError(f"{what}; change the meter there, or choose other bars")
        reached += steps
        if runs and (runs[-1].meter, runs[-1].steps) == (bar.meter, steps):
            runs[-1] = BarRun(runs[-1].count + 1, bar.meter, steps)
        else:
            runs.append(BarRun(1, bar.meter, steps))

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


def _with_ties(
    onset: Ints, duration: Ints, pitch: Ints, velocity: Ints, part: Ints, vocabulary: Vocabulary
) -> Ints:
    """Split notes longer than one event can say; rows ``(onset, part, pitch, duration class, velocity)``."""
    longest = vocabulary.longest
    pieces = -(-duration // longest)
    source = np.repeat(np.arange(len(onset)), pieces)
    index = np.arange(len(source)) - np.repeat(np.cumsum(pieces) - pieces, pieces)
    is_last = index == pieces[source] - 1
    length = np.where(is_last, duration[source] - index * longest, vocabulary.tie)
    start = onset[source] + index * longest
    # A continuation comes before a new note of the same pitch: decoding joins the first it meets.
    order = np.lexsort((onset[source], index == 0, pitch[source], part[source], start))
    rows = np.stack([start, part[source], pitch[source], length, velocity[source]], axis=1)
    return rows[order]


def _lay_out(rows: Ints, header: Header, vocabulary: Vocabulary) -> NDArray[np.uint8]:
    """Put notes, bar lines, skips and the end in order."""
    starts = header.bar_starts
    bars = header.bars
    bar = np.searchsorted(starts, rows[:, 0], side="right") - 1
    before = np.concatenate([[0], rows[:-1, 0]])
    advance = rows[:, 0] - np.maximum(before, starts[bar])
    skips = advance // vocabulary.longest
    place = np.arange(len(rows)) + bar + 1 + np.cumsum(skips)
    fields = np.zeros((len(rows) + bars + int(skips.sum()) + 1, 6), dtype=np.uint8)
    fields[:, TIME] = vocabulary.skip
    fields[place, TIME] = advance - skips * vocabulary.longest
    fields[place, PART], fields[place, PITCH] = rows[:, 1], rows[:, 2]
    fields[place, DURATION], fields[place, VELOCITY] = rows[:, 3], rows[:, 4]
    notes_before = np.searchsorted(rows[:, 0], starts[:-1], side="left")
    skips_before = np.concatenate([[0], np.cumsum(skips)])[notes_before]
    lines = notes_before + np.arange(bars) + skips_before
    fields[lines, TIME] = vocabulary.bar
    length = np.where(rows[:, 3] == vocabulary.tie, vocabulary.longest, rows[:, 3])
    notes = Notes(rows[:, 0], rows[:, 1], rows[:, 2], length, bar)
    fields[lines, FORM] = form_labels(notes, header, vocabulary)
    fields[-1, TIME] = vocabulary.end
    return fields


def decode(events: Events, vocabulary: Vocabulary, *, resolution: int = 480) -> Score:
    """Turn events back into a score; exact for whatever `encode` made of notes on the grid.

    `resolution`: ticks per quarter of the score; a multiple of the grid for exact times.
    """
    header, grid = events.header, vocabulary.grid
    rows = whole_notes(events, vocabulary)

    def tick(step: int) -> int:
        return convert_ticks(int(step), grid, resolution)

    parts = []
    for index, (program, is_drum, name) in enumerate(
        zip(header.programs, header.drums, header.names, strict=True)
    ):
        mine = rows[rows[:, 1] == index]
        made = [
            Note(tick(o), int(p), tick(o + d) - tick(o), max(1, int(v)))
            for o, p, d, v in mine[:, [0, 2, 3, 4]].tolist()
        ]
        parts.append(Part(tuple(made), program, is_drum, name))
    return Score(
        tuple(parts),
        resolution,
        tempos=tuple(TempoChange(tick(step), value) for step, value in header.tempos),
        meters=_meter_map(header, grid, tick),
        keys=tuple(
            KeyChange(tick(step), sharps, minor) for step, sharps, minor in header.signatures
        ),
        length=tick(int(header.bar_starts[-1])),
    )


def whole_notes(events: Events, vocabulary: Vocabulary) -> Ints:
    """Return the notes of a piece, those of several tied events as one.

    Returns (notes, 5): rows of onset, part, pitch, duration and velocity; times in grid steps.
    """
    notes = event_notes(events.fields, events.header, vocabulary)
    classes = events.fields[events.fields[:, TIME] < vocabulary.skip]
    velocity = classes[:, VELOCITY].astype(np.int64)
    rows = np.stack([notes.onset, notes.part, notes.pitch, notes.duration, velocity], axis=1)
    return _join_ties(rows, classes[:, DURATION] == vocabulary.tie)


def _meter_map(header: Header, grid: int, tick: Callable[[int], int]) -> tuple[MeterChange, ...]:
    changes, step = [], 0
    for i, run in enumerate(header.runs):
        short = i == 0 and header.pickup
        meter = (header.pickup_meter or _short_meter(run.steps, grid)) if short else run.meter
        changes.append(MeterChange(tick(step), meter))
        step += run.count * run.steps
    return tuple(changes)


def _short_meter(steps: int, grid: int) -> Meter:
    """Return the meter whose bar is a pickup of so many steps."""
    quarters = Fraction(steps, grid)
    denominator = 4 * quarters.denominator
    return Meter(int(quarters * denominator / 4), denominator)


def _join_ties(rows: Ints, tied: NDArray[np.bool_]) -> Ints:
    """Add each continuation to the note it continues, and drop it."""
    if not tied.any():
        return rows
    rows = rows.copy()
    keep = np.ones(len(rows), dtype=bool)
    waiting: dict[tuple[int, int, int], list[int]] = {}
    for i in range(len(rows)):
        onset, part, pitch, length, _ = (int(value) for value in rows[i])
        heads = waiting.get((onset, part, pitch))
        head = heads.pop(0) if heads else i
        if head != i:
            keep[i] = False
            rows[head, 3] += length
        if tied[i]:
            waiting.setdefault((onset + length, part, pitch), []).append(head)
    return rows[keep]
