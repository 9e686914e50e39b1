"""A plain synthesizer of our own, so that a WAV can be made without libfluidsynth.

It needs numpy alone and no soundfont: sums of harmonics with an envelope for each family
of instruments, bursts of noise for drums. It is no match for sampled instruments, but
in tune and in time. (symusic's synthesizer is not used: with FluidR3Mono it plays up to
eleven semitones off.)
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from symgen.audio.events import Voice
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
    voices: tuple[Voice | None, ...], keys: NDArray[np.int64], rate: int
) -> Iterator[NDArray[np.float32]]:
    """Play keys with the built-in sounds, as a stream.

    Parameters
    ----------
    voices : tuple of Voice or None
        Presets by channel.
    keys : ndarray of int64, shape (keys, 5)
        As `symgen.audio.events.key_strokes` gives them, sorted by time.
    rate : int
        Frames per second.

    Yields
    ------
    ndarray of float32, shape (frames, 2)
        Blocks of 0.4 s up to the last release; full scale is 1 but louder sound is not clipped.
    """
    presets = {voice.channel: voice for voice in voices if voice is not None}
    size = round(rate * BLOCK_SECONDS)
    sounding: list[tuple[int, int, int, int, Voice]] = []
    waiting, start = 0, 0
    while waiting < len(keys) or sounding:
        while waiting < len(keys) and keys[waiting, 0] < start + size:
            down, up, channel, pitch, velocity = keys[waiting].tolist()
            sounding.append((down, up, pitch, velocity, presets[channel]))
            waiting += 1
        block = np.zeros(size)
        sounding = [stroke for stroke in sounding if _add_stroke(block, start, stroke, rate)]
        start += size
        yield np.repeat(block[:, None], 2, axis=1).astype(np.float32)


def _add_stroke(block: NDArray[np.float64], start: int, stroke: tuple[int, int, int, int, Voice], rate: int) -> bool:
    """Add the share of a stroke that lies in a block; return whether more of it follows."""
    down, up, pitch, velocity, voice = stroke
    drum = voice.bank == DRUM_BANK
    timbre = _TIMBRES[voice.program // 8]
    end = down + round(_DRUM_SECONDS * rate) if drum else up + round(_RELEASES * timbre.release * rate)
    first, last = max(down, start), min(end, start + len(block))
    level = 0.25 * (velocity / 127) ** 1.5
    if first < last:
        if drum:
            sound = _drum_table(pitch, rate)[first - down : last - down]
        else:
            at = np.arange(first - down, last - down)
            frequency = 440.0 * 2 ** ((pitch - 69) / 12)
            turns = (at * (frequency * _TABLE_SIZE / rate)).astype(np.int64) % _TABLE_SIZE
            seconds, held = at / rate, (up - down) / rate
            sound = _wave_table(timbre, pitch, rate)[turns] * _envelope(timbre, seconds, held, pitch)
        block[first - start : last - start] += level * sound
    return end > start + len(block)


def _envelope(timbre: _Timbre, seconds: NDArray[np.float64], held: float, pitch: int) -> NDArray[np.float64]:
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
    # The difference of neighbours thins out the low end, as metal sounds.
    hiss = 0.5 * np.diff(noise)
    table: NDArray[np.float64] = ((1 - share) * 1.5 * tone + share * hiss) * np.exp(-seconds / decay)
    return table
