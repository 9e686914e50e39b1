"""A voice made of a glottal source and a vocal tract: from slow gestures to sound.

The source is read from tables with a limited band, one for each quarter octave, at a phase that follows the pitch; the
tract is a cascade of formants, applied to overlapping frames of the spectrum.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from symgen.audio.reading import RATE

__all__ = ["CONTROL_RATE", "FORMANTS", "FRAME_RATE", "HISSES", "Gestures", "voice_sound"]

Floats = NDArray[np.float64]
Samples = NDArray[np.float32]

CONTROL_RATE = 250
"""Values a second of pitch and loudness."""

FRAME_RATE = 100
"""Values a second of the shape of the mouth."""

FORMANTS = 4
"""Resonances that move; a fifth one is fixed."""

HISSES = {"s": (6200.0, 1800.0), "sh": (3200.0, 1500.0), "f": (5500.0, 5000.0), "h": (1700.0, 1800.0),
          "p": (900.0, 1200.0), "t": (4300.0, 2500.0), "k": (2100.0, 1100.0)}  # fmt: skip
"""Center and width in hertz of the noise of a consonant."""

_CONTROL_STEP = RATE // CONTROL_RATE
_HOP = RATE // FRAME_RATE
_WINDOW = 3 * _HOP
_FFT = 1024
_TABLE = 4096
_LOWEST, _PER_OCTAVE, _LEVELS = 50.0, 4, 24
_TOP = 7600.0
_SOFT, _PRESSED = 13.0, 5.0
"""Fall of the source in decibels an octave."""


@dataclass(frozen=True)
class Gestures:
    """What a voice does."""

    # Shape (n,): at `CONTROL_RATE`: hertz; amplitudes of the glottal source, of the air that goes
    # through the whole tract, and of a consonant's noise; brightness of the source, 0 soft .. 1
    # pressed.
    pitch: Floats
    voicing: Floats
    breath: Floats
    hiss: Floats
    press: Floats
    # Shape (m, 4): at `FRAME_RATE`: resonances and their widths in hertz.
    formants: Floats
    widths: Floats
    # Shape (m,): how far the mouth is closed, 0..1: a closed one lets only the low part of the
    # sound out.
    closure: Floats
    # Shape (m,): which of `HISSES`, by position.
    hiss_kind: NDArray[np.int64]
    # Length of the fifth formant's tract against a man's; 1.2 for a woman's.
    scale: float = 1.0


@lru_cache(maxsize=1)
def _tables() -> Samples:
    """Return one period of soft and of pressed sources for each level of pitch; shape ``(2, levels, table + 1)``."""
    tables = np.zeros((2, _LEVELS, _TABLE), dtype=np.float64)
    for row, fall in enumerate((_SOFT, _PRESSED)):
        for level in range(_LEVELS):
            highest = _LOWEST * 2 ** ((level + 1) / _PER_OCTAVE)
            numbers = np.arange(1, max(2, int(_TOP / highest) + 1))
            spectrum = np.zeros(_TABLE // 2 + 1, dtype=np.complex128)
            # a turn of the phase that grows slowly keeps the pulse from being symmetrical, as glottal pulses are not
            turn = np.exp(1j * (0.6 * np.log2(numbers) + 0.3))
            spectrum[numbers] = 10 ** (-fall * np.log2(numbers) / 20) * turn
            tables[row, level] = np.fft.irfft(spectrum) * _TABLE / 2
    return np.concatenate([tables, tables[:, :, :1]], axis=2).astype(np.float32)


def _to_audio(curve: Floats, count: int) -> Samples:
    """Interpolate a control curve to sample frames."""
    steps = (np.append(np.diff(curve), 0.0) / _CONTROL_STEP)[:, None]
    lines = curve[:, None] + steps * np.arange(_CONTROL_STEP)
    return lines.ravel()[:count].astype(np.float32)


def _source(gestures: Gestures, count: int, rng: np.random.Generator) -> tuple[Samples, Samples]:
    """Return the glottal source with its breath, and the noise of consonants."""
    pitch = _to_audio(gestures.pitch, count)
    cycles = np.cumsum(pitch.astype(np.float64) / RATE)
    place = (cycles - np.floor(cycles)) * _TABLE
    index = place.astype(np.int64)
    part = (place - index).astype(np.float32)
    levels = np.clip(
        np.log2(np.maximum(pitch, 1.0) / _LOWEST) * _PER_OCTAVE, 0, _LEVELS - 1
    ).astype(np.int64)
    at = levels * (_TABLE + 1) + index
    press = _to_audio(gestures.press, count)
    soft, pressed = (table.ravel() for table in _tables())
    wave = (1 - press) * (soft[at] * (1 - part) + soft[at + 1] * part)
    wave += press * (pressed[at] * (1 - part) + pressed[at + 1] * part)
    noise = rng.standard_normal(count, dtype=np.float32)
    voicing, breath = _to_audio(gestures.voicing, count), _to_audio(gestures.breath, count)
    # air flows while the glottis is open
    opening = np.cos(2 * np.pi * (place / _TABLE)).astype(np.float32)
    open_share = 0.6 + 0.4 * opening * (voicing > 0)
    voiced = voicing * wave + breath * open_share * noise
    return voiced, _to_audio(gestures.hiss, count) * noise


def _frames(samples: Samples, count: int) -> NDArray[np.complex64]:
    padded = np.zeros((count + 2) * _HOP, dtype=np.float32)
    padded[_HOP : _HOP + len(samples)] = samples[: (count + 1) * _HOP]
    turn = 2 * np.pi * np.arange(_WINDOW) / _WINDOW
    # Hann windows of three hops each add up to 1.5.
    window = (0.5 - 0.5 * np.cos(turn)).astype(np.float32) / 1.5
    views = np.lib.stride_tricks.sliding_window_view(padded, _WINDOW)[::_HOP][:count]
    return np.fft.rfft(views * window, _FFT, axis=1).astype(np.complex64)


def _resonator(
    center: Floats, width: Floats, turns: NDArray[np.complex64]
) -> NDArray[np.complex64]:
    """Response of a two-pole resonator with gain 1 at zero, by frame and bin."""
    radius = np.exp(-np.pi * width / RATE)[:, None].astype(np.float32)
    first = 2 * radius * np.cos(2 * np.pi * center[:, None] / RATE).astype(np.float32)
    second = radius * radius
    gain = 1 - first + second
    return np.asarray(gain / (1 - first * turns + second * turns * turns), dtype=np.complex64)


def _tract(gestures: Gestures, count: int) -> NDArray[np.complex64]:
    turns = np.exp(-2j * np.pi * np.arange(_FFT // 2 + 1) / _FFT).astype(np.complex64)
    fifth = np.array([min(4400.0 * gestures.scale, 7000.0)])
    answer: NDArray[np.complex64] = _resonator(fifth, np.array([300.0]), turns)
    for number in range(FORMANTS):
        center = np.minimum(gestures.formants[:count, number], 7200.0)
        answer = answer * _resonator(center, gestures.widths[:count, number], turns)
    hertz = np.arange(_FFT // 2 + 1) * (RATE / _FFT)
    shut = np.log1p((hertz / 550.0) ** 2).astype(np.float32)
    muffled: NDArray[np.complex64] = answer * np.exp(
        -gestures.closure[:count, None].astype(np.float32) * shut
    )
    return muffled


@lru_cache(maxsize=1)
def _hiss_shapes() -> Samples:
    hertz = np.arange(_FFT // 2 + 1) * (RATE / _FFT)
    shapes = []
    for center, width in HISSES.values():
        away = (hertz - center) / (width / 2)
        shapes.append(1 / (1 + away**2))
    return np.array(shapes, dtype=np.float32)


def _overlap(frames: Samples, count: int) -> Samples:
    """Add frames that begin one hop after the other, the first one a hop before the sound."""
    parts = -(-_FFT // _HOP)
    padded = np.zeros((len(frames), parts * _HOP), dtype=np.float32)
    padded[:, :_FFT] = frames
    total = np.zeros((len(frames) + parts) * _HOP, dtype=np.float32)
    for part in range(parts):
        total[part * _HOP : (part + len(frames)) * _HOP] += padded[
            :, part * _HOP : (part + 1) * _HOP
        ].ravel()
    return total[_HOP : _HOP + count]


def voice_sound(gestures: Gestures, rng: np.random.Generator) -> Samples:
    """Make the sound of a voice."""
    frames = len(gestures.formants)
    count = min(frames * _HOP, len(gestures.pitch) * _CONTROL_STEP)
    voiced, hissing = _source(gestures, count, rng)
    kinds = gestures.hiss_kind[:frames]
    spectra = _frames(voiced, frames) * _tract(gestures, frames)
    loudness = np.bincount(np.arange(count) // _HOP, np.abs(hissing), frames)
    hissed = np.flatnonzero(loudness > 0)
    if len(hissed):
        near = np.unique(np.clip(hissed[:, None] + np.arange(-1, 3), 0, frames - 1))
        spectra[near] += _frames(hissing, frames)[near] * _hiss_shapes()[kinds[near]]
    return _overlap(np.fft.irfft(spectra, _FFT, axis=1).astype(np.float32), count)
