"""A piece cut at every onset and end: what sounds between two cuts, and the chord that it makes."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from symgen.evaluation.table import STEPS, NoteTable, note_table
from symgen.music.meter import convert_ticks
from symgen.music.score import Part, Score

__all__ = ["CHORDS", "NO_ROOT", "SILENT", "Slices", "cut", "name_chords"]

Ints = NDArray[np.int64]

NO_ROOT = -1

_SHAPES: dict[str, tuple[tuple[int, ...], ...]] = {
    "silent": (),
    "single": ((0,),),
    "fifth": ((0, 7),),
    "major": ((0, 4, 7), (0, 4)),
    "minor": ((0, 3, 7), (0, 3)),
    "diminished": ((0, 3, 6),),
    "augmented": ((0, 4, 8),),
    "dominant_seventh": ((0, 4, 7, 10), (0, 4, 10)),
    "minor_seventh": ((0, 3, 7, 10), (0, 3, 10)),
    "major_seventh": ((0, 4, 7, 11), (0, 4, 11)),
    "half_diminished": ((0, 3, 6, 10),),
    "diminished_seventh": ((0, 3, 6, 9),),
    "suspended": ((0, 5, 7),),
    "other": (),
}
"""Semitones above the root; of two shapes of one set of pitch classes the first counts."""

CHORDS = tuple(_SHAPES)
"""Names of the kinds of chord."""


@lru_cache(maxsize=1)
def _tables() -> tuple[Ints, Ints]:
    """Kind and root of each of the 4096 sets of pitch classes, a set as a number of 12 bits."""
    kinds = np.full(4096, CHORDS.index("other"), dtype=np.int64)
    roots = np.full(4096, NO_ROOT, dtype=np.int64)
    kinds[0] = CHORDS.index("silent")
    # Backwards, so that what comes first in the table is written last and counts.
    for kind in reversed(range(len(CHORDS))):
        for shape in reversed(_SHAPES[CHORDS[kind]]):
            for root in reversed(range(12)):
                number = sum(1 << (root + step) % 12 for step in shape)
                kinds[number], roots[number] = kind, root
    return kinds, roots


def name_chords(classes: NDArray[np.bool_]) -> tuple[Ints, Ints]:
    """Name sets of pitch classes."""
    # `classes` has shape (sets, 12); returns shape (sets,), indices of `CHORDS`. A third counts as
    # the triad without its fifth; returns shape (sets,), pitch classes; -1 where nothing sounds and
    # for ``"other"``. Of sets that divide the octave evenly, the lowest.
    kind_of, root_of = _tables()
    numbers = classes @ (1 << np.arange(12))
    return kind_of[numbers], root_of[numbers]


Flags = NDArray[np.bool_]

SILENT = -1
_PITCHES = 132
"""11 octaves, so that pitches fold into pitch classes."""


@dataclass(frozen=True)
class Slices:
    """Stretches of a piece in which nothing begins or ends."""

    table: NoteTable  # all notes
    span: Ints  # shape (slices,); length of each slice in grid steps
    sounding: Flags  # shape (slices, 132); which pitches sound
    begun: Ints  # shape (slices,); notes that begin with the slice
    # shape (parts, slices); pitch of each part, -1 in rests; of chords the highest note. The
    # highest part on average first
    voices: Ints
    starts: Flags  # shape (parts, slices); whether the part begins a note
    bar: Ints  # shape (slices,); index of the bar in which a slice begins
    # shape (beats,); the slice that each beat falls into, whether the beat opens a bar, and its
    # grid step
    beats: Ints
    strong: Flags
    beat_at: Ints

    @property
    def counts(self) -> Ints:
        """Pitches that sound, shape (slices,)."""
        return np.asarray(self.sounding.sum(axis=1), dtype=np.int64)

    @property
    def lowest(self) -> Ints:
        """Lowest pitch of each slice, -1 where none sounds, shape (slices,)."""
        return np.where(self.sounding.any(axis=1), self.sounding.argmax(axis=1), SILENT)

    @property
    def highest(self) -> Ints:
        """Highest pitch of each slice, -1 where none sounds, shape (slices,)."""
        top = _PITCHES - 1 - self.sounding[:, ::-1].argmax(axis=1)
        return np.where(self.sounding.any(axis=1), top, SILENT)

    @property
    def classes(self) -> Flags:
        """Pitch classes that sound, shape (slices, 12)."""
        return np.asarray(self.sounding.reshape(len(self.span), 11, 12).any(axis=1))

    def line(self, outer: Ints) -> NoteTable:
        """Keep the notes that begin as an outer voice."""
        # `outer`: shape (slices,), `highest` or `lowest`.
        if not len(self.table):
            return self.table
        edges = np.cumsum(self.span) - self.span + self.table.onset[0]
        return self.table.keep(outer[np.searchsorted(edges, self.table.onset)] == self.table.pitch)


def cut(score: Score) -> Slices:
    """Cut a piece into slices."""
    table = note_table(score)
    edges = np.unique(np.concatenate([table.onset, table.onset + table.duration]))
    time, span = edges[:-1], np.diff(edges)
    bar_starts = np.cumsum(table.bar_steps) - table.bar_steps
    bar = np.maximum(0, np.searchsorted(bar_starts, time, side="right") - 1)
    lines = [_line(part, score.resolution, time) for part in score.parts if not part.is_drum]
    lines = [line for line in lines if line[0].max(initial=SILENT) > SILENT]
    lines.sort(key=_height, reverse=True)
    shape = (len(lines), len(time))
    beats, strong, beat_at = _beats(table, bar_starts, time)
    return Slices(
        table=table,
        span=span,
        sounding=_sounding(table, time),
        begun=np.bincount(np.searchsorted(time, table.onset), minlength=len(time)),
        voices=np.array([pitch for pitch, _ in lines], dtype=np.int64).reshape(shape),
        starts=np.array([starts for _, starts in lines], dtype=bool).reshape(shape),
        bar=bar,
        beats=beats,
        strong=strong,
        beat_at=beat_at,
    )


def _sounding(table: NoteTable, time: Ints) -> Flags:
    changes = np.zeros((len(time) + 1, _PITCHES), dtype=np.int32)
    first = np.searchsorted(time, table.onset)
    last = np.searchsorted(time, table.onset + table.duration)
    np.add.at(changes, (first, table.pitch), 1)
    np.add.at(changes, (last, table.pitch), -1)
    return np.asarray(np.cumsum(changes, axis=0)[:-1] > 0)


def _line(part: Part, resolution: int, time: Ints) -> tuple[Ints, Flags]:
    """Pitch of a part in each slice, and whether a note begins there."""
    if not part.notes:
        return np.full(len(time), SILENT, dtype=np.int64), np.zeros(len(time), dtype=bool)
    rows = np.array([(n.onset, n.duration) for n in part.notes], dtype=np.int64)
    pitch = np.array([note.pitch for note in part.notes], dtype=np.int64)
    onset, duration = convert_ticks(rows, resolution, STEPS).T
    end = onset + np.maximum(1, duration)
    last = np.searchsorted(onset, time, side="right") - 1
    sounds = (last >= 0) & (end[last] > time)
    return np.where(sounds, pitch[last], SILENT), sounds & (onset[last] == time)


def _height(line: tuple[Ints, Flags]) -> float:
    return float(line[0][line[0] > SILENT].mean())


def _beats(table: NoteTable, bar_starts: Ints, time: Ints) -> tuple[Ints, Flags, Ints]:
    """Find the slice and the step of each beat from the first onset to the last end."""
    counts = -(-table.bar_steps // np.maximum(1, table.beat_steps))
    bar = np.repeat(np.arange(len(counts)), counts)
    first = np.cumsum(counts) - counts
    number = np.arange(len(bar)) - first[bar]
    at = bar_starts[bar] + number * table.beat_steps[bar]
    inside = np.zeros(len(at), dtype=bool)
    if len(time):
        inside = (at >= time[0]) & (at < (table.onset + table.duration).max())
    kept = np.asarray(at[inside], dtype=np.int64)
    return np.searchsorted(time, kept, side="right") - 1, number[inside] == 0, kept
