"""The numbers of `symgen.transcription.reading`.

Conditional logit over the readings of a performance, fitted by ``benchmarks/beats_fit.py`` on 900 simulated
performances of the tunes that `symgen.transcription.rhythm` was fitted on: so much does each of `evidence.FEATURES`
say, and so much a metre at a tempo. Half of the loss asks for the tempo, half for metre and bar lines too.
"""

from __future__ import annotations

import numpy as np

__all__ = ["SHARPNESS", "TEMPO", "WEIGHTS"]

WEIGHTS = np.array([
    0.11, 0.10, 4.41, 1.84, 2.47, 1.48, 0.63, 0.49, 0.76, -2.07, -2.61,
    4.05, -5.42, 0.22, 0.35, 2.09, 0.45, 0.24, 0.03, 0.48, 0.33, 3.41,
    2.64, 6.67, 12.56, 1.17, 0.82, 3.45, 5.42, 8.23, 4.86, -5.53, -1.81,
    -1.64,
])  # fmt: skip
"""Of `evidence.FEATURES`."""

TEMPO = {
    "2/4": (-0.44, -0.59, -1.13),
    "3/4": (-1.18, -0.47, -2.77),
    "4/4": (2.01, -0.51, -3.17),
    "6/8": (-0.39, -1.41, -4.19),
    "9/8": (-0.64, -1.41, -4.79),
}
"""Log odds of a metre: constant, by the logarithm of its tempo above 120 quarters a minute, and by its square."""

SHARPNESS = 1.0
"""Of the probabilities."""
