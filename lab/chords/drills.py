"""Rows of chords that nobody wrote: every kind as often as the others, in all meters, at all paces."""

from __future__ import annotations

import numpy as np

from lab.chords.accompanying import PATTERNS, accompanied
from lab.chords.cases import Case, KnownChord
from symgen.music.harmony import PLAN_QUALITIES, chord_beat
from symgen.music.meter import Meter
from symgen.music.score import MeterChange, Part, Score

__all__ = ["drill"]

_RESOLUTION, _BARS = 480, 16
_METERS = ("4/4", "3/4", "2/4", "6/8", "2/2", "12/8")
# Semitones from root to root, and how often: falling and rising fifths, steps, thirds.
_MOVES, _SHARES = (5, 7, 2, 10, 9, 3, 1, 11), (0.4, 0.15, 0.1, 0.1, 0.1, 0.05, 0.05, 0.05)


def drill(number: int) -> Case:
    """Make one; a melody there is not."""
    draw = np.random.default_rng(number)
    meter = Meter.parse(_METERS[number % len(_METERS)])
    bar, beat = meter.bar_ticks(_RESOLUTION), int(chord_beat(meter) * _RESOLUTION)
    paces = [[bar], [bar], [bar, 2 * bar], [beat, bar], [beat, bar - beat], [max(beat, bar // 2)]]
    lengths = [length for length in paces[int(draw.integers(len(paces)))] if length]
    at, root = 0, int(draw.integers(12))
    truth: list[KnownChord] = []
    while at < _BARS * bar:
        end = min(at + int(draw.choice(lengths)), _BARS * bar)
        quality = PLAN_QUALITIES[int(draw.integers(len(PLAN_QUALITIES)))]
        if draw.random() < 0.4:
            quality = str(draw.choice(["", "m", "7"]))
        truth.append(KnownChord(at, end, root, root, quality))
        root, at = (root + int(draw.choice(_MOVES, p=_SHARES))) % 12, end
    score = Score((Part(()),), _RESOLUTION, meters=(MeterChange(0, meter),), length=_BARS * bar)
    pattern = list(PATTERNS)[int(draw.integers(len(PATTERNS)))]
    return accompanied(Case(score, tuple(truth)), pattern, number)
