"""The features of `symgen.tokens.polyphony` step by step, for sampling: pieces with several parts or chords."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from copy import copy

from symgen.tokens.events import Header
from symgen.tokens.layout import SIZE, SUFFIXES, WINDOW
from symgen.tokens.polyphony import part_tables

__all__ = ["Voices"]


class _Part:
    """One part so far."""

    def __init__(self) -> None:
        self.numbers: list[int] = []  # of its notes
        self.onsets: list[int] = []
        self.pitches: list[int] = []
        self.durations: list[int] = []
        self.chords: list[int] = []  # first note of each onset
        self.end = 0
        self.grams: dict[tuple[tuple[int, int], ...], int] = {}
        self.matches = [-1] * len(SUFFIXES)

    def copy(self) -> _Part:
        """Return the part so far, to go on from it more than once."""
        twin = copy(self)
        for name in ("numbers", "onsets", "pitches", "durations", "chords", "grams", "matches"):
            setattr(twin, name, getattr(self, name).copy())
        return twin

    def add(self, number: int, onset: int, pitch: int, duration: int) -> None:
        if not self.onsets or self.onsets[-1] != onset:
            self.chords.append(len(self.onsets))
        self.numbers.append(number)
        self.onsets.append(onset)
        self.pitches.append(pitch)
        self.durations.append(duration)
        self.end = max(self.end, onset + duration)
        for i, n in enumerate(SUFFIXES):
            self.matches[i] = -1
            if len(self.onsets) >= n:
                gram = tuple(zip(self.pitches[-n:], self.durations[-n:], strict=True))
                self.matches[i] = self.grams.get(gram, -1)
                self.grams[gram] = len(self.onsets)

    def struck(self, time: int) -> int:
        """Return how many of its notes stand at `time`, the last ones."""
        if not self.onsets or self.onsets[-1] != time:
            return 0
        return len(self.onsets) - self.chords[-1]


class Voices:
    """The parts of a piece so far."""

    def __init__(self, header: Header, count: int, longest: int) -> None:
        # Parts that are followed one by one, and the largest value of columns that count steps.
        self._count, self._longest = count, longest
        self._parts = [_Part() for _ in range(32)]
        self._tables = part_tables(header)
        self._active: list[tuple[int, int, int]] = []  # end, pitch and part of what may still sound
        self._last = (-1, -1)  # onset and part of the last note
        self._number = 0

    def copy(self) -> Voices:
        """Return the parts so far, to go on from them more than once."""
        twin = copy(self)
        twin._parts = [part.copy() for part in self._parts]
        twin._active = self._active.copy()
        return twin

    def add(self, onset: int, part: int, pitch: int, duration: int) -> None:
        """Add a note."""
        self._active = [note for note in self._active if note[0] > onset]
        self._active.append((onset + duration, pitch, part))
        self._parts[part].add(self._number, onset, pitch, duration)
        self._last = (onset, part)
        self._number += 1

    def end(self, part: int) -> int:
        """Return the step at which the last sounding note of a part ends."""
        return self._parts[part].end

    def free_from(self, part: int, most: int) -> int:
        """Return the step from which on fewer than `most` of the notes of a part sound that have begun."""
        ends = sorted((end for end, _, owner in self._active if owner == part), reverse=True)
        return ends[most - 1] if len(ends) >= most else 0

    def struck(self, part: int, time: int) -> tuple[int, int]:
        """Return how many notes a part has struck at a time, and the highest of them, -1: none."""
        mine = self._parts[part]
        count = mine.struck(time)
        return count, mine.pitches[-1] if count else -1

    def count(self, part: int, start: int) -> int:
        """Return how many notes of a part have begun since a step."""
        mine = self._parts[part]
        return len(mine.onsets) - bisect_left(mine.onsets, start)

    def between(self, part: int, start: int, stop: int) -> list[tuple[int, int]]:
        """Return onset and duration of the notes of a part that begin in ``[start, stop)``."""
        mine = self._parts[part]
        low = bisect_left(mine.onsets, start)
        high = bisect_left(mine.onsets, stop)
        return list(zip(mine.onsets[low:high], mine.durations[low:high], strict=True))

    def sounding(self, part: int, time: int) -> set[int]:
        """Return the pitches of a part that sound on after `time`."""
        return {pitch for end, pitch, owner in self._active if owner == part and end > time}

    def active(self, part: int, time: int) -> list[tuple[int, int, int]]:
        """Return end, pitch and part of the notes of a part that sound on after `time`."""
        return [note for note in self._active if note[2] == part and note[0] > time]

    def motion(self, part: int, time: int) -> tuple[int, int]:
        """Return the pitch of a part just before a time, and the one that it strikes then; -1: none."""
        mine = self._parts[part]
        struck = mine.struck(time)
        last = len(mine.onsets) - struck - 1
        held = last >= 0 and mine.onsets[last] + mine.durations[last] >= time
        before = mine.pitches[last] if held else -1
        return before, mine.pitches[-1] if struck else -1

    # -- columns ---------------------------------------------------------------------

    def state(self, now: int) -> list[int]:
        """Return the columns `state` of the layout."""
        _, low, high, classes = self._sonority(now)
        release = self._release(now)[0]
        last = [_pitch_column(part.pitches, 1) for part in self._followed]
        return [*self._masks(now), release, low, high, classes, *last]

    def chord(self, time: int) -> tuple[list[int], list[int]]:
        """Return how many notes sound, the lowest and the highest, and the columns `chord` of the layout."""
        size, low, high, classes = self._sonority(time)
        last = self._last[1] + 1 if self._last[0] == time else 0
        columns = [*self._masks(time), last, *self._release(time)]
        columns += [classes, *self._motions(time)]
        return [min(size, WINDOW), low, high], columns

    def voice(self, part: int, time: int) -> list[int]:
        """Return the columns `voice` of the layout."""
        mine, longest = self._parts[part], self._longest
        inside = mine.struck(time)
        # The last chords before this onset, and the end of the notes before it.
        chords = len(mine.chords) - (inside > 0)
        start = mine.chords[chords - 1] if chords else 0
        stop = len(mine.onsets) - inside
        was_low = mine.pitches[start] + 1 if chords else 0
        earliest = mine.pitches[mine.chords[chords - 2]] + 1 if chords > 1 else 0
        some = bool(mine.onsets)
        return [
            mine.pitches[-1] + 1 if inside else was_low,
            was_low if inside else earliest,
            mine.durations[-1] if some else 0,
            min(time - mine.onsets[-1], longest) if some else 0,
            min(max(mine.end - time, 0), longest) if some else 0,
            mine.pitches[stop] + 1 if inside else 0,
            min(inside, SIZE),
            was_low,
            mine.pitches[stop - 1] + 1 if chords else 0,
            min(stop - start, SIZE) if chords else 0,
            *self._neighbors(part, time),
            *(table[part] for table in self._tables),
        ]

    def sources(
        self, part: int, time: int, lags: Sequence[int], starts: Sequence[int], bar: int
    ) -> list[int]:
        """Return the candidates out of a part: note numbers, -1: none."""
        mine = self._parts[part]
        found = [mine.numbers[match] if match >= 0 else -1 for match in mine.matches]
        inside = mine.struck(time)
        for lag in lags:
            source = bar - lag
            known = lag > 0 and source >= 0
            then = starts[source] + time - starts[bar] if known else -1
            number = -1
            if known and then < starts[source + 1]:
                index = bisect_left(mine.onsets, then) + inside
                if index < len(mine.onsets) and mine.onsets[index] == then:
                    number = mine.numbers[index]
            found.append(number)
        return found

    @property
    def _followed(self) -> list[_Part]:
        return self._parts[: self._count]

    def _masks(self, time: int) -> list[int]:
        """Return the sets of parts that sound on after a time, end there, and have a note there."""
        sounds = stops = struck = 0
        for i, part in enumerate(self._followed):
            sounds |= (part.end > time) << i
            stops |= (part.end == time and part.end > 0) << i
            struck |= (bool(part.onsets) and part.onsets[-1] == time) << i
        return [sounds, stops, struck]

    def _motions(self, time: int) -> list[int]:
        """Return of each part how long it sounds on, when it was struck, and its pitch before the last."""
        longest, parts = self._longest, self._followed
        until = [min(max(part.end - time, 0), longest) for part in parts]
        struck = [time - part.onsets[-1] if part.onsets else longest for part in parts]
        since = [min(steps, longest) for steps in struck]
        return [*until, *since, *(_pitch_column(part.pitches, 2) for part in parts)]

    def _release(self, time: int) -> tuple[int, int]:
        """Return the steps until the first and until the last sounding part ends; 0: none sounds."""
        left = [part.end - time for part in self._followed if part.end > time]
        if not left:
            return 0, 0
        return min(*left, self._longest), min(max(left), self._longest)

    def _sonority(self, time: int) -> tuple[int, int, int, int]:
        """Return how many notes sound, pitch columns of the lowest and the highest, the pitch classes."""
        pitches = [pitch for end, pitch, _ in self._active if end > time]
        if not pitches:
            return 0, 0, 0, 0
        classes = 0
        for pitch in pitches:
            classes |= 1 << pitch % 12
        return min(len(pitches), WINDOW), min(pitches) + 1, max(pitches) + 1, classes

    def _neighbors(self, part: int, time: int) -> tuple[int, int]:
        """Return the last pitch columns of the nearest sounding parts before and after one."""
        followed = enumerate(self._followed)
        sounding = [(i, _pitch_column(mine.pitches, 1)) for i, mine in followed if mine.end > time]
        before = [pitch for i, pitch in sounding if i < part]
        after = [pitch for i, pitch in sounding if i > part]
        return before[-1] if before else 0, after[0] if after else 0


def _pitch_column(pitches: Sequence[int], back: int) -> int:
    """Return the pitch so many notes back plus 1, or 0."""
    return pitches[-back] + 1 if len(pitches) >= back else 0
