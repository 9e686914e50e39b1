"""Scores performed through the door of the room."""

from __future__ import annotations

import pytest

from symgen.formats import score_bytes
from symgen.music.score import Note, Part, Score, TempoChange
from symgen.performer.own_manner import has_own_tempo, has_own_time, has_own_velocity
from symgen.performer.perform import perform, written
from symgen.system.errors import ControlError

TUNE = Score((Part(tuple(Note(480 * i, 60 + i % 5, 480) for i in range(32))),), length=15360)


def test_feel_0_is_the_input() -> None:
    assert perform(TUNE, feel=0) is TUNE
    assert score_bytes(perform(TUNE, feel=0), "mid") == score_bytes(TUNE, "mid")


def test_a_performance_is_performed_from_its_score() -> None:
    once = perform(TUNE, feel=1.0, seed=3)
    again = perform(once, feel=1.0, seed=3)
    assert score_bytes(again, "mid") == score_bytes(once, "mid")
    assert written(once) == TUNE
    assert score_bytes(perform(once, feel=0), "mid") == score_bytes(TUNE, "mid")


@pytest.mark.parametrize("feel", [-0.1, 1.1, "much", True, float("nan")])
def test_a_feel_out_of_range_is_an_error(feel: float) -> None:
    with pytest.raises(ControlError, match=r"feel .*: use 0 \(as written\) to 1"):
        perform(TUNE, feel=feel)


def test_what_was_played_is_told_from_what_was_typed() -> None:
    velocities = [60 + 7 * i % 31 for i in range(32)]
    loud = [Note(480 * i, 60, 480, velocity) for i, velocity in enumerate(velocities)]
    swell = [Note(480 * i, 60, 480, 60 + i // 4) for i in range(32)]
    assert has_own_velocity(Part(tuple(loud)))
    assert not has_own_velocity(Part(tuple(swell)))
    off = Score((Part(tuple(Note(480 * i + 7 * i % 50, 60, 400) for i in range(32))),))
    assert has_own_time(off, 0)
    assert not has_own_time(TUNE, 0)
    curve = tuple(TempoChange(480 * i, 500_000 + 1000 * i) for i in range(32))
    assert has_own_tempo(Score(TUNE.parts, tempos=curve, length=15360))
    assert not has_own_tempo(TUNE)
