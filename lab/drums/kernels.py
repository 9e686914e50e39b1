"""What the player of a drum kit is compared with: kernel densities by instrument and place, and a clock that drifts.

Velocity is drawn from a density of the strokes of the instrument at that place of the bar; 127, where the kit ends, is
a lump of its own. Lateness is a habit of instrument and place, a clock that all strokes share, an autoregression of
first order that a Kalman filter follows, and a rest, in deviations from what the filter expects, whose density is
again that of instrument and place. Places with few strokes lean on the place in the beat, and that on the instrument.
What is free is chosen on the validation part.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import NDArray

from lab.drums.playing import Playing
from symgen.performer.kit_strokes import BEAT, INSTRUMENTS, Strokes

__all__ = ["KernelPlayer", "choose_kernels", "fit_kernels"]

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

_PLACES = 60
_PARENTS = (
    np.repeat(np.arange(INSTRUMENTS) * BEAT, _PLACES)
    + np.tile(np.arange(_PLACES) % BEAT, INSTRUMENTS),
    np.repeat(np.arange(INSTRUMENTS), BEAT),
    np.zeros(INSTRUMENTS, np.int64),
)
# Bins of the rest, in deviations.
_BINS, _WIDTH = 600, 0.05
_EDGES = (np.arange(_BINS + 1) - _BINS / 2) * _WIDTH
_LOUDEST = 127
# As in the network: a share of lateness may be anything within half a second.
_ANY, _RANGE = 1e-4, 1000
# Widths of the kernels, of velocity and of the rest in deviations.
_SPREADS = (0.3, 0.05), (0.6, 0.08), (1.0, 0.12), (2.0, 0.2), (3.0, 0.3)
_LEANING = (5.0, 15.0, 40.0, 100.0)
_KEPT, _DRIFTS, _RESTS = (0.6, 0.85, 0.95), (12.0, 18.0, 25.0), (8.0, 12.0, 16.0)


@dataclass(frozen=True)
class Clockwork:
    """What a quarter keeps of the clock, its deviation, and that of strokes from it, both in milliseconds."""

    kept: float
    drift: float
    rest: float


@dataclass(frozen=True, eq=False)
class KernelPlayer:
    """Densities by place: rows are places in the bar, in the beat, and instruments."""

    clock: Clockwork
    # Milliseconds by row; chances of each velocity by row; distribution of the rest on a grid by row.
    habit: Floats
    loud: Floats
    late: Floats

    def bits(self, played: Sequence[Playing]) -> dict[str, float]:
        """Return bits a stroke of velocity and of lateness."""
        sums, count = np.zeros(2), 0
        for playing in played:
            rows = _leaves(playing.strokes)[0]
            sums[0] -= np.log2(self.loud[rows, playing.velocity - 1]).sum()
            expected, deviation = follow_clock(playing, self.habit[rows], self.clock)
            chances = self._late(rows, playing.late - expected, deviation)
            sums[1] -= np.log2(chances * (1 - _ANY) + _ANY / _RANGE).sum()
            count += len(rows)
        return {"velocity": sums[0] / count, "late": sums[1] / count}

    def _late(self, rows: Ints, rest: Floats, deviation: Floats) -> Floats:
        def below(z: Floats) -> Floats:
            at = np.clip((z - _EDGES[0]) / _WIDTH, 0, _BINS * (1 - 1e-9))
            left = at.astype(np.int64)
            share = at - left
            found: Floats = (1 - share) * self.late[rows, left] + share * self.late[rows, left + 1]
            return found

        return np.maximum(below((rest + 0.5) / deviation) - below((rest - 0.5) / deviation), 0.0)

    def play(self, strokes: Strokes, rng: np.random.Generator) -> tuple[Ints, Ints]:
        """Draw velocities, and lateness in milliseconds."""
        rows = _leaves(strokes)[0]
        thrown = rng.random((len(rows), 2))
        loud = (np.cumsum(self.loud[rows], axis=1) < thrown[:, :1]).sum(axis=1)
        clock, late = rng.normal() * self.clock.drift, np.empty(len(rows))
        for i, row in enumerate(rows.tolist()):
            gap = (strokes.step[i] - strokes.step[max(0, i - 1)]) / BEAT
            kept = self.clock.kept**gap
            if gap > 0:
                clock = kept * clock + math.sqrt(1 - kept**2) * self.clock.drift * rng.normal()
            rest = np.interp(thrown[i, 1], self.late[row], _EDGES) * self.clock.rest
            late[i] = self.habit[row] + clock + rest
        return np.minimum(loud + 1, _LOUDEST), np.round(late).astype(np.int64)


def follow_clock(playing: Playing, habit: Floats, clock: Clockwork) -> tuple[Floats, Floats]:
    """Return when each stroke is expected, in milliseconds, from those before it, and the deviation from that."""
    drift, rest = clock.drift**2, clock.rest**2
    now, spread, before = 0.0, drift, None
    found = np.empty((2, len(habit)))
    late = (playing.late - habit).tolist()
    for i, (step, own) in enumerate(zip(playing.strokes.step.tolist(), late, strict=True)):
        if before is not None and step > before:
            kept = clock.kept ** ((step - before) / BEAT)
            now, spread = kept * now, kept**2 * spread + (1 - kept**2) * drift
        before = step
        found[:, i] = now, spread + rest
        gain = spread / (spread + rest)
        now, spread = now + gain * (own - now), (1 - gain) * spread
    return habit + found[0], np.sqrt(found[1])


def choose_kernels(train: Sequence[Playing], valid: Sequence[Playing]) -> KernelPlayer:
    """Choose widths, leaning and clock on the validation part."""
    found = []
    for kept, drift, rest in product(_KEPT, _DRIFTS, _RESTS):
        player = fit_kernels(train[::4], Clockwork(kept, drift, rest), (2.0, 0.2), (15.0, 15.0))
        found.append((player.bits(valid[::2])["late"], (kept, drift, rest)))
    clock = Clockwork(*min(found)[1])
    tried: dict[str, list[tuple[float, float, float]]] = {"velocity": [], "late": []}
    for (loud, late), leaning in product(_SPREADS, _LEANING):
        bits = fit_kernels(train, clock, (loud, late), (leaning, leaning)).bits(valid)
        tried["velocity"].append((bits["velocity"], loud, leaning))
        tried["late"].append((bits["late"], late, leaning))
    (_, loud, lean), (_, late, late_lean) = (min(rows) for rows in tried.values())
    return fit_kernels(train, clock, (loud, late), (lean, late_lean))


def fit_kernels(
    played: Sequence[Playing],
    clock: Clockwork,
    spreads: tuple[float, float],
    leaning: tuple[float, float],
) -> KernelPlayer:
    """Fit densities; `spreads` are the widths of the kernels, for velocity and for the rest of lateness."""
    leaves = [
        np.concatenate(level) for level in zip(*(_leaves(p.strokes) for p in played), strict=True)
    ]
    velocity = np.concatenate([playing.velocity for playing in played])
    late = np.concatenate([playing.late for playing in played]).astype(np.float64)
    habit = _leaned(leaves, np.zeros(len(late), np.int64), late, 1, leaning[1])[:, 0]
    followed = [follow_clock(p, habit[_leaves(p.strokes)[0]], clock) for p in played]
    expected, deviation = (np.concatenate(values) for values in zip(*followed, strict=True))
    rest = np.clip(np.searchsorted(_EDGES, (late - expected) / deviation) - 1, 0, _BINS - 1)
    ones = np.ones(len(late))
    loud = _leaned(leaves, velocity - 1, ones, _LOUDEST, leaning[0])
    # 127 is where the kit ends: what is louder lies in one lump there.
    loud[:, :-1] = loud[:, :-1] @ _kernel(_LOUDEST - 1, spreads[0])
    density = _leaned(leaves, rest, ones, _BINS, leaning[1]) @ _kernel(_BINS, spreads[1] / _WIDTH)
    below = np.cumsum(np.pad(density, ((0, 0), (1, 0))), axis=1)
    return KernelPlayer(clock, habit, loud, below)


def _leaves(strokes: Strokes) -> tuple[Ints, Ints, Ints]:
    """Return the rows of strokes: by place in the bar, by place in the beat, by instrument."""
    own, place = strokes.instrument, strokes.place
    return own * _PLACES + np.minimum(place, _PLACES - 1), own * BEAT + place % BEAT, own


def _leaned(
    leaves: Sequence[Ints], columns: Ints, weights: Floats, bins: int, lean: float
) -> Floats:
    """Return means of weights by column, each row leaning on the one above it as if that were so many strokes."""
    above = np.bincount(columns, weights, minlength=bins)[None] / len(columns)
    if bins > 1:  # no column is impossible
        above = 0.99 * above + 0.01 / bins
    for level in (2, 1, 0):
        rows = len(_PARENTS[level])
        sums = np.bincount(leaves[level] * bins + columns, weights, minlength=rows * bins)
        count = np.bincount(leaves[level], minlength=rows)[:, None]
        above = (sums.reshape(rows, bins) + lean * above[_PARENTS[level]]) / (count + lean)
    return above


def _kernel(bins: int, width: float) -> Floats:
    """Return what share of each bin falls into which, shape (bins, bins)."""
    at = np.arange(bins)
    found = np.exp(-0.5 * ((at[:, None] - at) / width) ** 2)
    return np.asarray(found / found.sum(axis=1, keepdims=True))
