"""The pitch of a voice from moment to moment."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from lab.renditions.singers import CONSONANTS, Singer
from lab.renditions.syllables import Syllable
from lab.renditions.throat import CONTROL_RATE

__all__ = ["audible_pitches", "pitch_track", "slow_noise", "speech_track"]

Floats = NDArray[np.float64]


def slow_noise(count: int, seconds: float, rng: np.random.Generator) -> Floats:
    """Noise of spread 1, `count` control steps, with a knot each `seconds`."""
    points = max(int(count / (seconds * CONTROL_RATE)) + 3, 4)
    knots = rng.normal(size=points)
    return np.interp(np.linspace(0.5, points - 1.5, count), np.arange(points), knots)


def pitch_track(
    syllables: list[Syllable], singer: Singer, count: int, rng: np.random.Generator
) -> Floats:
    """Return the pitch as MIDI numbers.

    It goes from note to note in glides, half way where a note is heard to begin; it comes to a note
    after a rest from below, swings over, wanders, and swings in a vibrato that grows on long notes.
    """
    times = np.arange(count) / CONTROL_RATE
    track = np.full(count, syllables[0].pitch if syllables else 60.0)
    for i, this in enumerate(syllables):
        if i:
            _glide(track, times, (syllables[i - 1], this), singer, rng)
        _approach(track, times, this, singer, rng)
        if this.last and rng.random() < 0.4:
            start, stop = int(this.start * CONTROL_RATE), int(this.end * CONTROL_RATE)
            tail = slice(max(stop - int(rng.uniform(0.04, 0.15) * CONTROL_RATE), start), stop + 15)
            slope = np.linspace(0, 1, len(track[tail])) ** 2
            track[tail] -= rng.exponential(0.8) * slope * (1 if rng.random() < 0.8 else -0.3)
    return track + _unsteadiness(syllables, singer, times, rng)


def _glide(
    track: Floats,
    times: Floats,
    pair: tuple[Syllable, Syllable],
    singer: Singer,
    rng: np.random.Generator,
) -> None:
    """Add the way from one note to the next, centered where the next one begins."""
    before, this = pair
    step = this.pitch - before.pitch
    shorter = min(0.7 * (this.end - this.start), 0.7 * (before.end - before.start))
    longest = max(0.02, shorter)
    width = min(1.5 * rng.uniform(*singer.glide) * (1 + 0.04 * abs(step)), longest)
    # before a voiceless consonant nothing is heard of the way
    center = this.start - 0.5 * this.length if this.attacked else this.onset - rng.uniform(0, 0.01)
    first, stop = (int(t * CONTROL_RATE) for t in (center - width / 2, center + width / 2))
    first, stop = max(first, 0), max(min(stop, len(track)), 0)
    way = np.clip((times[first:stop] - center) / width, -0.5, 0.5)
    share = 0.5 + 0.5 * np.sin(np.pi * way)
    track[first:stop] += step * share
    track[stop:] += step
    if rng.random() < 0.4:
        over = rng.uniform(0, 0.15) * np.clip(step, -5, 5)
        since = times[stop:] - center - width / 2
        track[stop:] += over * np.sin(np.pi * since / 0.09) * np.exp(-since / 0.05)


def _approach(
    track: Floats, times: Floats, this: Syllable, singer: Singer, rng: np.random.Generator
) -> None:
    """Begin a note too low or, less often, too high; bend the pitch as consonants do."""
    start = int(this.start * CONTROL_RATE)
    since = times[start:] - this.start
    if rng.random() < singer.scoop[0] and (this.attacked or rng.random() < 0.3):
        depth = (
            min(rng.exponential(singer.scoop[1]), 400.0)
            / 100
            * (1 if rng.random() < 0.85 else -0.6)
        )
        track[start:] -= depth * np.exp(-since / rng.uniform(0.02, 0.08))
        if this.attacked:
            track[max(0, start - 40) : start] -= depth
    if this.consonant and CONSONANTS[this.consonant].hiss:
        voiceless = CONSONANTS[this.consonant].level <= -60
        bend = rng.uniform(0, 0.7) if voiceless else -rng.uniform(0, 1.2)
        track[start:] += bend * np.exp(-since / 0.025)
        if not voiceless:
            first = max(int((this.start - this.length) * CONTROL_RATE), 0)
            track[first:start] += bend * np.linspace(0, 1, start - first)


def _unsteadiness(
    syllables: list[Syllable], singer: Singer, times: Floats, rng: np.random.Generator
) -> Floats:
    count = len(times)
    depth, rate, wait = singer.vibrato
    swing = np.zeros(count)
    for this in syllables:
        first, stop = (
            int(this.start * CONTROL_RATE),
            int(min(this.end + 0.05, times[-1]) * CONTROL_RATE),
        )
        since = times[first:stop] - this.start
        own = depth * rng.uniform(0.5, 1.3)
        swing[first:stop] = own * np.clip((since - wait * rng.uniform(0.6, 1.3)) / 0.25, 0, 1)
    swing = np.convolve(swing, np.ones(20) / 20, mode="same")
    phase = 2 * np.pi * np.cumsum(rate * (1 + 0.07 * slow_noise(count, 0.3, rng))) / CONTROL_RATE
    wander = (
        singer.wander * 0.7 * (slow_noise(count, 0.35, rng) + 0.6 * slow_noise(count, 0.12, rng))
    )
    shake = singer.shake * (slow_noise(count, 0.03, rng) + 0.7 * slow_noise(count, 0.011, rng))
    cents: Floats = swing * np.sin(phase + rng.uniform(0, 6.3)) + wander + shake
    return cents / 100


def audible_pitches(track: Floats, syllables: list[Syllable]) -> Floats:
    """Return the median pitch of the steady part of each note, shape ``(len(syllables),)``."""
    found = np.array([this.pitch for this in syllables], dtype=np.float64)
    for i, this in enumerate(syllables):
        length = this.end - this.start
        edge = min(0.06, 0.3 * length)
        steady = track[
            int((this.start + edge) * CONTROL_RATE) : int((this.end - edge / 2) * CONTROL_RATE)
        ]
        if len(steady) > 3:
            found[i] = np.median(steady)
    return found


def speech_track(count: int, center: float, rng: np.random.Generator) -> Floats:
    """Return the pitch of one who speaks, as MIDI numbers: it never stands, and sinks in a phrase."""
    lively = rng.uniform(1.2, 3.2)
    swings = slow_noise(count, rng.uniform(0.14, 0.22), rng) + 0.5 * slow_noise(count, 0.08, rng)
    phrase = rng.uniform(1.2, 3.0) * CONTROL_RATE
    place = (np.arange(count) / phrase + rng.random()) % 1.0
    return center + lively * swings - rng.uniform(2, 6) * (place - 0.5)
