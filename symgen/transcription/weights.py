"""The numbers of `symgen.transcription.reading`.

Conditional logit over the readings of a performance, fitted by ``benchmarks/beats.py --fit`` on 900 simulated
performances of the tunes that `symgen.transcription.rhythm` was fitted on: so much does each of `evidence.FEATURES`
say, and so much a metre at a tempo. Half of the loss asks for the tempo, half for metre and bar lines too.
"""

from __future__ import annotations

import numpy as np

__all__ = ["SHARPNESS", "TEMPO", "WEIGHTS"]

WEIGHTS = np.array([
    0.26, 0.19, 3.36, 2.20, 1.63, 2.32, 0.45, 0.62, 1.21, -0.10, 0.29,
    -0.31, 0.36, 1.12, 0.42, 3.04, 5.96, 8.68, 5.72, -3.59, 2.09, -2.28,
])  # fmt: skip
"""Of `evidence.FEATURES`."""

TEMPO = {
    "2/4": (0.05, 0.50, -3.85),
    "3/4": (-0.02, 1.22, -7.16),
    "4/4": (0.79, 2.12, -5.49),
    "6/8": (1.13, 0.02, -9.46),
    "9/8": (-1.78, 1.34, -6.53),
}
"""Log odds of a metre: constant, by the logarithm of its tempo above 120 quarters a minute, and by its square."""

SHARPNESS = 1.0
"""Of the probabilities."""
