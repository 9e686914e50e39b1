"""The gestures of a voice: loudness, mouth and breath of syllables."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from lab.renditions.intonation import slow_noise
from lab.renditions.singers import CONSONANTS, VOWELS, Singer
from lab.renditions.syllables import ENDING, Syllable
from lab.renditions.throat import CONTROL_RATE, FRAME_RATE, HISSES, Gestures

__all__ = ["make_gestures"]

Floats = NDArray[np.float64]

_SILENT = -70.0
_HISS_KINDS = tuple(HISSES)
_SHUT = {"m": 1.0, "n": 0.85}
_HISS_LEVELS = {"h": 0.12, "f": 0.15}


def make_gestures(
    syllables: list[Syllable], singer: Singer, track: Floats, rng: np.random.Generator
) -> Gestures:
    """Return the gestures that sing syllables."""
    count = len(track)
    frames = count * FRAME_RATE // CONTROL_RATE
    pitch = 440.0 * 2 ** ((track - 69) / 12)
    voicing = _curve(_loudness(syllables, rng), count)
    depth = rng.uniform(0.01, 0.2)
    fast, slow = slow_noise(count, 0.03, rng), slow_noise(count, 0.12, rng)
    voicing *= np.exp(depth * (0.6 * fast + slow))
    formants, closure = _mouth(syllables, singer, frames, rng)
    hiss, intake, kinds = _hissing(syllables, singer, (count, frames), rng)
    middles = (np.arange(frames) + 0.5) / FRAME_RATE
    tone = np.interp(middles, np.arange(count) / CONTROL_RATE, pitch)
    # singers open the mouth so that the first formant does not fall below the tone
    lowest = np.where(closure < 0.5, 1.05 * tone, 0.0)
    formants[:, 0] = np.maximum(formants[:, 0], lowest)
    formants = np.maximum.accumulate(formants + np.array([0, 80, 160, 240]), axis=1)
    widths = np.array([70.0, 90.0, 130.0, 200.0]) * singer.damping * (1 + 0.8 * closure[:, None])
    # at high tones the glottis is open for more of each period and damps the first formant
    widths[:, 0] += 0.18 * tone
    effort = 20 * np.log10(np.maximum(voicing, 1e-3))
    press = np.clip(
        singer.press + 0.015 * (effort + 8) + 0.05 * slow_noise(count, 0.3, rng), 0.02, 1.0
    )
    breath = singer.breath * (0.15 + voicing) * (voicing > 0) + intake
    return Gestures(
        pitch, voicing, breath, hiss, press, formants, widths, closure, kinds, singer.scale
    )


def _loudness(syllables: list[Syllable], rng: np.random.Generator) -> tuple[Floats, Floats]:
    """Return the corner points of the voicing: seconds and decibels."""
    points: list[tuple[float, float]] = [(0.0, _SILENT)]
    level = _SILENT
    # some let each note fade as if it were struck
    fade = rng.uniform(3, 12) if rng.random() < 0.25 else 0.0
    for this in syllables:
        length = this.end - this.start
        attack = min(rng.uniform(0.006, 0.07 if this.fresh else 0.04), 0.4 * length)
        points += _opening(this, level, attack)
        level = this.level + rng.normal(0, 1.5)
        points.append((this.start + max(0.5 * length, attack), level))
        level -= rng.uniform(0, 2) + fade * min(length / 0.4, 1.5)
        if this.last:
            release = min(rng.uniform(0.02, 0.15), 0.4 * length)
            points += [
                (this.end - release, level),
                (this.end, this.level + ENDING),
                (this.end + 0.05, _SILENT),
            ]
            level = _SILENT
    points.append((points[-1][0] + 1e3, _SILENT))
    times, levels = np.array(points).T
    return np.maximum.accumulate(times + np.arange(len(times)) * 1e-9), levels


def _opening(this: Syllable, before: float, attack: float) -> list[tuple[float, float]]:
    """Return the corner points of the beginning of a note."""
    start, level = this.start, this.level
    if this.consonant:
        kind = CONSONANTS[this.consonant]
        begin, sounding = start - this.length, before > _SILENT
        inside = max(level + kind.level, _SILENT)
        first = (begin - 0.015, before) if sounding else (begin - 0.01, _SILENT)
        second = (
            (begin, inside if sounding else _SILENT)
            if kind.level <= -60
            else (begin + 0.01, inside)
        )
        return [
            first,
            second,
            (start - 0.006, inside),
            (start + 0.003, level - 8),
            (start + 0.01 + attack / 2, level),
        ]
    if this.fresh:
        return [(start - 0.025, _SILENT), (start, level + ENDING), (start + attack, level)]
    if this.dip:
        bottom = min(before, level) - this.dip
        return [
            (start - 0.05, before),
            (start - 0.012, bottom),
            (start + 0.002, bottom + 2),
            (start + attack, level),
        ]
    return [(start - 0.03, before), (start + 0.03, level)]


def _curve(points: tuple[Floats, Floats], count: int) -> Floats:
    decibels = np.interp(np.arange(count) / CONTROL_RATE, *points)
    curve: Floats = 10 ** (decibels / 20)
    curve[decibels <= _SILENT + 1] = 0.0
    return curve


def _corners(this: Syllable, rng: np.random.Generator) -> list[tuple[float, Floats, float]]:
    """Return when the mouth has which shape: seconds, formants of a man, closure."""
    shapes = [np.array(VOWELS[name]) for name in this.vowels]
    shut = [_SHUT.get(name, 0.0) for name in this.vowels]
    length = this.end - this.start
    travel = this.start + min(rng.uniform(0.02, 0.07), 0.45 * length)
    found: list[tuple[float, Floats, float]] = []
    if this.consonant:
        kind = CONSONANTS[this.consonant]
        # an h has the mouth of its vowel
        shape = shapes[0] if this.consonant == "h" else np.array(kind.shape)
        closure = shut[0] if this.consonant == "h" else kind.closure
        found.append((this.start - this.length, shape, closure))
        found.append((this.start - 0.008, shape, closure))
        found.append((this.start + 0.012, 0.4 * shape + 0.6 * shapes[0], shut[0]))
    found.append((travel, shapes[0], shut[0]))
    found.append((max(travel, this.end - max(0.03, 0.4 * length)), shapes[0], shut[0]))
    found.append((max(travel, this.end - 0.03), shapes[1], shut[1]))
    return found


def _mouth(
    syllables: list[Syllable], singer: Singer, count: int, rng: np.random.Generator
) -> tuple[Floats, Floats]:
    """Return formants, shape ``(count, 4)``, and closure, shape ``(count,)``, by frame."""
    corners = [corner for this in syllables for corner in _corners(this, rng)] or [
        (0.0, np.array(VOWELS["uh"]), 0.0)
    ]
    table = np.array([(at, *shape.tolist(), closure) for at, shape, closure in corners])
    table = table[np.argsort(table[:, 0], kind="stable")]
    table[:, 1:5] *= singer.scale * np.array(singer.color)
    at = (np.arange(count) + 0.5) / FRAME_RATE
    columns = [np.interp(at, table[:, 0], table[:, c]) for c in range(1, 6)]
    return np.stack(columns[:4], axis=1), columns[4]


def _hissing(
    syllables: list[Syllable], singer: Singer, sizes: tuple[int, int], rng: np.random.Generator
) -> tuple[Floats, Floats, NDArray[np.int64]]:
    """Return noise of consonants and breath intakes, by control step, and kinds of noise, by frame."""
    hiss, intake = np.zeros(sizes[0]), np.zeros(sizes[0])
    kinds = np.zeros(sizes[1], dtype=np.int64)
    loud = 10 ** rng.uniform(-0.9, 0.35)
    before = 0.0
    for this in syllables:
        name = CONSONANTS[this.consonant].hiss if this.consonant else ""
        if name:
            bursts = CONSONANTS[this.consonant].bursts
            length = min(this.length, rng.uniform(0.008, 0.035)) if bursts else this.length
            first, stop = (
                int(max(t, 0) * CONTROL_RATE) for t in (this.start - length, this.start + 0.008)
            )
            stop = min(stop, sizes[0])
            count = max(stop - first, 0)
            shape = np.linspace(1, 0.2, count) if bursts else np.hanning(count + 2)[1:-1] ** 0.5
            hiss[first:stop] = loud * 10 ** (this.level / 20) * _HISS_LEVELS.get(name, 0.4) * shape
            kinds[
                max(int((this.start - length) * FRAME_RATE) - 3, 0) : int(this.start * FRAME_RATE)
                + 4
            ] = _HISS_KINDS.index(name)
        gap = this.start - this.length - before
        before = this.end
        if this.fresh and gap > 0.16 and singer.intake and rng.random() < 0.8:
            stop = int((this.start - this.length - 0.04) * CONTROL_RATE)
            first = max(stop - int(min(gap - 0.08, rng.uniform(0.12, 0.45)) * CONTROL_RATE), 0)
            intake[first:stop] += singer.intake * np.hanning(stop - first)
    return hiss, intake, kinds
