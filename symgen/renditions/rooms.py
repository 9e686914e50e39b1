"""What a room, a microphone and a recorder do to a clean sound."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from symgen.audio.spectrum import RATE

__all__ = ["coloured_noise", "degrade", "to_level"]

Floats = NDArray[np.float64]
Samples = NDArray[np.float32]

_COLOURS = {"white": 0.0, "pink": -3.0, "brown": -6.0}
_QUIET = 1e-9


def to_level(samples: Samples, decibels: float) -> Samples:
    """Scale to a peak in decibels of full scale; silence stays silence."""
    peak = float(np.abs(samples).max(initial=0.0))
    if peak < _QUIET:
        return samples.astype(np.float32)
    return (samples * (10 ** (decibels / 20) / peak)).astype(np.float32)


def coloured_noise(count: int, fall: float, rng: np.random.Generator) -> Samples:
    """Return noise of power 1 whose spectrum falls by some decibels an octave (negative numbers)."""
    size = 1 << max(count - 1, 1).bit_length()
    spectrum = np.fft.rfft(rng.standard_normal(size, dtype=np.float32))
    number = np.arange(len(spectrum), dtype=np.float64)
    number[0] = 1.0
    # below 30 Hz it goes no higher
    shape = np.maximum(number, 30.0 * size / RATE) ** (fall / 6.02)
    shape[0] = 0.0
    noise = np.fft.irfft(spectrum * shape, size)[:count]
    return (noise / max(float(noise.std()), _QUIET)).astype(np.float32)


def degrade(samples: Samples, rng: np.random.Generator) -> tuple[Samples, dict[str, float]]:
    """Add noise."""
    power = float(np.sqrt(np.mean(np.square(samples, dtype=np.float64)))) or 1e-3
    below = float(rng.uniform(12, 70))
    noise = coloured_noise(len(samples), float(rng.uniform(-6.5, 0.5)), rng)
    return (samples + noise * np.float32(power * 10 ** (-below / 20))).astype(np.float32), {"snr": below}
