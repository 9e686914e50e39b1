"""Find the beat grid of a performed melody: tempo, drift, meter and pickup, from its notes alone."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import ceil, floor

import numpy as np
from numpy.typing import NDArray

from symgen.beats.reading import Reading, RhythmConstraints, read_rhythm
from symgen.beats.rhythm import TICKS
from symgen.beats.strokes import interpolate
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

USUAL_BPM = 120.0
"""The tempo where nothing tells one."""

# Standard deviations: of an onset in seconds, of a beat about the one before as a share of it.
_ONSET, _DRIFT = 0.02, 0.015
# Rounds of smoothing; after each, onsets off by more standard deviations than the second weigh
# less.
_ROUNDS, _WIDE = 3, 2.5


@dataclass(frozen=True, eq=False)
class BeatGrid:
    """Beats of a performance, its meter and its bar lines."""

    # (beats,): seconds, ascending, from before the first note to after the last; at least two.
    # They are beats as the meter is felt, `meter.beat_quarters` long: quarters in 4/4, dotted
    # quarters in 6/8.
    beats: Floats
    meter: Meter
    # Mean quarter notes a minute, in every meter: a jig of 120 felt beats a minute has 180.
    bpm: float
    # Probability that the tempo is right up to 5 %, and not half, double or 3 : 2 of it; 0 if
    # nothing tells.
    confidence: float
    # Index of the beat with which the first full bar begins.
    first_downbeat: int
    # Quarter notes before it that belong to the music, 0 up to less than a bar.
    pickup: Fraction
    # Probability that meter and bar lines are right, given the tempo.
    meter_confidence: float = 0.0

    def quarters(self, seconds: Floats) -> Floats:
        """Return times in quarter notes after the first full bar line; beyond the beats their last tempo goes on."""
        index = interpolate(seconds, self.beats, np.arange(len(self.beats)))
        return (index - self.first_downbeat) * float(self.meter.beat_quarters)

    def seconds(self, quarters: Floats) -> Floats:
        """Return the times of places in quarter notes after the first full bar line, in seconds."""
        beats = np.asarray(quarters, dtype=np.float64) / float(self.meter.beat_quarters)
        index = beats + self.first_downbeat
        return interpolate(index, np.arange(len(self.beats)), self.beats)

    @property
    def drift(self) -> Floats:
        """Tempo from each beat to the next, in quarter notes a minute; shape (beats - 1,)."""
        return np.asarray(60.0 * float(self.meter.beat_quarters) / np.diff(self.beats))


def find_grid(
    rows: Floats,
    *,
    tempo: float | None = None,
    meter: Meter | None = None,
    first_beat: float | None = None,
) -> BeatGrid:
    """Find the beats, the meter and the pickup of a melody."""
    # Confidence is 0 where there are no two notes.
    #
    # `rows` (notes, 4): onset and offset in seconds, pitch, strength; sorted by onset. `tempo`:
    # quarter notes a minute, to 3 %. `first_beat`: seconds at which a bar line stands. What is not
    # given is looked for.
    check_known(tempo, first_beat)
    rows = np.asarray(rows, dtype=np.float64).reshape(-1, 4)
    return _lay_grid(rows, RhythmConstraints(tempo, meter, first_beat))


def check_known(tempo: float | None, first_beat: float | None = None) -> None:
    """Refuse what can be no tempo or no time of a beat; see `find_grid`."""
    if tempo is not None and not 20 <= tempo <= 400:
        raise ControlError(f"tempo {tempo}: must be 20..400 quarters a minute")
    if first_beat is not None and not np.isfinite(first_beat):
        raise ControlError(f"first beat {first_beat}: must be a time in seconds")


def find_grid_after_clicks(rows: Floats, clicks: Floats, *, meter: Meter | None = None) -> BeatGrid:
    """Find the grid of a melody that was counted in."""
    # The beat after the last click begins the first full bar.
    #
    # `clicks` (clicks,): times of two or more clicks, one for each felt beat; notes before the last
    # do not count.
    step = float(np.diff(clicks).mean())
    known = RhythmConstraints(60.0 / step, meter, float(clicks[-1]) + step, felt=True)
    return _lay_grid(np.asarray(rows, dtype=np.float64).reshape(-1, 4), known)


def _lay_grid(rows: Floats, known: RhythmConstraints) -> BeatGrid:
    reading = read_rhythm(rows, known)
    return _plain_grid(rows, known) if reading is None else grid_of(rows, reading)


def _plain_grid(rows: Floats, known: RhythmConstraints) -> BeatGrid:
    """Return even beats from the first note on."""
    meter = known.meter or COMMON_TIME
    bpm = known.quarters(meter) or USUAL_BPM
    first = float(rows[0, 0]) if len(rows) else 0.0
    start = first if known.first_beat is None else known.first_beat
    beat = 60.0 / bpm * float(meter.beat_quarters)
    last = float(rows[:, 1].max()) if len(rows) else start
    end = max(last, start + beat)
    before = ceil(max(start - first, 0.0) / beat)
    count = ceil((end - start) / beat) + 1
    index = np.arange(-before, count, dtype=np.float64)
    confidence = float(known.tempo is not None)
    return BeatGrid(start + beat * index, meter, bpm, confidence, before, Fraction(0))


def grid_of(rows: Floats, reading: Reading, even: tuple[float, float] | None = None) -> BeatGrid:
    """Lay beats through the places that a reading gives to notes, smooth or even ones."""
    # `even`: seconds of the bar line from which the reading counts, and of a quarter.
    on_grid = reading.ticks != EXTRA
    ticks, onsets = reading.ticks[on_grid], rows[on_grid, 0]
    beat = float(reading.meter.beat_quarters) * TICKS
    first = floor(ticks[0] / beat)
    last = ceil((ticks[-1] + 1) / beat)
    if even is None:
        beats = smooth_beats(onsets, ticks / beat - first, last - first + 1, _ONSET, _DRIFT)
    else:
        index = np.arange(first, last + 1, dtype=np.float64)
        beats = even[0] + even[1] * beat / TICKS * index
    tail = float(rows[:, 1].max()) - beats[-1]
    beats = _longer(beats, ceil(tail / (beats[-1] - beats[-2])))
    lead = (-int(ticks[0])) % round(reading.meter.quarters * TICKS)
    downbeat = round((int(ticks[0]) + lead) / beat) - first
    return BeatGrid(
        beats=_longer(beats, downbeat + 1 - len(beats)),
        meter=reading.meter,
        bpm=_mean_tempo(ticks, ticks / beat - first, beats) or reading.bpm,
        confidence=reading.confidence,
        first_downbeat=downbeat,
        pickup=Fraction(lead, TICKS),
        meter_confidence=reading.meter_confidence,
    )


def _mean_tempo(ticks: Ints, places: Floats, beats: Floats) -> float:
    """Return the mean quarters a minute from the first note to the last, 0 where nothing tells them."""
    quarters = float(ticks[-1] - ticks[0]) / TICKS
    index = np.arange(len(beats))
    seconds = float(np.interp(places[-1], index, beats))
    seconds -= float(np.interp(places[0], index, beats))
    return 60.0 * quarters / seconds if quarters > 0 and seconds > 0 else 0.0


def _longer(beats: Floats, count: int) -> Floats:
    """Add beats that go on with the last step."""
    if count <= 0:
        return beats
    step = beats[-1] - beats[-2]
    added = beats[-1] + step * np.arange(1, count + 1)
    return np.concatenate([beats, added])


# -- smoothing ---------------------------------------------------------------------------


def smooth_beats(onsets: Floats, places: Floats, count: int, onset: float, drift: float) -> Floats:
    """Return the times of `count` beats, two or more, ascending."""
    # The smoothest that the onsets allow.
    #
    # `places` (notes,): beats from the first one on, ascending. `onset` and `drift`: standard
    # deviations.
    # Penalized least squares: onsets lie on the line between their beats, and each beat is as
    # long as the one before.
    span = max(places[-1] - places[0], 1e-9)
    beat = max((onsets[-1] - onsets[0]) / span, 1e-3)
    stiff = (onset / (drift * beat)) ** 2
    left = np.minimum(np.floor(places).astype(np.int64), count - 2)
    share = places - left
    weights = np.ones(len(onsets))
    beats = np.zeros(count)
    for _ in range(_ROUNDS):
        equations = _normal(onsets - onsets[0], left, share, weights, count, stiff)
        beats = _solve(*equations) + onsets[0]
        before, after = beats[left] * (1 - share), beats[left + 1] * share
        off = np.abs(onsets - before - after)
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
        curve = (1.0, -2.0, 1.0)
        for i, a in enumerate(curve):
            for j, b in enumerate(curve[i:]):
                bands[j, i : i + inner] += stiff * a * b
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
