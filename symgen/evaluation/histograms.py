"""Histograms of notes, and how far those of two sets of tunes lie apart."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from symgen.evaluation.table import STEPS, note_table
from symgen.music.score import Score
from symgen.music.theory import Key

__all__ = ["divergences", "histograms", "kl_bits"]

_LONGEST = 8 * STEPS
_WIDEST = 12


def histograms(scores: Sequence[Score], keys: Sequence[Key]) -> dict[str, NDArray[np.int64]]:
    """Count the notes of tunes in four ways."""
    counts = {
        "pitch_class": np.zeros(12, dtype=np.int64),
        "interval": np.zeros(2 * _WIDEST + 1, dtype=np.int64),
        "duration": np.zeros(_LONGEST + 1, dtype=np.int64),
        "place": np.zeros(_LONGEST + 1, dtype=np.int64),
    }
    for score, key in zip(scores, keys, strict=True):
        table = note_table(score)
        values = {
            "pitch_class": (table.pitch - key.tonic) % 12,
            "interval": np.clip(np.diff(table.top_line().pitch), -_WIDEST, _WIDEST) + _WIDEST,
            "duration": np.minimum(table.duration, _LONGEST),
            "place": np.minimum(table.place, _LONGEST),
        }
        for name, indices in values.items():
            counts[name] += np.bincount(indices, minlength=len(counts[name]))
    return counts


def kl_bits(reference: NDArray[np.int64], other: NDArray[np.int64]) -> float:
    """Kullback-Leibler divergence D(reference || other) of two histograms, in bits.

    `reference`, `other`: shape (bins,), counts.
    """
    # Half a count is added to each bin that either histogram fills (Krichevsky and Trofimov 1981),
    # so that the result is finite; it is large where `other` lacks what `reference` has. Zero if
    # both are empty.
    #
    # Kullback and Leibler (1951); used on such histograms by Yang and Lerch (2020), On the
    # evaluation of generative models in music.
    used = (reference > 0) | (other > 0)
    if not used.any():
        return 0.0
    p, q = reference[used] + 0.5, other[used] + 0.5
    p, q = p / p.sum(), q / q.sum()
    return float(max(0.0, (p * np.log2(p / q)).sum()))


def divergences(
    sampled: Sequence[Score],
    sampled_keys: Sequence[Key],
    real: Sequence[Score],
    real_keys: Sequence[Key],
) -> dict[str, float]:
    """Measure D(real || sampled) of the four histograms, in bits."""
    ours, theirs = histograms(sampled, sampled_keys), histograms(real, real_keys)
    return {f"kl_{name}": kl_bits(theirs[name], ours[name]) for name in ours}
