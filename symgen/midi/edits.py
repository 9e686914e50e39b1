"""Changes to the tracks of a file: which events go, and which ones come where."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace
from itertools import accumulate

from symgen.midi.event_tables import Event
from symgen.midi.events import TICK, MidiFile, Track
from symgen.midi.keys import EventIndex

__all__ = ["Edits", "Spans"]


class Edits:
    """Changes that are collected and then made at once."""

    # An event that is put at a tick where others stand has to say on which side of them it goes:
    # a note off before all (a key is let go before it is struck again), a change of what the file
    # says behind it, a note on behind both.

    def __init__(self, file: MidiFile) -> None:
        self._file = file
        # by track and index; None takes the event out
        self._gone: dict[int, dict[int, Event | None]] = defaultdict(dict)
        self._early: dict[int, list[Event]] = defaultdict(list)
        self._behind: dict[int, list[Event]] = defaultdict(list)
        self._late: dict[int, list[Event]] = defaultdict(list)
        self._new: list[Track] = []

    def remove(self, event: EventIndex) -> None:
        """Take an event out."""
        self._gone[event[0]][event[1]] = None

    def replace(self, event: EventIndex, other: Event) -> None:
        """Put another event of the same tick in the place of one."""
        self._gone[event[0]][event[1]] = other

    def add(
        self,
        track: int,
        *,
        early: Iterable[Event] = (),
        behind: Iterable[Event] = (),
        late: Iterable[Event] = (),
    ) -> None:
        """Put events into a track."""
        self._early[track] += early
        self._behind[track] += behind
        self._late[track] += late

    def add_track(self, track: Track) -> int:
        """Put a track behind all others, and return its index."""
        self._new.append(track)
        return len(self._file.tracks) + len(self._new) - 1

    def made(self) -> MidiFile:
        """Return the changed file; a track ends with its last event, if that is later than its end was."""
        tracks = tuple(self._track(index, track) for index, track in enumerate(self._file.tracks))
        return replace(self._file, tracks=(*tracks, *self._new))

    def _track(self, index: int, track: Track) -> Track:
        gone = self._gone.get(index, {})
        early, behind, late = self._early[index], self._behind[index], self._late[index]
        if not (gone or early or behind or late):
            return track
        now = (gone.get(number, event) for number, event in enumerate(track.events))
        kept = [event for event in now if event is not None]
        events = sorted([*early, *kept, *behind, *late], key=TICK)
        last = events[-1][0] if events else 0
        return Track(tuple(events), max(track.end, last))


# -- stretches of time -----------------------------------------------------------------


class Spans:
    """Many stretches of time, from a first tick up to the tick behind; one of no length is a moment."""

    def __init__(self, spans: Iterable[tuple[int, int]]) -> None:
        ordered = sorted(spans)
        self._starts = [start for start, _ in ordered]
        # the last end of all that begin no later: one look-up answers for stretches that overlap
        self._ends = list(accumulate((end for _, end in ordered), max))

    def overlap(self, start: int, end: int) -> bool:
        """Tell whether one of them begins before `end` and ends behind `start`."""
        before = bisect_left(self._starts, end)
        return before > 0 and self._ends[before - 1] > start
