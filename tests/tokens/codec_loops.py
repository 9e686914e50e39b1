"""Encoding and decoding note by note, bar by bar and lag by lag: slow, and what the fast way must equal."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from symgen.music.meter import convert_ticks
from symgen.music.score import KeyChange, Note, Part, Score, TempoChange
from symgen.music.theory import Key
from symgen.system.errors import FormatError
from symgen.tokens.codec import _lay_out, _meter_map
from symgen.tokens.events import BarRun, Events, Header, Notes, SnapReport, event_notes
from symgen.tokens.form import VARIED_SHARE
from symgen.tokens.vocabulary import DURATION, PART, TIME, VELOCITY, Vocabulary

Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]

_ONSET, _PART, _PITCH, _DURATION = range(4)


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
    rows, report = _snap(score, vocabulary.grid)
    last_onset = int(rows[:, _ONSET].max())
    end = int((rows[:, _ONSET] + rows[:, _DURATION]).max())
    if whole:
        end = max(end, convert_ticks(score.length, score.resolution, vocabulary.grid))
    header = _header(score, vocabulary.grid, end, last_onset, key, style)
    return Events(_lay_out(_with_ties(rows, vocabulary), header, vocabulary), header), report


def _snap(score: Score, grid: int) -> tuple[Ints, SnapReport]:
    """Return the notes on the grid, rows as of `whole_notes` in event order, and what that changed."""
    notes = score.note_array()
    resolution = score.resolution
    begins, ends = notes[:, 0], notes[:, 0] + notes[:, 1]
    onset = convert_ticks(begins, resolution, grid)
    duration = np.maximum(convert_ticks(ends, resolution, grid) - onset, 1)
    # Shifts in ticks times grid, so that they are exact.
    begin_shift = abs(begins * grid - onset * resolution)
    end_shift = abs(ends * grid - (onset + duration) * resolution)
    shift = np.maximum(begin_shift, end_shift)
    moved = shift > 0
    pitch, velocity, part = notes[:, 2:].T
    order = np.lexsort((-duration, pitch, part, onset))
    rows = np.stack([onset, part, pitch, duration, velocity], axis=1)[order]
    # Of notes that have come to be one, the longest stands first, and stays.
    place = rows[:, : _PITCH + 1]
    differs = (place[1:] != place[:-1]).any(axis=1)
    first = np.append(True, differs)
    unit = grid * resolution
    report = SnapReport(
        notes=len(notes),
        moved=int(moved.sum()),
        max_shift=float(shift.max()) / unit,
        mean_shift=float(shift[moved].mean()) / unit if moved.any() else 0.0,
        merged=int((~first).sum()),
    )
    return rows[first], report


def _header(
    score: Score, grid: int, end: int, last_onset: int, key: Key | None, style: str
) -> Header:
    """Return the bars on the grid that cover `end` and the last onset, and the maps."""
    resolution = score.resolution
    ticks = -(-max(end, last_onset + 1) * resolution // grid)  # rounded up
    longer = Score((), resolution, meters=score.meters, length=max(ticks, 1))
    runs: list[BarRun] = []
    reached = 0
    for bar in longer.bars:
        if reached >= end and reached > last_onset:
            break
        steps, rest = divmod(bar.length * grid, resolution)
        if rest or not steps:
            raise FormatError(
                f"bar {bar.number} is no whole number of steps long, of which a quarter has {grid}; "
                "change the meter there, or choose other bars"
            )
        reached += steps
        count = 1
        if runs and (runs[-1].meter, runs[-1].steps) == (bar.meter, steps):
            count += runs.pop().count
        runs.append(BarRun(count, bar.meter, steps))

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


def decode(events: Events, vocabulary: Vocabulary, *, resolution: int = 480) -> Score:
    """Turn events back into a score; exact for whatever `encode` made of notes on the grid."""
    # `resolution` is in ticks a quarter; a multiple of the grid for exact times.
    header, grid = events.header, vocabulary.grid
    rows = whole_notes(events, vocabulary)

    def tick(step: int) -> int:
        return convert_ticks(step, grid, resolution)

    def note(onset: int, _: int, pitch: int, duration: int, velocity: int) -> Note:
        start = tick(onset)
        return Note(start, pitch, tick(onset + duration) - start, max(1, velocity))

    parts = []
    kinds = zip(header.programs, header.drums, header.names, strict=True)
    for index, (program, is_drum, name) in enumerate(kinds):
        mine = rows[rows[:, _PART] == index]
        made = [note(*row) for row in mine.tolist()]
        parts.append(Part(tuple(made), program, is_drum, name))
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


def _join_ties(rows: Ints, tied: NDArray[np.bool_]) -> Ints:
    """Add each continuation to the note it continues, and drop it."""
    if not tied.any():
        return rows
    rows = rows.copy()
    keep = np.ones(len(rows), dtype=bool)
    waiting: dict[tuple[int, int, int], list[int]] = {}
    for i, (onset, part, pitch, length, _) in enumerate(rows.tolist()):
        heads = waiting.get((onset, part, pitch))
        head = heads.pop(0) if heads else i
        if head != i:
            keep[i] = False
            rows[head, 3] += length
        if tied[i]:
            waiting.setdefault((onset + length, part, pitch), []).append(head)
    return rows[keep]


def form_labels(notes: Notes, header: Header, vocabulary: Vocabulary) -> Ints:
    """Return the form class of each bar: new, or a repeat or a variation of an earlier one."""
    bars, lags = header.bars, vocabulary.lags
    starts = header.bar_starts
    lengths = np.diff(starts)
    count = np.bincount(notes.bar, minlength=bars)
    alike = np.zeros((len(lags), bars))
    literal = np.zeros((len(lags), bars), dtype=bool)
    place = (notes.onset - starts[notes.bar]) * 4096 + notes.part * 128 + notes.pitch
    places = _Finder(place, notes.bar, bars)
    wholes = _Finder(place * 1024 + notes.duration, notes.bar, bars)
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
    """Notes by what they are, sorted once, to be found again some bars back for any lag."""

    def __init__(self, code: Ints, bar: Ints, bars: int) -> None:
        key = code * bars + bar
        self.order = np.argsort(key, kind="stable")
        self.key, self.bar = key[self.order], bar[self.order]

    def back(self, lag: int) -> Flags:
        """Return whether each note also stands `lag` bars back."""
        wanted = self.key - lag
        last = max(len(self.key) - 1, 0)
        near = self.key[np.minimum(np.searchsorted(self.key, wanted), last)]
        found = np.empty(len(self.key), dtype=bool)
        found[self.order] = (near == wanted) & (self.bar >= lag)
        return found


def _choose(literal: Flags, alike: NDArray[np.float64]) -> Ints:
    """Choose a form for each bar from which bars back it repeats, and how much it is like them."""
    # A literal repeat goes before a varied one. Of several bars that would do, the one as far back
    # as for the last bar is taken, so that a section that returns keeps its lag; else the first of
    # the vocabulary's lags, and for varied bars the most alike.
    labels = np.zeros(literal.shape[1], dtype=np.int64)
    last = -1
    for bar in range(literal.shape[1]):
        repeats, varies = literal[:, bar], alike[:, bar] >= VARIED_SHARE
        if repeats.any():
            if last < 0 or not repeats[last]:
                last = int(np.argmax(repeats))
            labels[bar] = 1 + 2 * last
        elif varies.any():
            if last < 0 or not varies[last]:
                last = int(np.argmax(alike[:, bar]))
            labels[bar] = 2 + 2 * last
        else:
            last = -1
    return labels
