"""Training of the discriminator: the trees are those of scikit-learn."""

from __future__ import annotations

import numpy as np
import pytest

from lab.shipping.train_discriminator import Pairs, area, train, unseen_odds
from symgen.evaluation.discriminator import KINDS

FEATURES = KINDS["melody"][0]


def test_training_gives_the_trees_and_networks_of_scikit_learn() -> None:
    pytest.importorskip("sklearn", reason="scikit-learn is an extra: bench")
    from sklearn.ensemble import GradientBoostingClassifier

    rng = np.random.default_rng(3)
    real, sampled = (
        rng.normal(0.4, 1, size=(80, len(FEATURES))),
        rng.normal(size=(80, len(FEATURES))),
    )
    pairs = Pairs(real, sampled, tuple(f"work {i}" for i in range(80)))
    judge = train("melody", pairs)
    assert area(unseen_odds(judge, pairs), pairs.labels) > 0.8
    folds = pairs.folds()
    asked = GradientBoostingClassifier(
        n_estimators=200,
        max_depth=3,
        learning_rate=0.06,
        subsample=0.5,
        max_features=0.2,
        random_state=0,
    ).fit(pairs.rows[folds != 0], pairs.labels[folds != 0])
    assert judge._trees(pairs.rows)[0] == pytest.approx(
        asked.decision_function(pairs.rows), abs=1e-4
    )
    assert judge.to_bytes() == train("melody", pairs).to_bytes()
