"""Loudness that all parts share: phrases swell to their middle and fade to their end.

The faster, the louder: loudness goes up and down in straight lines as the square of the tempo does (N. Todd, The
dynamics of dynamics, 1992), on the levels of phrases and sections that the clock has too.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from symgen.music.score import Score
from symgen.performer.manners import Manner
from symgen.performer.phrases import find_phrases
from symgen.performer.rubato import phrase_tempo

__all__ = ["swells"]

Floats = NDArray[np.float64]

# Only how the arches of phrases and sections weigh against each other depends on it.
_DEPTH = 0.3
# In quarters: pieces that are shorter have no room to swell as far.
_ROOM = 16


def swells(score: Score, manner: Manner, onsets: Floats) -> Floats:
    """Return how many steps of velocity louder all parts play at onsets in ticks, shape (n,) each, 0 on average."""
    if not manner.swell or not len(onsets):
        return np.zeros(len(onsets))
    arch = phrase_tempo(find_phrases(score), onsets, _DEPTH) ** 2
    height = float(arch.max() - arch.min())
    shape: Floats = (arch - arch.mean()) / height if height else np.zeros(len(arch))
    room = min(1.0, score.length / score.resolution / _ROOM)
    return manner.swell * room * shape
