"""What is set on a channel: program, controllers, pitch bend and pressure, over time."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import NamedTuple

from symgen.midi.event_tables import Event
from symgen.midi.events import (
    BANK,
    BEND,
    CHANNEL_PRESSURE,
    CONTROLLER,
    KEY_PRESSURE,
    PROGRAM,
    SYSEX,
    TICK,
    MidiFile,
)

__all__ = [
    "BANKS",
    "PARAMETERS",
    "PEDALS",
    "RESET",
    "RESETTABLE",
    "SUSTAIN",
    "DataBytes",
    "History",
    "Message",
    "PortChannel",
    "Setting",
    "channel_messages",
    "default_value",
    "message",
    "setting_of",
]  # fmt: skip

PortChannel = tuple[int, int]
"""Port and channel."""

DataBytes = tuple[int, int]
"""The data bytes of a message."""

Setting = tuple[int, int]
"""What a message sets: its kind, and of a controller the number."""

BANK_LSB = 32
BANKS = (BANK, BANK_LSB)
SUSTAIN = 64
"""The controller of the pedal that lifts all dampers."""

PEDALS = frozenset((SUSTAIN, 66, 67, 69))
RESET = 121
PARAMETERS = frozenset((6, 38, *range(96, 102)))
"""Controllers that mean something in their order only: data entry and the parameter that it is for."""

_MODES = 120
"""The first controller that is no value but a command."""

_SOUND_CONTROLLERS = dict.fromkeys(range(70, 80), 64)
_DEFAULTS = {7: 100, 8: 64, 10: 64, 11: 127, 91: 40, **_SOUND_CONTROLLERS}
"""What General MIDI sets where a file says nothing; all others are 0."""

_CENTER = (0, 64)
_RESET_CONTROLLERS = (1, 11, 64, 65, 66, 67, 68, 69)
RESETTABLE: frozenset[Setting] = frozenset(
    [(CONTROLLER, number) for number in _RESET_CONTROLLERS] + [(BEND, 0), (CHANNEL_PRESSURE, 0)]
)
"""What "reset all controllers" sets to its default (MIDI recommended practice 15)."""


class Message(NamedTuple):
    """A channel message that is no note, and where it stands."""

    tick: int
    track: int
    number: int
    event: Event


def channel_messages(file: MidiFile) -> dict[PortChannel, list[Message]]:
    """Return the messages of each channel in the order in which they are played."""
    found: dict[PortChannel, list[Message]] = defaultdict(list)
    for index in file.played:
        track = file.tracks[index]
        for number, event in enumerate(track.events):
            if KEY_PRESSURE <= event[1] < SYSEX:
                message = Message(event[0], index, number, event)
                found[track.port, event[1] & 15].append(message)
    for messages in found.values():
        messages.sort(key=TICK)
    return found


def setting_of(event: Event) -> Setting | None:
    """Return what a message sets, if it is a value that holds until the next one."""
    kind, first = event[1] & 0xF0, event[2]
    if kind == CONTROLLER:
        return None if first in PARAMETERS or first >= _MODES else (kind, first)
    return (kind, 0) if kind in (PROGRAM, CHANNEL_PRESSURE, BEND) else None


def default_value(setting: Setting) -> DataBytes | None:
    """Return the data bytes that a setting has before anything is said, if that is known."""
    kind, number = setting
    if kind == PROGRAM:
        return None
    if kind == CONTROLLER:
        return number, _DEFAULTS.get(number, 0)
    return _CENTER if kind == BEND else (0, 0)


class History:
    """What is set on a channel, from the tick on at which it first plays."""

    def __init__(self, start: int) -> None:
        self._start = start  # what holds in the silence before the first note was never heard
        self._since: dict[Setting, int] = {}
        self._held: dict[Setting, Counter[DataBytes]] = defaultdict(Counter)
        self.running: dict[Setting, DataBytes] = {}  # what holds now
        self.tracks: dict[Setting, int] = {}  # the track that said so

    def update(self, message: Message) -> None:
        """Go on to the next message."""
        event = message.event
        if event[1] & 0xF0 == CONTROLLER and event[2] == RESET:
            for changed in RESETTABLE & self.running.keys():
                self._set(changed, message.tick, default_value(changed))
        setting = setting_of(event)
        if setting is not None and isinstance(event[3], int):
            self._set(setting, message.tick, (event[2], event[3]))
            self.tracks[setting] = message.track

    def _set(self, setting: Setting, tick: int, value: DataBytes | None) -> None:
        before = self.running.get(setting, default_value(setting))
        since = max(self._start, self._since.get(setting, 0))
        span = max(0, tick - since)
        if before is not None and span:
            self._held[setting][before] += span
        self._since[setting] = tick
        if value is not None:
            self.running[setting] = value

    def longest(self, setting: Setting, end: int) -> DataBytes:
        """Return the value that held longest up to a tick; of two as long, the later one."""
        running = self.running[setting]
        since = max(self._start, self._since[setting])
        held = Counter(self._held[setting])
        held[running] += max(1, end - since)
        longest = max(held, key=held.__getitem__)
        return running if held[running] == held[longest] else longest


def message(tick: int, channel: int, setting: Setting, value: DataBytes) -> Event:
    """Make the message that sets a value."""
    return tick, setting[0] | channel, *value
