"""Particles that are drawn anew."""

from __future__ import annotations

import numpy as np

from symgen.system.resampling import resampled, shares_of


def test_shares_are_of_log_weights() -> None:
    assert np.allclose(shares_of(np.log([1.0, 3.0]) - 900), [0.25, 0.75])


def test_equal_weights_stay() -> None:
    assert resampled(np.zeros(8), np.random.default_rng(0)) is None


def test_who_carries_the_weight_goes_on() -> None:
    kept = resampled(np.log([1e-9, 6.0, 1e-9, 2.0]), np.random.default_rng(0))
    assert kept is not None
    assert kept.tolist() == [1, 1, 1, 3]
