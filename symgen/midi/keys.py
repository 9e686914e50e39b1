"""One key at a time: what ends its notes where no single event says it."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter, defaultdict, deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from symgen.midi.events import TICK, MidiFile, TrackChannel

__all__ = ["EventIndex", "KeyEvent", "OpenNote", "Silences", "TrackKey", "count_odd", "read_keys"]

EventIndex = tuple[int, int]
"""Index of the track, and of the event in it."""

TrackKey = tuple[int, int, int]
"""Index of the track, channel and pitch."""

Silences = Mapping[TrackChannel, Sequence[tuple[int, int]]]
"""Number and tick of the commands of a track that end all notes of a channel."""


@dataclass(slots=True)
class OpenNote:
    """A note whose end is looked for."""

    onset: int
    pitch: int
    velocity: int
    on: EventIndex
    end: int | None = None
    off: EventIndex | None = None
    is_restruck: bool = False


KeyEvent = tuple[int, int, int]
"""A key that goes down or up: tick, number of the event, velocity; 0 for up."""


_Stray = tuple[int, EventIndex]


@dataclass
class _CrossTrack:
    """What tracks of one port and channel may do to each other."""

    # tick and event of note offs that end nothing in their own track, by port, channel and pitch
    strays: dict[tuple[int, int, int], list[_Stray]] = field(
        default_factory=lambda: defaultdict(list)
    )
    # tick and track of commands that end all notes, by port and channel
    silences: dict[tuple[int, int], list[tuple[int, int]]] = field(
        default_factory=lambda: defaultdict(list)
    )


def read_keys(
    file: MidiFile, keys: Mapping[TrackKey, Sequence[KeyEvent]], silences: Silences, longest: int
) -> dict[TrackKey, list[OpenNote]]:
    """Find the notes of keys, each with all its events; `longest` are the ticks that a hanging note lasts."""
    # First each track by itself, as most notes end in the track in which they begin; what a track
    # has to spare may then end notes of others.
    ports = [track.port for track in file.tracks]
    channels = _CrossTrack()
    for (index, channel), commands in silences.items():
        channels.silences[ports[index], channel] += [(tick, index) for _, tick in commands]
    opened: dict[TrackKey, list[OpenNote]] = {}
    for (index, channel, pitch), events in keys.items():
        key = _Key(index, pitch, events, silences.get((index, channel), ()))
        opened[index, channel, pitch] = key.read(longest)
        channels.strays[ports[index], channel, pitch] += key.strays
    for (index, channel, _), notes in opened.items():
        _end_across(notes, index, (ports[index], channel), channels)
    return opened


class _Key:
    """One key of one track; `silences` are the commands that end all notes, by number and tick."""

    def __init__(
        self,
        index: int,
        pitch: int,
        key_events: Sequence[KeyEvent],
        silences: Sequence[tuple[int, int]],
    ) -> None:
        self._index, self._pitch = index, pitch
        self._events, self._silences = key_events, silences
        # notes that sound, the oldest first; those struck at one tick are one group
        self._groups: deque[list[OpenNote]] = deque()
        self._runs: list[int] = []
        self.strays: list[_Stray] = []

    def read(self, longest: int) -> list[OpenNote]:
        """Return the notes, ended as far as this track ends them."""
        found: list[OpenNote] = []
        for place, (tick, number, velocity) in enumerate(self._events):
            if self._silences and self._groups:
                self._apply_silences(number)
            if velocity:
                on = self._index, number
                note = OpenNote(tick, self._pitch, velocity, on)
                found.append(note)
                newest = self._groups[-1][0].onset if self._groups else None
                if newest == tick:
                    self._groups[-1].append(note)
                else:
                    self._groups.append([note])
            elif self._groups:
                self._let_go(place, longest)
            else:
                self.strays.append((tick, (self._index, number)))
        if self._silences and self._groups:
            self._apply_silences(None)
        self._end_older()
        return found

    def _let_go(self, place: int, longest: int) -> None:
        tick, number, _ = self._events[place]
        if len(self._groups) > 1:
            # Two voices may share a key, and then each lets it go: as many note offs follow as notes
            # sound. With fewer the key was struck again without being let go, as sloppy writers do.
            # At the tick of the newest note only an older one can end, so there is nothing to ask.
            newest = self._groups[-1][0].onset
            sounding = len(self._groups)
            if tick != newest and self._ups(place, newest + longest) < sounding:
                self._end_older()
        for note in self._groups.popleft():
            note.end, note.off = tick, (self._index, number)

    def _ups(self, place: int, latest: int) -> int:
        """Count how often the key goes up up to a tick, before it goes down again."""
        events = self._events
        if not self._runs:
            # lengths of runs of note offs, from behind once: counting anew at each would be
            # quadratic in a file of note offs only
            self._runs = [0] * (len(events) + 1)
            for i in reversed(range(len(events))):
                _, _, velocity = events[i]
                self._runs[i] = 0 if velocity else self._runs[i + 1] + 1
        stop = place + self._runs[place]
        return bisect_right(events, latest, place, stop, key=TICK) - place

    def _end_older(self) -> None:
        """End all notes but the last ones where their key was struck again."""
        while len(self._groups) > 1:
            older = self._groups.popleft()
            struck_again = self._groups[0][0].onset
            for note in older:
                note.end, note.is_restruck = struck_again, True

    def _apply_silences(self, before: int | None) -> None:
        """End what sounds where all notes are ended between the last note on and an event."""
        newest = self._groups[-1][-1].on[1]
        place = bisect_right(self._silences, (newest, 0))
        if place == len(self._silences):
            return
        number, tick = self._silences[place]
        if before is None or number < before:
            self._end_older()
            for note in self._groups.popleft():
                note.end = tick


def _end_across(
    notes: list[OpenNote], index: int, channel: tuple[int, int], channels: _CrossTrack
) -> None:
    """End notes that something in another track ends."""
    commands = channels.silences.get(channel, ())
    silences = sorted(tick for tick, track in commands if track != index)
    strays: dict[int, list[_Stray]] = {}
    for note in notes:
        if note.off is None:
            if note.pitch not in strays:
                found = channels.strays.get((*channel, note.pitch), ())
                others = ((tick, off) for tick, off in found if off[0] != index)
                strays[note.pitch] = sorted(others)
            mine = strays[note.pitch]
            place = bisect_right(mine, note.onset, key=TICK)
            if place < len(mine):
                tick, off = mine[place]
                if note.end is None or tick < note.end:
                    note.end, note.off, note.is_restruck = tick, off, False
        place = bisect_right(silences, note.onset)
        if place < len(silences) and (note.end is None or silences[place] < note.end):
            note.end = silences[place]


def count_odd(notes: Sequence[OpenNote], latest: int) -> Counter[str]:
    """Count what is odd; `latest` is the last onset of a note that hangs and is not cut."""
    hanging = [note for note in notes if note.end is None]
    return Counter(
        hanging=len(hanging),
        cut=sum(note.onset < latest for note in hanging),
        restruck=sum(note.is_restruck for note in notes),
        empty=sum(note.end == note.onset for note in notes),
    )
