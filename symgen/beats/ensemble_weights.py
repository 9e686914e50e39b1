"""The numbers of `symgen.beats.reading` where several notes sound at once.

Conditional logit over the readings of a performance, fitted by ``benchmarks/pulse_fit.py`` on simulated performances of
bands, songs with piano, string quartets, hymns and keyboard music, whole and single parts of them. The tempos hold a
preference for 90 quarters a minute besides; its strength was chosen on half of the songs of POP909.
"""

from __future__ import annotations

import numpy as np

__all__ = ["ENSEMBLE_TEMPO", "ENSEMBLE_WEIGHTS"]

ENSEMBLE_WEIGHTS = np.array([
    0.01, 0.01, 2.23, 0.05, -0.56, 0.17, -0.38, 0.04, 0.63, 0.13, -0.32,
    1.21, 0.24, -0.37, 0.05, 0.12, -0.30, -0.28, -0.16, 0.33, 1.86, 2.27,
    -0.23, 0.89, 1.38, 0.94, 0.12, 0.65, 2.36, 1.42, 1.06, -0.08, 2.56,
    3.68, 0.11, 0.49, -1.52, -1.12, 1.07, -0.76, 1.41, 1.11, 0.82, 1.46,
    -0.02, 0.05, 0.12, -0.30, -0.21, 0.15, 1.04, 0.13, 0.05, 1.03, -1.80,
    0.40, 0.12, -0.46, -0.31, 2.16, -1.04, -1.06, -5.50, -2.52, 0.25, 3.31,
    0.91, -7.70, 3.07, 4.29, -1.55, -1.26, -5.52, -5.30, -0.36, 0.90, 0.24,
    0.04, 0.47, 0.08, 3.46, 3.99, -0.14, 0.75, 0.47, -0.82, 1.37, -1.18,
    0.57, -0.40, 0.02, -0.78,
])  # fmt: skip
"""Of `evidence.FEATURES` and `ensemble.ENSEMBLE_FEATURES`."""

ENSEMBLE_TEMPO = {
    "2/4": (-1.01, -5.36, -10.59),
    "3/4": (-0.67, -5.52, -10.40),
    "4/4": (0.89, -5.64, -11.92),
    "6/8": (-0.86, -6.11, -12.41),
    "9/8": (-2.12, -5.35, -11.46),
}
"""As `weights.TEMPO`."""
