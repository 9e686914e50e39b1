"""The melody: how it opens, how it moves, and where it comes to rest."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from symgen.analysis.form import Section
from symgen.analysis.words import joined
from symgen.music.cadences import cadence_kind
from symgen.music.lines import outer_line
from symgen.music.meter import Bar
from symgen.music.score import Note, Part, Score
from symgen.music.theory import Chord, Key

__all__ = ["Cadence", "Motion", "Run", "find_cadences", "find_motion", "melody_of", "opening_runs"]

_PHRASE = 4
_STEP, _SKIP = 2, 4
# The opening: so many full bars, in so many runs at most.
_OPENING_BARS, _MOST_RUNS = 2, 4
# A note at rest lasts so many times as long as most do, and a beat.
_LONG = 1.5


@dataclass(frozen=True)
class Run:
    """Notes that go one way."""

    # MIDI pitches.
    first: int
    last: int
    # "by step", "by a third", "by leap", "by steps and thirds" and so on, or "" where the pitch stays.
    manner: str


@dataclass(frozen=True)
class Motion:
    """How a line moves from note to note: shares of its intervals, and the widest one."""

    repeats: float
    # Up to a whole step; thirds; wider.
    steps: float
    thirds: float
    leaps: float
    # In semitones, and the bar in which it begins.
    widest: int
    widest_bar: int


@dataclass(frozen=True)
class Cadence:
    """The end of a phrase."""

    bar: int
    # MIDI pitch of the melody, and semitones above the key note.
    pitch: int
    degree: int
    # "full", "plagal", "half", "deceptive", "open", or "none" where the melody does not come to rest.
    kind: str


def melody_of(part: Part) -> tuple[Note, ...]:
    """Return the highest notes of a part, one at a time."""
    return outer_line(part.notes)


def opening_runs(line: Sequence[Note], bars: Sequence[Bar]) -> tuple[Run, ...]:
    """Say how a line opens: its runs up and down in the pickup and the first two bars that it plays in."""
    if not line:
        return ()
    place = bisect_right([bar.start for bar in bars], line[0].onset) - 1
    last = min(len(bars), place + _OPENING_BARS + (bars[place].number == 0)) - 1
    pitches = [note.pitch for note in line if note.onset < bars[last].end]
    turns: list[list[int]] = [pitches[:1]]
    for before, after in pairwise(pitches):
        mine = turns[-1]
        if after == before:
            continue
        if len(mine) > 1 and (after > before) != (mine[-1] > mine[-2]):
            turns.append([before])
        turns[-1].append(after)
    return tuple(Run(turn[0], turn[-1], _manner(turn)) for turn in turns[:_MOST_RUNS])


def _manner(pitches: Sequence[int]) -> str:
    sizes = [abs(b - a) for a, b in pairwise(pitches)]
    kinds = {
        "step": any(size <= _STEP for size in sizes),
        "third": any(_STEP < size <= _SKIP for size in sizes),
        "leap": any(size > _SKIP for size in sizes),
    }
    found = [kind for kind, present in kinds.items() if present]
    if len(found) > 1:
        return f"by {joined([f'{kind}s' for kind in found])}"
    if found == ["third"]:
        return "by thirds" if len(sizes) > 1 else "by a third"
    return f"by {found[0]}" if found else ""


def find_motion(line: Sequence[Note], bars: Sequence[Bar]) -> Motion | None:
    """Say how a line moves; None for fewer than two notes."""
    moves = [(abs(b.pitch - a.pitch), a.onset) for a, b in pairwise(line)]
    if not moves:
        return None
    sizes = [size for size, _ in moves]
    widest, tick = max(moves, key=lambda move: (move[0], -move[1]))

    def share(low: int, high: int) -> float:
        return sum(low <= size <= high for size in sizes) / len(sizes)

    return Motion(
        repeats=share(0, 0),
        steps=share(1, _STEP),
        thirds=share(_STEP + 1, _SKIP),
        leaps=share(_SKIP + 1, 127),
        widest=widest,
        widest_bar=_bar_at(bars, tick).number,
    )


def _bar_at(bars: Sequence[Bar], tick: int) -> Bar:
    return bars[max(0, bisect_right([bar.start for bar in bars], tick) - 1)]


def find_cadences(
    score: Score,
    line: Sequence[Note],
    key: Key,
    sections: Sequence[Section],
    chords: Sequence[tuple[int, Chord]] = (),
) -> tuple[Cadence, ...]:
    """Look for the close of every fourth bar, counted from the beginning of each section, and of the last bar.

    With chords the two last ones decide what kind it is, without them the degree of the melody.
    """
    full = [bar for bar in score.bars if bar.number > 0]
    if len(line) < 2 or not full:
        return ()
    apart = [b.onset - a.onset for a, b in pairwise(line)]
    usual = median(apart)
    following = dict(
        zip([note.onset for note in line], [*(n.onset for n in line[1:]), None], strict=True)
    )
    found, onsets = [], [note.onset for note in line]
    for bar in _phrase_ends(full, sections):
        inside = line[bisect_left(onsets, bar.start) : bisect_left(onsets, bar.end)]
        goal = _goal(inside, bar, score)
        if goal is None:
            continue
        after = following[goal.onset]
        least = max(_LONG * usual, float(bar.meter.beat_quarters) * score.resolution)
        rests = after is None or after - goal.onset >= least or 2 * (after - goal.end) >= least
        kind = cadence_kind(goal.pitch, goal.end, key, chords) if rests else "none"
        found.append(Cadence(bar.number, goal.pitch, (goal.pitch - key.tonic) % 12, kind))
    return tuple(found)


def _phrase_ends(full: Sequence[Bar], sections: Sequence[Section]) -> list[Bar]:
    """Return the bars in which phrases end."""
    numbers = {bar.number: bar for bar in full}
    spans = [(section.first, section.last) for section in sections] or [(1, full[-1].number)]
    ends = {full[-1].number}
    for first, last in spans:
        ends |= {last, *range(first + _PHRASE - 1, last + 1, _PHRASE)}
    return [numbers[number] for number in sorted(ends) if number in numbers]


def _goal(notes: Sequence[Note], bar: Bar, score: Score) -> Note | None:
    """Return the last note of a bar; where there is a pickup, the last one before the next upbeat."""
    upbeat = score.bars[0].length if score.has_pickup else 0
    before = [note for note in notes if note.onset < bar.end - upbeat]
    return before[-1] if before else None
