"""A performance written down note by note: what `symgen.music.performed` does to whole parts at once."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from symgen.music.meter import Bar
from symgen.music.performed import (
    _GAP_SHARE,
    _LEAST_GAP,
    _MOST_GAP,
    _OFF,
    _OVERLAP,
    _PLAYED,
    _SIXTEENTHS,
    _TRIPLETS,
    _USUAL,
    _WRITTEN,
)
from symgen.music.score import Note, Part, Score


def written_score(score: Score, grid: int) -> Score:
    onsets = WrittenOnsets(score, score.resolution / grid)
    parts = []
    for part in score.parts:
        if part.is_drum or not part.notes:
            parts.append(part)
            continue
        parts.append(part.with_notes(_written(part, onsets, score.bars, score.resolution / grid)))
    return score.with_parts(parts)


def is_written(score: Score) -> bool:
    usual = total = 0
    for part in score.parts:
        for note in part.notes:
            times = (note.onset,) if part.is_drum else (note.onset, note.end)
            usual += any(not any(tick * n % score.resolution for tick in times) for n in _USUAL)
            total += 1
    return usual >= _WRITTEN * total


def quantized(score: Score, grid: int, *, played: bool = False) -> Score:
    """Return a performance as it is written: onsets and ends on the grid, drums of a sixteenth each."""
    step = score.resolution / grid
    places = WrittenOnsets(score, step, played=played)
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


class WrittenOnsets:
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
        return tick - self._starts[max(0, bisect_right(self._starts, tick) - 1)]

    def _choose(self, onsets: Iterable[int]) -> dict[tuple[int, int], int]:
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
        return min(self._last, self.nearest(tick))

    def nearest(self, tick: int) -> int:
        place = self._place(tick)
        if not self.played:
            return tick - place + round(round(place / self._step) * self._step)
        number = (place + self._quarter // 8) // self._quarter
        division = self._divisions.get((tick - place, number), _SIXTEENTHS)
        inside = round((place - number * self._quarter) / self._quarter * division) / division
        return max(0, tick - place + round((number + inside) * self._quarter))


def _written(part: Part, onsets: WrittenOnsets, bars: Sequence[Bar], step: float) -> list[Note]:
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
    # A gap before the next note is articulation if it is short, by the grid or by the way to that
    # note; else it is a rest that someone wrote.
    way = following - onset
    gap = following - end
    longest = max(_LEAST_GAP * step, min(_MOST_GAP * step, _GAP_SHARE * way))
    if 0 < gap <= longest:
        return following
    return following if -_OVERLAP * way < gap < 0 else end
