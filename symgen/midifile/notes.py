"""Which note off ends which note on.

A key is struck and let go. What ends a note is, whichever comes first:

* a note off of its track, channel and pitch; it ends all that sounds on the key;
* the next note on there, at a later tick: the key is struck again. A note off behind it at the same tick is still
  that of the note before; several notes on at one tick sound together;
* "all sound off", "all notes off" and the four mode messages that mean it too (controllers 120 and 123..127), in
  any track of the channel;
* a note off of the channel and pitch in another track, where its own track has none.

A note that nothing ends lasts to the end of its track, at most four quarters: what hangs is no music.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from typing import NamedTuple

from symgen.midifile.events import CONTROLLER, NOTE_OFF, NOTE_ON, MidiFile, Place, Track

__all__ = ["EventIndex", "Pairing", "Stroke", "pair_notes"]

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
    """The notes of each place, in the order in which the places first play; and how many notes were odd.

    `hanging` never end, `cut` of these at four quarters; `restruck` end as their key is struck again; `doubled` are
    struck while another one begins on their key.
    """

    strokes: dict[Place, list[Stroke]]
    hanging: int
    cut: int
    restruck: int
    doubled: int


@dataclass(slots=True)
class _Open:
    """A note whose end is still looked for."""

    onset: int
    pitch: int
    velocity: int
    on: EventIndex
    end: int | None = None
    off: EventIndex | None = None


@dataclass
class _Channels:
    """What tracks of one port and channel do to each other: by ``(port, channel)`` and pitch."""

    strays: dict[tuple[int, int, int], list[tuple[int, EventIndex]]] = field(default_factory=lambda: defaultdict(list))
    silences: dict[tuple[int, int], list[tuple[int, int]]] = field(default_factory=lambda: defaultdict(list))


def pair_notes(file: MidiFile) -> Pairing:
    """Find the notes of the tracks that are played."""
    opened: dict[Place, list[_Open]] = {}
    channels = _Channels()
    ports = {index: file.tracks[index].port for index in file.played}
    restruck = 0
    for index, port in ports.items():
        keys = _Keys(index, port, opened, channels)
        keys.read(file.tracks[index])
        restruck += keys.restruck
    for (index, channel), notes in opened.items():
        _end_across(notes, index, (ports[index], channel), channels)
    longest = _LONGEST_HANGING * file.timing[0]
    strokes = {place: list(_strokes(notes, file.tracks[place[0]].end, longest)) for place, notes in opened.items()}
    hanging = [(stroke, place) for place, found in strokes.items() for stroke in found if stroke.hangs]
    cut = sum(file.tracks[index].end > stroke.onset + longest for stroke, (index, _) in hanging)
    doubled = sum(
        one.onset == other.onset and one.pitch == other.pitch
        for found in strokes.values()
        for one, other in _neighbours(found)
    )
    return Pairing(strokes, len(hanging), cut, restruck, doubled)


def _neighbours(strokes: list[Stroke]) -> Iterator[tuple[Stroke, Stroke]]:
    ordered = sorted(strokes, key=lambda stroke: stroke[:2])
    return pairwise(ordered)


class _Keys:
    """The keys of one track, while it is read."""

    def __init__(self, index: int, port: int, opened: dict[Place, list[_Open]], channels: _Channels) -> None:
        self._index, self._port, self._opened, self._channels = index, port, opened, channels
        self._sounding: dict[Place, list[_Open]] = {}  # by channel and pitch
        self._struck: dict[Place, list[_Open]] = {}  # what the last note on of a key has ended
        self.restruck = 0

    def read(self, track: Track) -> None:
        for number, (tick, status, first, second) in enumerate(track.events):
            kind, channel = status & 0xF0, status & 15
            if kind > CONTROLLER or not isinstance(second, int):
                continue
            if kind == NOTE_ON and second:
                self._strike((channel, first), _Open(tick, first, second, (self._index, number)))
            elif kind in (NOTE_OFF, NOTE_ON):
                self._let_go((channel, first), tick, (self._index, number))
            elif kind == CONTROLLER and first in SILENCING:
                self._silence(channel, tick)

    def _strike(self, key: Place, note: _Open) -> None:
        held = self._sounding.get(key)
        if held and held[0].onset == note.onset:
            held.append(note)
        else:
            if held:
                for before in held:
                    before.end = note.onset
                self._struck[key] = held
                self.restruck += len(held)
            self._sounding[key] = [note]
        self._opened.setdefault((self._index, key[0]), []).append(note)

    def _let_go(self, key: Place, tick: int, event: EventIndex) -> None:
        ended = self._struck.pop(key, None)
        if ended and ended[0].end == tick:
            self.restruck -= len(ended)
        else:
            ended = self._sounding.pop(key, None)
        for note in ended or ():
            note.end, note.off = tick, event
        if not ended:
            self._channels.strays[self._port, key[0], key[1]].append((tick, event))

    def _silence(self, channel: int, tick: int) -> None:
        self._channels.silences[self._port, channel].append((tick, self._index))
        for key in [key for key in self._sounding if key[0] == channel]:
            for note in self._sounding.pop(key):
                note.end = tick


def _end_across(notes: list[_Open], index: int, channel: tuple[int, int], channels: _Channels) -> None:
    """End notes that something in another track ends."""
    silences = sorted(tick for tick, track in channels.silences.get(channel, ()) if track != index)
    for note in notes:
        strays = channels.strays.get((*channel, note.pitch), ()) if note.off is None else ()
        for tick, off in strays:
            if off[0] != index and note.onset < tick and (note.end is None or tick < note.end):
                note.end, note.off = tick, off
        for tick in silences:
            if note.onset < tick and (note.end is None or tick < note.end):
                note.end = tick
                break


def _strokes(notes: list[_Open], end: int, longest: int) -> Iterator[Stroke]:
    for note in notes:
        hangs = note.end is None
        stop = min(end, note.onset + longest) if note.end is None else note.end
        yield Stroke(note.onset, note.pitch, max(1, stop - note.onset), note.velocity, note.on, note.off, hangs)
