"""Features of pieces with several parts or chords, for a whole piece at a time.

`symgen.tokens.followed.Followed` computes the same step by step; the columns are named in
`symgen.tokens.layout`. All is exact: what sounds is read off a piano roll on the grid.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from symgen.tokens.events import Header, Notes
from symgen.tokens.layout import SIZE, WINDOW

__all__ = ["DRUMS", "PartOrder", "Roll", "Tracks", "drum_parts", "part_tables"]

Flags = NDArray[np.bool_]
Ints = NDArray[np.int64]

DRUMS = 17
"""The family of drums."""
# More steps than a piece has.
_SPAN = 1 << 32


def _is_first(values: Ints) -> Flags:
    """Return which values (0 or more) differ from the one before."""
    return np.asarray(np.diff(values, prepend=-1) != 0)


class Roll:
    """What sounds at any of the steps of a piece: notes begun earlier, and those begun at that very step."""

    def __init__(self, notes: Notes, steps: int) -> None:
        self._onset = notes.onset
        last = steps + 1
        change = np.zeros((steps + 2, 128), dtype=np.int16)
        begins = np.minimum(notes.onset + 1, last)
        ends = np.minimum(notes.onset + notes.duration, last)
        np.add.at(change, (begins, notes.pitch), 1)
        np.add.at(change, (ends, notes.pitch), -1)
        np.cumsum(change, axis=0, out=change)
        self._held = change
        first = _is_first(notes.onset)
        group = np.cumsum(first) - 1
        self._first = np.flatnonzero(first)[group]
        # Running extremes that start anew with each group of notes of one onset: an offset by group
        # keeps the groups before out of reach.
        self._low = np.minimum.accumulate(notes.pitch - 1000 * group) + 1000 * group
        self._high = np.maximum.accumulate(notes.pitch + 1000 * group) - 1000 * group
        classes = np.zeros((len(notes) + 1, 12), dtype=np.int64)
        classes[np.arange(1, len(notes) + 1), notes.pitch % 12] = 1
        self._classes = np.cumsum(classes, axis=0)

    def at(self, time: Ints, count: Ints) -> tuple[Ints, Ints, Ints, Ints]:
        """Return what sounds at the steps `time` when `count` notes are there."""
        # How many notes, the pitch columns of the lowest and the highest (0: none), and the set of
        # pitch classes.
        steps, where = np.unique(np.minimum(time, len(self._held) - 1), return_inverse=True)
        held = self._held[steps]
        sounds = held > 0
        some = sounds.any(axis=1)
        low = np.where(some, sounds.argmax(axis=1) + 1, 0)[where]
        high = np.where(some, 128 - sounds[:, ::-1].argmax(axis=1), 0)[where]
        octaves = np.zeros((len(steps), 132), dtype=bool)
        octaves[:, :128] = sounds
        by_octave = octaves.reshape(len(steps), 11, 12)
        present = np.asarray(by_octave.any(axis=1))[where]
        size = held.sum(axis=1, dtype=np.int64)[where]

        # The roll holds what began before a step; of what begins there only the notes so far count.
        last = np.maximum(count - 1, 0)
        fresh = (count > 0) & (np.append(self._onset, -1)[last] == time)
        if fresh.any():
            last = np.where(fresh, last, 0)
            first = self._first[last]
            lowest = np.minimum(np.where(low > 0, low, 999), self._low[last] + 1)
            low = np.where(fresh, lowest, low)
            high = np.where(fresh, np.maximum(high, self._high[last] + 1), high)
            begun = self._classes[last + 1] > self._classes[first]
            present = present | (fresh[:, None] & begun)
            size = size + fresh * (last + 1 - first)
        return np.minimum(size, WINDOW), low, high, present @ (1 << np.arange(12))


class Tracks:
    """Followed parts before each event."""

    # Until when they sound, their last onset, their last two pitches.
    #
    # `count` (events,) are the notes before each event; arrays have the shape (voices, events).

    # The drums of `drums` (parts,) have no pitch.

    def __init__(self, notes: Notes, count: Ints, voices: int, drums: Flags) -> None:
        self._pitched = ~drums[:voices]
        mine = notes.part[None, :] == np.arange(voices)[:, None]
        numbers = np.where(mine, np.arange(1, len(notes) + 1), 0)
        ends = np.where(mine, notes.onset + notes.duration, 0)
        self._ends = _running_max(ends)[:, count]
        index = _running_max(numbers)[:, count]
        self.pitch = np.concatenate([[0], notes.pitch + 1])[index] * self._pitched[:, None]
        before = np.zeros(len(notes) + 1, dtype=np.int64)
        for own in map(np.flatnonzero, mine):
            before[own[1:] + 1] = notes.pitch[own[:-1]] + 1
        self._before = before[index] * self._pitched[:, None]
        self._onset = np.concatenate([[-1], notes.onset])[index]
        self._bits = 1 << np.arange(voices)

    def sounds(self, time: Ints) -> Ints:
        """Return the set of parts that sound on after `time`."""
        found: Ints = self._bits @ (self._ends > time)
        return found

    def stops(self, time: Ints) -> Ints:
        """Return the set of parts that end at `time`."""
        found: Ints = self._bits @ ((self._ends == time) & (self._ends > 0))
        return found

    def struck(self, time: Ints) -> Ints:
        """Return the set of parts that have a note at `time`."""
        found: Ints = self._bits @ (self._onset == time)
        return found

    def release(self, time: Ints, longest: int) -> tuple[Ints, Ints]:
        """Return the steps until the first and until the last sounding part ends; 0: none sounds."""
        left = self._ends - time
        first = np.where(left > 0, left, _SPAN).min(axis=0)
        first = np.where(first < _SPAN, np.minimum(first, longest), 0)
        return first, np.clip(left.max(axis=0), 0, longest)

    def motion(self, time: Ints, longest: int) -> list[Ints]:
        """Return the columns `until`, `since` and `before` of each part."""
        since = np.where(self._onset >= 0, np.minimum(time - self._onset, longest), longest)
        return [*np.clip(self._ends - time, 0, longest), *since, *self._before]

    def neighbors(self, part: Ints, time: Ints) -> tuple[Ints, Ints]:
        """Return the last pitch columns of the nearest sounding parts before and after `part`."""
        before, after = np.zeros_like(part), np.zeros_like(part)
        sounding = (self._ends > time) & self._pitched[:, None]
        voices = len(sounding)
        for voice in range(voices):
            before = np.where(sounding[voice] & (voice < part), self.pitch[voice], before)
            other = voices - 1 - voice
            after = np.where(sounding[other] & (other > part), self.pitch[other], after)
        return before, after


def _running_max(values: Ints) -> Ints:
    """Return the greatest value so far in each row, 0 before the first."""
    start = np.zeros((len(values), 1), dtype=np.int64)
    return np.maximum.accumulate(np.concatenate([start, values], axis=1), axis=1)


@dataclass(frozen=True)
class PartOrder:
    """The notes part by part, and what each follows in its own part."""

    # (notes,): note numbers, part by part, in time.
    order: Ints
    # In that order.
    notes: Notes
    # How many notes of the part stand at the same onset before the note.
    inside: Ints

    @classmethod
    def of(cls, notes: Notes) -> PartOrder:
        """Sort the notes."""
        order = np.argsort(notes.part, kind="stable")
        columns = (notes.onset, notes.part, notes.pitch, notes.duration, notes.bar)
        mine = Notes(*(column[order] for column in columns))
        number = np.arange(len(notes))
        first = _is_first(mine.part * _SPAN + mine.onset)
        start = np.maximum.accumulate(np.where(first, number, 0))
        return cls(order, mine, number - start)

    def columns(self, longest: int) -> list[Ints]:
        """Return the columns from `own` to `was_size` of `symgen.tokens.layout`, in this order."""
        onset, part = self.notes.onset, self.notes.part
        pitch, duration = self.notes.pitch, self.notes.duration
        number = np.arange(len(onset))
        start = number - self.inside
        earlier, has_earlier = self._group_before(start)
        earliest, has_earliest = self._group_before(earlier)
        has_earliest &= has_earlier
        was_low = np.where(has_earlier, pitch[earlier] + 1, 0)
        was_earliest = np.where(has_earliest, pitch[earliest] + 1, 0)
        before = np.maximum(number - 1, 0)
        has_before = (number > 0) & (part[before] == part)
        ends = np.maximum.accumulate(onset + duration + part * _SPAN) - part * _SPAN
        chord = self.inside > 0
        return [
            np.where(chord, pitch[before] + 1, was_low),
            np.where(chord, was_low, was_earliest),
            np.where(has_before, duration[before], 0),
            np.where(has_before, np.minimum(onset - onset[before], longest), 0),
            np.where(has_before, np.clip(ends[before] - onset, 0, longest), 0),
            np.where(chord, pitch[start] + 1, 0),
            np.minimum(self.inside, SIZE),
            was_low,
            np.where(has_earlier, pitch[np.maximum(start - 1, 0)] + 1, 0),
            np.where(has_earlier, np.minimum(start - earlier, SIZE), 0),
        ]

    def _group_before(self, start: Ints) -> tuple[Ints, Flags]:
        """Return the first note of the chord before that which starts at `start`, and whether the part has one."""
        last = np.maximum(start - 1, 0)
        known = (start > 0) & (self.notes.part[last] == self.notes.part)
        return np.where(known, last - self.inside[last], 0), known

    def after(self, match: Ints) -> Ints:
        """Return what came after the match of the note before in the part (positions in this order), or -1."""
        part = self.notes.part
        found = np.full(len(part), -1, dtype=np.int64)
        same = part[1:] == part[:-1]
        found[1:] = np.where(same, match[:-1], -1)
        return found

    def in_place(self, lag: Ints, starts: Ints) -> Ints:
        """Return the note of the part at the same place of the chord, `lag` bars back, or -1."""
        onset, part, bar = self.notes.onset, self.notes.part, self.notes.bar
        source = bar - lag
        known = (lag > 0) & (source >= 0)
        source = np.where(known, source, 0)
        then = starts[source] + onset - starts[bar]
        known &= then < starts[source + 1]
        # One search through all parts: each lies in a span of its own.
        span = part * _SPAN
        found = np.searchsorted(span + onset, span + then, side="left") + self.inside
        safe = np.minimum(found, len(found) - 1)
        known &= (found < len(found)) & (onset[safe] == then) & (part[safe] == part)
        return np.where(known, found, -1)


def drum_parts(header: Header) -> Flags:
    """Return which of all parts that there can be play drums, shape (32,)."""
    found: Flags = np.array(part_tables(header)[1]) == DRUMS
    return found


def part_tables(header: Header) -> tuple[list[int], list[int]]:
    """Return the program and family columns of each part; 0 for parts that the header does not have."""
    pairs = list(zip(header.programs, header.drums, strict=True))
    spare = [0] * (32 - len(pairs))
    programs = [129 if drums else 1 + program for program, drums in pairs]
    families = [DRUMS if drums else 1 + program // 8 for program, drums in pairs]
    return programs + spare, families + spare
