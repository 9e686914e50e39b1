"""A plain synthesizer of our own, so that a WAV can be made without libfluidsynth.

It needs numpy alone and no soundfont: sums of harmonics with an envelope for each family
of instruments, bursts of noise for drums. It is no match for sampled instruments, but
in tune and in time; volume, expression, pan, bends and the sustain pedal are followed. (symusic's synthesizer is not
used: with FluidR3Mono it plays up to eleven semitones off.)
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Generator
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from symgen.audio.loudness import BLOCK_SECONDS
from symgen.audio.performance import (
    BEND,
    CONTROLLER,
    NOTE_OFF,
    NOTE_ON,
    PRESET,
    RESET,
    Messages,
    Performance,
    Playing,
)
from symgen.audio.soundfonts import DRUM_BANK

__all__ = ["Curve", "Gestures", "Stroke", "builtin_blocks", "follow"]

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
    """Follow messages through."""
    # Returns by the frame at which they begin; a key ends when it is let go and no pedal holds it,
    # or is struck again.
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


_TABLE_SIZE = 8192
_RELEASES = 7.0
_DRUM_SECONDS = 1.2


@dataclass(frozen=True, slots=True)
class _Timbre:
    """Harmonic k has amplitude ``k ** -slope``, even ones times `even`; times are in seconds, decay 0 sustains."""

    slope: float
    even: float
    attack: float
    decay: float
    release: float


_TIMBRES = (
    _Timbre(1.6, 0.8, 0.003, 1.2, 0.10),  # Piano
    _Timbre(2.2, 0.3, 0.002, 0.7, 0.25),  # Chromatic Percussion
    _Timbre(1.4, 1.0, 0.010, 0.0, 0.05),  # Organ
    _Timbre(1.5, 0.7, 0.003, 0.7, 0.10),  # Guitar
    _Timbre(1.8, 0.8, 0.005, 1.0, 0.08),  # Bass
    _Timbre(1.3, 0.9, 0.060, 0.0, 0.12),  # Strings
    _Timbre(1.5, 0.8, 0.090, 0.0, 0.20),  # Ensemble
    _Timbre(1.1, 1.0, 0.030, 0.0, 0.08),  # Brass
    _Timbre(1.3, 0.3, 0.025, 0.0, 0.07),  # Reed
    _Timbre(2.3, 0.6, 0.035, 0.0, 0.08),  # Pipe
    _Timbre(1.0, 0.5, 0.008, 0.0, 0.06),  # Synth Lead
    _Timbre(1.6, 0.8, 0.200, 0.0, 0.40),  # Synth Pad
    _Timbre(1.8, 0.5, 0.100, 0.0, 0.40),  # Synth Effects
    _Timbre(1.2, 0.9, 0.004, 0.6, 0.10),  # Ethnic
    _Timbre(2.0, 0.4, 0.002, 0.3, 0.15),  # Percussive
    _Timbre(1.2, 1.0, 0.010, 0.5, 0.20),  # Sound Effects
)
# Pitch of a drum: frequency in Hz at the start and the end of its glide, share of noise, decay in seconds.
_DRUMS = {35: (110, 45, 0.1, 0.12), 36: (120, 48, 0.1, 0.12), 38: (190, 170, 0.7, 0.10), 40: (210, 180, 0.7, 0.10),
          41: (100, 70, 0.1, 0.20), 43: (115, 80, 0.1, 0.20), 45: (130, 95, 0.1, 0.18), 47: (150, 110, 0.1, 0.18),
          48: (170, 125, 0.1, 0.16), 50: (195, 145, 0.1, 0.16), 46: (0, 0, 1.0, 0.25), 49: (0, 0, 1.0, 0.35),
          51: (0, 0, 1.0, 0.30), 57: (0, 0, 1.0, 0.35)}  # fmt: skip
_OTHER_DRUM = (0, 0, 1.0, 0.04)


def builtin_blocks(
    performance: Performance, playing: Playing
) -> Generator[NDArray[np.float32], None, None]:
    """Play with the built-in sounds, as a stream; they have no effects."""
    # Returns shape (frames, 2), blocks of 0.4 s up to the last release, or as many frames as are
    # asked for; full scale is 1 but louder sound is not clipped.
    rate, frames = playing.rate, playing.frames
    strokes, gestures = follow(performance.messages)
    size = round(rate * BLOCK_SECONDS)
    sounding: list[Stroke] = []
    waiting, start = 0, 0
    while start < frames if frames is not None else waiting < len(strokes) or sounding:
        while waiting < len(strokes) and strokes[waiting].down < start + size:
            sounding.append(strokes[waiting])
            waiting += 1
        block = np.zeros((size, 2))
        sounding = [
            stroke
            for stroke in sounding
            if _add_stroke(block, start, stroke, gestures[stroke.channel], rate)
        ]
        yield block[: size if frames is None else frames - start].astype(np.float32)
        start += size


def _add_stroke(
    block: NDArray[np.float64], start: int, stroke: Stroke, gestures: Gestures, rate: int
) -> bool:
    """Add the share of a stroke that lies in a block; return whether more of it follows."""
    drum = stroke.bank == DRUM_BANK
    timbre = _TIMBRES[stroke.program // 8]
    end = (
        stroke.down + round(_DRUM_SECONDS * rate)
        if drum
        else stroke.up + round(_RELEASES * timbre.release * rate)
    )
    first, last = max(stroke.down, start), min(end, start + len(block))
    if first < last:
        at = np.arange(first, last)
        if drum:
            sound = _drum_table(stroke.pitch, rate)[first - stroke.down : last - stroke.down]
        else:
            frequency = 440.0 * 2 ** ((stroke.pitch - 69) / 12)
            moved = _bent(at, stroke.down, gestures.bend)
            turns = (moved * (frequency * _TABLE_SIZE / rate)).astype(np.int64) % _TABLE_SIZE
            seconds, held = (at - stroke.down) / rate, (stroke.up - stroke.down) / rate
            sound = _wave_table(timbre, stroke.pitch, rate)[turns] * _envelope(
                timbre, seconds, held, stroke.pitch
            )
        sound = sound * gestures.level(at) * (0.25 * (stroke.velocity / 127) ** 1.5)
        angle = gestures.pan.at(at) * (np.pi / 2)
        block[first - start : last - start, 0] += np.sqrt(2) * np.cos(angle) * sound
        block[first - start : last - start, 1] += np.sqrt(2) * np.sin(angle) * sound
    return end > start + len(block)


def _bent(at: NDArray[np.int64], down: int, bend: Curve) -> NDArray[np.float64]:
    """Return how far the wave of a key that went down has moved by some frames, in frames of the key's own pitch."""
    moved: NDArray[np.float64] = bend.area(at) - bend.area(np.array([down]))
    return moved


def _envelope(
    timbre: _Timbre, seconds: NDArray[np.float64], held: float, pitch: int
) -> NDArray[np.float64]:
    shape: NDArray[np.float64] = np.minimum(1.0, seconds / timbre.attack)
    if timbre.decay:
        # Higher strings die away sooner, by half every two octaves.
        shape *= np.exp(-seconds / (timbre.decay * 2 ** ((60 - pitch) / 24)))
    shape *= np.exp(-np.maximum(0.0, seconds - held) / timbre.release)
    return shape


@lru_cache(maxsize=512)
def _wave_table(timbre: _Timbre, pitch: int, rate: int) -> NDArray[np.float64]:
    """One period with no harmonic above 45 % of the rate, of mean square 1/2."""
    count = max(1, min(40, int(0.45 * rate / (440.0 * 2 ** ((pitch - 69) / 12)))))
    numbers = np.arange(1, count + 1)
    amplitudes = numbers**-timbre.slope * np.where(numbers % 2 == 0, timbre.even, 1.0)
    spectrum = np.zeros(_TABLE_SIZE // 2 + 1, dtype=np.complex128)
    # Phases that grow with the square of the number keep the peak low (Schroeder 1970).
    spectrum[1 : count + 1] = amplitudes * np.exp(-1j * np.pi * numbers**2 / count)
    wave: NDArray[np.float64] = np.fft.irfft(spectrum, n=_TABLE_SIZE)
    wave /= np.sqrt(2 * np.mean(wave**2))
    return wave


@lru_cache(maxsize=128)
def _drum_table(pitch: int, rate: int) -> NDArray[np.float64]:
    low, high, share, decay = _DRUMS.get(pitch, _OTHER_DRUM)
    seconds = np.arange(round(_DRUM_SECONDS * rate)) / rate
    glide = high + (low - high) * np.exp(-seconds / 0.05)
    tone = np.sin(2 * np.pi * np.cumsum(glide) / rate)
    noise = np.random.default_rng(pitch).standard_normal(len(seconds) + 1)
    # The difference of neighbors thins out the low end, as metal sounds.
    hiss = 0.5 * np.diff(noise)
    table: NDArray[np.float64] = ((1 - share) * 1.5 * tone + share * hiss) * np.exp(
        -seconds / decay
    )
    return table
