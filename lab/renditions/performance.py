"""From a tune to a performance of it: when each note of the melody begins and ends, and how loud it is."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from symgen.music.lines import outer_line
from symgen.music.meter import COMMON_TIME, Meter
from symgen.music.score import Score
from symgen.system.errors import FormatError

__all__ = ["Manner", "Performance", "Placed", "draw_manner", "melody_notes", "perform"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_FASTEST, _SLOWEST = 210.0, 45.0
"""Felt beats a minute."""
_LEAST_NOTE = 0.03
_MOST_NOTES = 400
_LEAPS = (-12, -9, -7, -5, -2, -1, 1, 2, 5, 7, 9, 12)
_GRACE = 0.6
"""Notes shorter than this share of the least distance are ornaments, and left out."""


@dataclass(frozen=True, slots=True)
class Manner:
    """How a tune is played."""

    # Wanted median time from note to note in seconds; the tempo follows from it, within 45..210
    # felt beats a minute.
    spacing: float = 0.25
    # No two notes are to be nearer to each other than this, in seconds; the tempo is slowed down
    # for it.
    least: float = 0.07
    # Spread of the logarithm of the tempo over some beats.
    drift: float = 0.02
    # Rise and fall of the logarithm of the tempo over a phrase.
    rubato: float = 0.03
    # How much slower, as a logarithm, the last beats become.
    ritardando: float = 0.0
    # Spread of single onsets in seconds.
    jitter: float = 0.008
    # Share of the time to the next note for which a note is held; above 1 for an overlapping
    # legato.
    gate: float = 0.9
    # Mean strength, 0..1.
    loudness: float = 0.65
    # Length of the window that is played, with the silence around it.
    seconds: float = 12.0
    # Probability that the window begins where the tune does.
    whole: float = 0.5
    # Share of the notes that are made others: repeated, moved by a leap, held longer, or followed
    # by a rest. Then the bar lines mean nothing any more.
    free: float = 0.0


@dataclass(frozen=True, slots=True)
class Placed:
    """The melody of a window of a tune, in quarters."""

    # Shape (n, 3): rows ``(onset, duration, pitch)``: quarters from the first full bar line (notes
    # of a pickup below 0).
    notes: Floats
    # The meter of the first full bar.
    meter: Meter = COMMON_TIME
    # Length of the pickup in quarters, 0 for none.
    pickup: float = 0.0
    # Key signature, -7..7; None where the tune has none.
    sharps: int | None = None
    # Whether it is that of a minor key.
    minor: bool = False
    # Whether the meter holds over the whole window.
    steady: bool = True

    @property
    def onsets(self) -> Floats:
        """Where the notes begin, in quarters."""
        return self.notes[:, 0]

    @property
    def ends(self) -> Floats:
        """Where the notes end, in quarters."""
        return self.notes[:, 0] + self.notes[:, 1]

    @property
    def pitches(self) -> Floats:
        """Whole MIDI numbers."""
        return self.notes[:, 2]


@dataclass(frozen=True, slots=True)
class Performance:
    """A performance and what is true of it."""

    # Shape (n, 4): note rows ``(onset_s, offset_s, pitch, strength)``; monophonic, whole pitches.
    rows: Floats
    # Shape (n,): when each key goes up in seconds: in a legato after the next onset.
    releases: Floats
    # The same notes in beats, transposed alike.
    placed: Placed
    # Nominal tempo in quarters a minute.
    bpm: float
    # Shape (k, 2): rows ``(quarters, seconds)`` of each felt beat from the first note's to the one
    # after the last note.
    pulse: Floats
    # Length with the silence before and after.
    seconds: float


def draw_manner(
    rng: np.random.Generator, *, voice: bool = False, seconds: tuple[float, float] = (8.0, 20.0)
) -> Manner:
    """Draw a manner: voices slower and freer than instruments."""
    loose = rng.choice([0.0, 0.4, 1.0, 1.8], p=[0.1, 0.35, 0.4, 0.15])
    gate = rng.choice(
        [
            rng.uniform(0.3, 0.6),
            rng.uniform(0.6, 0.9),
            rng.uniform(0.9, 1.0),
            rng.uniform(1.0, 1.15),
        ]
    )
    median = 0.34 if voice else 0.24
    return Manner(
        spacing=float(np.clip(median * np.exp(rng.normal(0.0, 0.42)), 0.1, 0.9)),
        least=0.11 if voice else 0.065,
        drift=float(loose * rng.uniform(0.01, 0.04)),
        rubato=float(loose * rng.uniform(0.0, 0.06)),
        ritardando=float(rng.uniform(0.1, 0.6) if rng.random() < 0.25 else 0.0),
        jitter=float(loose * rng.uniform(0.004, 0.018)),
        gate=float(rng.uniform(0.88, 1.05) if voice else gate),
        loudness=float(rng.uniform(0.35, 0.9)),
        seconds=float(rng.uniform(*seconds)),
    )


def melody_notes(tune: Score, part: int = 0) -> Ints:
    """Return the top line of a part: rows ``(onset, duration, pitch)`` in ticks, none overlapping."""
    parts = [p for p in tune.parts if p.notes and not p.is_drum]
    if not parts:
        return np.zeros((0, 3), dtype=np.int64)
    notes = parts[min(part, len(parts) - 1)].notes
    rows = [(note.onset, note.duration, note.pitch) for note in outer_line(notes)]
    return np.array(rows, dtype=np.int64)


def _without_graces(notes: Ints, shortest: float) -> Ints:
    """Leave out notes that would be too short; the next note takes their place."""
    kept = np.r_[notes[:-1, 1] >= shortest, True]
    starts = notes[:, 0].copy()
    for i in np.flatnonzero(~kept):
        starts[i + 1] = starts[i]
    notes = notes.copy()
    notes[:, 1] += notes[:, 0] - starts
    notes[:, 0] = starts
    return notes[kept]


def _window(
    tune: Score, notes: Ints, quarters: float, rng: np.random.Generator, whole: float
) -> Placed:
    """Cut a window of some quarters that begins with the tune or at a bar line."""
    bars = tune.bars
    starts = [
        bar.start
        for bar in bars
        if bar.number > 0 and bar.start < tune.music_end - quarters * tune.resolution
    ]
    from_start = rng.random() < whole or not starts
    downbeat = next((bar.start for bar in bars if bar.number > 0), 0)
    start = 0 if from_start else int(rng.choice(starts))
    if not from_start:
        downbeat = start
    elif not tune.has_pickup:
        # a tune that opens with rests is heard from its first note on
        start = downbeat = max((bar.start for bar in bars if bar.start <= notes[0, 0]), default=0)
    end = start + round(quarters * tune.resolution)
    onsets = notes[:, 0]
    inside = notes[(onsets >= start) & (onsets < end)][:_MOST_NOTES].astype(np.float64)
    inside[:, 0] = (inside[:, 0] - downbeat) / tune.resolution
    inside[:, 1] /= tune.resolution
    meters = {bar.meter for bar in bars if bar.end > downbeat and bar.start < end}
    meter = next((bar.meter for bar in bars if bar.end > downbeat), COMMON_TIME)
    key = next((key for key in reversed(tune.keys) if key.tick <= max(start, 0)), None)
    pickup = float(-inside[0, 0]) if len(inside) and inside[0, 0] < 0 else 0.0
    return Placed(
        inside,
        meter,
        pickup,
        key.sharps if key else None,
        bool(key and key.minor),
        len(meters) <= 1,
    )


def _choose_tempo(notes: Ints, tune: Score, manner: Manner) -> float:
    """Return quarters a minute from the wanted distance of notes."""
    steps = np.diff(notes[:, 0]) / tune.resolution
    steps = steps[steps > 0]
    typical = float(np.median(steps)) if len(steps) else 1.0
    meter = next((bar.meter for bar in tune.bars if bar.number > 0), COMMON_TIME)
    beat = float(meter.beat_quarters)
    bpm = float(np.clip(60 * typical / manner.spacing / beat, _SLOWEST, _FASTEST)) * beat
    shortest = float(np.quantile(steps, 0.03)) if len(steps) else typical
    return min(bpm, 60 * shortest / manner.least)


def _tempo_curve(grid: Floats, bar: float, manner: Manner, rng: np.random.Generator) -> Floats:
    """Return the logarithm of the slowness at each place of a grid in quarters."""
    count = len(grid)
    walk = np.cumsum(rng.normal(size=count)) / np.sqrt(count)
    smooth = np.convolve(walk, np.ones(24) / 24, mode="same")
    trend = np.linspace(smooth[0], smooth[-1], count)
    smooth -= trend * rng.uniform(0, 1) + smooth.mean()
    spread = float(smooth.std())
    curve: Floats = manner.drift * smooth / spread if spread > 0 else np.zeros(count)
    phrase = bar * rng.choice([2, 4, 8])
    phase = rng.uniform(0, 2 * np.pi)
    curve = curve + manner.rubato * np.sin(2 * np.pi * grid / phrase + phase)
    slower_from = grid[-1] - rng.uniform(2, 5)
    curve += manner.ritardando * np.clip((grid - slower_from) / 4, 0, 1)
    return curve


def _clock(
    placed: Placed, bpm: float, manner: Manner, rng: np.random.Generator
) -> tuple[Floats, Floats]:
    """Return places in quarters and their times in seconds, from the first note on."""
    bar = float(placed.meter.quarters)
    first, last = float(np.floor(placed.onsets[0])), float(placed.ends[-1]) + 2 * bar
    grid = np.arange(first, last + 1, 1 / 12)
    slow = _tempo_curve(grid, bar, manner, rng)
    steps = np.exp(slow[:-1]) * (60 / bpm / 12)
    times = np.r_[0.0, np.cumsum(steps)]
    start = np.interp(placed.onsets[0], grid, times)
    return grid, times - start


def _strengths(placed: Placed, manner: Manner, rng: np.random.Generator) -> Floats:
    """Phrases, accents on beats, and chance."""
    onsets, pitches = placed.onsets, placed.pitches
    bar, beat = float(placed.meter.quarters), float(placed.meter.beat_quarters)
    rise, length = rng.uniform(0, 0.12), bar * rng.choice([2, 4])
    phrase = rise * np.sin(2 * np.pi * onsets / length + rng.uniform(0, 6.3))
    accent = rng.uniform(0, 0.1)
    strong = accent * ((onsets % bar < 0.01) * 1.0 + (onsets % beat < 0.01) * 0.5)
    high = rng.uniform(-0.003, 0.01) * (pitches - pitches.mean())
    chance = rng.normal(0, rng.uniform(0.01, 0.08), len(onsets))
    strengths: Floats = np.clip(manner.loudness + phrase + strong + high + chance, 0.12, 1.0)
    return strengths


def _loosened(placed: Placed, share: float, quarters: float, rng: np.random.Generator) -> Placed:
    """Repeat, move, lengthen and part some of the notes, so that not every melody is one of the tunes."""
    notes = placed.notes.copy()
    steps = np.diff(notes[:, 0], append=notes[-1, :2].sum())
    for i in np.flatnonzero(rng.random(len(notes)) < share):
        what = rng.random()
        if what < 0.35 and i:
            notes[i, 2] = notes[i - 1, 2]
        elif what < 0.55:
            notes[i:, 2] += rng.choice(_LEAPS)
        elif what < 0.8:
            longer = steps[i] * float(rng.choice([1, 1, 2, 3]))
            steps[i] += longer
            notes[i, 1] += longer
        else:
            steps[i] += float(rng.choice([0.5, 1, 1, 2, 4]))
    notes[:, 0] = notes[0, 0] + np.r_[0.0, np.cumsum(steps[:-1])]
    first = notes[0, 2]
    notes[:, 2] = np.clip(notes[:, 2], first - 17, first + 17)
    notes = notes[notes[:, 0] < max(quarters, notes[0, 0] + 1e-9)]
    return replace(placed, notes=notes, steady=False)


def _transpose(placed: Placed, low: int, high: int, rng: np.random.Generator) -> Placed:
    """Move the melody into a range: anywhere in it if it fits, else to its middle."""
    notes = placed.notes.copy()
    least = low - int(notes[:, 2].min())
    most = high - int(notes[:, 2].max())
    step = int(rng.integers(least, most + 1)) if least <= most else round((least + most) / 2)
    notes[:, 2] += step
    for sign, bound in ((1, low), (-1, high)):  # what still sticks out goes to the octave inside
        out = sign * (bound - notes[:, 2])
        notes[:, 2] += sign * 12 * np.ceil(np.maximum(out, 0) / 12)
    sharps = placed.sharps
    if sharps is not None and step % 12:
        sharps = (sharps + 7 * step + 5) % 12 - 5
    return replace(placed, notes=notes, sharps=sharps)


def perform(
    tune: Score,
    rng: np.random.Generator,
    manner: Manner,
    span: tuple[int, int] = (48, 84),
    *,
    part: int = 0,
) -> Performance:
    """Play a window of a tune, transposed into the span of pitches."""
    notes = melody_notes(tune, part)
    if not len(notes):
        raise FormatError("the tune holds no notes to play: take one with a melody")
    bpm = _choose_tempo(notes, tune, manner)
    notes = _without_graces(notes, _GRACE * manner.least * bpm / 60 * tune.resolution)
    lead, tail = float(rng.uniform(0.05, 0.9)), float(rng.uniform(0.1, 1.0))
    room = max(manner.seconds - lead - tail, 0.5)
    placed = _window(tune, notes, room * bpm / 60, rng, manner.whole)
    if manner.free > 0:
        placed = _loosened(placed, manner.free, room * bpm / 60, rng)
    placed = _transpose(placed, *span, rng)
    grid, times = _clock(placed, bpm, manner, rng)
    onsets, ends = np.interp(placed.onsets, grid, times), np.interp(placed.ends, grid, times)
    closest = 0.3 * np.diff(onsets, append=ends[-1]).min()
    jitter = rng.normal(0, manner.jitter, len(onsets))
    onsets = onsets + np.clip(jitter, -closest, closest) + lead
    gates = manner.gate + rng.normal(0, 0.06, len(onsets))
    held = (ends + lead - onsets) * np.clip(gates, 0.2, 1.2)
    most = max(manner.seconds - tail, onsets[-1] + 0.15)
    releases = np.minimum(onsets + np.maximum(held, _LEAST_NOTE), most)
    offsets = np.minimum(releases, np.r_[onsets[1:], np.inf])
    strengths = _strengths(placed, manner, rng)
    rows = np.stack([onsets, offsets, placed.pitches, strengths], axis=1)
    # a tempo that sagged may have pushed the last notes out of the window
    count = max(1, int(np.searchsorted(onsets, most - 0.14)))
    placed = replace(placed, notes=placed.notes[:count])
    beat = Fraction(placed.meter.beat_quarters)
    pulse = _pulse(placed, float(beat), grid, times + lead)
    seconds = float(releases[:count].max()) + tail
    return Performance(rows[:count], releases[:count], placed, bpm, pulse, seconds)


def _pulse(placed: Placed, beat: float, grid: Floats, times: Floats) -> Floats:
    first = np.floor(placed.onsets[0] / beat + 1e-6)
    last = np.ceil(placed.ends[-1] / beat - 1e-6)
    places = np.arange(first, last + 1) * beat
    places = places[(places >= grid[0]) & (places <= grid[-1])]
    return np.stack([places, np.interp(places, grid, times)], axis=1)
