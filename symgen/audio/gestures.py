"""Channel messages for a synthesizer that keeps no channels: as strokes of keys, and as curves that shape them."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from symgen.audio.events import BEND, CONTROLLER, NOTE_OFF, NOTE_ON, PRESET, RESET, Messages

__all__ = ["Curve", "Gestures", "Stroke", "follow"]

_VOLUME, _PAN, _EXPRESSION, _SUSTAIN, _DATA = 7, 10, 11, 64, 6
_RPN_FINE, _RPN, _NRPN_FINE, _NRPN = 100, 101, 98, 99
_SOUND_OFF, _NO_CONTROLLERS, _NOTES_OFF = 120, 121, 123
_BEND_MIDDLE = 8192


class Stroke(NamedTuple):
    """A key that is struck: frames, and what it plays."""

    down: int
    up: int
    channel: int
    pitch: int
    velocity: int
    bank: int
    program: int


@dataclass
class Curve:
    """A value that holds until the next one is set."""

    first: float
    frames: list[int] = field(default_factory=list)
    values: list[float] = field(default_factory=list)

    def put(self, frame: int, value: float) -> None:
        """Set the value from a frame on."""
        self.frames.append(frame)
        self.values.append(value)

    @cached_property
    def _steps(self) -> tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.float64]]:
        """Where the value changes, what it is from there on, and its sum up to there."""
        frames = np.array([0, *self.frames], dtype=np.int64)
        values = np.array([self.first, *self.values])
        return frames, values, np.r_[0.0, np.cumsum(np.diff(frames) * values[:-1])]

    def at(self, frames: NDArray[np.int64]) -> NDArray[np.float64]:
        """Return the value at some frames."""
        starts, values, _ = self._steps
        found: NDArray[np.float64] = values[np.searchsorted(starts, frames, side="right") - 1]
        return found

    def area(self, frames: NDArray[np.int64]) -> NDArray[np.float64]:
        """Return the sum of the values up to some frames."""
        starts, values, sums = self._steps
        step = np.searchsorted(starts, frames, side="right") - 1
        found: NDArray[np.float64] = sums[step] + (frames - starts[step]) * values[step]
        return found


@dataclass
class Gestures:
    """What shapes the sound of a channel: gains, pan from 0 (left) to 1, and the bend as a ratio of frequencies."""

    volume: Curve = field(default_factory=lambda: Curve(_gain(100)))
    expression: Curve = field(default_factory=lambda: Curve(1.0))
    pan: Curve = field(default_factory=lambda: Curve(0.5))
    bend: Curve = field(default_factory=lambda: Curve(1.0))

    def level(self, frames: NDArray[np.int64]) -> NDArray[np.float64]:
        """Return the gain at some frames; 1 at the volume that a channel has from the start."""
        gain: NDArray[np.float64] = self.volume.at(frames) * self.expression.at(frames) / _gain(100)
        return gain


def _gain(value: int) -> float:
    """Return the gain of a volume or expression, as General MIDI recommends it: 40 log(value / 127) decibels."""
    return (value / 127) ** 2


def follow(messages: Messages) -> tuple[list[Stroke], dict[int, Gestures]]:
    """Follow messages through.

    Returns by the frame at which they begin; a key ends when it is let go and no pedal holds it, or
    is struck again.
    """
    channels: dict[int, _Channel] = defaultdict(_Channel)
    for frame, kind, channel, first, second, _ in messages.tolist():
        if kind == RESET:
            for other in channels.values():
                other.reset(frame)
        else:
            channels[channel].take(frame, kind, first, second)
    last = int(messages["frame"].max(initial=0))
    for state in channels.values():
        state.let_go(last)
    strokes = [
        Stroke(*row[:2], channel, *row[2:])
        for channel, state in channels.items()
        for row in state.strokes
    ]
    return sorted(strokes), {channel: state.gestures for channel, state in channels.items()}


class _Channel:
    """A channel between two messages."""

    def __init__(self) -> None:
        self.gestures = Gestures()
        self.strokes: list[tuple[int, int, int, int, int, int]] = []
        self._preset = (0, 0)
        self._held: dict[int, tuple[int, int, int, int]] = {}
        self._sustained: set[int] = set()
        self._pedal = False
        self._parameter = (127, 127)
        self._range, self._wheel = 2.0, 0

    def take(self, frame: int, kind: int, first: int, second: int) -> None:
        """Take a message up."""
        if kind == NOTE_ON:
            self._end(frame, first)
            self._held[first] = (frame, second, *self._preset)
        elif kind == NOTE_OFF and self._pedal:
            self._sustained |= {first} & self._held.keys()
        elif kind == NOTE_OFF:
            self._end(frame, first)
        elif kind == PRESET:
            self._preset = (first, second)
        elif kind == BEND:
            self._wheel = first + 128 * second - _BEND_MIDDLE
            self._bend(frame)
        elif kind == CONTROLLER:
            self._control(frame, first, second)

    def _control(self, frame: int, number: int, value: int) -> None:
        if number == _VOLUME:
            self.gestures.volume.put(frame, _gain(value))
        elif number == _EXPRESSION:
            self.gestures.expression.put(frame, _gain(value))
        elif number == _PAN:
            self.gestures.pan.put(frame, min(value / 127, 1.0) if value != 64 else 0.5)
        elif number == _SUSTAIN:
            self._set_pedal(frame, down=value >= 64)
        elif number in (_RPN, _RPN_FINE):
            self._parameter = (
                (value, self._parameter[1]) if number == _RPN else (self._parameter[0], value)
            )
        elif number in (_NRPN, _NRPN_FINE):
            self._parameter = (127, 127)
        elif number == _DATA and self._parameter == (0, 0):
            self._range = float(value)
            self._bend(frame)
        elif number == _NO_CONTROLLERS:
            self._set_pedal(frame, down=False)
            self.gestures.expression.put(frame, 1.0)
            self._wheel = 0
            self._bend(frame)
        elif number in (_SOUND_OFF, _NOTES_OFF):
            self.let_go(frame)

    def reset(self, frame: int) -> None:
        """Go back to how the channel was at first; presets that follow are sent anew."""
        self.let_go(frame)
        self._pedal, self._range, self._wheel = False, 2.0, 0
        for curve in (
            self.gestures.volume,
            self.gestures.expression,
            self.gestures.pan,
            self.gestures.bend,
        ):
            curve.put(frame, curve.first)

    def let_go(self, frame: int) -> None:
        """End all that sounds."""
        for pitch in list(self._held):
            self._end(frame, pitch)

    def _set_pedal(self, frame: int, *, down: bool) -> None:
        self._pedal = down
        for pitch in () if down else list(self._sustained):
            self._end(frame, pitch)

    def _end(self, frame: int, pitch: int) -> None:
        self._sustained.discard(pitch)
        if pitch in self._held:
            down, velocity, bank, program = self._held.pop(pitch)
            self.strokes.append((down, max(frame, down + 1), pitch, velocity, bank, program))

    def _bend(self, frame: int) -> None:
        self.gestures.bend.put(frame, 2 ** (self._range * self._wheel / _BEND_MIDDLE / 12))
