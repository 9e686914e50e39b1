"""Melodic lines of a score: top lines, hashes of their runs, the melody's part, basses, and the hands of a keyboard."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from statistics import fmean

import numpy as np
from numpy.typing import NDArray

from symgen.kernel.runs import hashed_runs
from symgen.music.meter import convert_ticks
from symgen.music.score import Note, Part, Score
from symgen.system.arrays import distinct

__all__ = [
    "LINE_KINDS",
    "STEPS",
    "Hashes",
    "Ints",
    "Line",
    "hardly_overlap",
    "hash_runs",
    "highest_notes",
    "holds_drums_only",
    "is_bass",
    "is_single_line",
    "mean_pitch",
    "melody_part",
    "outer_line",
    "score_lines",
    "split_hands",
    "top_line",
]


STEPS = 12
"""Grid steps per quarter note; onsets are taken to the nearest."""

LINE_KINDS = ("parts", "outer")
"""The highest notes of each part; the highest and the lowest notes of the whole score."""

Hashes = NDArray[np.uint64]
Ints = NDArray[np.int64]

_PRIME = np.uint64(0x9E3779B97F4A7C15)
_FIRST = np.uint64(0xBF58476D1CE4E5B9)
_SECOND = np.uint64(0x94D049BB133111EB)


@dataclass(frozen=True)
class Line:
    """One note at a time; arrays of shape (notes,)."""

    # In grid steps, strictly rising.
    onset: Ints
    pitch: Ints
    # Which of the notes each is or, of several at one time, with which they begin.
    row: Ints

    def __len__(self) -> int:
        return len(self.onset)

    @property
    def moves(self) -> Ints:
        """Interval in semitones and time in grid steps from each note to the next; shape ``(notes - 1, 2)``."""
        # From onset to onset, as onsets are the same however long the notes are held; durations
        # change with the articulation, and so cannot tell whether two tunes are one.
        return np.stack([np.diff(self.pitch), np.diff(self.onset)], axis=1)


def top_line(score: Score) -> Line:
    """Return the highest notes of all parts but the drums."""
    return _outer_notes(score, *_pitched_rows(score))


def highest_notes(onset: Ints, pitch: Ints) -> Line:
    """Return the highest notes of each grid step, of notes sorted by their onsets in grid steps."""
    first = np.flatnonzero(np.diff(onset, prepend=-1))
    highest = np.maximum.reduceat(pitch, first) if len(first) else pitch
    return Line(onset[first], highest, first)


def score_lines(score: Score, kind: str = "parts") -> list[Line]:
    """Return the top line of each part that is no drums, or the top and the bass of the whole score."""
    notes, rows = _pitched_rows(score)
    if not len(rows):
        return []
    if kind == "outer":
        return [_outer_notes(score, notes, rows, lowest=lowest) for lowest in (False, True)]
    owner = notes[rows, 4]
    return [_outer_notes(score, notes, rows[owner == part]) for part in distinct(owner)]


def _pitched_rows(score: Score) -> tuple[Ints, Ints]:
    """Return the notes of a score as an array, and which of its rows are no drums."""
    notes = score.note_array()
    pitched = np.array([not part.is_drum for part in score.parts], dtype=bool)
    rows = pitched[notes[:, 4]] if len(notes) else np.zeros(0, dtype=bool)
    return notes, np.flatnonzero(rows)


def _outer_notes(score: Score, notes: Ints, rows: Ints, *, lowest: bool = False) -> Line:
    """Keep one note of each onset, the highest or the lowest of the rows that begin at one grid step."""
    onset = convert_ticks(notes[:, 0], score.resolution, STEPS)
    pitch = notes[:, 2]
    sign = 1 if lowest else -1
    rows = rows[np.lexsort((sign * pitch[rows], onset[rows]))]
    kept = rows[np.diff(onset[rows], prepend=-1) > 0]
    return Line(onset[kept], pitch[kept], kept)


def hash_runs(moves: Ints, notes: int) -> Hashes:
    """Hash every run of `notes` notes of a line.

    `moves` (n - 1, 2): as `Line.moves`, of a line of n notes; a time of 4,095 steps or more
    counts as 4,095. Returns (max(0, n - notes + 1),): all bits are mixed (the finaliser of
    SplitMix64; Steele, Lea and Flood 2014), so that any of them may be taken.
    """
    found = hashed_runs(moves, notes - 1)
    return runs_hashed(moves, notes - 1) if found is None else found


def runs_hashed(moves: Ints, size: int) -> Hashes:
    """Hash every so many moves in a row, in numpy."""
    count = max(0, len(moves) - size + 1)
    interval = (moves[:, 0] + 128).astype(np.uint64)
    time = np.clip(moves[:, 1], 0, 4095).astype(np.uint64)
    codes = _mix(interval * np.uint64(4096) + time)
    total = np.zeros(count, dtype=np.uint64)
    for k in range(size if count else 0):
        total = _mix(total + codes[k : count + k])
    return total


def _mix(values: Hashes) -> Hashes:
    with np.errstate(over="ignore"):
        values = (values ^ (values >> np.uint64(30))) * _FIRST + _PRIME
        return (values ^ (values >> np.uint64(27))) * _SECOND


_NAMED = r"melod|lead|vocal|voice|vox|sing|sopran|gesang|cantus|solo"
_BESIDE = r"back|harmon|choir|chor|pad"
# A band that came with `symgen accompany` has such parts beside the melody.
_ACCOMPANIES = r"(chords|pad|riff)( \d+)?"
# Share of the onsets of a line that have one note; a part that is named like a melody needs fewer.
_LINE, _MOSTLY_LINE = 0.8, 0.5
# What lies above this pitch on average is an ornament, if there is anything else.
_HIGHEST = 84
# Below the first pitch on average a part is a bass; below the second, if its instrument is one.
_BASS, _LOW = 48, 55
_BASS_PROGRAMS = frozenset((*range(32, 40), 43, 58))
_BASS_NAME = r"\b(contra|kontra|double )?bass(o|es)?\b|\btuba\b"


def melody_part(score: Score) -> int | None:
    """Choose the part that has the melody: a part named so, else the highest one that plays a line."""
    # Own rule. Of 58 songs of POP909 it finds the melody in 0.74, of 160 songs for voice and piano
    # (OpenScore Lieder) in 0.93, with all names taken away; the highest of the parts with many
    # notes is it in 0.03 and 0.23.
    struck = {
        i: _onsets(part) for i, part in enumerate(score.parts) if part.notes and not part.is_drum
    }
    if not struck:
        return None
    struck = {i: struck[i] for i in struck if not _accompanies(score.parts[i].name)} or struck
    starts = [bar.start for bar in score.bars]
    bars = {i: len({bisect_right(starts, tick) for tick in struck[i]}) for i in struck}
    # A part that plays in less than half as many bars as another one only joins in.
    busy = [i for i in struck if 2 * bars[i] >= max(bars.values())]
    single = {i: sum(count == 1 for count in struck[i].values()) / len(struck[i]) for i in busy}
    named = [i for i in busy if _is_named(score.parts[i].name) and single[i] >= _MOSTLY_LINE]
    able = named or [i for i in busy if single[i] >= _LINE] or busy
    height = {i: mean_pitch(score.parts[i]) for i in able}
    able = [i for i in able if height[i] <= _HIGHEST] or able
    return max(able, key=lambda i: (height[i], -i))


def _is_named(name: str) -> bool:
    return bool(re.search(_NAMED, name, re.IGNORECASE)) and not re.search(
        _BESIDE, name, re.IGNORECASE
    )


def _accompanies(name: str) -> bool:
    return bool(re.fullmatch(_ACCOMPANIES, name.strip(), re.IGNORECASE))


def _onsets(part: Part) -> Counter[int]:
    """Return how many notes begin at each onset."""
    return Counter(note.onset for note in part.notes)


# Notes of one line overlap by at most this part of the shorter one, but for this share of them.
_LEGATO, _OVERLAPS = 4, 0.1


def is_single_line(score: Score) -> bool:
    """Tell whether hardly ever two notes sound at once, drums left out."""
    notes, rows = _pitched_rows(score)
    return hardly_overlap(notes[rows, 0], notes[rows, 1])


def hardly_overlap(onset: Ints, duration: Ints) -> bool:
    """Tell whether hardly ever two notes sound at once, of notes sorted by their onsets."""
    if len(onset) < 2:
        return True
    sounds_until = np.maximum.accumulate(onset + duration)[:-1]
    slack = np.minimum(duration[:-1], duration[1:]) / _LEGATO
    return bool(np.mean(onset[1:] < sounds_until - slack) <= _OVERLAPS)


def mean_pitch(part: Part) -> float:
    """Return the mean pitch of the time that a part sounds; it must have notes."""
    _, duration, pitch, _ = part.note_array().T
    return int(pitch @ duration) / int(duration.sum())


def holds_drums_only(score: Score, part: int | None = None) -> bool:
    """Whether nothing but drums plays in a score, or in part number `part` of it."""
    parts = score.parts if part is None else score.parts[max(0, part - 1) : part]
    heard = [each for each in parts if each.notes]
    return bool(heard) and all(each.is_drum for each in heard)


def is_bass(part: Part) -> bool:
    """Whether a part with notes is a bass, by how low it lies, and where that leaves a doubt by what it is called."""
    height = mean_pitch(part)
    named = part.program in _BASS_PROGRAMS or bool(re.search(_BASS_NAME, part.name, re.IGNORECASE))
    return height < _BASS or (height < _LOW and named)


def outer_line(notes: Iterable[Note], *, lowest: bool = False, slack: int = 0) -> tuple[Note, ...]:
    """Keep one note of each onset, the highest or the lowest, and end it where the next one begins.

    `slack`: notes that begin at most so many ticks later are of the same onset.
    """
    # Notes are met from the outermost of an onset on; only within the slack may an outer one come
    # later.
    sign = 1 if lowest else -1
    line: list[Note] = []
    first = 0
    for note in sorted(notes, key=lambda note: (note.onset, sign * note.pitch)):
        if not line or note.onset > first + slack:
            line.append(note)
            first = note.onset
        elif sign * note.pitch < sign * line[-1].pitch:
            line[-1] = note
    ends = [note.onset for note in line[1:]] + [note.end for note in line[-1:]]
    return tuple(
        replace(note, duration=min(note.duration, end - note.onset))
        for note, end in zip(line, ends, strict=True)
    )


# General MIDI programs that are played with two hands: pianos, organs, accordions.
_KEYBOARDS = frozenset((*range(8), *range(16, 24)))
# Semitones that a hand spans with ease: a ninth.
_SPAN = 14
# What each semitone beyond that weighs against a semitone of motion.
_STRETCH = 3.0
# How fast a hand's place follows its notes.
_FOLLOWS = 0.3
# There are two hands if this share of the chords is wider than one spans, and each has this share
# of the notes.
_WIDE, _BOTH = 0.2, 0.15


def split_hands(part: Part) -> tuple[Part, ...]:
    """Return the right and the left hand of a part that one hand cannot play; any other part as it is."""
    if part.is_drum or part.program not in _KEYBOARDS or len(part.notes) < 2:
        return (part,)
    right, left, wide = _divide(part.notes)
    if wide < _WIDE or min(len(right), len(left)) < _BOTH * len(part.notes):
        return (part,)
    return part.with_notes(right), part.with_notes(left)


def _divide(notes: Sequence[Note]) -> tuple[list[Note], list[Note], float]:
    """Return the notes of both hands, and the share of the chords that are wider than one hand."""
    pitches = sorted(note.pitch for note in notes)
    quarter = len(pitches) // 4
    places = [float(pitches[3 * len(pitches) // 4]), float(pitches[quarter])]
    hands: tuple[list[Note], list[Note]] = ([], [])
    sounding: tuple[list[Note], list[Note]] = ([], [])
    wide = chords = 0
    for onset, group in groupby(notes, key=lambda note: note.onset):
        chord = sorted(group, key=lambda note: -note.pitch)
        for held in sounding:
            held[:] = [note for note in held if note.end > onset]
        heard = [note.pitch for note in (*chord, *sounding[0], *sounding[1])]
        chords += 1
        wide += max(heard) - min(heard) > _SPAN
        # The hands do not cross: a chord is cut once, where both move and stretch least.
        divisions = [(chord[:k], chord[k:]) for k in range(len(chord) + 1)]
        costs = [_cost(division, sounding, places) for division in divisions]
        for hand, mine in enumerate(divisions[costs.index(min(costs))]):
            hands[hand].extend(mine)
            sounding[hand].extend(mine)
            if mine:
                places[hand] += _FOLLOWS * (fmean(note.pitch for note in mine) - places[hand])
    return *hands, wide / max(1, chords)


def _cost(
    division: tuple[Sequence[Note], Sequence[Note]],
    sounding: tuple[Sequence[Note], Sequence[Note]],
    places: Sequence[float],
) -> float:
    """Return how far the hands move and stretch."""
    cost = 0.0
    for mine, held, place in zip(division, sounding, places, strict=True):
        cost += sum(abs(note.pitch - place) for note in mine)
        pitches = [note.pitch for note in (*mine, *held)]
        if mine and pitches:
            cost += _STRETCH * max(0, max(pitches) - min(pitches) - _SPAN)
    return cost
