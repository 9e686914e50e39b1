"""Find the beat grid of a melody as it was performed: tempo, drift, meter and pickup, from its notes alone."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import ceil, floor

import numpy as np
from numpy.typing import NDArray

from symgen.beats.reading import Asked, Reading, read_rhythm
from symgen.beats.rhythm import TICKS
from symgen.beats.tracking import EXTRA
from symgen.music.meter import COMMON_TIME, Meter
from symgen.system.errors import ControlError

__all__ = [
    "BeatGrid",
    "check_known",
    "find_grid",
    "find_grid_after_clicks",
    "grid_of",
    "smooth_beats",
]


Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

ONSET, DRIFT = 0.02, 0.015
USUAL_BPM = 120.0
"""The tempo where nothing tells one."""


@dataclass(frozen=True, eq=False)
class BeatGrid:
    """Where the beats of a performance stand."""

    # (beats,): Seconds, ascending, from before the first note to after the last; at least two.
    # They are beats as the meter is felt, `meter.beat_quarters` long: quarters in 4/4, dotted
    # quarters in 6/8.
    beats: Floats
    meter: Meter
    # Mean tempo in quarter notes a minute, in every meter: a jig of 120 felt beats a minute has
    # 180.
    bpm: float
    # Probability that the tempo is right up to 5 %, and not half, double or 3 : 2 of it; 0 where
    # nothing tells one.
    confidence: float
    # Index of the beat with which the first full bar begins.
    first_downbeat: int
    # Quarter notes before it that belong to the music, 0 up to less than a bar.
    pickup: Fraction
    # Probability that meter and bar lines are right, given the tempo.
    meter_confidence: float = 0.0

    def quarters(self, seconds: Floats) -> Floats:
        """Return times in quarter notes after the first full bar line; beyond the beats their last tempo goes on."""
        return (_extended(seconds, self.beats) - self.first_downbeat) * float(
            self.meter.beat_quarters
        )

    def seconds(self, quarters: Floats) -> Floats:
        """Return the times of places in quarter notes after the first full bar line, in seconds."""
        index = (
            np.asarray(quarters, dtype=np.float64) / float(self.meter.beat_quarters)
            + self.first_downbeat
        )
        last = len(self.beats) - 1
        inside = np.interp(index, np.arange(last + 1), self.beats)
        before = np.minimum(index, 0.0) * (self.beats[1] - self.beats[0])
        after = np.maximum(index - last, 0.0) * (self.beats[-1] - self.beats[-2])
        return np.asarray(inside + before + after)

    @property
    def drift(self) -> Floats:
        """Tempo from each beat to the next, in quarter notes a minute; shape (beats - 1,)."""
        return np.asarray(60.0 * float(self.meter.beat_quarters) / np.diff(self.beats))


def _extended(seconds: Floats, beats: Floats) -> Floats:
    """Return times as beats from the first on."""
    seconds = np.asarray(seconds, dtype=np.float64)
    inside = np.interp(seconds, beats, np.arange(len(beats)))
    before = np.minimum(seconds - beats[0], 0.0) / (beats[1] - beats[0])
    after = np.maximum(seconds - beats[-1], 0.0) / (beats[-1] - beats[-2])
    return np.asarray(inside + before + after)


def find_grid(
    rows: Floats,
    *,
    tempo: float | None = None,
    meter: Meter | None = None,
    first_beat: float | None = None,
) -> BeatGrid:
    """Find the beats, the meter and the pickup of a melody.

    `rows` (notes, 4): onset and offset in seconds, pitch, strength; sorted by onset. `tempo`:
    quarter notes a minute at which it was played, to 3 %; else it is looked for. `first_beat`:
    seconds; a bar line stands there. Returns: of 120 quarters a minute in 4/4 with confidence 0
    where there are no two notes.
    """
    check_known(tempo, first_beat)
    rows = np.asarray(rows, dtype=np.float64).reshape(-1, 4)
    return _answer(rows, Asked(tempo, meter, first_beat))


def check_known(tempo: float | None, first_beat: float | None = None) -> None:
    """Refuse what can be no tempo or no time of a beat; see `find_grid`."""
    if tempo is not None and not 20 <= tempo <= 400:
        raise ControlError(f"tempo {tempo}: must be 20..400 quarters a minute")
    if first_beat is not None and not np.isfinite(first_beat):
        raise ControlError(f"first beat {first_beat}: must be a time in seconds")


def find_grid_after_clicks(rows: Floats, clicks: Floats, *, meter: Meter | None = None) -> BeatGrid:
    """Find the grid of a melody that was counted in.

    `rows` (notes, 4): as for `find_grid`; notes before the last click are left out of account.
    `clicks` (clicks,): times of two or more clicks, one for each felt beat: a quarter, in 6/8 and
    9/8 a dotted quarter. The beat after the last one begins the first full bar.
    """
    step = float(np.diff(clicks).mean())
    asked = Asked(60.0 / step, meter, float(clicks[-1]) + step, felt=True)
    return _answer(np.asarray(rows, dtype=np.float64).reshape(-1, 4), asked)


def _answer(rows: Floats, asked: Asked) -> BeatGrid:
    reading = read_rhythm(rows, asked)
    return grid_of(rows, reading) if reading is not None else _plain_grid(rows, asked)


def _plain_grid(rows: Floats, asked: Asked) -> BeatGrid:
    """Return even beats from the first note on."""
    meter = asked.meter or COMMON_TIME
    bpm = asked.quarters(meter) or USUAL_BPM
    first = float(rows[0, 0]) if len(rows) else 0.0
    start = first if asked.first_beat is None else asked.first_beat
    beat = 60.0 / bpm * float(meter.beat_quarters)
    end = max(float(rows[:, 1].max()) if len(rows) else start, start + beat)
    before = ceil(max(start - first, 0.0) / beat)
    beats: Floats = start + beat * np.arange(
        -before, ceil((end - start) / beat) + 1, dtype=np.float64
    )
    known = float(asked.tempo is not None)
    return BeatGrid(beats, meter, bpm, known, before, Fraction(0))


def grid_of(rows: Floats, reading: Reading, even: tuple[float, float] | None = None) -> BeatGrid:
    """Lay beats through the places that a reading gives to the notes.

    `rows` (notes, 4). `even`: seconds of the bar line from which the reading counts, and of a
    quarter, if the beats are even; else they are smooth.
    """
    placed = reading.ticks != EXTRA
    beat = float(reading.meter.beat_quarters) * TICKS
    ticks, onsets = reading.ticks[placed], rows[placed, 0]
    first, last = floor(ticks[0] / beat), ceil((ticks[-1] + 1) / beat)
    if even is None:
        beats = smooth_beats(onsets, ticks / beat - first, last - first + 1, ONSET, DRIFT)
    else:
        beats = even[0] + even[1] * beat / TICKS * np.arange(first, last + 1, dtype=np.float64)
    tail = float(rows[:, 1].max()) - beats[-1]
    if tail > 0:
        step = beats[-1] - beats[-2]
        beats = np.concatenate([beats, beats[-1] + step * np.arange(1, ceil(tail / step) + 1)])
    bar = round(reading.meter.quarters * TICKS)
    lead = (-int(ticks[0])) % bar
    line = int(ticks[0]) + lead
    quarters = float(ticks[-1] - ticks[0]) / TICKS
    spent = float(np.interp(ticks[-1] / beat - first, np.arange(len(beats)), beats))
    spent -= float(np.interp(ticks[0] / beat - first, np.arange(len(beats)), beats))
    bpm = 60.0 * quarters / spent if quarters > 0 and spent > 0 else reading.bpm
    return BeatGrid(
        beats=_up_to(beats, round(line / beat) - first),
        meter=reading.meter,
        bpm=bpm,
        confidence=reading.confidence,
        first_downbeat=round(line / beat) - first,
        pickup=Fraction(lead, TICKS),
        meter_confidence=reading.meter_confidence,
    )


def _up_to(beats: Floats, index: int) -> Floats:
    """Go on with the last step so that a beat of this index is there."""
    missing = index + 1 - len(beats)
    if missing <= 0:
        return beats
    step = beats[-1] - beats[-2]
    return np.concatenate([beats, beats[-1] + step * np.arange(1, missing + 1)])


_ROUNDS = 3
# Onsets that are off by more standard deviations than this weigh less.
_WIDE = 2.5


def smooth_beats(onsets: Floats, places: Floats, count: int, onset: float, drift: float) -> Floats:
    """Return the times of beats.

    `onsets`, `places` (notes,): seconds, and beats from the first one on, 0 up to ``count - 1``;
    both ascending, two or more notes. `onset`: standard deviation of an onset, seconds. Returns
    (count,): Seconds, ascending.
    """
    # Penalized least squares: onsets lie on the line between their beats, and each beat is as
    # long as the one before.
    beat = max((onsets[-1] - onsets[0]) / max(places[-1] - places[0], 1e-9), 1e-3)
    stiff = (onset / (drift * beat)) ** 2
    left = np.minimum(np.floor(places).astype(np.int64), count - 2)
    right_share = places - left
    weights = np.ones(len(onsets))
    beats = np.zeros(count)
    for _ in range(_ROUNDS):
        beats = (
            _solve(*_normal(onsets - onsets[0], left, right_share, weights, count, stiff))
            + onsets[0]
        )
        off = np.abs(onsets - beats[left] * (1 - right_share) - beats[left + 1] * right_share)
        weights = np.minimum(1.0, _WIDE * onset / np.maximum(off, 1e-9))
    return _ascending(beats, beat)


def _normal(
    onsets: Floats,
    left: NDArray[np.int64],
    share: Floats,
    weights: Floats,
    count: int,
    stiff: float,
) -> tuple[Floats, Floats]:
    """Return the diagonals (shape (3, count)) and the right side of the normal equations."""
    bands, right = np.zeros((3, count)), np.zeros(count)
    np.add.at(bands[0], left, weights * (1 - share) ** 2)
    np.add.at(bands[0], left + 1, weights * share**2)
    np.add.at(bands[1], left, weights * share * (1 - share))
    np.add.at(right, left, weights * (1 - share) * onsets)
    np.add.at(right, left + 1, weights * share * onsets)
    bands[0] += 1e-9
    if count > 2:
        inner = count - 2
        for i, a in enumerate((1.0, -2.0, 1.0)):
            for j, b in enumerate((1.0, -2.0, 1.0)):
                if j >= i:
                    bands[j - i, i : i + inner] += stiff * a * b
    return bands, right


def _solve(bands: Floats, right: Floats) -> Floats:
    """Solve a positive definite system with two diagonals beside the main one, by Cholesky's method without roots."""
    count = len(right)
    main, one, two = (band.tolist() for band in bands)
    value = right.tolist()
    for i in range(count):
        if i + 1 < count:
            ratio = one[i] / main[i]
            main[i + 1] -= ratio * one[i]
            one[i + 1] -= ratio * two[i]
            value[i + 1] -= ratio * value[i]
        if i + 2 < count:
            ratio = two[i] / main[i]
            main[i + 2] -= ratio * two[i]
            value[i + 2] -= ratio * value[i]
    for i in range(count - 1, -1, -1):
        rest = value[i]
        if i + 1 < count:
            rest -= one[i] * value[i + 1]
        if i + 2 < count:
            rest -= two[i] * value[i + 2]
        value[i] = rest / main[i]
    return np.array(value)


def _ascending(beats: Floats, beat: float) -> Floats:
    """Keep each beat at least a quarter of the mean one after the beat before."""
    steps = np.maximum(np.diff(beats), 0.25 * beat)
    return np.concatenate([beats[:1], beats[0] + np.cumsum(steps)])
