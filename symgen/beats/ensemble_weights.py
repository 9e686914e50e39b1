"""The numbers of `symgen.beats.reading` where several notes sound at once.

Conditional logit over the readings of a performance, fitted by ``benchmarks/pulse_fit.py`` on simulated performances of
bands, songs with piano, string quartets, hymns and keyboard music, whole and single parts of them. The tempos hold a
preference for 90 quarters a minute besides; its strength was chosen on half of the songs of POP909.
"""

from __future__ import annotations

import numpy as np

__all__ = ["ENSEMBLE_TEMPO", "ENSEMBLE_WEIGHTS"]

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
