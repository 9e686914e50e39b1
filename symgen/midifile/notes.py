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

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from symgen.midifile.events import CONTROLLER, NOTE_OFF, NOTE_ON, MidiFile, Place, Track

__all__ = ["SILENCING", "EventIndex", "Pairing", "Stroke", "pair_notes"]

SILENCING = frozenset((120, 123, 124, 125, 126, 127))
_LONGEST_HANGING = 4

EventIndex = tuple[int, int]
"""Index of the track, and of the event in it."""


class Stroke(NamedTuple):
    """A note of a file.

    `on` is the event that begins it, `off` the note off that ends it; it is None where something else does, and two
    notes that are struck at once share one. `hangs` tells that nothing ends it.
    """

    onset: int
    pitch: int
    duration: int
    velocity: int
    on: EventIndex
    off: EventIndex | None
    hangs: bool


class Pairing(NamedTuple):
    """The notes of each place, and how many were odd.

    `hanging` never end, `cut` of these at four quarters; `restruck` end as their key is struck again; `doubled` are
    struck while another one begins on their key; `empty` end as they begin, and are given one tick.
    """

    strokes: dict[Place, list[Stroke]]
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


_Touch = tuple[int, int, int]
"""A key that goes down or up: tick, number of the event, velocity; 0 for up."""


@dataclass
class _Channels:
    """What tracks of one port and channel do to each other: by ``(port, channel)`` and pitch."""

    strays: dict[tuple[int, int, int], list[tuple[int, EventIndex]]] = field(default_factory=lambda: defaultdict(list))
    silences: dict[tuple[int, int], list[tuple[int, EventIndex]]] = field(default_factory=lambda: defaultdict(list))


def pair_notes(file: MidiFile) -> Pairing:
    """Find the notes of the tracks that are played."""
    channels, longest = _Channels(), _LONGEST_HANGING * file.timing[0]
    opened: dict[Place, list[_Open]] = {}
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


def _pair_track(track: Track, index: int, channels: _Channels, longest: int) -> dict[Place, list[_Open]]:
    """Pair what stands in one track, and note what may concern other tracks."""
    keys: dict[Place, list[_Touch]] = {}
    for number, (tick, status, first, second) in enumerate(track.events):
        kind = status & 0xF0
        if kind > CONTROLLER or not isinstance(second, int):
            continue
        if kind in (NOTE_ON, NOTE_OFF):
            keys.setdefault((status & 15, first), []).append((tick, number, second if kind == NOTE_ON else 0))
        elif kind == CONTROLLER and first in SILENCING:
            channels.silences[track.port, status & 15].append((tick, (index, number)))
    opened: dict[Place, list[_Open]] = {}
    for (channel, pitch), touches in keys.items():
        silences = channels.silences.get((track.port, channel), ())
        key = _Key(index, pitch, touches, [(tick, event[1]) for tick, event in silences if event[0] == index])
        notes = key.read(longest)
        if notes:
            opened.setdefault((index, channel), []).extend(notes)
        if key.strays:
            channels.strays[track.port, channel, pitch] += key.strays
    return opened


class _Key:
    """One key of one track."""

    def __init__(self, index: int, pitch: int, touches: Sequence[_Touch], silences: Sequence[tuple[int, int]]) -> None:
        self._index, self._pitch, self._touches = index, pitch, touches
        self._silences = list(reversed(silences))
        self._groups: list[list[_Open]] = []  # notes that sound; those struck at one tick are one group
        self.strays: list[tuple[int, EventIndex]] = []

    def read(self, longest: int) -> list[_Open]:
        """Return the notes, ended as far as this track ends them."""
        found: list[_Open] = []
        for place, (tick, number, velocity) in enumerate(self._touches):
            if self._silences:
                self._hear_silences(number)
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
        self._hear_silences(None)
        self._end_older()
        return found

    def _let_go(self, place: int, longest: int) -> None:
        tick, number, _ = self._touches[place]
        if len(self._groups) > 1:
            newest = self._groups[-1][0].onset
            if tick != newest and self._ups(place, newest + longest) < len(self._groups):
                self._end_older()
        for note in self._groups.pop(0):
            note.end, note.off = tick, (self._index, number)

    def _ups(self, place: int, latest: int) -> int:
        """Count how often the key goes up from here on before it goes down again."""
        count, wanted = 0, len(self._groups)
        while place < len(self._touches) and count < wanted:
            tick, _, velocity = self._touches[place]
            if velocity or tick > latest:
                break
            count, place = count + 1, place + 1
        return count

    def _end_older(self) -> None:
        """End all notes but the last ones where their key was struck again."""
        for group, following in zip(self._groups, self._groups[1:], strict=False):
            for note in group:
                note.end, note.is_restruck = following[0].onset, True
        del self._groups[:-1]

    def _hear_silences(self, before: int | None) -> None:
        """End what sounds where all notes are ended, up to an event."""
        while self._silences and (before is None or self._silences[-1][1] < before):
            tick, _ = self._silences.pop()
            self._end_older()
            for note in self._groups.pop() if self._groups else ():
                note.end = tick


def _end_across(notes: list[_Open], index: int, channel: tuple[int, int], channels: _Channels) -> None:
    """End notes that something in another track ends."""
    silences = sorted(tick for tick, event in channels.silences.get(channel, ()) if event[0] != index)
    for note in notes:
        strays = channels.strays.get((*channel, note.pitch), ()) if note.off is None else ()
        for tick, off in strays:
            if off[0] != index and note.onset < tick and (note.end is None or tick < note.end):
                note.end, note.off, note.is_restruck = tick, off, False
        for tick in silences:
            if note.onset < tick and (note.end is None or tick < note.end):
                note.end = tick
                break


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


def _strokes(notes: Sequence[_Open], end: int, longest: int) -> Iterator[Stroke]:
    for note in notes:
        hangs = note.end is None
        stop = min(end, note.onset + longest) if note.end is None else note.end
        yield Stroke(note.onset, note.pitch, max(1, stop - note.onset), note.velocity, note.on, note.off, hangs)
