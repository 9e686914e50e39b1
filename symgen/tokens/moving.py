"""Notes of earlier bars as candidates for a later one, moved to where the music has gone since."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from symgen.music.degrees import ScaleSteps
from symgen.tokens.plans import OCTAVE

__all__ = ["moved_pitches"]

Ints = NDArray[np.int64]

_ROOT, _TONES = 0, 7
# From the nearest tone on, the lower one first.
_NEAR = np.array([0, -1, 1, -2, 2, -3, 3, -4, 4, -5, 5, -6, 6])


def moved_pitches(
    scale: ScaleSteps, pitch: Ints, before: Ints, last: Ints, then: Ints, now: Ints
) -> Ints:
    """Return pitch columns of notes as they are led, moved with the root, and fitted to the chord, shape (n, 3).

    `pitch` is that of each note and `before` that of the note before it in its part, `last` the part's last one now,
    all -1 where there is none; `then` and `now` are rows of the plan where the note stood and where it is to stand.
    """
    found = np.full((len(pitch), 3), -1, dtype=np.int64)
    known = (pitch >= 0) & (before >= 0) & (last >= 0)
    safe = np.maximum(pitch, 0)
    steps = scale.place[np.maximum(last, 0)] - scale.place[np.maximum(before, 0)]
    found[:, 0] = np.where(known, scale.moved(safe, steps), -1)
    known = (pitch >= 0) & (then[:, _ROOT] > 0) & (now[:, _ROOT] > 0)
    roots = [np.maximum(row[:, _ROOT] - OCTAVE - 1, 0) for row in (then, now)]
    # A piece that is transposed has its roots elsewhere, in no octave of their own.
    steps = scale.between(*(root % 12 for root in roots))
    found[:, 1] = np.where(known, scale.moved(safe, steps), -1)
    inside = then[:, _TONES] >> safe % 12 & 1
    near = safe[:, None] + _NEAR
    fits = (now[:, _TONES, None] >> near % 12 & 1).astype(bool)
    fits &= (near >= 0) & (near < 128)
    fitted = np.where(fits.any(axis=1), near[np.arange(len(near)), fits.argmax(axis=1)], -1)
    found[:, 2] = np.where(known, np.where(inside > 0, fitted, safe), -1)
    found[(found < 0) | (found > 127)] = -1
    return found + 1
