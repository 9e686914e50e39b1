"""Features of tunes, and a classifier that separates what differs and nothing else."""

from __future__ import annotations

import sys

import numpy as np
import pytest
from small_tunes import tune, with_pickup

from symgen.errors import ControlError, MissingDependencyError
from symgen.evaluation import FEATURES, classifier, realness, tune_features
from symgen.evaluation.classifier import separation
from symgen.score import Note, Part, Score
from symgen.theory import Key

KEY = Key(0, "major")
A, B = "C4 D4 E4 F4", "G4 F4 E4 D4"


@pytest.fixture(autouse=True)
def _small_forest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(classifier, "_TREES", 20)


def scale_walk(seed: int, *, ends_on: int = 0, repeat: bool = False) -> Score:
    """Walk in C major through eight bars of eighths; on demand the second half repeats the first."""
    rng = np.random.default_rng(seed)
    scale = [0, 2, 4, 5, 7, 9, 11]
    steps = np.cumsum(rng.integers(-2, 3, 64)) % 7
    if repeat:
        steps[32:60] = steps[:28]
    pitches = [60 + scale[step] for step in steps[:-1]] + [60 + ends_on]
    return Score((Part(tuple(Note(6 * i, pitch, 6) for i, pitch in enumerate(pitches))),), 12)


def test_there_are_60_to_100_features_and_all_are_finite() -> None:
    assert 60 <= len(FEATURES) <= 100
    assert len(set(FEATURES)) == len(FEATURES)
    for score in (Score(), Score(length=1920), tune("C4"), tune(f"{A}|{B}"), with_pickup(f"G3|{A}|{B}"), scale_walk(1)):
        found = tune_features(score, KEY)
        assert tuple(found) == FEATURES
        assert np.isfinite(list(found.values())).all()


def test_features_by_hand() -> None:
    found = tune_features(tune(f"{A}|{B}|{A}|G4 B3 C4:2"), KEY)
    assert found["notes_per_bar"] == 15 / 4
    assert found["repeated_bars"] == 1 / 4
    assert found["repeated_rhythms"] == 2 / 4
    assert found["similarity_2"] == 1 / 2
    assert found["pitch_class_0"] == 3 / 15
    assert found["duration_12"] == 14 / 15
    assert found["duration_24"] == 1 / 15
    assert found["place_in_beat_0"] == 1
    assert found["on_bar_line"] == 4 / 15
    assert found["tonic_on_bar_line"] == 2 / 4
    assert found["ends_on_tonic"] == found["fourth_bars_close_on_tonic"] == 1
    assert found["last_duration"] == found["last_place"] == 1 / 2
    assert found["last_step_up"] == 1
    assert found["last_bar_notes"] == 3
    assert found["range"] == 8


def test_features_do_not_depend_on_key_or_resolution() -> None:
    for seed in range(5):
        score = scale_walk(seed)
        expected = tune_features(score, KEY)
        for other, key in ((score.transposed(4), KEY.transposed(4)), (score.with_resolution(96), KEY)):
            assert tune_features(other, key) == pytest.approx(expected)


def test_what_differs_is_told_apart_and_the_floor_is_near_chance() -> None:
    pytest.importorskip("sklearn", reason="scikit-learn is an extra: bench")
    real = [scale_walk(seed, repeat=True) for seed in range(24)]
    sampled = [scale_walk(seed, ends_on=7) for seed in range(100, 124)]
    keys = [KEY] * 24
    found = realness(real, keys, sampled, keys, seed=1)
    assert set(found) == {"auc_logistic", "auc_forest", "floor_logistic", "floor_forest"}
    assert found["auc_logistic"] > 0.95
    assert found["auc_forest"] > 0.95
    assert 0.2 < found["floor_logistic"] < 0.8
    assert 0.2 < found["floor_forest"] < 0.8


def test_the_same_seed_gives_the_same_figures() -> None:
    pytest.importorskip("sklearn", reason="scikit-learn is an extra: bench")
    rng = np.random.default_rng(0)
    one, other = rng.normal(size=(12, 5)), rng.normal(size=(12, 5)) + 0.5
    assert separation(one, other, seed=3) == separation(one, other, seed=3)


def test_too_few_tunes_are_refused() -> None:
    with pytest.raises(ControlError, match="needs at least 10 of each"):
        realness([tune(A)], [KEY], [tune(B)], [KEY])


def test_without_scikit_learn_the_remedy_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("sklearn", "sklearn.ensemble"):
        monkeypatch.setitem(sys.modules, name, None)
    rows = np.zeros((10, 2))
    with pytest.raises(MissingDependencyError, match=r"pip install 'symgen\[bench\]'"):
        separation(rows, rows)
