"""Notes where ABC can write them: at times that note values and tuplets add up to, in lines that do not overlap."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from symgen.music.meter import Bar, Meter
from symgen.music.score import Note, Score

__all__ = [
    "AbcBar",
    "Strike",
    "abc_bars",
    "coarse_steps",
    "is_named",
    "moved_by",
    "on_steps",
    "strikes_of",
    "whole_end",
]

_FINE, _PLAIN = 48, 12
"""Steps a quarter to which notes go that lie between the times that have names: a few of them, or most."""
_MOST_FINE = 0.1
_RESOLUTION = 480
"""Ticks a quarter of which these steps are whole numbers."""
_NAMED = frozenset((1, 2, 4, 8, 16, 32, 3, 6, 12, 24, 48, 96, 5, 10, 20, 40, 7, 14, 28))
"""Parts of a quarter in which ABC, and who reads it, can count: halves, triplets, quintuplets, septuplets."""


@dataclass(frozen=True, slots=True)
class AbcBar:
    """A bar; times are in quarters."""

    number: int
    start: Fraction
    end: Fraction
    meter: Meter


@dataclass(frozen=True, slots=True)
class Strike:
    """Notes of a voice that begin and end together; times are in quarters."""

    onset: Fraction
    end: Fraction
    pitches: tuple[int, ...]


def coarse_steps(score: Score) -> int:
    """Return to how many steps a quarter notes go if some of them have to be moved."""
    notes = [note for part in score.parts for note in part.notes]
    off = sum(not is_named(note, score.resolution) for note in notes)
    # what was played freely is easier to read on few steps
    return _FINE if off <= _MOST_FINE * len(notes) else _PLAIN


def moved_by(score: Score, steps: int) -> int:
    """Count the notes that do not lie on so many steps a quarter."""
    times = ((n.onset, n.end) for part in score.parts for n in part.notes)
    return sum(any(tick * steps % score.resolution for tick in pair) for pair in times)


def is_named(note: Note, resolution: int) -> bool:
    """Tell whether note values and tuplets lead to where a note begins and ends."""
    times = (note.onset, note.end)
    return all(Fraction(tick, resolution).denominator in _NAMED for tick in times)


def on_steps(score: Score, steps: int) -> Score:
    """Return the score with all notes on so many steps a quarter."""
    even = score.with_resolution(_RESOLUTION)
    step = _RESOLUTION // steps

    def moved(note: Note) -> Note:
        onset = round(note.onset / step) * step
        end = max(onset + step, round(note.end / step) * step)
        return Note(onset, note.pitch, end - onset, note.velocity)

    parts = [part.with_notes(map(moved, part.notes)) for part in even.parts]
    return replace(even, parts=tuple(parts), length=max(part.end for part in parts))


def whole_end(score: Score) -> Score:
    """Return the score without what its file lasts beyond the last sixteenth that is begun."""
    step = Fraction(score.resolution, 4)
    whole = int(int(score.length / step) * step)
    end = score.length if score.length * 4 % score.resolution == 0 else whole
    # the length is never less than the music
    return replace(score, length=min(score.length, max(end, score.music_end)))


def abc_bars(score: Score) -> list[AbcBar]:
    """Return the bars, one at least; the last one ends where the piece does."""
    meter, unit = score.meters[0].meter, score.resolution
    first = Bar(1, 0, max(1, round(meter.quarters * unit)), meter)
    bars = [
        AbcBar(bar.number, Fraction(bar.start, unit), Fraction(bar.end, unit), bar.meter)
        for bar in score.bars or (first,)
    ]
    if score.length:
        bars[-1] = replace(bars[-1], end=Fraction(score.length, unit))
    return bars


def strikes_of(notes: Iterable[Note], resolution: int) -> list[list[Strike]]:
    """Return the notes of a part as lines in which nothing overlaps, the first one as full as can be."""
    together: dict[tuple[int, int], list[int]] = defaultdict(list)
    for note in notes:
        together[note.onset, note.end].append(note.pitch)
    strikes = [
        Strike(Fraction(onset, resolution), Fraction(end, resolution), tuple(sorted(pitches)))
        for (onset, end), pitches in together.items()
    ]
    strikes.sort(key=lambda strike: (strike.onset, -strike.pitches[-1]))
    return _lines(strikes)


def _lines(strikes: Sequence[Strike]) -> list[list[Strike]]:
    lines: list[list[Strike]] = [[]]
    for strike in strikes:
        free = (line for line in lines if not line or line[-1].end <= strike.onset)
        line = next(free, None)
        if line is None:
            lines.append([strike])
        else:
            line.append(strike)
    return lines
