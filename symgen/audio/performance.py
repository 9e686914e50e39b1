"""What a synthesizer is told and when: timed channel messages, their channels, and keys of a score."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from symgen.audio.soundfonts import DRUM_BANK
from symgen.midi.events import PROGRAM, SYSEX, MidiFile, TrackChannel
from symgen.midi.parts import drum_channels
from symgen.music.score import Score
from symgen.music.tempo import tick_seconds
from symgen.system.arrays import distinct

__all__ = [
    "BEND",
    "CHANNEL_PRESSURE",
    "CONTROLLER",
    "GRAIN",
    "KEY_PRESSURE",
    "MESSAGE",
    "MOST_CHANNELS",
    "NOBODY",
    "NOTE_OFF",
    "NOTE_ON",
    "PRESET",
    "RESET",
    "TAIL_SECONDS",
    "Channels",
    "Messages",
    "Performance",
    "Playing",
    "alone",
    "assign_channels",
    "key_strokes",
    "make_messages",
    "note_messages",
    "tick_frames",
]

GRAIN = 64
"""Frames per internal buffer of FluidSynth: finer times than this cannot be heard by it."""

MOST_CHANNELS = 256

TAIL_SECONDS = 6.0
"""Most sound after the last message."""

NOTE_OFF, NOTE_ON, KEY_PRESSURE, CONTROLLER = 0x80, 0x90, 0xA0, 0xB0
PRESET, CHANNEL_PRESSURE, BEND, RESET = 0xC0, 0xD0, 0xE0, 0xFF
"""Kinds of messages, after their status bytes. `PRESET` is a program change that names the bank too."""

MESSAGE = np.dtype(
    [
        ("frame", "<u4"),
        ("kind", "u1"),
        ("channel", "u1"),
        ("first", "u1"),
        ("second", "u1"),
        ("part", "<u2"),
    ]
)
"""A message: its time in frames, a multiple of `GRAIN`; its kind; its channel, 0..255; two data bytes, of `PRESET` the
bank and the program; and, of `NOTE_ON`, the part that plays. Ten bytes, as a piece may have millions."""

NOBODY = 2**16 - 1
"""In the place of a part."""

Messages = NDArray[np.void]
"""Rows of `MESSAGE`, in the order in which they are sent."""


@dataclass(frozen=True)
class Performance:
    """What is played."""

    messages: Messages  # shape (n,); by time; presets that the soundfont holds
    notices: tuple[str, ...] = ()  # one line for each thing that is not as the score asks for
    # Size, level and width of the reverberation, each 0..1; None: as the synthesizer has them
    room: tuple[float, float, float] | None = None

    @property
    def keys_up(self) -> int:
        """Frame at which the last key is let go."""
        is_key = np.isin(self.messages["kind"], (NOTE_ON, NOTE_OFF))
        return int(self.messages["frame"][is_key].max(initial=0))

    @property
    def end(self) -> int:
        """Frame of the last message; what follows dies away."""
        return int(self.messages["frame"].max(initial=0))

    @property
    def parts(self) -> tuple[int, ...]:
        """Indices of the parts that play, in order."""
        playing = self.messages["part"][self.messages["kind"] == NOTE_ON]
        return tuple(distinct(playing).tolist())


@dataclass(frozen=True)
class Playing:
    """How a performance is played."""

    rate: int = 44100  # frames per second
    # Effects of the synthesizer; how much of them each part gets the soundfont and controllers 91
    # and 93 say
    chorus: bool = False
    reverb: bool = True
    room: Sequence[float] | None = None  # as in `Performance`
    # Length; without it the sound ends when it has died away, at most `TAIL_SECONDS` after the last
    # message
    frames: int | None = None

    def length(self, performance: Performance) -> int:
        """Most frames that are played."""
        return (
            performance.end + round(self.rate * TAIL_SECONDS)
            if self.frames is None
            else self.frames
        )


def make_messages(count: int, **columns: Any) -> Messages:
    """Return messages of which each column is an array or one value; without a part unless one is given."""
    made = np.zeros(count, dtype=MESSAGE)
    for name, values in {"part": NOBODY, **columns}.items():
        made[name] = values
    return made


def alone(messages: Messages, part: int) -> Messages:
    """Return what one part plays, so that the sounds of all parts sum to that of the whole."""
    # All controllers stay, as they may be meant for it; a key that another part strikes lets go
    # what sounds on it.
    mine = messages.copy()
    others = (mine["kind"] == NOTE_ON) & (mine["part"] != part)
    mine["kind"][others] = NOTE_OFF
    return mine


def tick_frames(score: Score, ticks: NDArray[np.int64], rate: int) -> NDArray[np.int64]:
    """Return the times of many ticks in frames, multiples of `GRAIN`."""
    grains = np.rint(tick_seconds(score, ticks) * (rate / GRAIN))
    frames: NDArray[np.int64] = grains.astype(np.int64) * GRAIN
    return frames


_MOST_COPIES = 2**18
"""Messages that may be sent more than once."""

_Line = tuple[int, int]
"""Port and channel."""


class Channels:
    """Channels of a file: sixteen for each port, and more for parts that have to be kept apart."""

    # Parts that share a channel are kept apart where they name different programs, as files do that
    # have more parts than channels; and all of them if that is asked for, so that each can have a
    # seat of its own. What is said to the channel is then said to each of them, but for a program:
    # that is for the part in whose track it stands, and for those that name none.

    def __init__(self, file: MidiFile, places: list[TrackChannel], *, apart: bool) -> None:
        self._ports = {index: file.tracks[index].port for index in file.played}
        ports = sorted(set(self._ports.values()))
        self._base = {port: 16 * rank % MOST_CHANNELS for rank, port in enumerate(ports)}
        self._programs = _first_programs(file)
        self._played: dict[TrackChannel, int] = {}
        lines: dict[_Line, list[TrackChannel]] = defaultdict(list)
        for place in places:
            lines[self._line(*place)].append(place)
            self._played[place] = self._number(*place)
        said = _count_messages(file, self._ports)
        self._lines = dict(lines)
        self._spread(apart, said, min(16 * len(ports), MOST_CHANNELS))
        self.drums = {channel for line in drum_channels(file) for channel in self._of_line(line)}

    def part(self, place: TrackChannel) -> int:
        """Return the channel on which a part plays."""
        return self._played[place]

    def hearing(self, track: int, channel: int) -> tuple[int, ...]:
        """Return the channels that a message in a track is for."""
        return self._of_line(self._line(track, channel))

    def patched(self, track: int, channel: int) -> tuple[int, ...]:
        """Return the channels that a program or a bank in a track is for."""
        line = self._line(track, channel)
        if (track, channel) not in self._played:
            return self._of_line(line)
        mine = [
            place for place in self._lines[line] if place[0] == track or place not in self._programs
        ]
        return tuple(dict.fromkeys(self._played[place] for place in mine))

    def _line(self, track: int, channel: int) -> _Line:
        return self._ports[track], channel

    def _number(self, track: int, channel: int) -> int:
        return self._base[self._ports[track]] + channel

    def _of_line(self, line: _Line) -> tuple[int, ...]:
        port, channel = line
        if line not in self._lines:
            return (self._base[port] + channel,)
        return tuple(dict.fromkeys(self._played[place] for place in self._lines[line]))

    def _spread(self, apart: bool, said: Counter[_Line], free: int) -> None:
        """Give parts that share a channel channels of their own, as long as there are any."""
        left = _MOST_COPIES
        for line, places in self._lines.items():
            programs = {self._programs[place] for place in places if place in self._programs}
            more = len(places) - 1
            cost = more * said[line]
            if (apart or len(programs) > 1) and free + more <= MOST_CHANNELS and cost <= left:
                left -= cost
                self._played |= {place: free + number for number, place in enumerate(places[1:])}
                free += more


def _first_programs(file: MidiFile) -> dict[TrackChannel, int]:
    """Return the first program that each track names on each channel."""
    found: dict[TrackChannel, int] = {}
    for index in file.played:
        for _, (_, status, first, _) in file.tracks[index].patches:
            if status & 0xF0 == PROGRAM:
                found.setdefault((index, status & 15), first)
    return found


def _count_messages(file: MidiFile, ports: dict[int, int]) -> Counter[_Line]:
    """Count what is said to each channel besides notes."""
    counts: Counter[_Line] = Counter()
    for index, port in ports.items():
        kinds = Counter(status for _, status, _, _ in file.tracks[index].events)
        for status, count in kinds.items():
            if status < SYSEX and status & 0xF0 not in (NOTE_OFF, NOTE_ON):
                counts[port, status & 15] += count
    return counts


def assign_channels(score: Score) -> tuple[int, ...]:
    """Give each part a channel of its own."""
    # Returns 0..255; an empty part has one that others may have.
    # Beyond 256 parts with notes those of one instrument share one.
    playing = sum(bool(part.notes) for part in score.parts)
    channels: dict[tuple[bool, int], int] = {}
    chosen = []
    for index, part in enumerate(score.parts):
        key = (part.is_drum, part.program if playing > MOST_CHANNELS else index)
        chosen.append(channels.setdefault(key, len(channels) % MOST_CHANNELS) if part.notes else 0)
    return tuple(chosen)


def note_messages(score: Score, rate: int) -> Messages:
    """Return the presets of all parts that have notes, and their notes."""
    # `rate`: frames per second.
    channels = assign_channels(score)
    presets = {channel: (DRUM_BANK if part.is_drum else 0, part.program)
               for channel, part in zip(channels, score.parts, strict=True) if part.notes}  # fmt: skip
    banks, programs = np.array(list(presets.values()), dtype=np.int64).reshape(-1, 2).T
    heads = make_messages(
        len(presets), kind=PRESET, channel=list(presets), first=banks, second=programs
    )
    keys = key_strokes(score, channels, rate)
    count = len(keys)
    messages = make_messages(
        2 * count,
        frame=np.r_[keys[:, 1], keys[:, 0]],
        kind=np.repeat(np.array([NOTE_OFF, NOTE_ON], dtype=np.uint8), count),
    )
    messages["channel"] = np.tile(keys[:, 2].astype(np.uint8), 2)
    messages["first"] = np.tile(keys[:, 3].astype(np.uint8), 2)
    messages["second"][count:] = keys[:, 4]
    messages["part"][count:] = keys[:, 5]
    del keys
    order = np.argsort(messages["frame"], kind="stable")
    return np.concatenate([heads, messages[order]])


def key_strokes(score: Score, channels: tuple[int, ...], rate: int) -> NDArray[np.int32]:
    """Return all notes as keys that are held, without two at once on one key of one channel."""
    # `rate`: frames per second; returns shape (keys, 6), rows ``(down, up, channel, pitch,
    # velocity, part)``, sorted; times in frames, multiples of `GRAIN`.
    # Where notes of the same channel and pitch overlap, the later one strikes the key again and the
    # key goes up when the last of them ends.
    # A piece may have a million notes: nothing is kept twice for longer than need be.
    notes = score.note_array()
    notes[:, 1] += notes[:, 0]
    rows = np.empty((len(notes), 6), dtype=np.int32)
    for column in (0, 1):
        rows[:, column] = tick_frames(score, notes[:, column], rate)
    rows[:, 1] = np.maximum(rows[:, 1], rows[:, 0] + GRAIN)
    rows[:, 3:] = notes[:, 2:]
    del notes
    rows[:, 2] = np.array(channels or (0,), dtype=np.int32)[rows[:, 5]]
    rows = rows[np.lexsort((rows[:, 1], rows[:, 0], rows[:, 3], rows[:, 2]))]
    rows = _one_at_a_time(rows)
    return rows[np.lexsort((rows[:, 3], rows[:, 2], rows[:, 1], rows[:, 0]))]


def _one_at_a_time(rows: NDArray[np.int32]) -> NDArray[np.int32]:
    """Strike a key again where it is still held; rows are sorted by channel, pitch, down and up."""
    if not len(rows):
        return rows
    new_key = np.r_[True, (rows[1:, 2:4] != rows[:-1, 2:4]).any(axis=1)]
    new_stroke = new_key | np.r_[True, rows[1:, 0] != rows[:-1, 0]]
    # The latest end so far on each key; what a key before it reached lies below, as each key has a floor of its own.
    floors = (np.cumsum(new_key) - 1) * (int(rows[:, 1].max()) + 1)
    ends = np.maximum.accumulate(rows[:, 1] + floors) - floors
    firsts = np.flatnonzero(new_stroke)
    strokes = rows[firsts]
    strokes[:, 1] = ends[np.r_[firsts[1:], len(rows)] - 1]
    strokes[:, 4] = np.maximum.reduceat(rows[:, 4], firsts)
    again = ~new_key[firsts[1:]]
    strokes[:-1, 1][again] = np.minimum(strokes[:-1, 1], strokes[1:, 0])[again]
    return strokes
