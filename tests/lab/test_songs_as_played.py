"""Songs on their beats, their splits, and the figures of velocities, by hand."""

from __future__ import annotations

import numpy as np
import pytest

from lab.performer.figures import follow_on
from lab.performer.songs import on_beats, split_of
from symgen.music.score import Part, Score, TempoChange
from symgen.performer.judging import SongFigures
from symgen.performer.played import read_played


def test_songs_lie_on_their_beats() -> None:
    # Beats of .6 seconds in a file of 120 quarters a minute; the first bar line is the second beat.
    beats = np.array([[0.3 + 0.6 * i, 0.0, float(i % 4 == 1)] for i in range(14)])
    seconds = [0.9, 1.5, 2.1, 3.3]
    notes = [(round(960 * at), 240, 60 + i, 70 + i) for i, at in enumerate(seconds)]
    score = Score((Part.from_array(notes, name="MELODY"),), 480, (TempoChange(0),))
    played = read_played(on_beats(score, beats))
    found = played.score.note_array()
    first = played.score.bars[1].start
    assert ((found[:, 0] - first) / 480).tolist() == [0, 1, 2, 4]
    assert found[:, 3].tolist() == played.velocity.tolist() == [70, 71, 72, 73]
    assert played.score.tempos[-1].bpm == pytest.approx(100, rel=0.01)
    assert np.abs(played.late).max() < 0.002


def test_songs_are_split_by_their_names_alone() -> None:
    splits = [split_of(f"{number:03d}") for number in range(1, 910)]
    assert splits == [split_of(f"{number:03d}") for number in range(1, 910)]
    assert 0.75 < splits.count("train") / len(splits) < 0.85
    assert min(splits.count("valid"), splits.count("test")) > 60


def test_figures_of_a_song_by_hand() -> None:
    played = np.array([60.0, 70.0, 80.0, 90.0])
    assert SongFigures.of(played, played) == pytest.approx((1, 1, 1, 1))
    half = SongFigures.of(100 + 0.5 * (played - 75), played)
    assert half == pytest.approx((1, 0.75, 1 - (4 * 25**2 + 0.25 * 500) / 500, 1))
    assert SongFigures.of(np.full(4, 75.0), played) == pytest.approx((0, 0, 0, 0))
    assert SongFigures.of(-played, played).r == pytest.approx(-1)
    assert SongFigures.of(played, np.full(4, 75.0)) == (0, 0, 0, 0)


def test_notes_follow_on_within_their_part() -> None:
    part = np.array([0, 1, 0, 1, 0, 1, 0, 1])
    rising = np.array([0.0, 9.0, 1.0, 3.0, 2.0, 6.0, 3.0, 0.0])
    first = rising[part == 0]
    alone = follow_on(first, np.zeros(4, dtype=np.int64))
    assert alone == pytest.approx(1)
    assert follow_on(rising, part) < 0.9
