"""The features of `symgen.tokens.polyphony` step by step: pieces with several parts or chords."""

from __future__ import annotations

from copy import copy

from symgen.tokens.events import Header
from symgen.tokens.layout import SIZE, SUFFIXES, WINDOW
from symgen.tokens.polyphony import DRUMS, part_tables

__all__ = ["CODE_BITS", "Followed", "Runs"]

CODE_BITS = 24
"""A note as one number: part, pitch and duration in so many bits, never 0."""


class Runs:
    """Where each run of 8, 4 and 2 notes stood last."""

    # A run is one number, its notes behind each other: exact, and quicker made than a tuple. One
    # that is not full yet is shorter than all that are, so that it equals none.
    _CUTS = tuple((1 << CODE_BITS * n) - 1 for n in SUFFIXES)

    def __init__(self) -> None:
        self._last: list[dict[int, int]] = [{} for _ in SUFFIXES]

    def copy(self) -> Runs:
        """Return the same, to go on from it more than once."""
        twin = Runs()
        twin._last = [each.copy() for each in self._last]
        return twin

    def follow(self, run: int, note: int) -> tuple[int, list[int]]:
        """Return a run cut to its last notes, and of each length the last note of its last equal, or -1."""
        found = []
        for last, cut in zip(self._last, self._CUTS, strict=True):
            key = run & cut
            found.append(last.get(key, -1))
            last[key] = note
        return run & self._CUTS[0], found


class _Part:
    """What the columns ask of one part."""

    __slots__ = (
        "before",
        "duration",
        "end",
        "high",
        "low",
        "note",
        "onset",
        "run",
        "size",
        "sources",
        "was_high",
        "was_low",
        "was_size",
    )

    def __init__(self) -> None:
        # Of its last onset: the step, how many notes, and pitch columns of the first and the last.
        self.onset, self.size, self.low, self.high = -1, 0, 0, 0
        # The same of the onset before, and the pitch column of the last note but one.
        self.was_size = self.was_low = self.was_high = self.before = 0
        self.duration = self.end = 0
        # The number of its last note, its last notes as a run, and the last notes of equal runs.
        self.note, self.run, self.sources = -1, 0, [-1] * len(SUFFIXES)


class Followed:
    """The parts of a piece so far; of the first `count` all columns tell."""

    def __init__(self, header: Header, count: int, longest: int) -> None:
        self._count, self._longest = count, longest
        self._tables = part_tables(header)
        # A drum has no pitch: it is not part of what sounds.
        self._drums = [family == DRUMS for family in self._tables[1]]
        # Parts are shared with twins until one of them goes on: the first is nobody's.
        self._parts = [_Part()] * len(self._tables[0])
        self._followed = self._parts[:count]
        self._own: set[int] = set()
        self._runs = Runs()
        self._after: list[int] = []  # the next note of the part of each note, -1: none yet
        self._before: list[int] = []  # and the one before it, -1: none
        self._active: list[tuple[int, int]] = []  # end and pitch of what may still sound
        self._last = (-1, -1)  # onset and part of the last note
        # What was looked up last, and for which step: an onset is often where the piece stands.
        self._looked = -1
        self._masks: list[int] = []
        self._motions: list[int] = []
        self._release = (0, 0)
        self._sonority = (0, 0, 0, 0)

    def copy(self) -> Followed:
        """Return the parts so far, to go on from them more than once."""
        twin = copy(self)
        twin._parts, twin._followed = self._parts.copy(), self._followed.copy()
        self._own, twin._own = set(), set()
        twin._runs = self._runs.copy()
        twin._after, twin._before = self._after.copy(), self._before.copy()
        twin._active = self._active.copy()
        return twin

    def add(self, onset: int, part: int, pitch: int, duration: int, code: int) -> None:
        """Add a note."""
        if part not in self._own:
            self._parts[part] = copy(self._parts[part])
            self._followed = self._parts[: self._count]
            self._own.add(part)
        mine, number = self._parts[part], len(self._after)
        if mine.onset == onset:
            mine.size += 1
        else:
            mine.was_size, mine.was_low, mine.was_high = mine.size, mine.low, mine.high
            mine.onset, mine.size, mine.low = onset, 1, pitch + 1
        mine.before, mine.high = mine.high, pitch + 1
        end = onset + duration
        mine.duration, mine.end = duration, max(mine.end, end)
        if mine.note >= 0:
            self._after[mine.note] = number
        self._after.append(-1)
        self._before.append(mine.note)
        mine.note = number
        mine.run, mine.sources = self._runs.follow(mine.run << CODE_BITS | code, number)
        if self._last[0] != onset:
            self._active = [note for note in self._active if note[0] > onset]
        if not self._drums[part]:
            self._active.append((end, pitch))
        self._last = (onset, part)
        self._looked = -1

    # -- columns ---------------------------------------------------------------------

    def state(self, now: int) -> list[int]:
        """Return the columns `state` of the layout."""
        self._look(now)
        _, *sonority = self._sonority
        pitches = (
            0 if drums else part.high
            for part, drums in zip(self._followed, self._drums, strict=False)
        )
        return [*self._masks, self._release[0], *sonority, *pitches]

    def chord(self, time: int) -> tuple[tuple[int, int, int], list[int]]:
        """Return how many notes sound, the lowest and the highest, and the columns `chord` of the layout."""
        self._look(time)
        size, low, high, classes = self._sonority
        last = self._last[1] + 1 if self._last[0] == time else 0
        columns = [*self._masks, last, *self._release, classes, *self._motions]
        return (size, low, high), columns

    def voice(self, part: int, time: int) -> list[int]:
        """Return the columns `voice` of the layout."""
        mine, longest = self._parts[part], self._longest
        started = mine.size > 0
        own = [
            mine.duration,
            min(time - mine.onset, longest) if started else 0,
            min(max(mine.end - time, 0), longest) if started else 0,
        ]
        if started and mine.onset == time:
            chord = [mine.low, min(mine.size, SIZE)]
            chord += [mine.was_low, mine.was_high, min(mine.was_size, SIZE)]
            columns = [mine.high, mine.was_low, *own, *chord]
        else:
            chord = [0, 0, mine.low, mine.high, min(mine.size, SIZE)]
            columns = [mine.low, mine.was_low, *own, *chord]
        columns += self._neighbors(part, time)
        return columns + [table[part] for table in self._tables]

    def struck(self, part: int, time: int) -> int:
        """Return how many notes of a part stand at a step."""
        mine = self._parts[part]
        return mine.size if mine.onset == time else 0

    def after(self, part: int) -> list[int]:
        """Return what came after the last equal runs of a part: note numbers, -1: none."""
        return [self._after[note] if note >= 0 else -1 for note in self._parts[part].sources]

    def previous(self, note: int) -> int:
        """Return the note of its part before a note, -1: none."""
        return self._before[note] if note >= 0 else -1

    def is_drum(self, part: int) -> bool:
        """Whether a part plays drums."""
        return self._drums[part]

    def last(self, part: int) -> int:
        """Return the last note of a part, -1: none."""
        return self._parts[part].note

    def _look(self, time: int) -> None:
        """Look up what all parts do at a step."""
        if time == self._looked:
            return
        longest = self._longest
        sounds = stops = struck = last = 0
        first = longest
        until, since, bit = [], [], 1
        for part in self._followed:
            left = part.end - time
            if left > 0:
                sounds |= bit
                first, last = min(first, left), max(last, left)
                until.append(left if left < longest else longest)
            else:
                if not left and part.end:
                    stops |= bit
                until.append(0)
            passed = time - part.onset if part.size else longest
            if not passed:
                struck |= bit
            since.append(passed if passed < longest else longest)
            bit <<= 1
        self._looked = time
        self._masks = [sounds, stops, struck]
        self._release = (first, min(last, longest)) if sounds else (0, 0)
        before = (
            0 if drums else part.before
            for part, drums in zip(self._followed, self._drums, strict=False)
        )
        self._motions = [*until, *since, *before]
        self._sonority = self._sounding(time)

    def _sounding(self, time: int) -> tuple[int, int, int, int]:
        """Return how many notes sound, pitch columns of the lowest and the highest, the pitch classes."""
        pitches = [pitch for end, pitch in self._active if end > time]
        if not pitches:
            return 0, 0, 0, 0
        classes = 0
        for pitch in pitches:
            classes |= 1 << pitch % 12
        return min(len(pitches), WINDOW), min(pitches) + 1, max(pitches) + 1, classes

    def _neighbors(self, part: int, time: int) -> tuple[int, int]:
        """Return the last pitch columns of the nearest sounding parts before and after one."""
        pairs = list(zip(self._followed, self._drums, strict=False))
        pitches = [each.high if each.end > time and not drums else 0 for each, drums in pairs]
        before = (pitch for pitch in reversed(pitches[:part]) if pitch)
        after = (pitch for pitch in pitches[part + 1 :] if pitch)
        return next(before, 0), next(after, 0)
