"""Sounds in which there is no melody."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from lab.renditions.rooms import colored_noise, to_level
from lab.renditions.singers import draw_singer
from lab.renditions.voice import speak
from symgen.audio.reading import RATE

__all__ = ["NEGATIVES", "no_melody"]

Samples = NDArray[np.float32]

NEGATIVES = {
    "speech": 0.36,
    "percussion": 0.18,
    "noise": 0.16,
    "mains": 0.1,
    "wind": 0.1,
    "silence": 0.1,
}
"""Kinds of sounds without a melody, and their shares."""


def no_melody(seconds: float, rng: np.random.Generator) -> tuple[Samples, str]:
    """Make a sound without a melody, at a peak of 1 or silent, and say which of `NEGATIVES` it is."""
    kind = str(rng.choice(list(NEGATIVES), p=list(NEGATIVES.values())))
    count = round(seconds * RATE)
    if kind == "silence":
        return np.zeros(count, dtype=np.float32), kind
    if kind == "speech":
        samples = speak(draw_singer(rng), seconds, rng)
    elif kind == "percussion":
        samples = _percussion(count, rng)
    elif kind == "mains":
        samples = _mains(count, rng)
    elif kind == "wind":
        samples = _wind(count, rng)
    else:
        samples = colored_noise(count, float(rng.uniform(-7, 1)), rng)
    return to_level(samples, 0.0), kind


def _percussion(count: int, rng: np.random.Generator) -> Samples:
    """Claps, clicks, taps and drums on a loose beat; what rings falls in pitch and is short."""
    samples = np.zeros(count, dtype=np.float32)
    period = 60 / rng.uniform(60, 180)
    kinds = rng.choice(
        ["clap", "click", "drum", "shaker", "knock"], size=int(rng.integers(1, 4)), replace=False
    )
    at = float(rng.uniform(0, 0.5))
    while at * RATE < count:
        if rng.random() < 0.85:
            start = max(int((at + rng.normal(0, 0.01)) * RATE), 0)
            strike = _strike(str(rng.choice(kinds)), rng) * np.float32(rng.uniform(0.3, 1.0))
            part = samples[start : start + len(strike)]
            part += strike[: len(part)]
        at += period * float(rng.choice([0.5, 1.0, 1.0]))
    return samples


def _strike(kind: str, rng: np.random.Generator) -> Samples:
    length = {"clap": 0.12, "click": 0.015, "drum": 0.25, "shaker": 0.08, "knock": 0.06}[kind]
    count = int(length * rng.uniform(0.7, 1.4) * RATE)
    time = np.arange(count) / RATE
    fade = np.exp(-time * 6.0 / length).astype(np.float32)
    noise = rng.standard_normal(count, dtype=np.float32)
    if kind == "drum":
        start, fall = rng.uniform(60, 180), rng.uniform(8, 30)
        tone = np.sin(2 * np.pi * start * (1 - np.exp(-fall * time)) / fall * 2.5)
        return np.asarray(fade * (tone + rng.uniform(0.02, 0.5) * noise), dtype=np.float32)
    if kind == "shaker":
        return fade * np.append(np.diff(noise), np.float32(0))
    smooth = int({"clap": 3, "click": 1, "knock": 14}[kind] * rng.uniform(1, 2))
    return fade * np.convolve(
        noise, np.ones(smooth, dtype=np.float32) / np.float32(smooth**0.5), mode="same"
    )


def _mains(count: int, rng: np.random.Generator) -> Samples:
    """Hum of the mains with noise."""
    time = np.arange(count) / RATE
    base = float(rng.choice([50.0, 60.0]))
    samples = colored_noise(count, float(rng.uniform(-6, 0)), rng) * np.float32(
        10 ** rng.uniform(-2.5, -0.3)
    )
    for number in range(1, int(rng.integers(2, 12))):
        tone = np.sin(2 * np.pi * base * number * time + rng.uniform(0, 6.3))
        samples += (rng.uniform(0, 1) / number * tone).astype(np.float32)
    return samples


def _wind(count: int, rng: np.random.Generator) -> Samples:
    """Noise whose loudness comes and goes: wind, waves, breath, traffic."""
    samples = colored_noise(count, float(rng.uniform(-8, -1)), rng)
    rate = rng.uniform(0.3, 3.0)
    knots = np.exp(rng.normal(0, 1.0, int(count / RATE * rate) + 3))
    swell = np.interp(np.arange(count) / RATE * rate, np.arange(len(knots)), knots)
    return samples * swell.astype(np.float32)
