"""The lab measures what feel changes."""

from __future__ import annotations

import numpy as np
import pytest

from lab.benchmarks.feel_changes import changes
from symgen.music.score import Note, Part, Score
from symgen.performer.keeping import midi_score


def test_without_feel_nothing_changes_and_more_of_it_changes_more() -> None:
    notes = tuple(Note(480 * i, 60 + i % 7, 480, 80) for i in range(64))
    score = midi_score(Score((Part(notes),), length=64 * 480))
    assert changes(score, 0.0) == pytest.approx([0, 0, 1, 1])
    some, all_ = changes(score, 0.5), changes(score, 1.0)
    assert (np.abs(all_ - [0, 0, 1, 1]) > np.abs(some - [0, 0, 1, 1])).all()
