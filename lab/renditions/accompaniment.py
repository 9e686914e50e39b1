"""Soft bass and chords under a melody."""

from __future__ import annotations

from itertools import cycle, pairwise

import numpy as np
from numpy.typing import NDArray

from lab.renditions.performance import Performance

__all__ = ["accompany"]

Floats = NDArray[np.float64]

_TRIADS = [(root, minor) for root in range(12) for minor in (False, True)]
_DIATONIC = 0.6
_HOME = 0.25


def _tones(root: int, minor: bool) -> tuple[int, int, int]:
    return root, (root + (3 if minor else 4)) % 12, (root + 7) % 12


def _choose_chord(
    weights: Floats, key_tones: frozenset[int], before: int | None, rng: np.random.Generator
) -> int:
    """Choose the triad that covers most of what sounds in a bar; of equals by chance."""
    total = weights.sum() or 1.0
    scores = []
    for number, (root, minor) in enumerate(_TRIADS):
        tones = _tones(root, minor)
        score = weights[list(tones)].sum() / total
        score += _DIATONIC * all(tone in key_tones for tone in tones) + 0.15 * weights[root] / total
        score -= 0.1 * (number == before)
        scores.append(score + rng.normal(0, 0.08))
    return int(np.argmax(scores))


def accompany(performance: Performance, rng: np.random.Generator) -> Floats:
    """Return note rows of a bass and chords under a melody, lower than it throughout; maybe none."""
    placed = performance.placed
    bar = float(placed.meter.quarters)
    first = np.floor(placed.onsets[0] / bar)
    last = np.ceil(placed.onsets.max() / bar + 1e-6)
    sharps = placed.sharps or 0
    key_tones = frozenset((7 * (sharps + step)) % 12 for step in range(-1, 6))
    pattern = str(rng.choice(["held", "beats", "after", "broken"]))
    beat = float(placed.meter.beat_quarters)
    rows: list[tuple[float, float, float, float]] = []
    before = None
    for number in np.arange(first, last):
        start, end = number * bar, (number + 1) * bar
        inside = placed.notes[(placed.ends > start) & (placed.onsets < end)]
        if not len(inside):
            continue
        _, durations, pitches = inside.T
        weights = np.zeros(12)
        np.add.at(weights, pitches.astype(int) % 12, durations)
        before = _choose_chord(weights, key_tones, before, rng)
        ceiling = int(pitches.min()) - 1
        quarters = np.r_[start + np.arange(0, bar - 1e-6, beat), end]
        times = np.asarray(np.interp(quarters, *performance.pulse.T))
        rows += _bar_rows(_tones(*_TRIADS[before]), ceiling, pattern, times, rng)
    table = np.array(rows, dtype=np.float64).reshape(-1, 4)
    onsets, ends, _, _ = table.T
    fits = (onsets >= 0) & (ends <= performance.seconds) & (ends - onsets > 0.04)
    table = table[fits]
    onsets, _, pitches, _ = table.T
    return table[np.lexsort((pitches, onsets))]


def _bar_rows(
    tones: tuple[int, int, int], ceiling: int, pattern: str, times: Floats, rng: np.random.Generator
) -> list[tuple[float, float, float, float]]:
    bass = min(36 + tones[0], ceiling - 5)
    bass = bass - (bass - tones[0]) % 12
    near = range(max(bass + 1, ceiling - 15), ceiling + 1)
    chord = [pitch for pitch in near if pitch % 12 in tones][-3:]
    strength = float(rng.uniform(0.35, 0.6))
    beats = list(pairwise(times.tolist()))
    bar = (times[0], times[-1])
    spans: list[tuple[float, float, int]] = []
    if pattern == "held":
        spans = [(*bar, pitch) for pitch in chord]
    elif pattern == "beats":
        spans = [(a, a + 0.8 * (b - a), pitch) for a, b in beats for pitch in chord]
    elif pattern == "after":
        spans = [(a, a + 0.6 * (b - a), pitch) for a, b in beats[1:] for pitch in chord]
    elif chord:
        spans = [(a, b, pitch) for (a, b), pitch in zip(beats, cycle(chord), strict=False)]
    bass_end = bar[1] if pattern == "held" else beats[0][1]
    rows = [(bar[0], bass_end, float(bass), strength)]
    rows += [(a, b, float(pitch), strength * 0.8) for a, b, pitch in spans]
    return [row for row in rows if 28 <= row[2] <= ceiling]
