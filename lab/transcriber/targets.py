"""What the transcriber is to say of each frame, out of the notes that sound."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from symgen.transcriber.spectrum import FRAMES_PER_SECOND

__all__ = ["Targets", "frame_targets"]

Floats = NDArray[np.float32]

_ONSET_SPREAD = 0.025
"""Seconds from a note's beginning at which its target has fallen to nothing."""
_BLUR = 0.03
"""Seconds after a note's end in which it is a matter of taste whether it still sounds."""
_BLUR_WEIGHT = 0.2


@dataclass(frozen=True, slots=True)
class Targets:
    """Targets of a clip, all of shape (frames,)."""

    # MIDI number of the melody, fractional; NaN where none sounds.
    pitch: Floats
    # 1 where a note begins, less within 25 ms of it, else 0.
    onset: Floats
    # 1 where other notes sound too, else 0.
    crowd: Floats
    # How much the pitch of the frame counts.
    weight: Floats


def frame_targets(rows: NDArray[np.float64], others: NDArray[np.float64], frames: int) -> Targets:
    """Lay notes out over frames."""
    times = np.arange(frames) / FRAMES_PER_SECOND
    pitch = np.full(frames, np.nan, dtype=np.float32)
    onset, crowd = np.zeros(frames, dtype=np.float32), np.zeros(frames, dtype=np.float32)
    weight = np.ones(frames, dtype=np.float32)
    for start, end, height, _ in rows.tolist():
        first, last = np.searchsorted(times, (start, end))
        pitch[first:last] = height
        blurred = slice(last, int(np.searchsorted(times, end + _BLUR)))
        weight[blurred] = _BLUR_WEIGHT
        low, high = np.searchsorted(times, (start - _ONSET_SPREAD, start + _ONSET_SPREAD))
        near = 1.0 - np.abs(times[low:high] - start) / _ONSET_SPREAD
        onset[low:high] = np.maximum(onset[low:high], near)
        weight[first : min(last, first + 2)] = 1.0
    for start, end, _, _ in others.tolist():
        first, last = np.searchsorted(times, (start, end))
        crowd[first:last] = 1.0
    return Targets(pitch, onset, crowd, weight)
