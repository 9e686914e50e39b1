"""How drawn drums are told from played ones, and what stands beside that."""

from __future__ import annotations

import numpy as np
import pytest

from lab.benchmarks.drums import _turn_about, judged
from lab.drums.figures import WINDOW

pytest.importorskip("sklearn")


def _bars(count: int, every: int, seed: int) -> np.ndarray:
    """Return bars with a bass drum on each of so many steps, and a few more by chance."""
    rng = np.random.default_rng(seed)
    laid = np.zeros((count, 48, 9), dtype=np.int64)
    laid[:, ::every, 0] = 5
    laid[:, ::3, 2] = 3 * (rng.random((count, 16)) < 0.5)
    return laid


def test_windows_of_a_recording_are_dealt_by_turns() -> None:
    laid = np.arange(3 * WINDOW + 2)
    one, other = _turn_about([laid, laid[:WINDOW]])
    assert [heap.tolist() for heap in one] == [[*range(WINDOW), *range(2 * WINDOW, 3 * WINDOW)]]
    assert [heap.tolist() for heap in other] == [[*range(WINDOW, 2 * WINDOW)]]


def test_other_places_are_told_apart_and_equal_ones_are_not() -> None:
    played = [_bars(2 * WINDOW, 12, seed) for seed in range(10)]
    other = [_bars(2 * WINDOW, 8, seed + 10) for seed in range(10)]
    same = [_bars(2 * WINDOW, 12, seed + 20) for seed in range(10)]
    assert all(auc > 0.95 for auc in judged(played, other).values())
    assert all(auc < 0.8 for auc in judged(played, same).values())
