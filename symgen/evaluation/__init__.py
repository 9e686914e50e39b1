"""Judging music by numbers: pure functions of scores, each with its source.

Metrics of one tune, distances between the histograms of two sets, copies from a
reference, and features for classifiers. Every function returns a plain
``dict[str, float]`` or one number.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from symgen.system.lazy import lazy_names

if TYPE_CHECKING:
    from symgen.evaluation.features import FEATURES as FEATURES
    from symgen.evaluation.features import tune_features as tune_features
    from symgen.evaluation.histograms import divergences as divergences
    from symgen.evaluation.histograms import histograms as histograms
    from symgen.evaluation.histograms import kl_bits as kl_bits
    from symgen.evaluation.metrics import mean_metrics as mean_metrics
    from symgen.evaluation.metrics import tune_metrics as tune_metrics
else:
    __getattr__, __dir__, __all__ = lazy_names(
        __name__,
        {
            "features": "FEATURES tune_features",
            "histograms": "divergences histograms kl_bits",
            "metrics": "mean_metrics tune_metrics",
        },
    )
