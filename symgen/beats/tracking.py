"""Follow the beat of a melody: the grid of beats, at a drifting tempo, that explains its onsets best.

A path puts each note on a place of the beat, or calls it an extra note. It is as probable as the
rhythm that it reads (`symgen.beats.rhythm`) and as the times are near to where the grid says.
Many paths, one for each tempo to begin with, kind of beat and place in the beat, are followed
side by side, and for each the most probable past is kept: a Viterbi search whose states each
carry a Kalman filter.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from symgen.beats.rhythm import TICKS, BeatKind
from symgen.kernel.beats import BeatLattice, BeatLimits, follow_beats, trace_beats

__all__ = ["EXTRA", "Path", "TempoHypothesis", "TimingModel", "follow"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
# Of new places from which old one they come, and by how many ticks.
Steps = tuple[NDArray[np.int16], NDArray[np.int32]]

EXTRA = -(2**40)
"""The place of a note that is on no place of the grid."""

# So many notes less one in a row may be extra ones.
_MEMORY = 3
# Log probability of each beat more than the rhythm knows.
_FAR = -0.35
# The least that an onset far off says, and the standard deviations of it that the filter believes
# at most.
_WORST, _FAR_OFF = -10.0, 3.0
# Seconds of a quarter below which no tempo falls.
_SHORTEST = 0.02


@dataclass(frozen=True, slots=True)
class TimingModel:
    """Deviations of onsets and tempo: how freely time may run."""

    # Standard deviation of an onset, seconds.
    onset: float = 0.02
    # Relative standard deviation of the tempo at the beginning about that of the hypothesis.
    start: float = 0.035
    # Relative standard deviation of the tempo after one quarter.
    drift: float = 0.012
    # Log density of a note that belongs to no grid.
    extra: float = -2.0


@dataclass(frozen=True, slots=True)
class TempoHypothesis:
    """A kind of beat and a tempo to begin with, as seconds of a quarter."""

    kind: BeatKind
    quarter: float


@dataclass(frozen=True, slots=True)
class Path:
    """The most probable reading that starts from a hypothesis."""

    start: TempoHypothesis
    # (notes,): twelfths of a quarter from the first beat on or before the first note, or `EXTRA`.
    ticks: Ints
    # Log probability of the onsets and the rhythm, natural, and the share of it that the rhythm
    # has.
    score: float
    rhythm: float


@dataclass(slots=True)
class _States:
    """The filters of all hypotheses and places after a note, if it stands there; shape (hypotheses, places)."""

    # The last notes stand side by side in the second axis, the newest first, so that a note can
    # follow one of `_MEMORY` before it; the score of an older one counts the notes after it as
    # extra ones.
    score: Floats
    rhythm: Floats
    # Estimates: the time of the last note, the length of a quarter, and how sure they are.
    time: Floats
    quarter: Floats
    var_time: Floats
    cov: Floats
    var_quarter: Floats

    def after(self, new: _States, extra: float, most: int) -> _States:
        """Put newer states before these, and forget the oldest."""
        self.score = self.score + extra
        joined = [
            np.concatenate([getattr(new, name), getattr(self, name)], axis=1)[:, :most]
            for name in self.__slots__
        ]
        return _States(*joined)


def follow(onsets: Floats, starts: Sequence[TempoHypothesis], timing: TimingModel) -> list[Path]:
    """Find the most probable path of each hypothesis; `onsets` (notes,) are seconds, ascending, at least one."""
    step = _Step(starts, timing)
    begin = step.begin(float(onsets[0]))
    names = _States.__slots__
    start = np.stack([getattr(begin, name) for name in names])
    found = follow_beats(step.lattice(), start, onsets[1:])
    if found is not None:
        ends, came, ticks = found
        return _trace(_States(*ends), starts, (came, ticks))
    return _trace(*_follow(step, begin, onsets[1:]))


def _follow(
    step: _Step, state: _States, onsets: Floats
) -> tuple[_States, Sequence[TempoHypothesis], Steps]:
    """Take all steps in numpy."""
    shape = (-1, len(step.starts), step.places)
    history: list[Steps] = []
    for onset in onsets.tolist():
        state, back = step(state, onset)
        history.append(back)
    came = np.array([came for came, _ in history], dtype=np.int16).reshape(shape)
    ticks = np.array([ticks for _, ticks in history], dtype=np.int32).reshape(shape)
    return state, step.starts, (came, ticks)


class _Step:
    """One note further; arrays are (hypotheses, old places, new places)."""

    def __init__(self, starts: Sequence[TempoHypothesis], timing: TimingModel) -> None:
        self.timing, self.starts = timing, starts
        kinds = [start.kind for start in starts]
        base = np.array([kind.steps for kind in kinds]) / TICKS
        odds = np.array([kind.odds for kind in kinds])
        self.base = np.concatenate([base] * _MEMORY, axis=1)
        self.odds = np.concatenate([odds] * _MEMORY, axis=1)
        self.beat = np.array([kind.beat for kind in kinds])[:, None, None] / TICKS
        # From a place to itself it takes a beat at least.
        self.least = np.where(self.base == 0, 1.0, 0.0)
        self.most = odds.shape[-1] - 1
        self.places = odds.shape[1]
        self.index = np.ogrid[: len(starts), : _MEMORY * self.places, : self.places]
        self.pick = np.ogrid[: len(starts), : self.places]

    def lattice(self) -> BeatLattice:
        """Return what the C library needs of it."""
        timing = self.timing
        limits = BeatLimits(
            drift=timing.drift,
            onset=timing.onset**2,
            extra=timing.extra,
            worst=_WORST,
            far_off=_FAR_OFF,
            far=_FAR,
            shortest=_SHORTEST,
            ticks=TICKS,
        )
        return BeatLattice(self.base, self.least, self.odds, self.beat[:, 0, 0], limits)

    def begin(self, onset: float) -> _States:
        """Return the states after the first note."""
        shape = (len(self.starts), self.places)
        lengths = np.array([start.quarter for start in self.starts])
        quarter = np.broadcast_to(lengths[:, None], shape)
        score = np.array([start.kind.first for start in self.starts])
        zero = np.zeros(shape)
        return _States(
            score=score,
            rhythm=score,
            time=zero + onset,
            quarter=quarter,
            var_time=zero + self.timing.onset**2,
            cov=zero,
            var_quarter=(self.timing.start * quarter) ** 2,
        )

    def __call__(self, state: _States, onset: float) -> tuple[_States, Steps]:
        """Return the new states, from which of the old each comes, and by how many ticks."""
        # The lattice: each new place of a hypothesis may be reached from any place of the last
        # notes. How many whole beats lie between is not searched but rounded to what the time
        # between the onsets says at the tempo of that state; the step then has the probability
        # that the rhythm gives it, and the onset the density that the filter predicts for it. Of
        # all ways to a place only the best one is kept.
        timing = self.timing
        old = state.score.shape[1]
        base, least = self.base[:, :old], self.least[:, :old]
        ahead = onset - state.time[:, :, None]
        quarter = state.quarter[:, :, None]
        beats = np.rint((ahead - base * quarter) / (self.beat * quarter))
        beats = np.maximum(beats, least)
        moved = base + beats * self.beat
        rhythm = self._log_odds(beats, old)

        # Prediction: the tempo takes a random walk, so that its variance grows with the quarters
        # that passed, and that of the time with their square and cube.
        wild = (timing.drift * quarter) ** 2 * moved
        var_quarter = state.var_quarter[:, :, None]
        cov = state.cov[:, :, None]
        variance = 2 * cov + moved * (var_quarter + wild / 3)
        variance = state.var_time[:, :, None] + moved * variance
        cov = cov + moved * (var_quarter + wild / 2)
        expected = variance + timing.onset**2
        error = ahead - moved * quarter
        # An onset far off says no less than `_WORST`: one wrong note must not end a path.
        fit = np.maximum(-0.5 * error**2 / expected, _WORST)
        width = 0.5 * np.log(2 * np.pi * expected)
        score = state.score[:, :, None] + rhythm + fit - width

        came = np.argmax(score, axis=1)
        source = (self.pick[0], came)
        best = (self.pick[0], came, self.pick[1])
        expected, cov, variance, moved = expected[best], cov[best], variance[best], moved[best]
        limit = _FAR_OFF * np.sqrt(expected)
        error = np.clip(error[best], -limit, limit)
        gain = cov / expected
        kept = 1 - variance / expected
        new = _States(
            score=score[best],
            rhythm=state.rhythm[source] + rhythm[best],
            time=state.time[source] + moved * state.quarter[source] + variance / expected * error,
            quarter=np.maximum(state.quarter[source] + gain * error, _SHORTEST),
            var_time=variance * kept,
            cov=cov * kept,
            var_quarter=state.var_quarter[source] + wild[best] - gain * cov,
        )
        joined = state.after(new, timing.extra, _MEMORY * self.places)
        ticks = np.rint(moved * TICKS).astype(np.int32)
        return joined, (came.astype(np.int16), ticks)

    def _log_odds(self, beats: Floats, old: int) -> Floats:
        """Return what the rhythm says of steps of so many whole beats and the rest between two places."""
        known = np.minimum(beats, self.most).astype(np.int64)
        hypothesis, before, after = self.index
        odds = self.odds[hypothesis, before[:, :old], after, known]
        return np.asarray(odds + _FAR * np.maximum(beats - self.most, 0.0))


def _trace(state: _States, starts: Sequence[TempoHypothesis], steps: Steps) -> list[Path]:
    """Read the paths from their ends; steps are (notes but one, hypotheses, places)."""
    rows = np.arange(len(starts))
    ends = np.argmax(state.score, axis=1)
    score, rhythm = state.score[rows, ends].tolist(), state.rhythm[rows, ends].tolist()
    ticks, begins = trace_beats(*steps, ends, EXTRA) or trace(*steps, ends)
    paths = []
    for row, start in enumerate(starts):
        own = ticks[row]
        own[own != EXTRA] += start.kind.places[begins[row]]
        paths.append(Path(start, own, score[row], rhythm[row]))
    return paths


def trace(came: NDArray[np.int16], moved: NDArray[np.int32], ends: Ints) -> tuple[Ints, Ints]:
    """Return the ticks of each path from 0 on, and the place where it begins."""
    count, rows, places = came.shape
    ticks, begins = np.full((rows, count + 1), EXTRA, dtype=np.int64), ends.copy()
    for row, end in enumerate(ends.tolist()):
        # A state is a note so many back and a place; notes that are jumped over are extra ones.
        back, place = divmod(end, places)
        note = count - back
        steps, notes = [], [note]
        while note > 0:
            steps.append(int(moved[note - 1, row, place]))
            back, place = divmod(int(came[note - 1, row, place]), places)
            note -= 1 + back
            notes.append(note)
        ticks[row, notes[::-1]] = np.concatenate([[0], np.cumsum(steps[::-1], dtype=np.int64)])
        begins[row] = place
    return ticks, begins
