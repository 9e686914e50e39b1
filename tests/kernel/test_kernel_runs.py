"""Runs of notes are hashed in C as in numpy."""

from __future__ import annotations

import numpy as np
import pytest

from symgen.kernel import library
from symgen.kernel.runs import hashed_runs
from symgen.music.lines import runs_hashed


@pytest.mark.skipif(library() is None, reason="the C library was not built")
@pytest.mark.parametrize("count", [0, 1, 4, 5, 6, 200])
@pytest.mark.parametrize("size", [1, 5, 12])
def test_same_hashes(count: int, size: int) -> None:
    rng = np.random.default_rng(count)
    moves = np.column_stack([rng.integers(-127, 128, count), rng.integers(-2, 9000, count)])
    found = hashed_runs(moves, size)
    assert found is not None
    assert found.dtype == np.uint64
    assert np.array_equal(found, runs_hashed(moves, size))
