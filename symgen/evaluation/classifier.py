"""A classifier that tries to tell real tunes from sampled ones, and the floor: real from real."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from symgen.errors import ControlError, MissingDependencyError
from symgen.evaluation.features import FEATURES, tune_features
from symgen.score import Score
from symgen.theory import Key

__all__ = ["FEATURES", "realness", "separation", "tune_features"]

Matrix = NDArray[np.float64]

_FOLDS = 5
_HALVINGS = 3
_TREES = 300


def realness(
    real: Sequence[Score],
    real_keys: Sequence[Key],
    sampled: Sequence[Score],
    sampled_keys: Sequence[Key],
    *,
    seed: int = 0,
) -> dict[str, float]:
    """Area under the ROC curve of two classifiers that tell real from sampled.

    0.5 is chance: the samples cannot be told from real tunes by these features; 1 is
    always. The floor is the same measure between random halves of the real tunes.

    Parameters
    ----------
    real, sampled : sequence of Score
        At least 10 of each, matched in metre and length, else that is what is told apart.
    real_keys, sampled_keys : sequence of Key
        One a score.
    seed : int
        Of the folds and the forest; the same seed gives the same figures.

    Returns
    -------
    dict
        ``auc_logistic``, ``auc_forest``, ``floor_logistic``, ``floor_forest``.

    Raises
    ------
    ControlError
        If a set has fewer than 10 tunes.
    MissingDependencyError
        If scikit-learn is not installed.

    Notes
    -----
    A classifier two-sample test: Lopez-Paz and Oquab (2017), Revisiting classifier
    two-sample tests; cross-validated with 5 folds, mean of the folds.
    """
    ours, theirs = _matrix(sampled, sampled_keys), _matrix(real, real_keys)
    found = {f"auc_{name}": auc for name, auc in separation(theirs, ours, seed=seed).items()}
    rng = np.random.default_rng(seed)
    floors: list[dict[str, float]] = []
    for _ in range(_HALVINGS):
        order = rng.permutation(len(theirs))
        half = len(order) // 2
        floors.append(separation(theirs[order[:half]], theirs[order[half:]], seed=seed))
    for name in floors[0]:
        found[f"floor_{name}"] = float(np.mean([floor[name] for floor in floors]))
    return found


def separation(first: Matrix, second: Matrix, *, seed: int = 0) -> dict[str, float]:
    """Cross-validated areas under the ROC curve between two sets of feature rows.

    Parameters
    ----------
    first, second : ndarray of float64, shape (tunes, features)
        At least 5 rows each.
    seed : int

    Returns
    -------
    dict
        ``logistic`` and ``forest``.

    Raises
    ------
    ControlError
        If a set has fewer than 5 rows.
    MissingDependencyError
        If scikit-learn is not installed.
    """
    if min(len(first), len(second)) < _FOLDS:
        raise ControlError(f"{len(first)} and {len(second)} tunes: the classifier needs at least 10 of each")
    rows = np.concatenate([first, second])
    labels = np.repeat([0, 1], [len(first), len(second)])
    found = {}
    for name, (model, folds, score) in _classifiers(seed).items():
        found[name] = float(np.mean(score(model, rows, labels, cv=folds, scoring="roc_auc")))
    return found


def _classifiers(seed: int) -> dict[str, tuple[Any, Any, Any]]:
    """Name -> the model, its folds and scikit-learn's cross-validation."""
    try:
        from sklearn.ensemble import RandomForestClassifier
        from sklearn.linear_model import LogisticRegression
        from sklearn.model_selection import StratifiedKFold, cross_val_score
        from sklearn.pipeline import make_pipeline
        from sklearn.preprocessing import StandardScaler
    except ImportError:
        raise MissingDependencyError(
            "scikit-learn is not installed; get it with: pip install 'symgen[bench]'"
        ) from None
    folds = StratifiedKFold(_FOLDS, shuffle=True, random_state=seed)
    logistic = make_pipeline(StandardScaler(), LogisticRegression(C=0.1, max_iter=5000))
    forest = RandomForestClassifier(_TREES, random_state=seed)
    return {"logistic": (logistic, folds, cross_val_score), "forest": (forest, folds, cross_val_score)}


def _matrix(scores: Sequence[Score], keys: Sequence[Key]) -> Matrix:
    rows = [list(tune_features(score, key).values()) for score, key in zip(scores, keys, strict=True)]
    return np.array(rows, dtype=np.float64).reshape(len(rows), len(FEATURES))
