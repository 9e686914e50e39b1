"""Means of metrics over tunes."""

from __future__ import annotations

from small_tunes import tune

from lab.benchmarks.tune_metrics import mean_metrics
from symgen.music.theory import Key

A, B, C = "C4 D4 E4 F4", "G4 F4 E4 D4", "C4:4"
KEY = Key(0, "major")


def test_means_count_each_tune_once_and_a_lag_only_where_it_fits() -> None:
    short, long = tune(f"{A}|{A}"), tune(f"{A}|{B}|{A}|{C}")
    found = mean_metrics([short, long], [KEY, KEY])
    assert found["notes_per_bar"] == (4 + 13 / 4) / 2
    assert found["similarity_1"] == (1 + 0) / 2
    assert found["similarity_2"] == 1 / 2
    assert found["similarity_4"] == 0
    assert found["ends_on_tonic"] == 1 / 2
    assert mean_metrics([]) == {}
    assert "notes_in_key" not in mean_metrics([short])
