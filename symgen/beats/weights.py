"""The numbers of `symgen.beats.reading` where several notes sound at once.

Conditional logit over the readings of a performance, fitted by ``python -m lab fit-pulse`` on simulated performances of
bands, songs with piano, string quartets, hymns and keyboard music, whole and single parts of them. The tempos hold a
preference for 90 quarters a minute besides; its strength was chosen on half of the songs of POP909.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from symgen.music.meter import Meter

__all__ = [
    "ENSEMBLE",
    "ENSEMBLE_TEMPO",
    "ENSEMBLE_WEIGHTS",
    "MELODY",
    "SHARPNESS",
    "TEMPO",
    "WEIGHTS",
    "Weights",
]


ENSEMBLE_WEIGHTS = np.array([
    0.01, 0.00, 2.51, -0.61, -0.53, -0.22, 0.01, 0.11, 0.39, 0.70, -0.11,
    -0.10, 0.91, -0.48, 0.38, -0.03, 0.17, 0.02, -0.10, -0.31, 1.78, 2.30,
    -0.29, -2.00, 1.47, 0.84, 0.50, 1.06, 2.47, 1.27, 1.42, -0.28, 2.81,
    2.63, -0.19, 0.15, -0.88, 0.64, 1.99, 0.41, 1.17, 0.39, 0.94, 1.36,
    0.18, -1.49, -0.03, 0.17, -0.64, 0.11, 1.61, 0.37, -0.09, 0.72, -1.27,
    0.62, -0.56, -0.06, -0.63, 0.38, -1.32, -0.80, -6.33, -5.06, 0.42, 4.45,
    0.52, -1.83, -0.97, 2.47, -0.55, -1.83, -6.17, -5.70, -0.36, 0.34, 0.27,
    0.15, 0.18, 0.02, 2.04, 1.47, -0.07, 0.33, 0.45, -0.97, 1.59, -1.39,
    1.03, -0.67, 0.51, -1.56,
])  # fmt: skip
"""Of `evidence.FEATURES` and `ensemble.ENSEMBLE_FEATURES`."""

ENSEMBLE_TEMPO = {
    "2/4": (-0.92, -6.72, -10.69),
    "3/4": (-0.64, -6.55, -10.14),
    "4/4": (0.91, -6.33, -12.18),
    "6/8": (-0.55, -6.98, -11.53),
    "9/8": (-2.44, -6.82, -10.48),
}
"""As `weights.TEMPO`."""


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
    """How much the features of a reading count, and a meter at a tempo."""

    # (features,)
    features: NDArray[np.float64]
    # As `TEMPO`.
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
