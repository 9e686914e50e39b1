"""New bars behind the last one of a file: what holds there, and what the file still says behind them.

A file rarely ends as it went. It fades out, slows down, bends its last note, holds the pedal, sets all controllers
back. New bars take up what was usual instead, per channel: of volume, expression, pan, modulation and all other
controllers, of pitch bend and pressure the value that held longest while the channel played; pedals are up; bank and
program are the last ones. Where something else holds at the join, the value is set there anew.

Events of the file behind the join stay at their ticks; what one of them would change (a controller, a tempo, a reset)
is set right again at the same tick. Only "all notes off" and its like behind the join go if a new note of their channel
sounds there, as nothing could give it back.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace

from symgen.midi.channels import (
    BANKS,
    PEDALS,
    RESET,
    RESETTABLE,
    DataBytes,
    History,
    Message,
    PortChannel,
    Setting,
    channel_messages,
    default_value,
    message,
    setting_of,
)
from symgen.midi.edits import Edits, Spans
from symgen.midi.event_tables import Event
from symgen.midi.events import (
    CONTROLLER,
    KEY,
    META,
    METER,
    PROGRAM,
    SYSEX,
    TEMPO,
    TEXT,
    TICK,
    MidiFile,
)
from symgen.midi.layout import key_event, lay_out, meter_event, tempo_event
from symgen.midi.notes import SILENCING
from symgen.midi.parts import find_length, read_maps
from symgen.midi.weave import map_value
from symgen.music.score import Note, Score
from symgen.music.sources import XmlDocument

__all__ = ["carry_on", "restored", "signed"]


def carry_on(score: Score, join: int) -> Score:
    """Return a score, its new notes and maps in it, whose source goes on as usual from a tick."""
    source = score.source
    if not isinstance(source, MidiFile):
        return score
    edits = Edits(source)
    channels: dict[PortChannel, list[int]] = defaultdict(list)
    for part, (track, channel) in enumerate(source.places):
        channels[source.tracks[track].port, channel].append(part)
    messages = channel_messages(source)
    resets = _system_resets(source, join, score.length)
    for key, parts in channels.items():
        carrier = _Carrier(score, source, parts, edits)
        carrier.carry(messages.get(key, []), join, resets)
    _answer_maps(score, source, edits, join)
    keys = score.keys
    if not keys:  # nothing contradicts the keys that the file has behind the join
        keys = tuple(key for key in read_maps(source).keys if key.tick >= join)
    return replace(score, keys=keys, source=edits.made())


def signed(score: Score, tick: int, text: str) -> Score:
    """Return a score that says a text at a tick of its MIDI file: what has made the bars that begin there."""
    source = lay_out(score) if score.source is None else score.source
    if not isinstance(source, MidiFile):
        return score
    edits = Edits(source)
    event: Event = (tick, META, TEXT, text.encode("utf-8", "replace"))
    for track in source.played[:1]:
        edits.add(track, behind=[event])
    return replace(score, source=edits.made())


def restored(score: Score) -> Score:
    """Return a score with the maps and the length of its source, after work on its notes."""
    source = score.source
    if isinstance(source, XmlDocument):
        return replace(score, length=max(score.length, source.length))
    if not isinstance(source, MidiFile):
        return score
    maps = read_maps(source)._asdict()
    return replace(score, **maps, length=find_length(source))


class _Carrier:
    """One channel of a file that goes on."""

    def __init__(self, score: Score, source: MidiFile, parts: Sequence[int], edits: Edits) -> None:
        _, self._channel = source.places[parts[0]]
        self._edits = edits
        self._programs: dict[int, int] = {}  # by track
        self._notes: list[Note] = []
        for index in parts:
            track, _ = source.places[index]
            self._programs[track] = score.parts[index].program
            self._notes += score.parts[index].notes
        self._targets: dict[Setting, DataBytes] = {}

    def carry(self, messages: Sequence[Message], join: int, resets: Mapping[int, int]) -> None:
        """Set what is to hold from the join on, and set it right where something behind the join changes it."""
        # what was usual is what held longest while the channel played
        history = History(min((note.onset for note in self._notes), default=join))
        before = [one for one in messages if one.tick <= join]
        behind = [one for one in messages if one.tick > join]
        for one in before:
            history.update(one)
        self._choose_targets(history, messages, join)
        new_notes = (note for note in self._notes if note.onset >= join)
        fresh = Spans((note.onset, note.end) for note in new_notes)
        programs = _last_programs(before)
        for setting, value in self._targets.items():
            if history.running.get(setting, default_value(setting)) != value:
                track = history.tracks.get(setting, min(self._programs))
                self._set(join, track, setting, value)
        for track, program in self._programs.items():
            if programs.get(track, programs[_ANY]) != program:
                self._set_program(join, track, program)
        for one in behind:
            self._answer(one, fresh)
        for tick, track in resets.items():
            self._restate(tick, track)

    def _choose_targets(self, history: History, messages: Sequence[Message], join: int) -> None:
        finals: dict[Setting, int] = {}
        for one in messages:
            setting = setting_of(one.event)
            if setting and isinstance(one.event[3], int):
                finals[setting] = one.event[3]
        last = _last_programs(messages)
        is_other = any(last.get(track, last[_ANY]) != new for track, new in self._programs.items())
        for setting, final in sorted(finals.items()):
            kind, number = setting
            value = default_value(setting)
            if kind == CONTROLLER and number in BANKS:
                # a program that was asked for is one of General MIDI, in bank 0
                value = number, 0 if is_other else final
            elif kind == CONTROLLER and number in PEDALS:
                value = number, 0
            elif setting in history.running:
                value = history.longest(setting, join)
            if kind != PROGRAM and value is not None:
                self._targets[setting] = value

    def _set(self, tick: int, track: int, setting: Setting, value: DataBytes) -> None:
        event = message(tick, self._channel, setting, value)
        self._edits.add(track, behind=[event])

    def _set_program(self, tick: int, track: int, program: int) -> None:
        self._set(tick, track, _PROGRAM, (program, program))

    def _answer(self, one: Message, fresh: Spans) -> None:
        """Set right what a message behind the join changes; take it out if it would silence a new note."""
        event, setting = one.event, setting_of(one.event)
        if setting == _PROGRAM:
            any_program = next(iter(self._programs.values()))
            program = self._programs.get(one.track, any_program)
            if event[2] != program:
                self._set_program(one.tick, one.track, program)
        elif setting is not None:
            target = self._targets[setting]
            if event[2:] != target:
                self._set(one.tick, one.track, setting, target)
        elif event[1] & 0xF0 == CONTROLLER and event[2] == RESET:
            # it has set back what is to hold, so that is said again behind it
            for changed in sorted(RESETTABLE & self._targets.keys()):
                target = self._targets[changed]
                if target != default_value(changed):
                    self._set(one.tick, one.track, changed, target)
        elif (
            event[1] & 0xF0 == CONTROLLER
            and event[2] in SILENCING
            and fresh.overlap(one.tick, one.tick)
        ):
            self._edits.remove((one.track, one.number))

    def _restate(self, tick: int, track: int) -> None:
        """Set everything again, as a message has set the whole instrument back."""
        for setting, value in self._targets.items():
            self._set(tick, track, setting, value)
        for program in self._programs.values():
            self._set_program(tick, track, program)


_PROGRAM: Setting = (PROGRAM, 0)
_ANY = -1


def _last_programs(messages: Sequence[Message]) -> dict[int, int]:
    """Return the last program of each track, and under `_ANY` of all."""
    found = {_ANY: 0}
    for one in messages:
        if setting_of(one.event) == _PROGRAM:
            found[one.track] = found[_ANY] = one.event[2]
    return found


def _system_resets(file: MidiFile, join: int, end: int) -> dict[int, int]:
    """Return when messages in the new bars set a whole instrument back (GM, GS, XG), and the track of the last one."""
    found: dict[int, int] = {}
    for index in file.played:
        track = file.tracks[index]
        for number in track.numbers:
            tick, status, _, data = track.events[number]
            is_inside = status == SYSEX and join < tick < end
            if is_inside and isinstance(data, bytes) and _is_reset(data):
                found[tick] = index
    return found


def _is_reset(data: bytes) -> bool:
    general = data[:1] == b"\x7e" and data[2:3] == b"\x09"
    roland = data[:1] == b"\x41" and data[2:7] == b"\x42\x12\x40\x00\x7f"
    yamaha = data[:1] == b"\x43" and data[2:6] == b"\x4c\x00\x00\x7e"
    return general or roland or yamaha


def _answer_maps(score: Score, source: MidiFile, edits: Edits, join: int) -> None:
    """Set right at their ticks what maps of the file say behind the join."""
    answers = {
        METER: list(map(meter_event, score.meters)),
        KEY: list(map(key_event, score.keys)),
        TEMPO: list(map(tempo_event, score.tempos)),
    }
    for kind, events in answers.items():
        for tick, track, value in _map_changes(source, kind, join):
            place = bisect_right(events, tick, key=TICK)
            if not place:
                continue
            right = events[place - 1]
            if map_value(right) != value:
                edits.add(track, behind=[(tick, *right[1:])])


def _map_changes(file: MidiFile, kind: int, join: int) -> list[tuple[int, int, bytes]]:
    """Return tick, track and value of the last event of a kind at each tick from the join on."""
    last: dict[int, tuple[int, bytes]] = {}
    for index, _, tick, data in file.metas(kind):
        if tick >= join:
            last[tick] = index, map_value((tick, META, kind, data))
    return [(tick, *change) for tick, change in sorted(last.items())]
