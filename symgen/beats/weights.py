"""The numbers of `symgen.beats.reading`.

Conditional logit over the readings of a performance, fitted by ``benchmarks/beats_fit.py`` on 900 simulated
performances of the tunes that `symgen.beats.rhythm` was fitted on: so much does each of `evidence.FEATURES`
say, and so much a meter at a tempo. Half of the loss asks for the tempo, half for meter and bar lines too.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from symgen.beats.ensemble_weights import ENSEMBLE_TEMPO, ENSEMBLE_WEIGHTS
from symgen.music.meter import Meter

__all__ = ["ENSEMBLE", "MELODY", "SHARPNESS", "TEMPO", "WEIGHTS", "Weights"]

WEIGHTS = np.array([
    0.10, 0.10, 3.78, 4.25, 2.85, 1.34, 1.03, -0.11, 1.15, -1.42, -2.67,
    2.52, -4.05, 0.14, 0.78, 2.13, 0.54, 0.07, 0.01, 0.86, 0.17, 3.15,
    2.32, 10.10, 9.11, 1.00, 1.00, 0.86, 2.65, 7.05, 4.39, -7.55, -0.16,
    0.52,
])  # fmt: skip
"""Of `evidence.FEATURES`."""

TEMPO = {
    "2/4": (-1.57, -2.52, -2.05),
    "3/4": (-0.54, -3.55, -5.88),
    "4/4": (1.83, -1.28, -4.07),
    "6/8": (-0.15, -1.67, -5.14),
    "9/8": (-0.43, -1.84, -7.67),
}
"""Log odds of a meter: constant, by the logarithm of its tempo above 120 quarters a minute, and by its square."""

SHARPNESS = 1.0
"""Of the probabilities."""


@dataclass(frozen=True, eq=False)
class Weights:
    """How much the features of a reading count, and a meter at a tempo.

    Parameters
    ----------
    features : ndarray of float64, shape (features,)
    tempo : mapping
        As `TEMPO`.
    """

    features: NDArray[np.float64]
    tempo: Mapping[str, tuple[float, float, float]]

    def tempo_odds(self, meter: Meter, bpm: float) -> float:
        """Return what a meter at a tempo says, as log odds."""
        known = str(meter) if str(meter) in self.tempo else "4/4"
        usual, linear, square = self.tempo[known]
        away = float(np.log(bpm / 120.0))
        return usual + linear * away + square * away**2


MELODY = Weights(WEIGHTS, TEMPO)
"""One note at a time."""
ENSEMBLE = Weights(ENSEMBLE_WEIGHTS, ENSEMBLE_TEMPO)
"""Several notes at once: `evidence.FEATURES` and `ensemble.ENSEMBLE_FEATURES`."""
