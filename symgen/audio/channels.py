"""On which channel of the synthesizer each part of a MIDI file plays, and whom a message is for."""

from __future__ import annotations

from collections import Counter, defaultdict

from symgen.audio.events import MOST_CHANNELS
from symgen.midi.events import NOTE_OFF, NOTE_ON, PROGRAM, SYSEX, MidiFile, TrackChannel
from symgen.midi.parts import drum_channels

__all__ = ["Channels"]

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
