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
from typing import NamedTuple

from symgen.midi.events import CONTROLLER, NOTE_OFF, NOTE_ON, TICK, MidiFile, Track, TrackChannel

__all__ = ["SILENCING", "EventIndex", "MidiNote", "Pairing", "pair_notes"]

SILENCING = frozenset((120, 123, 124, 125, 126, 127))
_LONGEST_HANGING = 4

EventIndex = tuple[int, int]
"""Index of the track, and of the event in it."""


class MidiNote(NamedTuple):
    """A note of a file, in ticks, with the events that begin and end it."""

    onset: int
    pitch: int
    duration: int
    velocity: int
    on: EventIndex
    # None where something else than a note off ends it; notes struck at once share one
    off: EventIndex | None
    # nothing ends it
    hangs: bool


class Pairing(NamedTuple):
    """The notes of each track and channel, and how many were odd."""

    notes: dict[TrackChannel, list[MidiNote]]
    # never end, and how many of these are cut at four quarters
    hanging: int = 0
    cut: int = 0
    # end as their key is struck again
    restruck: int = 0
    # are struck while another one begins on their key
    doubled: int = 0
    # end as they begin, and are given one tick
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


def pair_notes(file: MidiFile) -> Pairing:
    """Find the notes of the tracks that are played."""
    # First each track by itself, as most notes end in the track in which they begin; what a track
    # has to spare may then end notes of others.
    channels, longest = _CrossTrack(), _LONGEST_HANGING * file.timing[0]
    opened: dict[TrackChannel, list[_Open]] = {}
    for index in file.played:
        opened |= _pair_track(file.tracks[index], index, channels, longest)
    for (index, channel), notes in opened.items():
        port = file.tracks[index].port
        _end_across(notes, index, (port, channel), channels)
    counts: Counter[str] = Counter()
    found = {}
    for place, notes in opened.items():
        end = file.tracks[place[0]].end
        counts.update(_odd(notes, end - longest))
        found[place] = list(_closed(notes, end, longest))
    return Pairing(found, **counts)


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
            velocity = second if kind == NOTE_ON else 0
            keys.setdefault((status & 15, first), []).append((tick, number, velocity))
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
        self._index, self._pitch = index, pitch
        self._events, self._silences = key_events, silences
        # notes that sound, the oldest first; those struck at one tick are one group
        self._groups: deque[list[_Open]] = deque()
        self._runs: list[int] = []
        self.strays: list[_Stray] = []

    def read(self, longest: int) -> list[_Open]:
        """Return the notes, ended as far as this track ends them."""
        found: list[_Open] = []
        for place, (tick, number, velocity) in enumerate(self._events):
            if self._silences and self._groups:
                self._apply_silences(number)
            if velocity:
                on = self._index, number
                note = _Open(tick, self._pitch, velocity, on)
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
    notes: list[_Open], index: int, channel: tuple[int, int], channels: _CrossTrack
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


def _closed(notes: Sequence[_Open], end: int, longest: int) -> Iterator[MidiNote]:
    for note in notes:
        hangs = note.end is None
        stop = note.end
        if stop is None:
            stop = min(end, note.onset + longest)
        yield MidiNote(
            note.onset,
            note.pitch,
            max(1, stop - note.onset),
            note.velocity,
            note.on,
            note.off,
            hangs,
        )
