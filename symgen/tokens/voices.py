"""The parts of a piece so far, one by one."""

from __future__ import annotations

from array import array
from bisect import bisect_left

__all__ = ["Voices"]

_PARTS = 32


class _Part:
    """One part so far."""

    __slots__ = ("durations", "end", "onsets", "pitches", "standing")

    def __init__(self) -> None:
        # Arrays, since a copy of one is a copy of its bytes.
        self.onsets, self.pitches, self.durations = array("i"), array("i"), array("i")
        self.end = 0
        self.standing = 0  # how many of its notes stand at its last onset

    def copy(self) -> _Part:
        """Return the part so far, to go on from it more than once."""
        twin = _Part.__new__(_Part)  # in a tenth of the time that `copy` takes
        twin.onsets, twin.pitches = self.onsets[:], self.pitches[:]
        twin.durations, twin.end, twin.standing = self.durations[:], self.end, self.standing
        return twin

    def add(self, onset: int, pitch: int, duration: int) -> None:
        self.standing = self.struck(onset) + 1
        self.onsets.append(onset)
        self.pitches.append(pitch)
        self.durations.append(duration)
        self.end = max(self.end, onset + duration)

    def struck(self, time: int) -> int:
        """Return how many of its notes stand at `time`, the last ones."""
        return self.standing if self.onsets and self.onsets[-1] == time else 0


class Voices:
    """The parts of a piece so far."""

    def __init__(self) -> None:
        # Parts are shared with twins until one of them goes on: the first is nobody's.
        self._parts = [_Part()] * _PARTS
        self._own: set[int] = set()
        self._active: list[tuple[int, int, int]] = []  # end, pitch and part of what may still sound
        self._onset = -1  # of the last note

    def copy(self) -> Voices:
        """Return the parts so far, to go on from them more than once."""
        twin = Voices.__new__(Voices)
        twin._parts, twin._active = self._parts.copy(), self._active.copy()
        self._own, twin._own = set(), set()
        twin._onset = self._onset
        return twin

    def add(self, onset: int, part: int, pitch: int, duration: int) -> None:
        """Add a note."""
        if onset != self._onset:
            self._active = [note for note in self._active if note[0] > onset]
            self._onset = onset
        self._active.append((onset + duration, pitch, part))
        if part not in self._own:
            self._parts[part] = self._parts[part].copy()
            self._own.add(part)
        self._parts[part].add(onset, pitch, duration)

    def end(self, part: int) -> int:
        """Return the step at which the last sounding note of a part ends."""
        return self._parts[part].end

    def ends(self, time: int) -> list[int]:
        """Return the ends of the notes that sound on after `time`."""
        return [end for end, *_ in self._active if end > time]

    def last_onset(self, part: int, stop: int) -> int:
        """Return the onset of the last note of a part that begins before a step, -1: none."""
        onsets = self._parts[part].onsets
        index = bisect_left(onsets, stop)
        return onsets[index - 1] if index else -1

    def last_end(self, part: int) -> int:
        """Return the end of the last note of a part, 0: none."""
        mine = self._parts[part]
        return mine.onsets[-1] + mine.durations[-1] if mine.onsets else 0

    def free_from(self, part: int, most: int) -> int:
        """Return the step from which on fewer than `most` of the notes of a part sound that have begun."""
        ends = [end for end, _, owner in self._active if owner == part]
        if len(ends) < most:
            return 0
        ends.sort()
        return ends[-most]

    def last_pitch(self, part: int) -> int:
        """Return the pitch of the last note of a part, -1: none."""
        pitches = self._parts[part].pitches
        return pitches[-1] if pitches else -1

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
