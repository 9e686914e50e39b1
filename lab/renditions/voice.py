"""Sing, hum, whistle or speak: from note rows to sound, and to the notes that are heard in it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from lab.renditions.intonation import audible_pitches, pitch_track, slow_noise, speech_track
from lab.renditions.mouth import make_gestures
from lab.renditions.singers import Singer
from lab.renditions.syllables import Syllable, draw_syllables
from lab.renditions.throat import CONTROL_RATE, voice_sound
from symgen.audio.reading import RATE

__all__ = ["WHISTLE_SPAN", "buzz", "sing", "speak", "whistle"]

Floats = NDArray[np.float64]
Samples = NDArray[np.float32]

WHISTLE_SPAN = (72, 98)
"""Lowest and highest pitch that is whistled."""

_RISEN, _SLURRED = 0.01, 0.02
"""Seconds from where a vowel begins, and from the middle of a glide, to where the note is heard to begin."""
_MURMUR = 0.7
"""Share of a consonant, from its end, that belongs to no note."""
_RELEASE = 0.03
"""Seconds before the end of the voice at which its last note is heard to end."""


def sing(
    rows: Floats, singer: Singer, seconds: float, rng: np.random.Generator
) -> tuple[Samples, Floats]:
    """Sing note rows, as mono at 16 kHz, not scaled; return the sound and the notes that are heard.

    These begin where the vowel has come up, or the pitch has passed half of the way to a new note,
    and have the median of the sung pitch; a repeated note that is slurred is none.
    """
    syllables = draw_syllables(rows, singer, rng)
    track = pitch_track(syllables, singer, _control_steps(seconds), rng)
    samples = voice_sound(make_gestures(syllables, singer, track, rng), rng)
    return samples[: round(seconds * RATE)], _audible_notes(syllables, track)


def _control_steps(seconds: float) -> int:
    # whole frames of the mouth: two of them are five control steps
    return int(np.ceil(seconds * CONTROL_RATE / 5)) * 5


def _audible_notes(syllables: list[Syllable], track: Floats) -> Floats:
    """Return the notes as those who annotate singing write them down.

    Measured on vocadito (Bittner et al., 2021) and on sight-singing: an onset stands where the vowel has come up, some
    10 ms after the steepest rise, never at a consonant; in a slur some 20 ms after the pitch is half way; a scoop
    belongs to its note; a note ends where its level falls, before the voice is gone.
    """
    rows = []
    for i, (this, pitch) in enumerate(
        zip(syllables, audible_pitches(track, syllables), strict=True)
    ):
        following = syllables[i + 1] if i + 1 < len(syllables) else None
        release = min(_RELEASE, 0.2 * (this.end - this.start))
        end = this.end - (release if this.last else 0.0)
        if following is not None and following.consonant:
            end = min(end, following.start - _MURMUR * following.length)
        is_parted = this.consonant or this.dip or this.fresh
        onset = this.start + (_RISEN if is_parted else _SLURRED)
        strength = min(10 ** (this.level / 20), 1.0)
        rows.append([onset, max(end, onset + 0.02), pitch, strength])
    heard = np.array(rows, dtype=np.float64).reshape(-1, 4)
    heard[:-1, 1] = np.minimum(heard[:-1, 1], heard[1:, 0])
    return heard


def buzz(samples: Samples, rng: np.random.Generator) -> Samples:
    """Return a voice as a kazoo makes it: bent flat on one side, without its low part."""
    level = float(np.abs(samples).max(initial=0.0)) or 1.0
    bent = np.tanh(samples * np.float32(rng.uniform(6, 20) / level) + np.float32(0.4))
    return np.append(np.diff(bent), np.float32(0)).astype(np.float32)


def whistle(
    rows: Floats, singer: Singer, seconds: float, rng: np.random.Generator
) -> tuple[Samples, Floats]:
    """Whistle notes; arguments and results as of `sing`."""
    whistler = replace(
        singer, consonants=("", "", "h"), slur=max(singer.slur, 0.2), wander=0.7 * singer.wander
    )
    syllables = [
        replace(
            this, consonant="", length=0.0, dip=this.dip or (0.0 if not this.consonant else 20.0)
        )
        for this in draw_syllables(rows, whistler, rng)
    ]
    track = pitch_track(syllables, whistler, _control_steps(seconds), rng)
    gestures = make_gestures(syllables, whistler, track, rng)
    count = round(seconds * RATE)
    at = np.arange(count) * (CONTROL_RATE / RATE)
    steps = np.arange(len(track))
    phase = 2 * np.pi * np.cumsum(np.interp(at, steps, gestures.pitch)) / RATE
    loud = np.interp(at, steps, gestures.voicing).astype(np.float32)
    flutter = np.interp(
        at, steps, 1 + rng.uniform(0, 0.15) * slow_noise(len(track), 0.008, rng)
    ).astype(np.float32)
    second, third = 10 ** rng.uniform(-2.2, -1.0), 10 ** rng.uniform(-2.6, -1.5)
    tone = np.sin(phase) + second * np.sin(2 * phase) + third * np.sin(3 * phase)
    air = rng.standard_normal(count, dtype=np.float32) * np.float32(10 ** rng.uniform(-2.8, -1.4))
    return loud * (flutter * tone.astype(np.float32) + air), _audible_notes(syllables, track)


def speak(singer: Singer, seconds: float, rng: np.random.Generator) -> Samples:
    """Return what sounds like speech, without a note that stands."""
    rate = rng.uniform(3.8, 6.5)
    times, at = [], float(rng.uniform(0.05, 0.5))
    while at < seconds - 0.4:
        length = float(np.clip(rng.gamma(6.0, 1 / (6.0 * rate)), 0.07, 0.45))
        times.append((at, at + length))
        at += length + (rng.uniform(0.2, 0.7) if rng.random() < 0.12 else 0.0)
    center = singer.span[0] + rng.uniform(2, 9)
    rows = np.array(
        [(a, b, center, rng.uniform(0.3, 0.8)) for a, b in times], dtype=np.float64
    ).reshape(-1, 4)
    if not len(rows):
        return np.zeros(round(seconds * RATE), dtype=np.float32)
    syllables = draw_syllables(rows, replace(singer, slur=0.05), rng)
    track = speech_track(_control_steps(seconds), center, rng)
    return voice_sound(make_gestures(syllables, singer, track, rng), rng)[: round(seconds * RATE)]
