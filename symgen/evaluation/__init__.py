"""Judging music by numbers: pure functions of scores, each with its source.

Metrics of one tune, distances between the histograms of two sets, copies from a
reference, and features for classifiers. Every function returns a plain
``dict[str, float]`` or one number.
"""

from symgen.copies.index import CopyIndex
from symgen.copies.reference import Reference, copied_share, index_store, longest_match
from symgen.copies.report import Floor
from symgen.evaluation.features import FEATURES, tune_features
from symgen.evaluation.histograms import divergences, histograms, kl_bits
from symgen.evaluation.metrics import mean_metrics, tune_metrics

__all__ = [
    "FEATURES",
    "CopyIndex",
    "Floor",
    "Reference",
    "copied_share",
    "divergences",
    "histograms",
    "index_store",
    "kl_bits",
    "longest_match",
    "mean_metrics",
    "tune_features",
    "tune_metrics",
]
