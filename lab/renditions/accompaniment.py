"""Soft bass and chords under a melody."""

from __future__ import annotations

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
    placed, pulse = performance.placed, performance.pulse
    bar = float(placed.meter.quarters)
    first, last = np.floor(placed.notes[0, 0] / bar), np.ceil(placed.notes[:, 0].max() / bar + 1e-6)
    sharps = placed.sharps or 0
    key_tones = frozenset((7 * (sharps + step)) % 12 for step in range(-1, 6))
    pattern = str(rng.choice(["held", "beats", "after", "broken"]))
    beat = float(placed.meter.beat_quarters)
    rows: list[tuple[float, float, float, float]] = []
    before = None
    for number in np.arange(first, last):
        inside = (placed.notes[:, :2].sum(axis=1) > number * bar) & (
            placed.notes[:, 0] < (number + 1) * bar
        )
        if not inside.any():
            continue
        weights = np.zeros(12)
        np.add.at(weights, placed.notes[inside, 2].astype(int) % 12, placed.notes[inside, 1])
        before = _choose_chord(weights, key_tones, before, rng)
        ceiling = int(placed.notes[inside, 2].min()) - 1
        quarters = number * bar + np.arange(0, bar - 1e-6, beat)
        times = np.asarray(np.interp(np.r_[quarters, (number + 1) * bar], pulse[:, 0], pulse[:, 1]))
        rows += _bar_rows(_tones(*_TRIADS[before]), ceiling, pattern, times, rng)
    table = np.array(rows, dtype=np.float64).reshape(-1, 4)
    table = table[
        (table[:, 0] >= 0)
        & (table[:, 1] <= performance.seconds)
        & (table[:, 1] - table[:, 0] > 0.04)
    ]
    return table[np.lexsort((table[:, 2], table[:, 0]))]


def _bar_rows(
    tones: tuple[int, int, int], ceiling: int, pattern: str, times: Floats, rng: np.random.Generator
) -> list[tuple[float, float, float, float]]:
    bass = min(36 + tones[0], ceiling - 5)
    bass = bass - (bass - tones[0]) % 12
    chord = [p for p in range(ceiling - 15, ceiling + 1) if p % 12 in tones and p > bass][-3:]
    strength = float(rng.uniform(0.35, 0.6))
    beats = list(zip(times[:-1].tolist(), times[1:].tolist(), strict=True))
    rows = [(times[0], times[-1] if pattern == "held" else beats[0][1], bass, strength)]
    if pattern == "held":
        rows += [(times[0], times[-1], p, strength * 0.8) for p in chord]
    elif pattern == "beats":
        rows += [(a, a + 0.8 * (b - a), p, strength * 0.8) for a, b in beats for p in chord]
    elif pattern == "after":
        rows += [(a, a + 0.6 * (b - a), p, strength * 0.8) for a, b in beats[1:] for p in chord]
    elif chord:
        rows += [(a, b, chord[i % len(chord)], strength * 0.8) for i, (a, b) in enumerate(beats)]
    return [(a, b, float(p), s) for a, b, p, s in rows if 28 <= p <= ceiling]
