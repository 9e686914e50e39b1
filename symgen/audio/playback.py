"""What a MIDI file plays: its channel messages, as FluidSynth's player would send them.

Banks are told as FluidSynth tells them: by controller 0 as in GS, until the file resets the
synthesizer to General MIDI, which has none, or to XG, where controller 32 counts. What FluidSynth
does at the end of a file is done here too: pedals that are still down are lifted.

The clock of FluidSynth's player counts whole milliseconds, at the start of each of its buffers; an
event is due half a tick early, and a change of tempo counts from the buffer in which it is found.
All this is done here as it does it, so that the same file gives the same samples.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from math import ceil
from operator import itemgetter

import numpy as np
from numpy.typing import NDArray

from symgen.audio.performance import (
    CONTROLLER,
    GRAIN,
    NOBODY,
    NOTE_OFF,
    NOTE_ON,
    PRESET,
    RESET,
    Channels,
    Messages,
    make_messages,
    tick_frames,
)
from symgen.audio.soundfonts import DRUM_BANK
from symgen.midi.events import SYSEX, TEMPO, MidiFile
from symgen.midi.notes import MidiNote
from symgen.midi.parts import find_parts
from symgen.midi.weave import weave
from symgen.music.score import Score
from symgen.system.arrays import distinct

__all__ = ["file_messages", "player_frames"]

_FIRST_TEMPO = 500_000
_FARTHEST = 0.020
"""Seconds that an event may be off its time: where ticks are long, or tempos many, the player strays, and the score is
followed instead."""

_Frames = NDArray[np.int64]


def player_frames(score: Score, file: MidiFile, ticks: _Frames, rate: int) -> _Frames:
    """Return the times of many ticks in frames, multiples of `GRAIN`."""
    # `ticks` has shape (n,); `rate`: frames per second.
    exact = tick_frames(score, ticks, rate)
    if file.timing[1] is not None or not len(ticks):
        return exact
    anchors = np.array(list(_anchors(file, rate)))
    starts, times, lengths = anchors.T
    at = np.maximum(np.searchsorted(starts, ticks, side="left") - 1, 0)
    due = np.maximum(times[at] + (ticks - 0.5 - starts[at]) * lengths[at], 0.0)
    frames: _Frames = np.ceil(np.ceil(due) * rate / (1000 * GRAIN)).astype(np.int64) * GRAIN
    strays = np.abs(frames - exact).max() > _FARTHEST * rate
    return exact if strays else frames


def _anchors(file: MidiFile, rate: int) -> Iterator[tuple[float, float, float]]:
    """Yield from where the player counts: tick, millisecond, and milliseconds a tick from there on."""

    def length(microseconds: int) -> float:
        return float(np.float32(microseconds) / np.float32(file.division) / np.float32(1000))

    tick, time, buffer, step = 0, 0, 0, length(_FIRST_TEMPO)
    yield tick, time, step
    for when, microseconds in _tempos(file):
        due = max(time + (when - 0.5 - tick) * step, 0.0)
        buffer = max(buffer, ceil(ceil(due) * rate / (1000 * GRAIN)))
        now = 1000 * GRAIN * buffer // rate
        tick, time = tick + int((now - time) / step + 0.5), now
        step = length(microseconds)
        yield tick, time, step


def _tempos(file: MidiFile) -> list[tuple[int, int]]:
    """Return tick and microseconds a quarter note of each tempo, in the order in which they are found."""
    found = [(tick, index, number, int.from_bytes(payload, "big"))
             for index in file.played for number, tick, payload in file.tracks[index].metas(TEMPO)
             if len(payload) == 3]  # fmt: skip
    return [(tick, microseconds) for tick, _, _, microseconds in sorted(found) if microseconds]


_BANK, _BANK_FINE, _SUSTAIN, _SOSTENUTO, _NO_CONTROLLERS = 0, 32, 64, 66, 121
_PEDALS = (_SUSTAIN, _SOSTENUTO)
_DOWN = 64
_LONGEST_PEDAL = 30.0
"""Seconds for which a pedal may hold the last notes."""

_Order = tuple[int, int, int, int]
"""Tick, track, index of the event, and 0 for what has to come before it."""
_Row = tuple[int, int, int, int, int, int]
"""Tick, kind, channel, two data bytes, part."""
_Rows = NDArray[np.int64]


def file_messages(score: Score, rate: int, *, apart: bool = False) -> Messages:
    """Return the messages of the file that a score writes."""
    # `rate`: frames per second; `apart`: whether parts that share a channel of the file get
    # channels of their own.
    # Up to the one that ends the last sound.
    file = weave(score)
    parts = [part for part in find_parts(file)[0] if part.notes]
    channels = Channels(file, [part.place for part in parts], apart=apart)
    numbers = {place: number for number, place in enumerate(file.places)}
    timed = list(_other_rows(file, channels))
    for part in parts:
        timed += _note_rows(
            part.notes, channels.part(part.place), min(numbers.get(part.place, 0), NOBODY - 1)
        )
    timed.sort(key=itemgetter(0))
    rows = list(_with_presets((row for _, row in timed), channels.drums))
    return _cut(score, file, rows, rate)


def _note_rows(strokes: list[MidiNote], channel: int, part: int) -> Iterator[tuple[_Order, _Row]]:
    """Yield keys that go down and up, as the notes of the file are read."""
    struck = _first_strokes(strokes)
    for stroke, is_over in zip(strokes, _are_over(strokes), strict=True):
        end = stroke.onset + stroke.duration
        yield (
            (stroke.onset, *stroke.on, 1),
            (stroke.onset, NOTE_ON, channel, stroke.pitch, stroke.velocity, part),
        )
        if is_over:
            up = (-1, -1) if stroke.off is None else stroke.off
            # A key that is struck again at once is let go before, wherever the file says so.
            up = min(up, struck.get((stroke.pitch, end), up))
            yield (end, *up, 0), (end, NOTE_OFF, channel, stroke.pitch, 0, NOBODY)


def _are_over(strokes: list[MidiNote]) -> list[bool]:
    """Tell of each note whether its key goes up at its end."""
    # It does not where another note of the part holds it. Files of our own have such notes, in
    # tracks of their own.
    keys: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for stroke in sorted(strokes):
        ends = keys[stroke.pitch]
        end = stroke.onset + stroke.duration
        ends.append((stroke.onset, max(end, ends[-1][1]) if ends else end))
    found = []
    for stroke in strokes:
        ends, end = keys[stroke.pitch], stroke.onset + stroke.duration
        before = bisect_left(ends, (end, 0))
        found.append(ends[before - 1][1] <= end)
    return found


def _first_strokes(strokes: Iterable[MidiNote]) -> dict[tuple[int, int], tuple[int, int]]:
    """Return the event that first strikes a key at a tick, by pitch and tick."""
    found: dict[tuple[int, int], tuple[int, int]] = {}
    for stroke in strokes:
        key = stroke.pitch, stroke.onset
        found[key] = min(stroke.on, found.get(key, stroke.on))
    return found


def _other_rows(file: MidiFile, channels: Channels) -> Iterator[tuple[_Order, _Row]]:
    """Yield all other messages to channels, and what resets the synthesizer."""
    for index in file.played:
        for number, (tick, status, first, second) in enumerate(file.tracks[index].events):
            kind, order = status & 0xF0, (tick, index, number, 1)
            if isinstance(second, bytes):
                style = _reset_style(second) if status == SYSEX else ""
                if style:
                    yield order, (tick, RESET, 0, _STYLES.index(style), 0, NOBODY)
            elif kind not in (NOTE_ON, NOTE_OFF):
                is_patch = kind == PRESET or (kind == CONTROLLER and first in (_BANK, _BANK_FINE))
                for channel in (channels.patched if is_patch else channels.hearing)(
                    index, status & 15
                ):
                    yield order, (tick, kind, channel, first, second, NOBODY)


_STYLES = ("gm", "gs", "xg")


def _reset_style(data: bytes) -> str:
    """Return what a system exclusive message resets the synthesizer to, empty if it does not."""
    if data[:1] == b"\x7e" and data[2:4] in (b"\x09\x01", b"\x09\x03"):
        return "gm"
    if data[:1] == b"\x41" and data[2:7] == b"\x42\x12\x40\x00\x7f":
        return "gs" if data[7:8] == b"\0" else "gm"
    if data[:1] == b"\x43" and data[2:6] in (b"\x4c\0\0\x7e", b"\x4c\0\0\x7f"):
        return "xg"
    return ""


@dataclass
class _Banks:
    """The bank that each channel has chosen."""

    drums: set[int]
    style: str = "gs"
    banks: dict[int, int] = field(default_factory=dict)

    def choose(self, channel: int, controller: int, value: int) -> None:
        """Take up a bank select."""
        if (self.style, controller) in (("gs", _BANK), ("xg", _BANK_FINE)):
            self.banks[channel] = value

    def preset(self, tick: int, channel: int, program: int) -> _Row:
        """Return a program change with its bank."""
        bank = DRUM_BANK if channel in self.drums else self.banks.get(channel, 0)
        return tick, PRESET, channel, bank, program, NOBODY


def _with_presets(rows: Iterable[_Row], drums: set[int]) -> Iterator[_Row]:
    """Turn bank selects and program changes into presets; each channel has one before its first note."""
    banks, ready = _Banks(drums), set[int]()
    for row in rows:
        tick, kind, channel, first, second, _ = row
        if kind == CONTROLLER and first in (_BANK, _BANK_FINE):
            banks.choose(channel, first, second)
        elif kind == PRESET:
            ready.add(channel)
            yield banks.preset(tick, channel, first)
        elif kind == RESET:
            banks, ready = _Banks(drums, _STYLES[first]), set()
            yield row
        else:
            if kind == NOTE_ON and channel not in ready:
                ready.add(channel)
                yield banks.preset(tick, channel, 0)
            yield row


def _cut(score: Score, file: MidiFile, rows: list[_Row], rate: int) -> Messages:
    """Give the messages their frames, lift the pedals that are left, and leave out what comes after the music."""
    columns = np.array(rows, dtype=np.int64).reshape(-1, 6)
    frames = player_frames(score, file, columns[:, 0], rate)
    is_key = (columns[:, 1] == NOTE_ON) | (columns[:, 1] == NOTE_OFF)
    silent = int(frames[is_key].max(initial=0))
    end = int(player_frames(score, file, np.array([file.end]), rate)[0])
    last = min(
        _pedals_up(columns, frames, silent, max(end, silent)), silent + round(_LONGEST_PEDAL * rate)
    )
    columns, frames = columns[frames <= last], frames[frames <= last]
    channels = distinct(columns[columns[:, 1] == NOTE_ON, 2])
    made = make_messages(
        len(columns), frame=frames, kind=columns[:, 1], channel=columns[:, 2], first=columns[:, 3],
        second=columns[:, 4], part=columns[:, 5],
    )  # fmt: skip
    lifts = [
        make_messages(len(channels), frame=last, kind=CONTROLLER, channel=channels, first=pedal)
        for pedal in _PEDALS
    ]
    return np.concatenate([made, *lifts])


def _pedals_up(columns: _Rows, frames: _Rows, silent: int, end: int) -> int:
    """Return when the last pedal is lifted that holds a note after the last key is up."""
    down: dict[tuple[int, int], bool] = {}
    last = silent
    is_pedal = (columns[:, 1] == RESET) | (columns[:, 1] == CONTROLLER) & np.isin(
        columns[:, 3], (*_PEDALS, _NO_CONTROLLERS)
    )
    for frame, row in zip(frames[is_pedal].tolist(), columns[is_pedal].tolist(), strict=True):
        _, kind, channel, controller, value, _ = row
        pedals = [(channel, pedal) for pedal in _PEDALS if controller in (pedal, _NO_CONTROLLERS)]
        for pedal in down if kind == RESET else pedals:
            lifted = kind == RESET or controller == _NO_CONTROLLERS or value < _DOWN
            if frame <= silent:
                down[pedal] = not lifted
            elif down.get(pedal) and lifted:
                down[pedal], last = False, frame
    return end if any(down.values()) else last
