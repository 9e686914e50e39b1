"""Which note off ends which note on.

A key is struck and let go. What ends a note is, whichever comes first:

* a note off of its track, channel and pitch. If several notes sound on the key, it ends the oldest as long as there
  is one note off for each of them before the key is struck again (two voices that share a key); if there are fewer,
  what is older ends where the key was struck again, and the note off ends the last one. Notes on at one tick are one;
* "all sound off", "all notes off" and the four mode messages that mean it too (controllers 120 and 123..127), in
  any track of the channel;
* a note off of the channel and pitch in another track, where its own track has none.

A note that nothing ends lasts to the end of its track, at most four quarters: what hangs is no music.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter, defaultdict, deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from operator import itemgetter
from typing import NamedTuple

from symgen.midi.events import CONTROLLER, NOTE_OFF, NOTE_ON, MidiFile, Track, TrackChannel

__all__ = ["SILENCING", "EventIndex", "MidiNote", "Pairing", "pair_notes"]

SILENCING = frozenset((120, 123, 124, 125, 126, 127))
_LONGEST_HANGING = 4

EventIndex = tuple[int, int]
"""Index of the track, and of the event in it."""


class MidiNote(NamedTuple):
    """A note of a file."""

    # `on` is the event that begins it, `off` the note off that ends it; it is None where something
    # else does, and two notes that are struck at once share one. `hangs` tells that nothing ends
    # it.

    onset: int
    pitch: int
    duration: int
    velocity: int
    on: EventIndex
    off: EventIndex | None
    hangs: bool


class Pairing(NamedTuple):
    """The notes of each place, and how many were odd."""

    # `hanging` never end, `cut` of these at four quarters; `restruck` end as their key is struck
    # again; `doubled` are struck while another one begins on their key; `empty` end as they begin,
    # and are given one tick.

    strokes: dict[TrackChannel, list[MidiNote]]
    hanging: int = 0
    cut: int = 0
    restruck: int = 0
    doubled: int = 0
    empty: int = 0


@dataclass(slots=True)
class _Open:
    """A note whose end is looked for."""

    onset: int
    pitch: int
    velocity: int
    on: EventIndex
    end: int | None = None
    off: EventIndex | None = None
    is_restruck: bool = False


_KeyEvent = tuple[int, int, int]
"""A key that goes down or up: tick, number of the event, velocity; 0 for up."""


@dataclass
class _CrossTrack:
    """What tracks of one port and channel may do to each other: by ``(port, channel)`` and pitch."""

    # Of note offs that end nothing in their own track the tick and the event, of commands that end
    # all the tick and the track.

    strays: dict[tuple[int, int, int], list[tuple[int, EventIndex]]] = field(
        default_factory=lambda: defaultdict(list)
    )
    silences: dict[tuple[int, int], list[tuple[int, int]]] = field(
        default_factory=lambda: defaultdict(list)
    )


def pair_notes(file: MidiFile) -> Pairing:
    """Find the notes of the tracks that are played."""
    channels, longest = _CrossTrack(), _LONGEST_HANGING * file.timing[0]
    opened: dict[TrackChannel, list[_Open]] = {}
    for index in file.played:
        opened |= _pair_track(file.tracks[index], index, channels, longest)
    for (index, channel), notes in opened.items():
        _end_across(notes, index, (file.tracks[index].port, channel), channels)
    counts: Counter[str] = Counter()
    strokes = {}
    for place, notes in opened.items():
        end = file.tracks[place[0]].end
        counts.update(_odd(notes, end - longest))
        strokes[place] = list(_strokes(notes, end, longest))
    return Pairing(strokes, **counts)


def _pair_track(
    track: Track, index: int, channels: _CrossTrack, longest: int
) -> dict[TrackChannel, list[_Open]]:
    """Pair what stands in one track, and note what may concern other tracks."""
    keys: dict[TrackChannel, list[_KeyEvent]] = {}
    silences: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for number, (tick, status, first, second) in enumerate(track.events):
        kind = status & 0xF0
        if kind > CONTROLLER or not isinstance(second, int):
            continue
        if kind in (NOTE_ON, NOTE_OFF):
            keys.setdefault((status & 15, first), []).append(
                (tick, number, second if kind == NOTE_ON else 0)
            )
        elif kind == CONTROLLER and first in SILENCING:
            silences[status & 15].append((number, tick))
    for channel, found in silences.items():
        channels.silences[track.port, channel] += [(tick, index) for _, tick in found]
    opened: dict[TrackChannel, list[_Open]] = {}
    for (channel, pitch), key_events in keys.items():
        key = _Key(index, pitch, key_events, silences.get(channel, []))
        notes = key.read(longest)
        if notes:
            opened.setdefault((index, channel), []).extend(notes)
        if key.strays:
            channels.strays[track.port, channel, pitch] += key.strays
    return opened


class _Key:
    """One key of one track; `silences` are the commands that end all notes, by number and tick."""

    def __init__(
        self,
        index: int,
        pitch: int,
        key_events: Sequence[_KeyEvent],
        silences: Sequence[tuple[int, int]],
    ) -> None:
        self._index, self._pitch, self._events, self._silences = index, pitch, key_events, silences
        self._groups: deque[list[_Open]] = (
            deque()
        )  # notes that sound; those struck at one tick are one group
        self._runs: list[int] = []
        self.strays: list[tuple[int, EventIndex]] = []

    def read(self, longest: int) -> list[_Open]:
        """Return the notes, ended as far as this track ends them."""
        found: list[_Open] = []
        for place, (tick, number, velocity) in enumerate(self._events):
            if self._silences and self._groups:
                self._apply_silences(number)
            if velocity:
                note = _Open(tick, self._pitch, velocity, (self._index, number))
                found.append(note)
                if self._groups and self._groups[-1][0].onset == tick:
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
            newest = self._groups[-1][0].onset
            if tick != newest and self._ups(place, newest + longest) < len(self._groups):
                self._end_older()
        for note in self._groups.popleft():
            note.end, note.off = tick, (self._index, number)

    def _ups(self, place: int, latest: int) -> int:
        """Count how often the key goes up up to a tick, before it goes down again."""
        if not self._runs:
            self._runs = [0] * (len(self._events) + 1)
            for i in range(len(self._events) - 1, -1, -1):
                self._runs[i] = 0 if self._events[i][2] else self._runs[i + 1] + 1
        stop = place + self._runs[place]
        return bisect_right(self._events, latest, place, stop, key=itemgetter(0)) - place

    def _end_older(self) -> None:
        """End all notes but the last ones where their key was struck again."""
        while len(self._groups) > 1:
            for note in self._groups.popleft():
                note.end, note.is_restruck = self._groups[0][0].onset, True

    def _apply_silences(self, before: int | None) -> None:
        """End what sounds where all notes are ended between the last note on and an event."""
        newest = self._groups[-1][-1].on[1]
        place = bisect_right(self._silences, (newest, 0))
        if place < len(self._silences) and (before is None or self._silences[place][0] < before):
            self._end_older()
            for note in self._groups.popleft():
                note.end = self._silences[place][1]


def _end_across(
    notes: list[_Open], index: int, channel: tuple[int, int], channels: _CrossTrack
) -> None:
    """End notes that something in another track ends."""
    silences = sorted(tick for tick, track in channels.silences.get(channel, ()) if track != index)
    strays: dict[int, list[tuple[int, EventIndex]]] = {}
    for note in notes:
        if note.off is None:
            if note.pitch not in strays:
                found = channels.strays.get((*channel, note.pitch), ())
                strays[note.pitch] = sorted(one for one in found if one[1][0] != index)
            place = bisect_right(strays[note.pitch], note.onset, key=itemgetter(0))
            if place < len(strays[note.pitch]):
                tick, off = strays[note.pitch][place]
                if note.end is None or tick < note.end:
                    note.end, note.off, note.is_restruck = tick, off, False
        place = bisect_right(silences, note.onset)
        if place < len(silences) and (note.end is None or silences[place] < note.end):
            note.end = silences[place]


def _odd(notes: Sequence[_Open], latest: int) -> Counter[str]:
    """Count what is odd; `latest` is the last onset of a note that hangs and is not cut."""
    hanging = [note for note in notes if note.end is None]
    struck = Counter((note.onset, note.pitch) for note in notes)
    return Counter(
        hanging=len(hanging),
        cut=sum(note.onset < latest for note in hanging),
        restruck=sum(note.is_restruck for note in notes),
        doubled=sum(struck.values()) - len(struck),
        empty=sum(note.end == note.onset for note in notes),
    )


def _strokes(notes: Sequence[_Open], end: int, longest: int) -> Iterator[MidiNote]:
    for note in notes:
        hangs = note.end is None
        stop = min(end, note.onset + longest) if note.end is None else note.end
        yield MidiNote(
            note.onset,
            note.pitch,
            max(1, stop - note.onset),
            note.velocity,
            note.on,
            note.off,
            hangs,
        )
