"""How well velocities are foretold, song by song, and how drawn ones move beside played ones."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from lab.performer.songs import Song
from symgen.performer.inference import InferencePlayer
from symgen.performer.judging import foretelling, mean_figures

__all__ = ["USUAL_SPREAD", "follow_on", "measure_player"]

Floats = NDArray[np.float64]

USUAL_SPREAD = 10.0
"""Steps of velocity of a deviation of 1 that is foretold; one number for all songs, chosen on the validation songs."""


def measure_player(player: InferencePlayer, songs: Sequence[Song]) -> dict[str, float]:
    """Return r and R2 of a player as means over songs."""
    found = mean_figures([song.played for song in songs], foretelling(player, USUAL_SPREAD))
    return {"r": found.r, "r2": found.deviations}


def follow_on(values: Floats, part: NDArray[np.int64]) -> float:
    """Return how alike values of notes are that follow each other in a part, as a correlation."""
    order = np.argsort(part, kind="stable")
    same = np.diff(part[order]) == 0
    one, other = values[order][:-1][same], values[order][1:][same]
    if len(one) < 3 or not one.std() or not other.std():
        return 0.0
    return float(np.corrcoef(one, other)[0, 1])
