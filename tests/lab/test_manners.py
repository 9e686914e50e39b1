"""How far the rhythms of two stretches lie apart."""

from __future__ import annotations

import numpy as np

from lab.benchmarks.manners import apart, compared
from symgen.music.score import Note, Part, Score

BAR, QUARTER = 1920, 480


def line(length: int, bars: int = 8, step: int = 0) -> Score:
    count = bars * BAR // length
    notes = tuple(Note(i * length, 60 + i % 4 * 2, length - step) for i in range(count))
    return Score((Part(notes, 73),), QUARTER, length=bars * BAR)


def test_rhythms_are_compared_by_notes_silence_and_places() -> None:
    quarters, halves = line(QUARTER), line(2 * QUARTER, step=QUARTER)
    assert apart(quarters, quarters).tolist() == [0, 0, 0]
    np.testing.assert_allclose(apart(quarters, halves), [2, 0.5, 0.5])


def test_each_pair_gives_five_comparisons() -> None:
    rows = compared(line(QUARTER), line(QUARTER // 2), 1)
    assert np.array(rows).shape == (5, 3)
    assert rows[4][0] < rows[2][0]
