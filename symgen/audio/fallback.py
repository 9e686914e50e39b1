"""A plain synthesizer of our own, so that a WAV can be made without libfluidsynth.

It needs numpy alone and no soundfont: sums of harmonics with an envelope for each family
of instruments, bursts of noise for drums. It is no match for sampled instruments, but
in tune and in time; volume, expression, pan, bends and the sustain pedal are followed. (symusic's synthesizer is not
used: with FluidR3Mono it plays up to eleven semitones off.)
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from symgen.audio.events import Performance, Playing
from symgen.audio.gestures import Curve, Gestures, Stroke, follow
from symgen.audio.loudness import BLOCK_SECONDS
from symgen.audio.soundfonts import DRUM_BANK

__all__ = ["builtin_blocks"]

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
    """Play with the built-in sounds, as a stream; they have no effects.

    Returns shape (frames, 2), blocks of 0.4 s up to the last release, or as many frames as are
    asked for; full scale is 1 but louder sound is not clipped.
    """
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
