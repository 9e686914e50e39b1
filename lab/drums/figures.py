"""What drums are like, bar by bar, so that drawn ones can stand beside played ones."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from symgen.drummer.drummer import Hit
from symgen.drummer.grooves import BREAK, FILL, bar_events, kept_share
from symgen.music.drum_kit import DRUMS, TOMS

__all__ = ["WINDOW", "fill_share", "kept_mean", "laid_hits", "told_apart", "traits"]

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

_FOLDS = 5
WINDOW = 8
"""Bars that are judged at once."""


def laid_hits(hits: tuple[Hit, ...], bars: int, steps: int) -> Ints:
    """Return classes of velocity by bar, step and drum of hits that were drawn."""
    found = np.zeros((bars, steps, len(DRUMS)), dtype=np.int64)
    for hit in hits:
        found[hit.bar, hit.step, hit.drum] = 1 + hit.velocity // 16
    return found


def fill_share(laid: Ints) -> float:
    """Return which share of the bars is fills, as they are told from the bars around them."""
    return float((bar_events(laid) == FILL).mean())


def kept_mean(laid: Ints) -> float:
    """Return which share of the hits of a bar comes again in the next one, on average."""
    return float(np.mean([kept_share(a, b) for a, b in pairwise(laid)]))


def traits(laid: Ints) -> Floats:
    """Return what a classifier sees of some bars: drums, places, loudness, what is kept, fills."""
    struck = laid > 0
    count = max(1, int(struck.sum()))
    bars = struck.sum(axis=(1, 2))
    events = bar_events(laid)
    lags = [
        np.mean([kept_share(laid[i], laid[i + lag]) for i in range(len(laid) - lag)])
        for lag in (1, 2, 4)
    ]
    levels = [_of_struck(laid[..., drum]) for drum in range(len(DRUMS))]
    in_beat = np.array([struck[:, place::12].sum() for place in range(12)]) / count
    by_place = [struck[:, ::12, drum].sum() / max(1, struck[..., drum].sum()) for drum in range(4)]
    changes = [len(np.unique(laid[..., drum] > 0, axis=0)) for drum in range(4)]
    toms = struck[..., TOMS].sum(axis=(1, 2))
    return np.array([
        *(struck.sum(axis=(0, 1)) / len(laid)), *lags, *np.ravel(levels), *in_beat, *by_place, *changes,
        bars.mean(), bars.std(), bars.max() - bars.min(), toms[-1] - toms[:-1].mean(), toms.max(),
        (events == FILL).mean(), (events == BREAK).mean(), struck[:, 0, 7].mean(),
    ], dtype=float)  # fmt: skip


def told_apart(rows: Floats, labels: Ints, groups: Sequence[int]) -> dict[str, float]:
    """Return the AUC of classifiers that tell rows of two labels apart; no group is in two folds."""
    from sklearn.ensemble import RandomForestClassifier
    from sklearn.linear_model import LogisticRegression
    from sklearn.metrics import roc_auc_score
    from sklearn.model_selection import GroupKFold, cross_val_predict
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    models = {
        "logistic regression": make_pipeline(StandardScaler(), LogisticRegression(C=0.1, max_iter=2000)),
        "random forest": RandomForestClassifier(300, min_samples_leaf=3, random_state=0),
    }  # fmt: skip
    folds = GroupKFold(min(_FOLDS, len(set(groups))))
    found = {}
    for name, model in models.items():
        odds = cross_val_predict(
            model, rows, labels, groups=groups, cv=folds, method="predict_proba"
        )
        found[name] = float(roc_auc_score(labels, odds[:, 1]))
    return found


def _of_struck(levels: Ints) -> tuple[float, float]:
    """Return the mean and the spread of the loudness of a drum, 0 where it is not struck."""
    own = levels[levels > 0]
    return (float(own.mean()), float(own.std())) if len(own) else (0.0, 0.0)
