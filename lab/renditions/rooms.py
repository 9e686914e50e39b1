"""What a room, a microphone and a recorder do to a clean sound."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from lab.renditions.recorders import limit_rate, lossy, overdrive
from symgen.audio.reading import RATE

__all__ = ["colored_noise", "degrade", "fast_size", "room_response", "to_level"]

Floats = NDArray[np.float64]
Samples = NDArray[np.float32]
Spectrum = NDArray[np.complex64]

_QUIET = 1e-9
_CLEAN = 0.15
"""Share of recordings without any room or noise."""
_LOUD = 0.2
"""Frames quieter than this share of the loudest do not count for the level of a sound."""


_BANDS = {"studio": (60.0, 9000.0), "cheap": (220.0, 7500.0), "telephone": (320.0, 3600.0)}
"""What microphones let through, in hertz, at the widest."""


def to_level(samples: Samples, decibels: float) -> Samples:
    """Scale to a peak in decibels of full scale; silence stays silence."""
    peak = float(np.abs(samples).max(initial=0.0))
    if peak < _QUIET:
        return samples.astype(np.float32)
    gain = np.float32(10 ** (decibels / 20) / peak)
    scaled: Samples = np.clip(samples * gain, -1, 1).astype(np.float32)
    return scaled


def fast_size(count: int) -> int:
    """Return a size from `count` on that a Fourier transform is quick at."""
    power = 1 << max(count - 1, 1).bit_length()
    return min(
        size for size in (power, power // 8 * 5, power // 4 * 3, power // 8 * 7) if size >= count
    )


def colored_noise(count: int, fall: float, rng: np.random.Generator) -> Samples:
    """Return noise of power 1 that falls by some decibels an octave: -3 is pink, -6 brown."""
    size = fast_size(count)
    bins = size // 2 + 1
    spectrum = rng.standard_normal(2 * bins, dtype=np.float32).view(np.complex64)
    # below 30 Hz it goes no higher
    shape = np.maximum(np.arange(bins), 30.0 * size / RATE) ** (fall / 6.02)
    shape[0] = 0.0
    noise = np.fft.irfft(spectrum * shape.astype(np.float32), size)[:count]
    return (noise / max(float(noise.std()), _QUIET)).astype(np.float32)


def room_response(rng: np.random.Generator) -> Samples:
    """Draw the impulse response of a room; its direct sound stands at frame 0 with height 1.

    Early reflections, then noise that dies away, high tones faster than low ones.
    """
    decay = float(np.clip(np.exp(rng.normal(np.log(0.45), 0.6)), 0.12, 2.5))
    count = int(min(decay, 1.8) * RATE)
    time = np.arange(count) / RATE
    white = rng.standard_normal(count, dtype=np.float32)
    dull = np.convolve(white, np.ones(6) / 2.4, mode="same")
    bright = np.exp(-time * 6.9 / (decay * rng.uniform(0.3, 0.9)))
    start = int(rng.uniform(0.003, 0.02) * RATE)
    late = np.exp(-time * 6.9 / decay)
    tail = (bright * (white - dull) + late * dull) * np.clip(time * RATE / start, 0, 1)
    loudness = max(float(np.sqrt(np.sum(tail**2))), _QUIET)
    tail *= 10 ** (-rng.uniform(-2, 18) / 20) / loudness
    early = int(rng.integers(2, 9))
    places = (rng.uniform(0.001, 0.04, early) * RATE).astype(int)
    heights = rng.choice([-1, 1], early) * rng.uniform(0.05, 0.5, early)
    inside = places < count
    np.add.at(tail, places[inside], heights[inside])
    tail[0] = 1.0
    return np.asarray(tail, dtype=np.float32)


def _microphone(bins: int, rng: np.random.Generator) -> tuple[Samples, str]:
    """Draw the gain of a microphone by frequency, for `bins` frequencies up to 8 kHz."""
    hertz = np.linspace(1.0, RATE / 2, bins)
    octaves = np.log2(hertz / 1000.0)
    kind = str(rng.choice(["plain", "studio", "cheap", "telephone"], p=[0.25, 0.3, 0.35, 0.1]))
    if kind == "plain":
        return np.ones(bins, dtype=np.float32), kind
    spread = {"studio": 2.0, "cheap": 5.0, "telephone": 4.0}[kind]
    knots = np.linspace(-5.0, 3.0, 9)
    decibels = (
        np.interp(octaves, knots, rng.normal(0, spread, len(knots)))
        + rng.normal(0, spread / 4) * octaves
    )
    low, high = _BANDS[kind]
    low, high = rng.uniform(20.0, low), rng.uniform(0.6 * high, high)
    steep = int(rng.integers(1, 5)) if kind != "telephone" else 6
    decibels -= 10 * np.log10(1 + (low / hertz) ** (2 * min(steep, 3)))
    decibels -= 10 * np.log10(1 + (hertz / high) ** (2 * steep))
    return (10 ** (decibels / 20)).astype(np.float32), kind


def _filtered(
    samples: Samples, response: Samples | None, rng: np.random.Generator
) -> tuple[Samples, str]:
    """Play a sound in a room before a microphone, in one go."""
    size = fast_size(len(samples) + (0 if response is None else len(response)))
    spectrum = np.fft.rfft(samples, size).astype(np.complex64)
    if response is not None:
        spectrum *= np.fft.rfft(response, size).astype(np.complex64)
    gains, kind = _microphone(len(spectrum), rng)
    return np.fft.irfft(spectrum * gains, size)[: len(samples)].astype(np.float32), kind


def _active_power(samples: Samples) -> float:
    """Root mean square of the frames in which something sounds; 0.03 for silence."""
    count = len(samples) // 400
    if not count:
        return 0.03
    frames = samples[: count * 400].astype(np.float64).reshape(count, 400)
    levels = np.sqrt(np.mean(frames**2, axis=1))
    loud = levels[levels >= _LOUD * levels.max()]
    return float(np.sqrt(np.mean(loud**2))) if levels.max() > 1e-5 else 0.03


def _background(count: int, rng: np.random.Generator) -> Samples:
    """Draw noise of a place: air, mains, people far away, things that are touched."""
    noise = colored_noise(count, float(rng.uniform(-7.0, 1.0)), rng)
    time = np.arange(count, dtype=np.float32) / RATE
    if rng.random() < 0.15:
        mains = float(rng.choice([50.0, 60.0]))
        for number in range(1, int(rng.integers(2, 9))):
            share = rng.uniform(0.1, 1.2) / number
            noise += np.float32(share) * np.sin(
                2 * np.pi * mains * number * time + np.float32(rng.uniform(0, 6.3))
            )
    if rng.random() < 0.15:
        # the loudness of many voices goes up and down some times a second
        knots = np.exp(rng.normal(0, 0.7, int(count / RATE * 5) + 3))
        noise *= np.interp(time * 5, np.arange(len(knots)), knots).astype(np.float32)
    if rng.random() < 0.15:
        for at in rng.integers(0, count, int(rng.integers(1, 2 + count // RATE))):
            length = int(min(rng.uniform(0.002, 0.03) * RATE, count - at))
            knock = rng.standard_normal(length, dtype=np.float32) * np.float32(rng.uniform(1, 12))
            noise[at : at + length] += knock * np.linspace(1, 0, length, dtype=np.float32) ** 2
    return noise


def degrade(samples: Samples, rng: np.random.Generator) -> tuple[Samples, dict[str, Any]]:
    """Record a clean sound somewhere, with something.

    A room, a microphone, noise, too loud a gain, a low rate, a lossy format: each in some share of
    recordings. The sound comes back as long as it was, with what was done to it.
    """
    if rng.random() < _CLEAN:
        return samples, {"clean": True}
    response = room_response(rng) if rng.random() < 0.5 else None
    silent = not np.any(samples)
    sound, microphone = (samples, "plain") if silent else _filtered(samples, response, rng)
    facts: dict[str, Any] = {"clean": False, "room": response is not None, "microphone": microphone}
    if rng.random() < 0.85:
        facts["snr"] = float(np.clip(rng.normal(36, 13), 6, 75))
        power = _active_power(sound) * 10 ** (-facts["snr"] / 20)
        sound = sound + _background(len(sound), rng) * np.float32(power)
    if rng.random() < 0.12:
        sound, facts["overdrive"] = overdrive(sound, rng)
    if rng.random() < 0.12:
        sound, facts["rate"] = limit_rate(sound, rng)
    if rng.random() < 0.1:
        sound, facts["lossy"] = lossy(sound, rng)
    return sound.astype(np.float32), facts
