"""Parts, drum channels, titles and maps of tempo, meter and key, as a MIDI file says them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from typing import NamedTuple

import numpy as np

from symgen.midi.event_tables import Event
from symgen.midi.events import (
    CONTROLLER,
    DRUM_CHANNEL,
    KEY,
    METER,
    PRIVATE,
    PROGRAM,
    SYSEX,
    TEMPO,
    MidiFile,
    Track,
    TrackChannel,
)
from symgen.midi.notes import MidiNote, Pairing, PlayedNotes, pair_notes
from symgen.music.instruments import DRUMS, program_name
from symgen.music.meter import Meter
from symgen.music.note_tables import Table
from symgen.music.score import KeyChange, MeterChange, TempoChange

__all__ = [
    "EMPTY",
    "LENGTH",
    "MORE",
    "SIGNED",
    "Maps",
    "PlayedPart",
    "drum_channels",
    "find_length",
    "find_parts",
    "find_title",
    "read_maps",
    "title_track",
]

# MIDI alone cannot say three things that a score knows, so that a file read back would differ: a
# part without notes, notes of a part that overlap others on their key and therefore stand in a
# track of their own, and music that ends before the last event. Each has a sequencer-specific event
# (FF 7F), which other programs skip.
SIGNED = b"\x7dsymgen:"  # 7D: the maker's number that is free for all
EMPTY, MORE, LENGTH = SIGNED + b"empty", SIGNED + b"more", SIGNED + b"end"
"""Marks of a track without notes that is a part, of one that belongs to another, and of the end of the music.

`MORE` alone means the part before; followed by ``:`` and a number, the part of that track on the same channel.
"""


@dataclass(frozen=True)
class PlayedPart:
    """A part of a file: what one channel of one track plays."""

    place: TrackChannel
    # of the track; of the instrument where all that plays is one track
    name: str
    # the last one of the channel in the track, else in any track
    program: int
    is_drum: bool
    # a track with more notes of the part has some of its own
    played: list[PlayedNotes]

    @cached_property
    def notes(self) -> list[MidiNote]:
        """All notes, track by track."""
        return list(chain.from_iterable(self.played))

    @property
    def table(self) -> Table:
        """Rows of onset, duration, pitch and velocity of all notes, in no order."""
        tables = [notes.table for notes in self.played]
        if len(tables) == 1:
            return tables[0]
        return np.concatenate([np.empty((4, 0), np.int64), *tables], axis=1)

    @property
    def is_sorted(self) -> bool:
        """Whether the table is sorted as a part sorts its notes."""
        return len(self.played) == 1 and self.played[0].is_sorted


def find_title(file: MidiFile) -> str:
    """Return the name of the piece, see `title_track`; empty if it has none."""
    index = title_track(file)
    return "" if index is None else file.tracks[index].name


def title_track(file: MidiFile) -> int | None:
    """Return the track whose name is that of the piece: the first one, if it has no notes or plays all parts."""
    for index in file.played[:1]:
        track = file.tracks[index]
        is_part = EMPTY in track.marks or (track.channels and not _is_alone(file))
        return None if is_part else index
    return None


def find_length(file: MidiFile) -> int:
    """Return the tick at which the piece ends."""
    marks = [tick for _, _, tick, payload in file.metas(PRIVATE) if payload == LENGTH]
    return max(marks) if marks else file.end


def find_parts(file: MidiFile) -> tuple[list[PlayedPart], Pairing]:
    """Return the parts of a file by track and channel, and how its notes were paired."""
    pairing, reader = pair_notes(file), _Reader(file)
    by_track: dict[int, dict[TrackChannel, PlayedNotes]] = {}
    for place in sorted(pairing.notes):
        by_track.setdefault(place[0], {})[place] = pairing.notes[place]
    parts: list[PlayedPart] = []
    for index in file.played:
        track = file.tracks[index]
        found = by_track.get(index, {})
        marks = track.marks
        more = next((mark for mark in marks if mark.startswith(MORE)), None)
        if more is not None and parts:
            for (_, channel), notes in found.items():
                _owner(parts, more, channel).played.append(notes)
        elif found:
            parts += [reader.part(place, [notes]) for place, notes in found.items()]
        elif EMPTY in marks:
            channel = next((event[1] & 15 for _, event in _programs(track)), 0)
            parts.append(reader.part((index, channel), []))
    # a file that a score was read from and that has lost all notes of a part still has the part
    known = {part.place for part in parts}
    parts += [reader.part(place, []) for place in file.places if place not in known]
    return parts, pairing


def _owner(parts: list[PlayedPart], mark: bytes, channel: int) -> PlayedPart:
    """Return the part to which a track with more of its notes belongs."""
    index = mark[len(MORE) + 1 :]
    if index.isdigit():
        place = int(index), channel
        return next((part for part in parts if part.place == place), parts[-1])
    return parts[-1]


def _is_alone(file: MidiFile) -> bool:
    """Tell whether one track plays the whole piece, so that its name is that of the piece."""
    channels = (file.tracks[index].channels for index in file.played)
    playing = [used for used in channels if used]
    return len(playing) == 1 and (file.format != 1 or len(playing[0]) > 1)


class _Reader:
    """What all tracks say together."""

    def __init__(self, file: MidiFile) -> None:
        self._file, self._drums = file, drum_channels(file)
        self._own, self._any = _last_programs(file)
        self._is_alone = _is_alone(file)

    def part(self, place: TrackChannel, played: list[PlayedNotes]) -> PlayedPart:
        """Describe what is played at a place."""
        track = self._file.tracks[place[0]]
        channel = track.port, place[1]
        program = self._own.get(place, self._any.get(channel, 0))
        is_drum = channel in self._drums
        player = DRUMS.capitalize() if is_drum else program_name(program)
        name = player if self._is_alone else track.name
        return PlayedPart(place, name, program, is_drum, played)


def _programs(track: Track) -> Iterator[tuple[int, Event]]:
    return ((number, event) for number, event in track.patches if event[1] & 0xF0 == PROGRAM)


def _last_programs(file: MidiFile) -> tuple[dict[TrackChannel, int], dict[tuple[int, int], int]]:
    """Return the last program of each place, and of each channel of a port."""
    changes = sorted(
        (event[0], index, number, event[1] & 15, event[2])
        for index in file.played
        for number, event in _programs(file.tracks[index])
    )
    own: dict[TrackChannel, int] = {}
    shared: dict[tuple[int, int], int] = {}
    for _, index, _, channel, program in changes:
        own[index, channel] = program
        shared[file.tracks[index].port, channel] = program
    return own, shared


# -- drums -----------------------------------------------------------------------------

_DRUM_BANKS = frozenset((126, 127))
"""Of XG: effects and drum kits."""


def drum_channels(file: MidiFile) -> set[tuple[int, int]]:
    """Return port and channel of what plays drums."""
    # That is channel 10 of General MIDI, unless a message of the file says otherwise: "use for
    # rhythm part" of GS, the part mode of XG, or a drum bank of XG where the file is not made for
    # GS, in which the same numbers are banks of melodic sounds.
    ports = {index: file.tracks[index].port for index in file.played}
    found = {(port, DRUM_CHANNEL) for port in ports.values()}
    messages = sorted(
        (event[0], index, number, event[1], event[3])
        for index in ports
        for number, event in _messages(file.tracks[index])
    )
    is_gs = False
    for _, index, _, status, value in messages:
        if isinstance(value, bytes):
            is_gs = is_gs or (value[:1] == b"\x41" and value[2:4] == b"\x42\x12")
            change = _rhythm_part(value)
        elif is_gs or status & 15 == DRUM_CHANNEL:
            change = None
        else:
            change = status & 15, value in _DRUM_BANKS
        if change is None:
            continue
        channel, is_drum = change
        (found.add if is_drum else found.discard)((ports[index], channel))
    return found


def _messages(track: Track) -> Iterator[tuple[int, Event]]:
    """Yield what may make a channel play drums, with its index."""
    for number, tick, status, kind, payload in track.systems:
        if status == SYSEX:
            yield number, (tick, status, kind, payload)
    for number, event in track.patches:
        if event[1] & 0xF0 == CONTROLLER:
            yield number, event


def _rhythm_part(data: bytes) -> tuple[int, bool] | None:
    """Return the channel that a system exclusive message makes a rhythm part, or no longer one."""
    # GS (Roland): 41 dev 42 12 40 1b 15 mode, with a block b of parts
    is_gs = data[:1] == b"\x41" and data[2:5] == b"\x42\x12\x40" and data[6:7] == b"\x15"
    if is_gs and data[5] >> 4 == 1:
        block = data[5] & 15  # block 0 is channel 10, blocks 1..9 are channels 1..9
        channel = DRUM_CHANNEL if block == 0 else block - (block <= DRUM_CHANNEL)
        return channel, data[7:8] not in (b"", b"\0")
    # XG (Yamaha): 43 dev 4C 08 channel 07 mode
    is_xg = data[:1] == b"\x43" and data[2:4] == b"\x4c\x08" and data[5:6] == b"\x07"
    if is_xg and data[4] < 16:
        return data[4], data[6:7] not in (b"", b"\0")
    return None


# -- tempo, meter and key --------------------------------------------------------------


class Maps(NamedTuple):
    """What all tracks that are played say, track by track."""

    tempos: tuple[TempoChange, ...]
    meters: tuple[MeterChange, ...]
    keys: tuple[KeyChange, ...]


def read_maps(file: MidiFile) -> Maps:
    """Read the maps of a file; where it counts film frames, no tempo counts but that of the frames."""
    _, tempo = file.timing
    tempos = [
        TempoChange(tick, int.from_bytes(data, "big")) for _, _, tick, data in file.metas(TEMPO)
    ]
    if tempo is not None:
        tempos = [TempoChange(0, tempo)]
    meters = [
        MeterChange(tick, Meter(data[0], 2 ** data[1])) for _, _, tick, data in file.metas(METER)
    ]
    keys = []
    for _, _, tick, data in file.metas(KEY):
        sharps = int.from_bytes(data[:1], "big", signed=True)
        keys.append(KeyChange(tick, sharps, data[1] == 1))
    return Maps(tuple(tempos), tuple(meters), tuple(keys))
