"""Pitches as steps of a scale, to move a figure along it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from symgen.music.theory import Key

__all__ = ["MOST_STEPS", "ScaleSteps", "scale_steps"]

Ints = NDArray[np.int64]

MOST_STEPS = 160
"""More steps than any scale has below the highest pitch."""


@dataclass(frozen=True)
class ScaleSteps:
    """The steps of a scale over all pitches.

    Parameters
    ----------
    count : int
        Steps of an octave: 7, or 12 without a key.
    place : ndarray of int64, shape (128,)
        The number of the step of each pitch; that of the tone below for what lies between two.
    tones : ndarray of int64, shape (160,)
        The pitch of each step; -1 where there is none.
    """

    count: int
    place: Ints
    tones: Ints

    def moved(self, pitch: Ints, steps: Ints) -> Ints:
        """Return pitches moved by steps, -1 where there is none; what does not move stays what it is."""
        place = self.place[pitch] + steps
        inside = (place >= 0) & (place < len(self.tones))
        found = np.where(inside, self.tones[np.where(inside, place, 0)], -1)
        return np.where(steps == 0, pitch, found)

    def between(self, start: Ints, end: Ints) -> Ints:
        """Return the steps from one pitch class to the nearest of another one."""
        far = self.place[60 + end] - self.place[60 + start]
        half = self.count // 2
        found: Ints = (far + half) % self.count - half
        return found


@lru_cache(maxsize=256)
def scale_steps(key: Key | None) -> ScaleSteps:
    """Return the steps of the scale of a key; all semitones without one."""
    classes = sorted(key.scale) if key else list(range(12))
    tones = [pitch for pitch in range(128) if pitch % 12 in classes]
    place = np.searchsorted(tones, np.arange(128), side="right") - 1
    whole = np.full(MOST_STEPS, -1, dtype=np.int64)
    whole[: len(tones)] = tones
    return ScaleSteps(len(classes), np.maximum(place, 0).astype(np.int64), whole)
