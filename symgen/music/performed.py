"""A performance as notation plus expression: what stands on the page, and how each part plays it.

Players and sequencers hold a quarter note for less than a quarter, strike it a little early or
late, and roll chords. A network that learned from notation takes the first for another rhythm and
the second for another place. So the notes are read to the values that they stand for, and what
was taken off is kept as the part's expression, to be given to new notes.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from statistics import median
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from symgen.music.meter import Bar
from symgen.music.score import Note, Part, Score

__all__ = [
    "PLAIN",
    "Expression",
    "Notated",
    "Places",
    "is_written",
    "notated",
    "performed",
    "quantized",
]

# Places of a quarter on which played notes are taken to stand.
_SIXTEENTHS, _TRIPLETS = 4, 3
# A note lies off the grid if it is farther from it than this share of a step.
_OFF = 1 / 8
# With this share of notes off the grid a piece is played, and its notes are moved to sixteenths
# or triplets.
_PLAYED = 0.25
# Gaps before the next note that are no rests: up to so many steps, or this share of the way to
# it.
_LEAST_GAP, _MOST_GAP, _GAP_SHARE = 1.01, 3.0, 0.35
# A note that runs into the next one by less than this share of the way to it ends there.
_OVERLAP = 0.12
# Parts of a quarter that are usual in print, and the share of the notes that stand there in written
# music.
_USUAL, _WRITTEN = (8, 6), 0.9


@dataclass(frozen=True, slots=True)
class Expression:
    """Articulation and timing of a part: how it plays what is written."""

    # By notated duration, how much earlier such notes end, in ticks; sorted.
    gaps: tuple[tuple[int, int], ...] = ()
    # By place in the quarter in grid steps, how much later than written its onsets came one after
    # the other: of each the notes of the chord from the lowest up, in ticks; sorted.
    offsets: tuple[tuple[int, tuple[tuple[int, ...], ...]], ...] = ()
    # Grid steps a quarter.
    grid: int = 12

    def gap(self, duration: int) -> int:
        """Return how much earlier a note of a duration ends: as those do that are most like it, in ticks."""
        if not self.gaps:
            return 0
        nearest = min(self.gaps, key=lambda row: max(row[0], duration) / min(row[0], duration))
        return min(nearest[1], duration // 2)


PLAIN = Expression()
"""As it is written."""


@dataclass(frozen=True, slots=True)
class Notated:
    """A performance that was read: the same notes in the same order as they are written, in the same ticks."""

    score: Score
    # One a part.
    expressions: tuple[Expression, ...]


def notated(score: Score, grid: int) -> Notated:
    """Read a performance, swing taken out, as notation on `grid` steps a quarter; drums stay as they are."""
    onsets = _WrittenOnsets(score, score.resolution / grid)
    parts, expressions = [], []
    for part in score.parts:
        if part.is_drum or not part.notes:
            parts.append(part)
            expressions.append(PLAIN)
            continue
        written = _written(part, onsets, score.bars, score.resolution / grid)
        parts.append(part.with_notes(written))
        expressions.append(_expression(part.notes, written, score, grid))
    return Notated(score.with_parts(parts), tuple(expressions))


class Places(Protocol):
    """Places where notes may stand."""

    def __call__(self, tick: int) -> int:
        """Return the tick at which an onset is written."""

    def nearest(self, tick: int) -> int:
        """Return the place that is nearest to a tick."""


def is_written(score: Score) -> bool:
    """Tell whether notes begin and end where those of a writer do; how long a drum sounds is not written."""
    usual = total = 0
    for part in score.parts:
        for note in part.notes:
            times = (note.onset,) if part.is_drum else (note.onset, note.end)
            usual += any(not any(tick * n % score.resolution for tick in times) for n in _USUAL)
            total += 1
    return usual >= _WRITTEN * total


def quantized(
    score: Score, grid: int, places: Places | None = None, *, played: bool = False
) -> Score:
    """Return a performance as it is written: onsets and ends on the grid, drums of a sixteenth each.

    Notes stand on `places`, or on sixteenths and triplets, or on the grid if most of them stand
    there and the music is not known to be `played`.
    """
    step = score.resolution / grid
    places = places or _WrittenOnsets(score, step, played=played)
    parts = []
    for part in score.parts:
        if part.is_drum:
            length = max(1, score.resolution // _SIXTEENTHS)
            notes = [
                replace(note, onset=places(note.onset), duration=length) for note in part.notes
            ]
        else:
            notes = []
            for note in _written(part, places, score.bars, step):
                held = places.nearest(note.end) - note.onset
                notes.append(replace(note, duration=max(round(step), held)))
        # Of notes that have come to be one, the last stays.
        distinct = {(note.onset, note.pitch): note for note in notes}
        parts.append(part.with_notes(distinct.values()))
    return score.with_parts(parts)


class _WrittenOnsets:
    """Places of onsets on the page: on the grid, or on sixteenths and triplets if they are played."""

    def __init__(self, score: Score, step: float, *, played: bool = False) -> None:
        self._step = step
        self._quarter = score.resolution
        # What is struck just before the end is an early note of bars that are not there.
        self._last = max(0, score.length - round(step))
        self._starts = [bar.start for bar in score.bars] or [0]
        notes = [note.onset for part in score.parts for note in part.notes]
        places = np.array([self._place(onset) for onset in notes], dtype=np.float64) / step
        off = np.abs(places - np.rint(places)) > _OFF
        self.played = played or (bool(len(off)) and float(off.mean()) >= _PLAYED)
        self._divisions = self._choose(notes) if self.played else {}

    def _place(self, tick: int) -> int:
        """Return ticks since the bar line."""
        return tick - self._starts[max(0, bisect_right(self._starts, tick) - 1)]

    def _choose(self, onsets: Iterable[int]) -> dict[tuple[int, int], int]:
        """Choose for each quarter what divides it: sixteenths, or triplets if the onsets lie nearer to those."""
        errors: dict[tuple[int, int], NDArray[np.float64]] = defaultdict(lambda: np.zeros(2))
        for onset in onsets:
            place = self._place(onset)
            # An onset just before a beat belongs to that beat.
            number = (place + self._quarter // 8) // self._quarter
            inside = (place - number * self._quarter) / self._quarter
            far = [abs(inside * n - round(inside * n)) / n for n in (_SIXTEENTHS, _TRIPLETS)]
            errors[onset - place, number] += np.square(far)
        divisions = (_SIXTEENTHS, _TRIPLETS)
        return {key: divisions[int(np.argmin(value))] for key, value in errors.items()}

    def __call__(self, tick: int) -> int:
        """Return the tick at which an onset is written."""
        return min(self._last, self.nearest(tick))

    def nearest(self, tick: int) -> int:
        """Return the place of the page that is nearest to a tick."""
        place = self._place(tick)
        if not self.played:
            return tick - place + round(round(place / self._step) * self._step)
        number = (place + self._quarter // 8) // self._quarter
        division = self._divisions.get((tick - place, number), _SIXTEENTHS)
        inside = round((place - number * self._quarter) / self._quarter * division) / division
        return max(0, tick - place + round((number + inside) * self._quarter))


def _written(part: Part, onsets: Places, bars: Sequence[Bar], step: float) -> list[Note]:
    """Return the notes of a part at their written onsets and durations."""
    placed = [(onsets(note.onset), note) for note in part.notes]
    times = sorted({onset for onset, _ in placed})
    lines = [bar.end for bar in bars]
    found = []
    for onset, note in placed:
        end = following = onset + note.duration
        after = bisect_right(times, onset)
        line = bisect_right(lines, onset)
        if after < len(times):
            following = times[after]
        elif line < len(lines):
            following = lines[line]  # the last note of a part is measured to the bar line
        duration = max(1, _closed(onset, end, following, step) - onset)
        found.append(replace(note, onset=onset, duration=duration))
    return found


def _closed(onset: int, end: int, following: int, step: float) -> int:
    """Return where a note ends on the page that ends at `end` and is followed by another one."""
    # A gap before the next note is articulation if it is short, by the grid or by the way to that
    # note; else it is a rest that someone wrote.
    way = following - onset
    gap = following - end
    longest = max(_LEAST_GAP * step, min(_MOST_GAP * step, _GAP_SHARE * way))
    if 0 < gap <= longest:
        return following
    return following if -_OVERLAP * way < gap < 0 else end


def _expression(
    played: Sequence[Note], written: Sequence[Note], score: Score, grid: int
) -> Expression:
    """Learn what was taken off."""
    gaps: dict[int, list[int]] = defaultdict(list)
    chords: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for before, after in zip(played, written, strict=True):
        steps = max(1, round(after.duration * grid / score.resolution))
        gaps[round(steps * score.resolution / grid)].append(after.duration - before.duration)
        chords[after.onset].append((after.pitch, before.onset - after.onset))
    shortened = {duration: max(0, int(median(values))) for duration, values in gaps.items()}
    place = _PlaceInQuarter(score, grid)
    offsets: dict[int, list[tuple[int, ...]]] = defaultdict(list)
    for onset, chord in sorted(chords.items()):
        offsets[place(onset)].append(tuple(late for _, late in sorted(chord)))
    is_late = any(any(chord) for row in offsets.values() for chord in row)
    rows = [(where, tuple(row)) for where, row in sorted(offsets.items())]
    return Expression(
        gaps=tuple(sorted(shortened.items())) if any(shortened.values()) else (),
        offsets=tuple(rows) if is_late else (),
        grid=grid,
    )


class _PlaceInQuarter:
    """Place of a tick in its quarter, in grid steps, counted from the bar line."""

    def __init__(self, score: Score, grid: int) -> None:
        self._starts = [bar.start for bar in score.bars] or [0]
        self._resolution, self._grid = score.resolution, grid

    def __call__(self, tick: int) -> int:
        inside = tick - self._starts[max(0, bisect_right(self._starts, tick) - 1)]
        return round(inside * self._grid / self._resolution) % self._grid


def performed(
    notes: Sequence[Note], expression: Expression, score: Score, *, first: int = 0
) -> list[Note]:
    """Return written notes as a part plays them, none before tick `first` nor beyond the score's length."""
    if not (expression.gaps or expression.offsets):
        return list(notes)
    chords: dict[int, list[Note]] = defaultdict(list)
    for note in sorted(notes):
        chords[note.onset].append(note)
    found: list[Note] = []
    last = score.length - 1
    offsets, earliest, before = _Lateness(expression, score), first, -1
    for written, chord in chords.items():
        late = offsets(written, len(chord))
        if before >= 0:
            # What is written one after the other is played so, and half as far apart at least.
            earliest = max(first, found[-1].onset + 1, earliest + (written - before + 1) // 2)
        earliest = max(earliest, written + min(late))
        for note, each in zip(chord, late, strict=True):
            onset = min(last, max(earliest, written + each))
            duration = min(note.duration - expression.gap(note.duration), score.length - onset)
            found.append(replace(note, onset=onset, duration=max(1, duration)))
        before = written
    return found


class _Lateness:
    """Lateness of new chords: as those were at the same place in the quarter, one after the other."""

    def __init__(self, expression: Expression, score: Score) -> None:
        self._rows, self._place = dict(expression.offsets), _PlaceInQuarter(score, expression.grid)
        every = [late for row in self._rows.values() for chord in row for late in chord]
        self._usual = ((int(median(every)) if every else 0,),)
        self._used: dict[int, int] = defaultdict(int)

    def __call__(self, written: int, size: int) -> list[int]:
        """Return how late each note of a chord is, from the lowest up, in ticks."""
        where = self._place(written)
        row = self._rows.get(where, self._usual)
        chord = row[self._used[where] % len(row)]
        self._used[where] += 1
        # A chord of another size takes the same way: its outer notes are late as the outer ones
        # were.
        last = len(chord) - 1
        return [chord[round(i * last / max(1, size - 1))] for i in range(size)]
