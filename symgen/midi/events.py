"""MIDI events, tracks and files as plain values, the numbers by which the standard names them, and their bytes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from operator import itemgetter
from typing import TYPE_CHECKING, Any

import numpy as np

from symgen.kernel.midi import PlainNotes, plain_notes, write_track
from symgen.midi.event_tables import Event, EventTable
from symgen.midi.text import decode_text
from symgen.system.errors import FormatError

__all__ = [
    "TICK",
    "MidiFile",
    "Track",
    "TrackChannel",
    "encode_events",
    "encode_midi",
    "encode_vlq",
]

NOTE_OFF, NOTE_ON, KEY_PRESSURE, CONTROLLER = 0x80, 0x90, 0xA0, 0xB0
PROGRAM, CHANNEL_PRESSURE, BEND = 0xC0, 0xD0, 0xE0
"""Kinds of channel messages: the upper four bits of the status byte; the lower four are the channel."""

SYSEX, ESCAPE, META = 0xF0, 0xF7, 0xFF
"""Status bytes of the events that belong to no channel."""

TEXT, COPYRIGHT, NAME, INSTRUMENT, LYRIC, MARKER, CUE, DEVICE = 1, 2, 3, 4, 5, 6, 7, 9
PORT, END, TEMPO, OFFSET, METER, KEY, PRIVATE = 0x21, 0x2F, 0x51, 0x54, 0x58, 0x59, 0x7F
"""Types of meta events."""

MESSAGE_NAMES = {
    KEY_PRESSURE: "key pressure",
    CONTROLLER: "controller",
    PROGRAM: "program change",
    CHANNEL_PRESSURE: "channel pressure",
    BEND: "pitch bend",
}
META_NAMES = {
    TEXT: "text", COPYRIGHT: "copyright notice", NAME: "name", INSTRUMENT: "instrument name", LYRIC: "lyric",
    MARKER: "marker", CUE: "cue point", DEVICE: "device name", PORT: "port", OFFSET: "SMPTE offset",
    PRIVATE: "sequencer event", TEMPO: "tempo", METER: "meter", KEY: "key signature",
}  # fmt: skip
"""What messages call them."""

BANK = 0
"""Controller that selects a bank of programs."""

DRUM_CHANNEL = 9
_LONGEST_HANGING = 4

TICK = itemgetter(0)
"""Sorts events by time; those of one tick keep their order, which is part of their meaning."""

TrackChannel = tuple[int, int]
"""Where a part is written: index of the track, and channel."""


@dataclass(frozen=True, repr=False)
class Track:
    """A track chunk."""

    # all but the end of track, in file order; of a track that was read they are made when asked for
    events: tuple[Event, ...]
    # tick of the end of track
    end: int

    if not TYPE_CHECKING:

        def __getattr__(self, name: str) -> tuple[Event, ...]:
            if name != "events" or "table" not in self.__dict__:
                raise AttributeError(f"'Track' object has no attribute {name!r}")
            events = self.__dict__["events"] = self.table.events()
            return events

    @classmethod
    def of_table(cls, table: EventTable, end: int, **known: Any) -> Track:
        """Make a track of columns, and of what is known of it already."""
        track = object.__new__(cls)
        track.__dict__.update(known, table=table, end=end)
        return track

    def __repr__(self) -> str:
        return f"<Track {len(self.table)} events>"

    @cached_property
    def table(self) -> EventTable:
        """The events as columns."""
        return EventTable.of(self.events)

    @property
    def numbers(self) -> tuple[int, ...]:
        """Indices of the events that belong to no channel, such as texts and tempos."""
        return self.table.numbers

    @cached_property
    def systems(self) -> list[tuple[int, int, int, int, bytes]]:
        """Number, tick, status, type and payload of the events that belong to no channel."""
        return self.table.systems()

    @cached_property
    def _by_kind(self) -> dict[int, list[tuple[int, int, bytes]]]:
        found: dict[int, list[tuple[int, int, bytes]]] = {}
        for number, tick, status, first, payload in self.systems:
            if status == META:
                found.setdefault(first, []).append((number, tick, payload))
        return found

    def metas(self, kind: int) -> Sequence[tuple[int, int, bytes]]:
        """Return index, tick and payload of the meta events of a type."""
        return self._by_kind.get(kind, ())

    @property
    def name(self) -> str:
        """The first name, or an empty one."""
        names = self.metas(NAME)
        return decode_text(names[0][2]) if names else ""

    @cached_property
    def marks(self) -> frozenset[bytes]:
        """Payloads of the sequencer-specific events."""
        return frozenset([payload for _, _, payload in self.metas(PRIVATE)])

    @cached_property
    def patches(self) -> tuple[tuple[int, Event], ...]:
        """Program changes and bank selects (controller 0), with their indices."""
        kind, first = self.table.status & 0xF0, self.table.first
        found = np.flatnonzero((kind == PROGRAM) | ((kind == CONTROLLER) & (first == BANK)))
        columns = (column[found].tolist() for column in self.table.columns)
        return tuple(zip(found.tolist(), zip(*columns, strict=True), strict=True))

    @cached_property
    def channels(self) -> frozenset[int]:
        """Channels on which notes are played."""
        # a note on of velocity 0 is a note off
        struck = self.table.status[self.table.second > 0]
        counts = np.bincount(struck, minlength=256)[NOTE_ON : NOTE_ON + 16]
        return frozenset(np.flatnonzero(counts).tolist())

    @cached_property
    def paired(self) -> dict[int, PlainNotes | None]:
        """The notes by how many ticks a hanging one lasts, where nothing needs to be asked about them."""
        return {}

    def plain_notes(self, longest: int) -> PlainNotes | None:
        """Return the notes, if nothing needs to be asked about them."""
        if longest not in self.paired:
            self.paired[longest] = plain_notes(self.table.columns, longest, self.end)
        return self.paired[longest]

    @cached_property
    def port(self) -> int:
        """The port that the track names, or 0."""
        return next((payload[0] for _, _, payload in self.metas(PORT) if payload), 0)


@dataclass(frozen=True, repr=False)
class MidiFile:
    """A MIDI file."""

    # 0 (one track), 1 (parallel tracks) or 2 (independent patterns).
    format: int
    # as the header has it: ticks per quarter note, 1..32767, or, with the highest of 16 bits set,
    # film frames
    division: int
    # in file order
    tracks: tuple[Track, ...]
    # track and channel of each part of the score that was read from it, or is written as it
    places: tuple[TrackChannel, ...] = ()

    def __repr__(self) -> str:
        return f"<MidiFile format {self.format}, {len(self.tracks)} tracks>"

    @cached_property
    def played(self) -> tuple[int, ...]:
        """Indices of the tracks that sound together: all, but of format 2 the pattern that the parts are in."""
        if self.format != 2:
            return tuple(range(len(self.tracks)))
        chosen = sorted({track for track, _ in self.places})
        return tuple(chosen or range(min(1, len(self.tracks))))

    def metas(self, kind: int) -> Iterator[tuple[int, int, int, bytes]]:
        """Yield track, index, tick and payload of the meta events of a type in what is played."""
        for track in self.played:
            for number, tick, payload in self.tracks[track].metas(kind):
                yield track, number, tick, payload

    @cached_property
    def timing(self) -> tuple[int, int | None]:
        """Ticks a quarter note, and where frames are counted the microseconds of each quarter."""
        return timing_of(self.division)

    @property
    def end(self) -> int:
        """The last end of track of those that are played, in ticks."""
        return max((self.tracks[index].end for index in self.played), default=0)

    def scaled(self, resolution: int) -> MidiFile | None:
        """Return the file at a higher number of ticks a quarter note; none if that is no multiple of its own."""
        factor, rest = divmod(resolution, self.timing[0])
        if rest or self.timing[1] is not None:
            return None

        def stretched(track: Track) -> Track:
            table = replace(track.table, ticks=track.table.ticks * factor)
            return Track.of_table(table, track.end * factor)

        tracks = tuple(map(stretched, self.tracks))
        return replace(self, division=resolution, tracks=tracks)


def timing_of(division: int) -> tuple[int, int | None]:
    """Return what `MidiFile.timing` says of a division."""
    if not division & 0x8000:
        return division, None
    # Film frames become quarter notes of half a second, of a second where they cannot be
    # halved: a score needs a whole number of ticks a quarter.
    frames, ticks = 256 - (division >> 8), division & 0xFF
    rate = (30 if frames == 29 else frames) * ticks  # 29 is 30 frames in 1.001 s
    tempo = 500_500 if frames == 29 else 500_000
    return (rate // 2, tempo) if rate % 2 == 0 else (rate, 2 * tempo)


def longest_hanging(division: int) -> int:
    """Return how many ticks a note lasts that nothing ends: four quarters."""
    return _LONGEST_HANGING * timing_of(division)[0]


# -- bytes -----------------------------------------------------------------------------

_MAX_DELTA = 0x0FFFFFFF
_MOST_TRACKS = 0xFFFF


def encode_vlq(value: int) -> bytes:
    """Encode 0..0x0FFFFFFF as a variable-length quantity, seven bits a byte."""
    if not 0 <= value <= _MAX_DELTA:
        raise ValueError(f"{value} is no variable-length quantity")
    out = [value & 0x7F]
    while value := value >> 7:
        out.append(0x80 | value & 0x7F)
    return bytes(reversed(out))


def encode_midi(file: MidiFile) -> bytes:
    """Write a MIDI file, without running status, which some readers get wrong."""
    if len(file.tracks) > _MOST_TRACKS:
        raise FormatError(
            f"the score has {len(file.tracks)} tracks, a MIDI file at most {_MOST_TRACKS}; merge parts"
        )
    fields = file.format, len(file.tracks), file.division
    head = b"".join(value.to_bytes(2, "big") for value in fields)
    return _chunk(b"MThd", head) + b"".join(map(_encode_track, file.tracks))


def _encode_track(track: Track) -> bytes:
    table = track.table
    body = write_track(table.columns, table.payloads, track.end)
    return _chunk(b"MTrk", encode_events(track) if body is None else body)


def encode_events(track: Track) -> bytes:
    """Write the events of a track one by one, as the C library does it at once."""
    body = bytearray()
    last = 0
    end_of_track: Event = (track.end, META, END, b"")
    for event in (*track.events, end_of_track):
        tick = event[0]
        while tick - last > _MAX_DELTA:  # a longer wait is made of empty texts
            body += encode_vlq(_MAX_DELTA) + bytes((META, TEXT, 0))
            last += _MAX_DELTA
        body += encode_vlq(tick - last) + _encode_event(event)
        last = tick
    return bytes(body)


def _encode_event(event: Event) -> bytes:
    _, status, first, second = event
    if isinstance(second, bytes):
        head = bytes((status, first)) if status == META else bytes((status,))
        return head + encode_vlq(len(second)) + second
    if status & 0xF0 in (PROGRAM, CHANNEL_PRESSURE):
        return bytes((status, first))
    return bytes((status, first, second))


def _chunk(tag: bytes, body: bytes) -> bytes:
    return tag + len(body).to_bytes(4, "big") + body
