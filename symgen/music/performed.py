"""A performance as notation plus expression: what stands on the page, and how each part plays it.

Players and sequencers hold a quarter note for less than a quarter, strike it a little early or
late, and roll chords. A network that learned from notation takes the first for another rhythm and
the second for another place. So the notes are read to the values that they stand for, and what
was taken off is kept as the part's expression, to be given to new notes.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from symgen.music.score import Note, Part, Score
from symgen.system.arrays import distinct

__all__ = [
    "PLAIN",
    "Expression",
    "Notated",
    "Places",
    "WrittenOnsets",
    "is_written",
    "notated",
    "performed",
    "quantized",
    "written_rows",
    "written_score",
]

Ints = NDArray[np.int64]

# Places of a quarter on which played notes are taken to stand.
_SIXTEENTHS, _TRIPLETS = 4, 3
# A note lies off the grid if it is farther from it than this share of a step.
_OFF = 1 / 8
# With this share of notes off the grid a piece is played, and its notes are moved to sixteenths
# or triplets.
_PLAYED = 0.25
# Strokes of one key so close, in quarters, are one stroke.
_FLAM = 1 / 16
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
    """Articulation of a part: how long it holds what is written."""

    # By notated duration, how much earlier such notes ended one after the other, in ticks; sorted.
    gaps: tuple[tuple[int, tuple[int, ...]], ...] = ()


PLAIN = Expression()
"""As it is written."""


@dataclass(frozen=True, slots=True, eq=False)
class Notated:
    """A performance that was read: the same notes in the same order as they are written, in the same ticks."""

    score: Score
    # One a part.
    expressions: tuple[Expression, ...]
    # One a part, drums too, shape (notes, 4): written onset, pitch, velocity, ticks behind that onset.
    played: tuple[Ints, ...]


def notated(score: Score, grid: int) -> Notated:
    """Read a performance, swing taken out, as notation on `grid` steps a quarter; drums stay as they are."""
    onsets = WrittenOnsets(score, score.resolution / grid)
    written = _written_tables(score, onsets, score.resolution / grid)
    expressions, played = list[Expression](), list[Ints]()
    for part, table in zip(score.parts, written, strict=True):
        rows = part.note_array()
        places = onsets(rows[:, 0]) if table is None else table[:, 0]
        played.append(np.column_stack([places, rows[:, 2:4], rows[:, 0] - places]))
        expressions.append(PLAIN if table is None else _expression(rows, table, score, grid))
    return Notated(_with_tables(score, written), tuple(expressions), tuple(played))


def written_score(score: Score, grid: int) -> Score:
    """Return a performance as it is written, as `notated` reads it."""
    step = score.resolution / grid
    return _with_tables(score, _written_tables(score, WrittenOnsets(score, step), step))


def _written_tables(score: Score, onsets: Places, step: float) -> list[Ints | None]:
    """Return the notes of each part as `written_rows` does; none of drums and of parts without notes."""
    lines = _bar_ends(score)
    return [
        None if part.is_drum or not part.note_count else written_rows(part, onsets, lines, step)
        for part in score.parts
    ]


def _with_tables(score: Score, tables: Iterable[Ints | None]) -> Score:
    """Return the score with other notes in the parts that have some."""
    pairs = zip(score.parts, tables, strict=True)
    return score.with_parts(
        [part if table is None else _with_rows(part, table) for part, table in pairs]
    )


def _with_rows(part: Part, rows: Ints) -> Part:
    return Part.from_array(rows, part.program, part.is_drum, part.name)


def _bar_ends(score: Score) -> Ints:
    return np.array([bar.end for bar in score.bars], dtype=np.int64)


class Places(Protocol):
    """Places where notes may stand."""

    def __call__(self, ticks: Ints) -> Ints:
        """Return the ticks at which onsets are written."""

    def nearest(self, ticks: Ints) -> Ints:
        """Return the places that are nearest to ticks."""


def is_written(score: Score) -> bool:
    """Tell whether notes begin and end where those of a writer do; how long a drum sounds is not written."""
    usual = 0
    for part in score.parts:
        onset, duration, *_ = part.note_array().T
        end = onset if part.is_drum else onset + duration
        found = [
            (onset * n % score.resolution == 0) & (end * n % score.resolution == 0) for n in _USUAL
        ]
        usual += int(np.count_nonzero(np.any(found, axis=0)))
    return usual >= _WRITTEN * score.note_count


def quantized(
    score: Score, grid: int, places: Places | None = None, *, played: bool = False
) -> Score:
    """Return a performance as it is written: onsets and ends on the grid, drums of a sixteenth each.

    Notes stand on `places`, or on sixteenths and triplets, or on the grid if most of them stand
    there and the music is not known to be `played`.
    """
    step = score.resolution / grid
    places = places or WrittenOnsets(score, step, played=played)
    lines = _bar_ends(score)
    parts = []
    for part in score.parts:
        if part.is_drum:
            rows = part.note_array()
            rows[:, 0] = places(rows[:, 0])
            rows[:, 1] = max(1, score.resolution // _SIXTEENTHS)
        else:
            rows = written_rows(part, places, lines, step)
            held = places.nearest(rows[:, 0] + rows[:, 1]) - rows[:, 0]
            rows[:, 1] = np.maximum(round(step), held)
        parts.append(_with_rows(part, _last_of_each(rows)))
    return score.with_parts(parts)


def _last_of_each(rows: Ints) -> Ints:
    """Leave out the notes that have come to be one with a later one."""
    place = rows[:, 0] << 7 | rows[:, 2]
    order = np.argsort(place, kind="stable")
    is_last = np.append(np.diff(place[order]) > 0, True)[: len(rows)]
    last: Ints = rows[order[is_last]]
    return last


class WrittenOnsets:
    """Places of onsets on the page: on the grid, or on sixteenths and triplets if they are played."""

    def __init__(
        self, score: Score, step: float, *, played: bool = False, finer: Sequence[int] = ()
    ) -> None:
        # `finer`: what else may divide a quarter, in turn, where strokes of one key would become one.
        self._step = step
        self._quarter = score.resolution
        # What is struck just before the end is an early note of bars that are not there.
        self._last = max(0, score.length - round(step))
        self._starts = np.array([bar.start for bar in score.bars] or [0], dtype=np.int64)
        onsets = np.concatenate(
            [np.zeros(0, dtype=np.int64), *(part.note_array()[:, 0] for part in score.parts)]
        )
        places = self._place(onsets) / step
        off = np.abs(places - np.rint(places)) > _OFF
        self.played = played or (bool(len(off)) and float(off.mean()) >= _PLAYED)
        if self.played:
            self._quarters, self._division = self._choose(onsets)
            for division in finer:
                self._divide(score.note_array(), division)

    def _place(self, ticks: Ints) -> Ints:
        """Return ticks since the bar line."""
        bars = np.searchsorted(self._starts, ticks, side="right") - 1
        place: Ints = ticks - self._starts[np.maximum(bars, 0)]
        return place

    def _in_quarter(self, ticks: Ints, place: Ints) -> tuple[Ints, Ints]:
        """Return the number of the quarter in its bar, and what tells the quarter from all others."""
        # An onset just before a beat belongs to that beat.
        number = (place + self._quarter // 8) // self._quarter
        return number, (ticks - place << 32) + number

    def _choose(self, onsets: Ints) -> tuple[Ints, Ints]:
        """Choose for each quarter what divides it: sixteenths, or triplets if the onsets lie nearer to those."""
        place = self._place(onsets)
        number, quarter = self._in_quarter(onsets, place)
        inside = (place - number * self._quarter) / self._quarter
        quarters, which = np.unique(quarter, return_inverse=True)
        errors = [
            np.bincount(which, np.square(np.abs(inside * n - np.rint(inside * n)) / n))
            for n in (_SIXTEENTHS, _TRIPLETS)
        ]
        nearer = errors[1] < errors[0]
        return quarters, np.where(nearer, _TRIPLETS, _SIXTEENTHS)

    def _divide(self, notes: Ints, division: int) -> None:
        """Divide quarters otherwise in which strokes of one key would else become one, but for flams."""
        place = self._place(notes[:, 0])
        number, quarter = self._in_quarter(notes[:, 0], place)
        which = np.searchsorted(self._quarters, quarter)
        inside = (place - number * self._quarter) / self._quarter
        # By key, and within each in order of time.
        order = np.lexsort((notes[:, 0], notes[:, 2], notes[:, 4], which))
        same = (np.diff(notes[order][:, [2, 4]], axis=0) == 0).all(axis=1)
        same &= np.diff(which[order]) == 0
        same &= np.diff(inside[order]) > _FLAM
        at = which[order][1:][same]

        def joined(divisions: Ints) -> Ints:
            moved = np.rint(inside[order] * divisions[which[order]]) / divisions[which[order]]
            return np.bincount(at[np.diff(moved)[same] == 0], minlength=len(self._quarters))

        now = joined(self._division)
        then = joined(np.full(len(self._quarters), division))
        self._division = np.where(then < now, division, self._division)

    def __call__(self, ticks: Ints) -> Ints:
        """Return the ticks at which onsets are written."""
        return np.minimum(self._last, self.nearest(ticks))

    def nearest(self, ticks: Ints) -> Ints:
        """Return the places of the page that are nearest to ticks."""
        place = self._place(ticks)
        if not self.played:
            steps = np.rint(np.rint(place / self._step) * self._step)
            return ticks - place + np.asarray(steps).astype(np.int64)
        number, quarter = self._in_quarter(ticks, place)
        division = np.full(np.shape(ticks), _SIXTEENTHS)
        if len(self._quarters):
            at = np.searchsorted(self._quarters, quarter)
            at = np.minimum(at, len(self._quarters) - 1)
            division = np.where(self._quarters[at] == quarter, self._division[at], division)
        inside = np.rint((place - number * self._quarter) / self._quarter * division) / division
        moved = np.asarray(np.rint((number + inside) * self._quarter)).astype(np.int64)
        nearest: Ints = np.maximum(0, ticks - place + moved)
        return nearest


def written_rows(part: Part, onsets: Places, lines: Ints, step: float) -> Ints:
    """Return the notes of a part as they are written, in its order; `lines` are the ends of bars."""
    rows = part.note_array()
    onset = onsets(rows[:, 0])
    times = distinct(onset)
    end = onset + rows[:, 1]
    # The last note of a part is measured to the bar line.
    line = np.searchsorted(lines, onset, side="right")
    following = np.append(lines, 0)[line]
    following = np.where(line < len(lines), following, end)
    after = np.searchsorted(times, onset, side="right")
    following = np.where(after < len(times), np.append(times, 0)[after], following)
    rows[:, 0] = onset
    rows[:, 1] = np.maximum(1, _closed(onset, end, following, step) - onset)
    return rows


def _closed(onset: Ints, end: Ints, following: Ints, step: float) -> Ints:
    """Return where notes end on the page that end at `end` and are followed by others."""
    # A gap before the next note is articulation if it is short, by the grid or by the way to that
    # note; else it is a rest that someone wrote.
    way = following - onset
    gap = following - end
    longest = np.maximum(_LEAST_GAP * step, np.minimum(_MOST_GAP * step, _GAP_SHARE * way))
    is_closed = (gap > 0) & (gap <= longest)
    is_closed |= (-_OVERLAP * way < gap) & (gap < 0)
    return np.where(is_closed, following, end)


def _expression(played: Ints, written: Ints, score: Score, grid: int) -> Expression:
    """Learn what was taken off the durations."""
    gaps: dict[int, list[int]] = defaultdict(list)
    for before, after in zip(played[:, 1].tolist(), written[:, 1].tolist(), strict=True):
        steps = max(1, round(after * grid / score.resolution))
        gaps[round(steps * score.resolution / grid)].append(max(0, after - before))
    is_short = any(any(row) for row in gaps.values())
    return Expression(
        tuple((each, tuple(row)) for each, row in sorted(gaps.items())) if is_short else ()
    )


def performed(
    notes: Sequence[Note],
    late: Sequence[int],
    expression: Expression,
    score: Score,
    *,
    first: int = 0,
) -> list[Note]:
    """Return written notes as a part plays them, none before tick `first` nor beyond the score's length.

    Parameters
    ----------
    notes : sequence of Note
        Sorted.
    late : sequence of int
        How much later than written each of them begins, in ticks.
    expression : Expression
        How long they are held.
    score : Score
        The piece that they are for.
    first : int
        Nothing begins before this tick.
    """
    if not (expression.gaps or any(late)):
        return list(notes)
    found: list[Note] = []
    last = score.length - 1
    gaps, earliest, before = _Gaps(expression), first, -1
    rows = zip(notes, late, strict=True)
    for written, group in groupby(rows, key=lambda row: row[0].onset):
        chord = list(group)
        if before >= 0:
            # What is written one after the other is played so, and half as far apart at least.
            earliest = max(first, found[-1].onset + 1, earliest + (written - before + 1) // 2)
        earliest = max(earliest, written + min(each for _, each in chord))
        for note, each in chord:
            onset = min(last, max(earliest, written + each))
            duration = min(note.duration - gaps(note.duration), score.length - onset)
            found.append(replace(note, onset=onset, duration=max(1, duration)))
        before = written
    return found


class _Gaps:
    """How much earlier new notes end: as those did that are most like them in duration, one after the other."""

    def __init__(self, expression: Expression) -> None:
        self._rows, self._used = dict(expression.gaps), defaultdict[int, int](int)
        self._nearest: dict[int, int] = {}

    def __call__(self, duration: int) -> int:
        """Return how much earlier the next note of a duration ends, in ticks."""
        if not self._rows:
            return 0
        nearest = self._nearest.get(duration)
        if nearest is None:
            nearest = min(self._rows, key=lambda row: max(row, duration) / min(row, duration))
            self._nearest[duration] = nearest
        row = self._rows[nearest]
        found = row[self._used[nearest] % len(row)]
        self._used[nearest] += 1
        return min(found, duration // 2)
