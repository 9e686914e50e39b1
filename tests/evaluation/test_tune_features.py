"""Features of tunes: finite, by hand, and the same in any key and resolution."""

from __future__ import annotations

import numpy as np
import pytest
from small_tunes import tune, with_pickup

from symgen.evaluation.metrics import FEATURES, tune_features
from symgen.music.score import Note, Part, Score
from symgen.music.theory import Key

KEY = Key(0, "major")
A, B = "C4 D4 E4 F4", "G4 F4 E4 D4"


def scale_walk(seed: int) -> Score:
    """Walk in C major through eight bars of eighths, to the tonic."""
    rng = np.random.default_rng(seed)
    scale = [0, 2, 4, 5, 7, 9, 11]
    steps = np.cumsum(rng.integers(-2, 3, 64)) % 7
    pitches = [60 + scale[step] for step in steps[:-1]] + [60]
    return Score((Part(tuple(Note(6 * i, pitch, 6) for i, pitch in enumerate(pitches))),), 12)


def test_there_are_60_to_100_features_and_all_are_finite() -> None:
    assert 60 <= len(FEATURES) <= 100
    assert len(set(FEATURES)) == len(FEATURES)
    for score in (
        Score(),
        Score(length=1920),
        tune("C4"),
        tune(f"{A}|{B}"),
        with_pickup(f"G3|{A}|{B}"),
        scale_walk(1),
    ):
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
        for other, key in (
            (score.transposed(4), KEY.transposed(4)),
            (score.with_resolution(96), KEY),
        ):
            assert tune_features(other, key) == pytest.approx(expected)
