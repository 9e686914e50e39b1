"""The best way to cut a recording into notes, by dynamic programming over the places where one may begin."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from symgen.audio.spectrum import FRAMES_PER_SECOND
from symgen.transcriber.checkpoint import PITCH_BINS
from symgen.transcriber.inference import Frames

__all__ = ["DEFAULT_WEIGHTS", "Segment", "SegmentWeights", "find_segments"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class SegmentWeights:
    """How the evidence is weighed."""

    # Chosen on clips of a soundfont that training never saw and on sung ones.

    candidate: float = 0.1  # chance of an onset from which a place is looked at
    sustain: float = 0.1  # how much a frame's pitch counts beside the onsets
    start: float = -0.2  # added to the log odds of an onset for each note
    # Least chance that a frame gives to any pitch, so that no single frame decides
    floor: float = 0.02
    change: float = 0.7  # semitones by which a pitch must jump to make a place without an onset
    shortest: float = 0.05  # seconds of the shortest note


DEFAULT_WEIGHTS = SegmentWeights()
_GAP = 2
"""Frames to each side of a place that are compared."""
_LOOK_BACK = 10
"""Places to which a note may reach back over others that were left out."""


class Segment(NamedTuple):
    """A note: seconds, frames, and the bin of its pitch."""

    onset: float
    offset: float
    first: int
    last: int
    bin: int


def find_segments(frames: Frames, weights: SegmentWeights = DEFAULT_WEIGHTS) -> list[Segment]:
    """Cut a recording into notes and rests."""
    count = len(frames.onset)
    places = _candidates(frames, weights)
    if not places:
        return []
    evidence = _Evidence(frames, weights)
    stops = [*places, count]
    # best[i]: the best score of all before stop i; back[i]: the stop at which the note before it begins, or -1 where
    # the stretch before it is a rest.
    best, back = [evidence.silence(0, stops[0])], [-1]
    for i in range(1, len(stops)):
        scores = [(best[i - 1] + evidence.silence(stops[i - 1], stops[i]), -1)]
        scores += [
            (best[j] + evidence.note(stops[j], stops[i]), j)
            for j in range(max(0, i - _LOOK_BACK), i)
        ]
        score, origin = max(scores)
        best.append(score)
        back.append(origin)
    spans, at = [], len(stops) - 1
    while at > 0:
        origin = back[at]
        if origin >= 0:
            spans.append((stops[origin], stops[at]))
        at = origin if origin >= 0 else at - 1
    spans.reverse()
    found = [evidence.segment(first, last) for first, last in spans]
    return [segment for segment in found if segment.offset - segment.onset >= weights.shortest]


class _Evidence:
    """Sums over frames, so that a stretch of any length costs the same."""

    def __init__(self, frames: Frames, weights: SegmentWeights) -> None:
        pitch = frames.pitch.astype(np.float64)
        wide = pitch[:, :PITCH_BINS].copy()
        wide[:, 1:] += pitch[:, : PITCH_BINS - 1]
        wide[:, :-1] += pitch[:, 1:PITCH_BINS]
        logs = np.log(
            np.maximum(np.concatenate([wide, pitch[:, PITCH_BINS:]], axis=1), weights.floor)
        )
        self._sums = np.concatenate([np.zeros((1, logs.shape[1])), np.cumsum(logs, axis=0)])
        chances = np.clip(frames.onset.astype(np.float64), 1e-3, 1 - 1e-3)
        # An onset's chance is spread over some frames: the odds are those of the best near by.
        near = np.maximum(
            chances, np.maximum(np.append(chances[1:], 0), np.append(0, chances[:-1]))
        )
        self._odds = np.log(near / (1 - near)) + weights.start
        self._onset, self._weights = frames.onset, weights

    def silence(self, first: int, last: int) -> float:
        """Score a stretch without a note."""
        return float(self._weights.sustain * (self._sums[last, -1] - self._sums[first, -1]))

    def note(self, first: int, last: int) -> float:
        """Score a stretch that holds a note and then, perhaps, a rest; or that is no note after all."""
        best, stop = self._fit(first, last)
        held = (
            self._sums[stop, best]
            - self._sums[first, best]
            + self._sums[last, -1]
            - self._sums[stop, -1]
        )
        return float(self._odds[first] + self._weights.sustain * held)

    def segment(self, first: int, last: int) -> Segment:
        """Return the note of a stretch."""
        best, stop = self._fit(first, last)
        shift = _peak_shift(self._onset, first)
        return Segment(
            (first + shift) / FRAMES_PER_SECOND, stop / FRAMES_PER_SECOND, first, stop, best
        )

    def _fit(self, first: int, last: int) -> tuple[int, int]:
        """Return the bin of the pitch that fits a stretch best, and the frame at which it ends."""
        sums = self._sums[first : last + 1]
        gain = (sums[:, :-1] - sums[0, :-1]) - (sums[:, -1:] - sums[0, -1])
        place = int(np.argmax(gain[1:])) if last > first else 0
        stop, best = divmod(place, PITCH_BINS)
        return best, first + stop + 1


def _peak_shift(onset: NDArray[np.float32], frame: int) -> float:
    """Return where in between frames a peak stands, by a parabola, -0.5..0.5."""
    if not 0 < frame < len(onset) - 1:
        return 0.0
    left, center, right = (float(value) for value in onset[frame - 1 : frame + 2])
    bend = left - 2 * center + right
    return (
        0.0
        if bend >= 0 or center < max(left, right)
        else max(-0.5, min(0.5, 0.5 * (left - right) / bend))
    )


def _candidates(frames: Frames, weights: SegmentWeights) -> list[int]:
    """Return the frames at which a note may begin: peaks of the onset, jumps of the pitch, voices that set in."""
    onset = frames.onset
    padded = np.concatenate([[-1.0], onset, [-1.0]])
    peaks = np.flatnonzero(
        (onset >= weights.candidate) & (onset > padded[:-2]) & (onset >= padded[2:])
    ).tolist()
    best = frames.pitch[:, :PITCH_BINS].argmax(axis=1)
    voiced = frames.pitch[:, PITCH_BINS] < 0.5
    then, now = slice(0, -2 * _GAP), slice(2 * _GAP, None)
    differ = np.abs(best[now] - best[then]) > 3 * weights.change
    jumps = (np.flatnonzero(voiced[now] & (~voiced[then] | differ)) + _GAP).tolist()
    places = [*peaks]
    taken = np.zeros(len(onset) + 8, dtype=np.bool_)
    for peak in peaks:
        taken[max(0, peak - 4) : peak + 5] = True
    for start, stop in _runs(jumps):
        middle = (start + stop) // 2
        if not taken[middle]:
            places.append(middle)
            taken[max(0, middle - 4) : middle + 5] = True
    return sorted(places)


def _runs(frames: list[int]) -> list[tuple[int, int]]:
    """Return the stretches of neighboring frames."""
    runs: list[tuple[int, int]] = []
    for frame in frames:
        if runs and frame == runs[-1][1] + 1:
            runs[-1] = (runs[-1][0], frame)
        else:
            runs.append((frame, frame))
    return runs
