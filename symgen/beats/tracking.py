"""Follow the beat of a melody: which grid of beats, at which drifting tempo, explains its onsets best.

A path puts each note on a place of the beat, or calls it an extra note. It is as probable as the rhythm that it reads
(`symgen.beats.rhythm`) and as the times are near to where the grid says; the grid is followed by a Kalman
filter of two numbers, the time of the last note and the length of a quarter. Many paths, one for each tempo to begin
with, kind of beat and place in the beat, are followed side by side, and for each the most probable past is kept.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from symgen.beats.rhythm import TICKS, BeatKind

__all__ = ["Lane", "Path", "Wander", "follow"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

EXTRA = -(2**40)
"""The place of a note that is on no place of the grid."""
MEMORY = 3
"""So many notes less one in a row may be extra ones."""
FAR = -0.35
"""Log probability of each beat more than the rhythm knows."""
# The least that an onset far off says, and how many standard deviations of it the filter
# believes.
_WORST, _FAR_OFF = -10.0, 3.0
_SHORTEST = 0.02


@dataclass(frozen=True, slots=True)
class Wander:
    """How freely time may run."""

    # Standard deviation of an onset, seconds.
    onset: float = 0.02
    # Relative standard deviation of the tempo at the beginning about that of its lane.
    start: float = 0.035
    # Relative standard deviation of the tempo after one quarter.
    drift: float = 0.012
    # Log density of a note that belongs to no grid.
    extra: float = -2.0


@dataclass(frozen=True, slots=True)
class Lane:
    """Where to begin: a kind of beat and a tempo."""

    kind: BeatKind
    # Seconds of a quarter.
    quarter: float


@dataclass(frozen=True, slots=True)
class Path:
    """The most probable reading of a lane."""

    lane: Lane
    # (notes,): place of each note in twelfths of a quarter from the first beat on or before the
    # first note; `EXTRA` for notes that are on no place.
    ticks: Ints
    # Log probability of the onsets and the rhythm, natural.
    score: float
    # The share of it that the rhythm has.
    rhythm: float


@dataclass(slots=True)
class _States:
    """What is known after a note if it is on a place, for all lanes and places."""

    # The last notes stand side by side in the second axis, the newest first; the score of an
    # older one counts the notes after it as extra ones.

    score: Floats
    rhythm: Floats
    time: Floats
    quarter: Floats
    var_time: Floats
    cov: Floats
    var_quarter: Floats

    def after(self, new: _States, extra: float, most: int) -> _States:
        """Put newer states before these, and forget the oldest."""
        self.score = self.score + extra
        pairs = ((getattr(new, name), getattr(self, name)) for name in self.__slots__)
        return _States(*(np.concatenate(pair, axis=1)[:, :most] for pair in pairs))


def follow(onsets: Floats, lanes: Sequence[Lane], wander: Wander) -> list[Path]:
    """Find the most probable path of each lane.

    `onsets` (notes,): seconds, ascending; at least one.
    """
    step = _Step(lanes, wander)
    state = step.begin(float(onsets[0]))
    history = []
    for onset in onsets[1:].tolist():
        state, came, ticks = step(state, onset)
        history.append((came, ticks))
    return _trace(state, lanes, history)


class _Step:
    """One note further."""

    def __init__(self, lanes: Sequence[Lane], wander: Wander) -> None:
        self.wander, self.lanes = wander, lanes
        kinds = [lane.kind for lane in lanes]
        base = np.array([kind.steps for kind in kinds]) / TICKS
        odds = np.array([kind.odds for kind in kinds])
        self.base = np.concatenate([base] * MEMORY, axis=1)
        self.odds = np.concatenate([odds] * MEMORY, axis=1)
        self.beat = np.array([kind.beat for kind in kinds])[:, None, None] / TICKS
        self.least = np.where(self.base == 0, 1.0, 0.0)
        self.most = odds.shape[-1] - 1
        self.places = odds.shape[1]
        self.index = np.ogrid[: len(lanes), : MEMORY * self.places, : self.places]
        self.pick = np.ogrid[: len(lanes), : self.places]

    def begin(self, onset: float) -> _States:
        """Return the states after the first note."""
        shape = (len(self.lanes), self.places)
        quarter = np.broadcast_to(np.array([lane.quarter for lane in self.lanes])[:, None], shape)
        score = np.array([lane.kind.first for lane in self.lanes])
        still = np.zeros(shape)
        return _States(
            score,
            score,
            still + onset,
            quarter,
            still + self.wander.onset**2,
            still,
            (self.wander.start * quarter) ** 2,
        )

    def __call__(
        self, state: _States, onset: float
    ) -> tuple[_States, NDArray[np.int16], NDArray[np.int32]]:
        """Return the new states, from which of the old each comes, and by how many ticks."""
        wander, sources = self.wander, state.score.shape[1]
        base, index = (
            self.base[:, :sources],
            (self.index[0], self.index[1][:, :sources], self.index[2]),
        )
        time, quarter = state.time[:, :, None], state.quarter[:, :, None]
        ahead = onset - time
        beats = np.maximum(
            np.rint((ahead - base * quarter) / (self.beat * quarter)), self.least[:, :sources]
        )
        moved = base + beats * self.beat
        rhythm = self.odds[(*index, np.minimum(beats, self.most).astype(np.int64))]
        rhythm = rhythm + FAR * np.maximum(beats - self.most, 0.0)
        wild = (wander.drift * quarter) ** 2 * moved
        var_quarter = state.var_quarter[:, :, None]
        cov = state.cov[:, :, None] + moved * (var_quarter + wild / 2)
        variance = state.var_time[:, :, None] + moved * (
            2 * state.cov[:, :, None] + moved * (var_quarter + wild / 3)
        )
        seen = variance + wander.onset**2
        error = ahead - moved * quarter
        off = np.maximum(-0.5 * error**2 / seen, _WORST)
        score = state.score[:, :, None] + rhythm + off - 0.5 * np.log(2 * np.pi * seen)
        came = np.argmax(score, axis=1)
        best, from_ = (self.pick[0], came, self.pick[1]), (self.pick[0], came)

        seen, cov, variance, moved = seen[best], cov[best], variance[best], moved[best]
        limit = _FAR_OFF * np.sqrt(seen)
        error = np.clip(error[best], -limit, limit)
        kept, gain = 1 - variance / seen, cov / seen
        new = _States(
            score=score[best],
            rhythm=state.rhythm[from_] + rhythm[best],
            time=state.time[from_] + moved * state.quarter[from_] + variance / seen * error,
            quarter=np.maximum(state.quarter[from_] + gain * error, _SHORTEST),
            var_time=variance * kept,
            cov=cov * kept,
            var_quarter=state.var_quarter[from_] + wild[best] - gain * cov,
        )
        whole = state.after(new, wander.extra, MEMORY * self.places)
        return whole, came.astype(np.int16), np.rint(moved * TICKS).astype(np.int32)


def _trace(
    state: _States,
    lanes: Sequence[Lane],
    history: list[tuple[NDArray[np.int16], NDArray[np.int32]]],
) -> list[Path]:
    """Read the paths from their ends."""
    places = len(lanes[0].kind.places)
    rows, end = np.arange(len(lanes)), np.argmax(state.score, axis=1)
    score, rhythm = state.score[rows, end], state.rhythm[rows, end]
    came_all = np.array([came for came, _ in history]).reshape(-1, len(lanes), places)
    ticks_all = np.array([ticks for _, ticks in history]).reshape(-1, len(lanes), places)
    paths = []
    for lane, kind in enumerate([lane.kind for lane in lanes]):
        back, place = divmod(int(end[lane]), places)
        note = len(history) - back
        steps, notes = [], [note]
        while note > 0:
            steps.append(int(ticks_all[note - 1, lane, place]))
            back, place = divmod(int(came_all[note - 1, lane, place]), places)
            note -= 1 + back
            notes.append(note)
        ticks = np.full(len(history) + 1, EXTRA, dtype=np.int64)
        ticks[notes[::-1]] = kind.places[place] + np.concatenate(
            [[0], np.cumsum(steps[::-1], dtype=np.int64)]
        )
        paths.append(Path(lanes[lane], ticks, float(score[lane]), float(rhythm[lane])))
    return paths
