"""Sing note rows: from a singer and a performance to gestures of a voice, and to the notes that are heard."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from symgen.renditions.singers import CONSONANTS, VOWELS, Consonant, Singer
from symgen.renditions.throat import CONTROL_RATE, FRAME_RATE, HISSES, Gestures, voice_sound

__all__ = ["Syllable", "pitch_track", "sing"]

Floats = NDArray[np.float64]
Samples = NDArray[np.float32]

_SILENT = -70.0
_ENDING = -20.0
"""Decibels at which a voice counts as begun or ended."""
_HISS_KINDS = tuple(HISSES)
_BREAK = 0.04
"""A rest of this many seconds parts phrases."""


@dataclass(frozen=True, slots=True)
class Syllable:
    """How one note is sung.

    Parameters
    ----------
    start, end : float
        Where the vowel begins and the voicing ends, in seconds.
    pitch : float
        Centre, MIDI number with cents.
    level : float
        Loudness of the vowel in decibels.
    consonant : str
        Key of `CONSONANTS`; empty for none.
    length : float
        Seconds of the consonant, before `start`.
    dip : float
        Decibels by which a vowel without consonant is parted from the note before; 0 for a slur.
    vowels : (str, str)
        Vowel at the beginning and at the end.
    fresh : bool
        Whether it comes after a rest.
    last : bool
        Whether a rest follows.
    """

    start: float
    end: float
    pitch: float
    level: float
    consonant: str
    length: float
    dip: float
    vowels: tuple[str, str]
    fresh: bool
    last: bool


def sing(rows: Floats, singer: Singer, seconds: float, rng: np.random.Generator) -> tuple[Samples, Floats]:
    """Sing notes.

    Parameters
    ----------
    rows : ndarray of float64, shape (n, 4)
        Note rows; the pitches may carry a tuning.
    singer : Singer
        Who sings.
    seconds : float
        Length of the sound.
    rng : numpy.random.Generator
        Where chance comes from.

    Returns
    -------
    samples : ndarray of float32, shape (100 * seconds * 160,)
        Mono, 16 kHz, not scaled.
    rows : ndarray of float64, shape (k, 4)
        The notes that are heard: where the vowel begins or the pitch goes over to a new note, where the voicing ends,
        and the centre of the sung pitch. Fewer than before where a repeated note is slurred.
    """
    rows = _breathing(rows, rng)
    syllables = _syllables(_merge_slurs(rows, singer, rng), singer, rng)
    gestures = _gestures(syllables, singer, seconds, rng)
    heard = np.array([(s.start, s.end, s.pitch, min(10 ** (s.level / 20), 1.0)) for s in syllables]).reshape(-1, 4)
    return voice_sound(gestures, rng), heard


# -- notes -------------------------------------------------------------------------------


def _breathing(rows: Floats, rng: np.random.Generator) -> Floats:
    """Shorten a long note every some seconds, for a breath."""
    rows = rows.copy()
    last, wanted = rows[0, 0], rng.uniform(2.0, 6.0)
    for i in range(len(rows) - 1):
        gap, length = rows[i + 1, 0] - rows[i, 1], rows[i, 1] - rows[i, 0]
        if gap > 0.15:
            last, wanted = rows[i + 1, 0], rng.uniform(2.0, 6.0)
        elif rows[i, 1] - last > wanted and length > 0.35:
            rows[i, 1] -= min(rng.uniform(0.15, 0.45), 0.55 * length)
            last, wanted = rows[i + 1, 0], rng.uniform(2.0, 6.0)
        elif gap < _BREAK * 1.5:
            rows[i, 1] = rows[i + 1, 0]
    return rows


def _merge_slurs(rows: Floats, singer: Singer, rng: np.random.Generator) -> list[tuple[Floats, bool]]:
    """Decide which notes are slurred to the one before; a slurred repetition is one long note."""
    notes: list[tuple[Floats, bool]] = []
    for i, row in enumerate(rows):
        joined = i > 0 and row[0] - rows[i - 1, 1] < 1e-6
        slurred = joined and rng.random() < singer.slur
        if slurred and round(row[2]) == round(rows[i - 1, 2]):
            if rng.random() < 0.3:
                notes[-1][0][1] = row[1]
                continue
            slurred = False
        notes.append((row.copy(), bool(slurred)))
    return notes


def _syllables(notes: list[tuple[Floats, bool]], singer: Singer, rng: np.random.Generator) -> list[Syllable]:
    count = len(notes)
    stray = np.cumsum(rng.normal(0, singer.stray, count))
    errors = np.clip(rng.normal(0, singer.errors, count), -90, 90) + stray
    # poor singers make wide leaps too small
    found: list[Syllable] = []
    vowel = str(rng.choice(singer.vowels))
    for i, (row, slurred) in enumerate(notes):
        before = notes[i - 1][0] if i else None
        fresh = before is None or row[0] - before[1] > 1e-6
        follows = notes[i + 1][0][0] if i + 1 < count else np.inf
        consonant = "" if slurred else str(rng.choice(singer.consonants))
        room = 0.4 if before is None else max(0.45 * (row[0] - before[0]), 0.02)
        length = min(rng.uniform(*CONSONANTS[consonant].seconds), room) if consonant else 0.0
        if not slurred or rng.random() < 0.15:
            vowel = str(rng.choice(singer.vowels))
        second = str(rng.choice(singer.vowels)) if rng.random() < 0.12 else vowel
        level = 16 * np.log10(max(row[3], 0.05)) + rng.normal(0, 1.2)
        dip = 0.0 if slurred or consonant else rng.uniform(5, 30)
        pitch = row[2] + errors[i] / 100
        last = follows - row[1] > 1e-6
        found.append(
            Syllable(row[0], row[1], pitch, level, consonant, length, dip, (vowel, second), bool(fresh), bool(last))
        )
    return [_ended(s, found[i + 1] if i + 1 < count else None) for i, s in enumerate(found)]


def _ended(this: Syllable, following: Syllable | None) -> Syllable:
    """End the voicing where a voiceless consonant of the next syllable begins."""
    end = this.end
    if following is not None and following.consonant:
        voiceless = CONSONANTS[following.consonant].level <= _ENDING
        if voiceless or this.last:
            end = min(end, following.start - following.length)
    end = max(end, this.start + 0.03)
    if following is not None:
        end = min(end, following.start)
    fields = {name: getattr(this, name) for name in Syllable.__slots__} | {"end": end}
    return Syllable(**fields)


# -- pitch -------------------------------------------------------------------------------


def pitch_track(syllables: list[Syllable], singer: Singer, count: int, rng: np.random.Generator) -> Floats:
    """Return the pitch as MIDI numbers, `CONTROL_RATE` values a second.

    Goes from note to note in a glide that is half way at the note's start; comes to a note after a rest from below,
    swings over, wanders, and swings in a vibrato that grows on long notes.
    """
    times = np.arange(count) / CONTROL_RATE
    track = np.full(count, syllables[0].pitch if syllables else 60.0)
    for i, this in enumerate(syllables):
        start = int(this.start * CONTROL_RATE)
        if i:
            _glide(track, times, syllables[i - 1], this, singer, rng)
        attacked = this.fresh or (this.consonant and CONSONANTS[this.consonant].level <= -60)
        if rng.random() < singer.scoop[0] and (attacked or rng.random() < 0.3):
            depth = min(rng.exponential(singer.scoop[1]), 250.0) * (1 if rng.random() < 0.85 else -0.6)
            since = times[start:] - this.start
            track[start:] -= depth / 100 * np.exp(-since / rng.uniform(0.02, 0.07))
            if attacked:
                track[max(0, start - 40) : start] -= depth / 100
        if this.last and rng.random() < 0.4:
            stop = int(this.end * CONTROL_RATE)
            tail = slice(max(stop - int(rng.uniform(0.04, 0.15) * CONTROL_RATE), start), stop + 15)
            slope = np.linspace(0, 1, len(track[tail])) ** 2
            track[tail] -= rng.exponential(0.8) * slope * (1 if rng.random() < 0.8 else -0.3)
    return track + _unsteadiness(syllables, singer, times, rng)


def _glide(
    track: Floats, times: Floats, before: Syllable, this: Syllable, singer: Singer, rng: np.random.Generator
) -> None:
    """Add the way from the note before, centred on the start of this one."""
    step = this.pitch - before.pitch
    longest = max(0.02, min(0.7 * (this.end - this.start), 0.7 * (before.end - before.start)))
    width = min(rng.uniform(*singer.glide) * (1 + 0.04 * abs(step)), longest)
    # with a consonant the pitch changes inside it, so that it stands when the vowel comes
    centre = this.start - min(0.5 * this.length, 0.02)
    first, stop = (int(t * CONTROL_RATE) for t in (centre - 2 * width, centre + 2 * width))
    first, stop = max(first, 0), max(min(stop, len(track)), 0)
    share = 1 / (1 + np.exp(-(times[first:stop] - centre) * 5 / width))
    track[first:stop] += step * share
    track[stop:] += step
    since = times[stop - (stop - first) // 2 :] - centre
    if rng.random() < 0.4:
        over = rng.uniform(0, 0.12) * np.clip(step, -5, 5)
        track[stop - (stop - first) // 2 :] += over * np.sin(np.pi * since / 0.09) * np.exp(-since / 0.05)


def _noise(count: int, smooth: float, rng: np.random.Generator) -> Floats:
    """Slow noise of spread 1 that changes in some seconds."""
    points = max(int(count / (smooth * CONTROL_RATE)) + 3, 4)
    knots = rng.normal(size=points)
    return np.interp(np.linspace(0.5, points - 1.5, count), np.arange(points), knots)


def _unsteadiness(syllables: list[Syllable], singer: Singer, times: Floats, rng: np.random.Generator) -> Floats:
    count = len(times)
    depth, rate, wait = singer.vibrato
    swing = np.zeros(count)
    for this in syllables:
        first, stop = int(this.start * CONTROL_RATE), int(min(this.end + 0.05, times[-1]) * CONTROL_RATE)
        since = times[first:stop] - this.start
        own = depth * rng.uniform(0.5, 1.3)
        swing[first:stop] = own * np.clip((since - wait * rng.uniform(0.6, 1.3)) / 0.25, 0, 1)
    swing = np.convolve(swing, np.ones(20) / 20, mode="same")
    phase = 2 * np.pi * np.cumsum(rate * (1 + 0.07 * _noise(count, 0.3, rng))) / CONTROL_RATE
    wander = singer.wander * 0.7 * (_noise(count, 0.35, rng) + 0.6 * _noise(count, 0.12, rng))
    shake = singer.shake * (_noise(count, 0.03, rng) + 0.7 * _noise(count, 0.011, rng))
    cents: Floats = swing * np.sin(phase + rng.uniform(0, 6.3)) + wander + shake
    return cents / 100


# -- loudness and mouth ------------------------------------------------------------------


def _loudness(syllables: list[Syllable], rng: np.random.Generator) -> tuple[Floats, Floats]:
    """Return the corner points of the voicing: seconds and decibels."""
    points: list[tuple[float, float]] = [(0.0, _SILENT)]
    level = _SILENT
    for this in syllables:
        attack = rng.uniform(0.006, 0.07 if this.fresh else 0.04)
        attack = min(attack, 0.4 * (this.end - this.start))
        points += _opening(this, level, attack)
        level = this.level
        swell = rng.normal(0, 1.5)
        points.append((this.start + max(0.5 * (this.end - this.start), attack), level + swell))
        if this.last:
            release = min(rng.uniform(0.02, 0.15), 0.4 * (this.end - this.start))
            points += [(this.end - release, level + swell - 1), (this.end, level + _ENDING), (this.end + 0.05, _SILENT)]
            level = _SILENT
        else:
            level += swell - rng.uniform(0, 2)
    points.append((points[-1][0] + 1e3, _SILENT))
    times, levels = np.array(points).T
    return np.maximum.accumulate(times + np.arange(len(times)) * 1e-9), levels


def _opening(this: Syllable, before: float, attack: float) -> list[tuple[float, float]]:
    """Return corner points of the beginning of a note."""
    start, level = this.start, this.level
    if this.consonant:
        kind: Consonant = CONSONANTS[this.consonant]
        begin = start - this.length
        inside = max(level + kind.level, _SILENT)
        lead = [(begin, inside if before > _SILENT else _SILENT)] if kind.level <= -60 else [(begin + 0.01, inside)]
        first = [(begin - 0.015, before)] if before > _SILENT else [(begin - 0.01, _SILENT)]
        return [
            *first,
            *lead,
            (start - 0.006, inside),
            (start + 0.003, level - 8),
            (start + 0.5 * attack + 0.01, level),
        ]
    if this.fresh:
        return [(start - 0.025, _SILENT), (start, level + _ENDING), (start + attack, level)]
    if this.dip:
        bottom = min(before, level) - this.dip
        return [(start - 0.05, before), (start - 0.012, bottom), (start + 0.002, bottom + 2), (start + attack, level)]
    return [(start - 0.03, before), (start + 0.03, level)]


def _curve(points: tuple[Floats, Floats], count: int) -> Floats:
    decibels = np.interp(np.arange(count) / CONTROL_RATE, *points)
    curve: Floats = 10 ** (decibels / 20)
    curve[decibels <= _SILENT + 1] = 0.0
    return curve


def _mouth(syllables: list[Syllable], singer: Singer, count: int, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """Return formants, shape ``(count, 4)``, and closure, shape ``(count,)``, by frame."""
    factors = singer.scale * np.array(singer.colour)
    points: list[tuple[float, ...]] = []

    def put(at: float, shape: tuple[float, ...], closure: float) -> None:
        points.append((at, *(np.array(shape) * factors).tolist(), closure))

    shut = {"m": 1.0, "n": 0.85}
    for this in syllables:
        first, second = (VOWELS[name] for name in this.vowels)
        closures = [shut.get(name, 0.0) for name in this.vowels]
        travel = min(rng.uniform(0.02, 0.07), 0.45 * (this.end - this.start))
        if this.consonant:
            kind = CONSONANTS[this.consonant]
            shape = first if this.consonant == "h" else kind.shape
            put(this.start - this.length, shape, max(kind.closure, closures[0] if this.consonant == "h" else 0))
            put(this.start - 0.008, shape, max(kind.closure, closures[0] if this.consonant == "h" else 0))
            put(this.start + 0.012, tuple(0.4 * np.array(shape) + 0.6 * np.array(first)), closures[0])
        put(this.start + travel, first, closures[0])
        put(max(this.start + travel, this.end - max(0.03, 0.4 * (this.end - this.start))), first, closures[0])
        put(max(this.start + travel, this.end - 0.03), second, closures[1])
    if not points:
        put(0.0, VOWELS["uh"], 0.0)
    table = np.array(points)
    table = table[np.argsort(table[:, 0], kind="stable")]
    at = (np.arange(count) + 0.5) / FRAME_RATE
    columns = [np.interp(at, table[:, 0], table[:, c]) for c in range(1, 6)]
    return np.stack(columns[:4], axis=1), columns[4]


def _hissing(
    syllables: list[Syllable], singer: Singer, sizes: tuple[int, int], rng: np.random.Generator
) -> tuple[Floats, Floats, NDArray[np.int64]]:
    """Return noise of consonants, breath intakes (by control step) and kinds of noise (by frame)."""
    count, frames = sizes
    hiss, intake = np.zeros(count), np.zeros(count)
    kinds = np.zeros(frames, dtype=np.int64)
    loud = 10 ** rng.uniform(-0.9, 0.35)
    for i, this in enumerate(syllables):
        name = CONSONANTS[this.consonant].hiss if this.consonant else ""
        if name:
            bursts = CONSONANTS[this.consonant].bursts
            length = min(this.length, rng.uniform(0.008, 0.035)) if bursts else this.length
            first, stop = (int(max(t, 0) * CONTROL_RATE) for t in (this.start - length, this.start + 0.008))
            shape = np.hanning(stop - first + 2)[1:-1] ** 0.5 if not bursts else np.linspace(1, 0.2, stop - first)
            strength = loud * 10 ** (this.level / 20) * {"h": 0.12, "f": 0.15}.get(name, 0.4)
            hiss[first:stop] = (strength * shape)[: len(hiss[first:stop])]
            near = slice(max(int((this.start - length) * FRAME_RATE) - 3, 0), int(this.start * FRAME_RATE) + 4)
            kinds[near] = _HISS_KINDS.index(name)
        gap = this.start - this.length - (syllables[i - 1].end if i else 0.0)
        if this.fresh and gap > 0.16 and singer.intake and rng.random() < 0.8:
            length = min(gap - 0.08, rng.uniform(0.12, 0.45))
            stop = int((this.start - this.length - 0.04) * CONTROL_RATE)
            first = max(stop - int(length * CONTROL_RATE), 0)
            intake[first:stop] += singer.intake * np.hanning(stop - first)
    return hiss, intake, kinds


def _gestures(syllables: list[Syllable], singer: Singer, seconds: float, rng: np.random.Generator) -> Gestures:
    frames = round(seconds * FRAME_RATE)
    count = -(-frames * CONTROL_RATE // FRAME_RATE)
    track = pitch_track(syllables, singer, count, rng)
    pitch = 440.0 * 2 ** ((track - 69) / 12)
    voicing = _curve(_loudness(syllables, rng), count)
    voicing *= np.exp(rng.uniform(0.01, 0.12) * (_noise(count, 0.03, rng) + _noise(count, 0.15, rng)))
    formants, closure = _mouth(syllables, singer, frames, rng)
    hiss, intake, kinds = _hissing(syllables, singer, (count, frames), rng)
    tone = np.interp((np.arange(frames) + 0.5) / FRAME_RATE, np.arange(count) / CONTROL_RATE, pitch)
    # singers open the mouth so that the first formant does not fall below the tone
    formants[:, 0] = np.maximum(formants[:, 0], np.where(closure < 0.5, 1.05 * tone, 0.0))
    formants = np.maximum.accumulate(formants + np.array([0, 80, 160, 240]), axis=1)
    widths = np.array([70.0, 90.0, 130.0, 200.0]) * singer.damping * (1 + 0.8 * closure[:, None])
    effort = 20 * np.log10(np.maximum(voicing, 1e-3))
    press = np.clip(singer.press + 0.015 * (effort + 8) + 0.05 * _noise(count, 0.3, rng), 0.02, 1.0)
    breath = singer.breath * (0.15 + voicing) * (voicing > 0) + intake
    return Gestures(pitch, voicing, breath, hiss, press, formants, widths, closure, kinds, singer.scale)
