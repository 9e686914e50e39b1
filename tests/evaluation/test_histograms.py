"""Histograms of small tunes, and the divergence by hand."""

from __future__ import annotations

from math import log2

import numpy as np
import pytest
from small_tunes import tune

from symgen.evaluation.distances import divergences, histograms, kl_bits
from symgen.music.score import Score
from symgen.music.theory import Key

G = Key(7, "major")


def test_histograms_of_one_tune() -> None:
    found = histograms([tune("G4 B4 D5:0.5 G3:1.5|G4:4")], [G])
    assert {i: n for i, n in enumerate(found["pitch_class"]) if n} == {0: 3, 4: 1, 7: 1}
    assert {i - 12: n for i, n in enumerate(found["interval"]) if n} == {4: 1, 3: 1, -12: 1, 12: 1}
    assert {i: n for i, n in enumerate(found["duration"]) if n} == {6: 1, 12: 2, 18: 1, 48: 1}
    assert {i: n for i, n in enumerate(found["place"]) if n} == {0: 2, 12: 1, 24: 1, 30: 1}


def test_transposing_with_the_key_changes_nothing() -> None:
    score = tune("G4 B4 D5 G4")
    for name, counts in histograms([score.transposed(3)], [G.transposed(3)]).items():
        np.testing.assert_array_equal(counts, histograms([score], [G])[name])


def test_kl_by_hand() -> None:
    p, q = np.array([3, 1, 0]), np.array([1, 3, 0])
    expected = 3.5 / 5 * log2(3.5 / 1.5) + 1.5 / 5 * log2(1.5 / 3.5)
    assert kl_bits(p, q) == pytest.approx(expected)
    assert kl_bits(p, p) == 0
    assert kl_bits(np.zeros(3, dtype=int), np.zeros(3, dtype=int)) == 0


def test_kl_is_large_where_the_other_lacks_something() -> None:
    real, narrow = np.array([50, 50]), np.array([100, 0])
    assert kl_bits(real, narrow) > 2
    assert kl_bits(narrow, real) == pytest.approx(1, abs=0.05)


def test_divergences_of_equal_and_different_sets() -> None:
    one, other = [tune("G4 A4 B4 G4")], [tune("G4:2 D4:2")]
    assert divergences(one, [G], one, [G]) == dict.fromkeys(
        ("kl_pitch_class", "kl_interval", "kl_duration", "kl_place"), 0
    )
    assert all(value > 0 for value in divergences(one, [G], other, [G]).values())
    assert set(divergences([Score()], [G], [Score()], [G]).values()) == {0}
