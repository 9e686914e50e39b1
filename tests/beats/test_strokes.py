"""Notes that are struck together, and the seconds of ticks."""

from __future__ import annotations

import numpy as np
import pytest

from symgen.beats.strokes import Clock, merge_notes
from symgen.music.score import Note, Part, Score, TempoChange

KEYS = Part((Note(0, 60, 480, 90), Note(10, 64, 480, 90), Note(480, 67, 240, 45)))
DRUMS = Part((Note(0, 36, 60, 90), Note(480, 38, 60, 90), Note(960, 49, 60, 90)), is_drum=True)
EVEN = Clock.even(Score(resolution=480), 120)


def test_notes_of_one_chord_are_one_stroke() -> None:
    """Ten ticks are 10 ms: the chord of two notes and a bass drum stands a third of that after its first ones."""
    strokes = merge_notes(Score((KEYS, DRUMS), 480), EVEN)
    np.testing.assert_allclose(strokes.rows[:, 0], [10 / 960 / 3, 0.5, 1.0])
    np.testing.assert_allclose(strokes.rows[:, 1], [490 / 960, 0.75, 1020 / 960])
    np.testing.assert_allclose(strokes.rows[:, 2], [64, 67, 60])
    np.testing.assert_allclose(strokes.bass, [60, 67, 60])
    np.testing.assert_allclose(strokes.count, [3, 2, 1])
    assert strokes.drums.tolist() == [[1, 0, 0], [0, 1, 0], [0, 0, 1]]
    np.testing.assert_allclose(strokes.pitches[0, [0, 4]], 0.5)


def test_a_run_is_no_chord() -> None:
    """Each note comes 30 ms after the one before: after two of them a new stroke begins."""
    run = Part(tuple(Note(29 * i, 60 + i, 20) for i in range(9)))
    strokes = merge_notes(Score((run,), 480), EVEN)
    assert strokes.count.tolist() == [3, 3, 3]


def test_nothing() -> None:
    assert len(merge_notes(Score(), EVEN)) == 0


def test_some_strokes() -> None:
    strokes = merge_notes(Score((KEYS, DRUMS), 480), EVEN).chosen(np.array([0, 2]))
    assert len(strokes) == 2
    assert strokes.count.tolist() == [3, 1]


def test_the_clock_of_tempos() -> None:
    score = Score((KEYS,), 480, (TempoChange(0), TempoChange.of_bpm(960, 60)))
    clock = Clock.played(score)
    np.testing.assert_allclose(
        clock.to_seconds([-480, 480, 960, 1440, 9600]), [-0.5, 0.5, 1.0, 2.0, 19.0]
    )
    np.testing.assert_allclose(clock.to_ticks([-0.5, 0.5, 2.0, 19.0]), [-480, 480, 1440, 9600])
    assert Clock.even(score, 100).to_seconds(480) == pytest.approx(0.6)
