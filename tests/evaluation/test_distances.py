"""MGEval's features, distances and densities."""

from __future__ import annotations

from math import erf, exp, pi, sqrt

import numpy as np
import pytest
from small_tunes import tune

from symgen.evaluation.distances import (
    SCALARS,
    YANG_LERCH,
    common_grid,
    compare_densities,
    distances,
    kernel_density,
    piece_features,
    scott_bandwidth,
    self_distances,
)
from symgen.music.score import Note, Part, Score


def test_features_by_hand() -> None:
    found = piece_features(tune("C4 E4:.5 G4:.5 C5:2|C4:3 -"))
    assert tuple(found) == YANG_LERCH
    scalars = {name: found[name].tolist() for name in SCALARS}
    assert scalars == {
        "pitch_count": [4],
        "pitch_range": [12],
        "average_pitch_interval": [(4 + 3 + 5 + 12) / 4],
        "note_count": [5],
        "average_ioi": [(1 + 0.5 + 0.5 + 2) / 4],
    }
    classes = found["pitch_class_histogram"] * 7
    assert {i: share for i, share in enumerate(classes.round(9)) if share} == {0: 6, 4: 0.5, 7: 0.5}
    transitions = found["pitch_class_transitions"].reshape(12, 12)
    assert [tuple(pair) for pair in np.argwhere(transitions)] == [(0, 0), (0, 4), (4, 7), (7, 0)]
    # quarter, 8th, 8th, half, dotted half
    lengths = found["note_length_histogram"] * 5
    assert {i: share for i, share in enumerate(lengths.round(9)) if share} == {
        1: 1,
        2: 1,
        3: 2,
        5: 1,
    }
    pairs = found["note_length_transitions"].reshape(12, 12)
    assert [tuple(pair) for pair in np.argwhere(pairs)] == [(1, 5), (2, 3), (3, 1), (3, 3)]


def test_lengths_are_shares_of_the_bar() -> None:
    whole = piece_features(tune("C4:3", meter="3/4"))["note_length_histogram"]
    assert np.argmax(whole) == 0
    triplet = Score((Part((Note(0, 60, 4), Note(4, 60, 4))),), 12)
    assert np.argmax(piece_features(triplet)["note_length_histogram"]) == 11


def test_what_is_not_there_is_left_out() -> None:
    assert piece_features(Score()) == {}
    assert piece_features(Score((Part((Note(0, 36, 12),), is_drum=True),), 12)) == {}
    assert set(YANG_LERCH) - set(piece_features(tune("C4"))) == {
        "average_pitch_interval",
        "average_ioi",
    }


def test_voices_move_by_themselves() -> None:
    two = Score(
        (Part((Note(0, 72, 12), Note(12, 74, 12))), Part((Note(0, 48, 12), Note(12, 47, 12)))), 12
    )
    assert piece_features(two)["average_pitch_interval"].tolist() == [1.5]
    assert piece_features(two)["pitch_class_transitions"].sum() == 2


@pytest.mark.parametrize(
    "name", sorted(set(YANG_LERCH) - {"pitch_class_histogram", "pitch_class_transitions"})
)
def test_transposition_changes_only_pitch_classes(name: str) -> None:
    score = tune("C4 E4:.5 G4:.5 C5:2|C4:3 -")
    assert (
        piece_features(score.transposed(5))[name].tolist() == piece_features(score)[name].tolist()
    )


def test_distances() -> None:
    points = [np.array([0.0, 0.0]), np.array([3.0, 4.0]), np.array([6.0, 8.0])]
    assert self_distances(points).tolist() == [5, 10, 5]
    assert distances(points[:1], points[1:]).tolist() == [5, 10]
    assert self_distances(points[:1]).shape == distances([], points).shape == (0,)


def test_the_density_is_a_mean_of_gaussians() -> None:
    values = np.array([0.0, 1.0, 1.5, 4.0])
    width = scott_bandwidth(values)
    assert width == pytest.approx(values.std(ddof=1) * 4**-0.2)
    grid = common_grid(values)
    exact = [
        sum(exp(-0.5 * ((x - v) / width) ** 2) for v in values) / (4 * width * sqrt(2 * pi))
        for x in grid
    ]
    assert kernel_density(values, grid, width) == pytest.approx(
        np.array(exact), abs=0.01 * max(exact)
    )


def test_densities_agree_with_scipy() -> None:
    stats = pytest.importorskip("scipy.stats", reason="scipy comes with the extra: bench")
    rng = np.random.default_rng(1)
    one, other = rng.gamma(2, 3, 400), rng.normal(8, 2, 300)
    grid = common_grid(one, other)
    for values in (one, other):
        density = stats.gaussian_kde(values)(grid)
        found = kernel_density(values, grid, scott_bandwidth(values))
        assert found == pytest.approx(density, abs=0.01 * density.max())
    step = grid[1] - grid[0]
    p, q = stats.gaussian_kde(one)(grid), stats.gaussian_kde(other)(grid)
    found = compare_densities(one, other)
    assert found["overlap"] == pytest.approx(np.minimum(p, q).sum() * step, abs=0.005)


def test_overlap_and_divergence_of_two_gaussians() -> None:
    quantiles = np.linspace(0.0005, 0.9995, 1000)
    stats = pytest.importorskip("scipy.stats", reason="scipy comes with the extra: bench")
    one = stats.norm.ppf(quantiles)
    found = compare_densities(one, one + 2)
    spread = sqrt(one.std(ddof=1) ** 2 + scott_bandwidth(one) ** 2)
    assert found["overlap"] == pytest.approx(1 - erf(1 / (spread * sqrt(2))), abs=0.01)
    # nearer together, as the samples have no tails
    assert compare_densities(one, one + 0.5)["kl"] == pytest.approx(
        0.5**2 / (2 * spread**2), rel=0.05
    )


def test_equal_and_degenerate_samples() -> None:
    values = np.array([1.0, 2.0, 5.0])
    assert compare_densities(values, values) == {"overlap": 1.0, "kl": 0.0}
    same = np.array([3.0, 3.0])
    assert compare_densities(same, same) == {"overlap": 1.0, "kl": 0.0}
    for other in (same, np.array([3.0]), np.array([])):
        assert compare_densities(values, other) == compare_densities(other, values) == {}
    far = compare_densities(values, values + 1e6)
    assert far["overlap"] < 1e-3
    assert np.isfinite(far["kl"])
