"""Performances: the truth in beats and in seconds."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from renditions_tunes import TUNE

from lab.renditions.performance import Manner, draw_manner, melody_notes, perform
from symgen.music.meter import Meter
from symgen.music.score import Note, Part, Score
from symgen.system.errors import FormatError

STIFF = Manner(drift=0.0, rubato=0.0, jitter=0.0, gate=0.8, whole=1.0, spacing=0.3)


def test_a_stiff_performance_is_the_score_at_its_tempo() -> None:
    played = perform(TUNE, np.random.default_rng(0), STIFF, (55, 84))
    quarters, seconds = played.placed.notes[:, 0], played.rows[:, 0]
    assert np.diff(seconds) == pytest.approx(np.diff(quarters) * 60 / played.bpm)
    assert played.placed.pickup == 1.0
    assert quarters[0] == -1.0
    assert played.placed.meter == Meter(4, 4)
    assert np.interp(quarters, *played.pulse.T) == pytest.approx(seconds)


def test_the_key_goes_along() -> None:
    for seed in range(10):
        played = perform(TUNE, np.random.default_rng(seed), STIFF, (55, 90))
        step = int(played.placed.notes[0, 2]) - TUNE.parts[0].notes[0].pitch
        assert played.placed.sharps is not None
        assert (7 * played.placed.sharps - 7 * 1 - step) % 12 == 0


def test_windows_begin_at_bar_lines() -> None:
    for seed in range(10):
        manner = replace(STIFF, whole=0.0, seconds=5.0)
        played = perform(TUNE, np.random.default_rng(seed), manner, (55, 84))
        assert played.placed.pickup == 0.0
        assert 0 <= played.placed.notes[0, 0] < 4
        assert played.seconds <= 7


@pytest.mark.parametrize("seed", range(12))
def test_free_performances_stay_in_order(seed: int) -> None:
    rng = np.random.default_rng(seed)
    played = perform(TUNE, rng, replace(draw_manner(rng, voice=seed % 2 == 0), free=0.5), (50, 79))
    assert len(played.rows) == len(played.releases) == len(played.placed.notes)
    assert (np.diff(played.rows[:, 0]) > 0).all()
    assert (played.rows[:, 1] > played.rows[:, 0]).all()
    assert (played.releases >= played.rows[:, 1]).all()
    assert (played.rows[1:, 0] >= played.rows[:-1, 1]).all()
    assert played.releases.max() <= played.seconds


def test_the_melody_is_the_top_line() -> None:
    chords = Part((Note(0, 60, 480), Note(0, 67, 960), Note(480, 72, 480)))
    assert melody_notes(Score((Part(), chords))).tolist() == [[0, 480, 67], [480, 480, 72]]


def test_one_note_can_be_played() -> None:
    played = perform(
        Score((Part((Note(0, 60, 480),)),)), np.random.default_rng(0), Manner(), (60, 72)
    )
    assert len(played.rows) == 1


def test_graces_are_left_out() -> None:
    notes = (Note(0, 60, 10), Note(10, 62, 470), Note(480, 64, 480), Note(960, 65, 480))
    played = perform(Score((Part(notes),)), np.random.default_rng(0), STIFF, (60, 72))
    assert played.placed.notes[:, 0].tolist() == [0.0, 1.0, 2.0]


def test_a_tune_without_notes_is_refused() -> None:
    with pytest.raises(FormatError, match="no notes to play"):
        perform(Score(), np.random.default_rng(0), Manner())
