"""Training of the discriminator: the trees are those of scikit-learn."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from small import write_tunes

from lab.shipping.train_discriminator import Cut, Pairs, area, train, unseen_odds
from symgen.corpus import CorpusOptions, Store, build_corpus
from symgen.evaluation.discriminator import KINDS
from symgen.music.score import Note, Part, Score
from symgen.writing.model import load_model

FEATURES = KINDS["melody"][0]


def song(bars: int) -> Score:
    """Two parts."""
    tune = tuple(Note(12 * i, 60 + (i * bars) % 7, 12) for i in range(4 * bars))
    bass = tuple(Note(48 * i, 40, 48) for i in range(bars))
    return Score((Part(tune), Part(bass)), 12, length=48 * bars)


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


def test_windows_are_continued_and_stand_beside_true_ones(
    tiny_folder: Path, tmp_path: Path
) -> None:
    store = tmp_path / "store"
    files = write_tunes(tmp_path / "files", [song(bars) for bars in range(24, 34)])
    options = CorpusOptions(workers=1, ratios=(0.8, 0.1, 0.1), near=1.0, kin=1.0, leak=1.0)
    build_corpus([files], store, options=options)
    pairs = Cut(Store.open(store), files, 1).pairs(load_model(tiny_folder), "train", 3)
    assert len(pairs.groups) == len(set(pairs.groups)) == 3
    assert pairs.real.shape == pairs.sampled.shape
    assert not np.array_equal(pairs.real, pairs.sampled)
