"""Notes are counted as mir_eval counts them."""

from __future__ import annotations

import numpy as np
import pytest

from lab.transcriber.matching import count_matches, f_measure


def notes(*rows: tuple[float, float, float]) -> np.ndarray:
    return np.array([[*row, 1.0] for row in rows]).reshape(-1, 4)


REFERENCE = notes((0.0, 0.5, 60), (0.5, 1.0, 62), (1.0, 2.0, 64))


def test_counts_by_hand() -> None:
    assert count_matches(REFERENCE, REFERENCE, offsets=True) == 3
    late = notes((0.05, 0.5, 60), (0.56, 1.0, 62), (1.0, 2.0, 64.51))
    assert count_matches(REFERENCE, late) == 1
    ends = notes((0.0, 0.6, 60), (0.5, 1.11, 62), (1.0, 1.8, 64))
    assert count_matches(REFERENCE, ends) == 3
    assert count_matches(REFERENCE, ends, offsets=True) == 2


def test_a_note_is_counted_once() -> None:
    twice = notes((0.0, 0.2, 60), (0.03, 0.5, 60))
    assert count_matches(notes((0.01, 0.5, 60)), twice) == 1
    # The first of the reference fits both, the second only the first of the found: both find a partner.
    assert (
        count_matches(
            notes((0.04, 0.5, 60), (0.0, 0.5, 60)), notes((0.03, 0.5, 60), (0.08, 0.5, 60))
        )
        == 2
    )


def test_nothing_to_find() -> None:
    nothing = np.zeros((0, 4))
    assert count_matches(nothing, REFERENCE) == count_matches(REFERENCE, nothing) == 0
    assert f_measure(0, 0, 0) == 1.0
    assert f_measure(0, 0, 5) == 0.0
    assert f_measure(2, 3, 5) == 0.5


@pytest.mark.parametrize("offsets", [False, True])
def test_as_mir_eval(offsets: bool) -> None:
    transcription = pytest.importorskip(
        "mir_eval.transcription", reason="mir_eval is not installed"
    )
    rng = np.random.default_rng(5)
    for _ in range(20):
        starts = 1 + np.cumsum(rng.uniform(0.02, 0.3, 40))
        reference = np.stack(
            [starts, starts + rng.uniform(0.05, 0.4, 40), rng.integers(55, 70, 40), np.ones(40)], 1
        )
        found = reference[rng.random(40) < 0.9].copy()
        found[:, :2] += rng.normal(0, 0.03, (len(found), 2))
        found[:, 1] = np.maximum(found[:, 1], found[:, 0] + 0.02)
        found[:, 2] += rng.choice([0, 0, 0.3, 0.7, 12], len(found))
        hertz = [440 * 2 ** ((rows[:, 2] - 69) / 12) for rows in (reference, found)]
        *_, f1, _ = transcription.precision_recall_f1_overlap(
            reference[:, :2],
            hertz[0],
            found[:, :2],
            hertz[1],
            offset_ratio=0.2 if offsets else None,
        )
        ours = f_measure(
            count_matches(reference, found, offsets=offsets), len(reference), len(found)
        )
        assert ours == pytest.approx(f1)
