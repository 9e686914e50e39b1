"""Played and performed songs told apart, on songs that are made up."""

from __future__ import annotations

import numpy as np
import pytest

from lab.benchmarks.rendered_or_real import (
    Played,
    as_performed,
    as_played,
    floor,
    judged,
    stretches,
    typed,
)
from symgen.music.score import Note, Part, Score
from symgen.performer.played import PlayedNotes


def song(seed: int) -> PlayedNotes:
    rng = np.random.default_rng(seed)
    tune = [Note(240 * i, int(rng.integers(60, 80)), 240) for i in range(256)]
    chords = [Note(1920 * i, 40 + 4 * k, 1920) for i in range(32) for k in range(3)]
    score = Score((Part(tuple(tune)), Part(tuple(chords))), length=240 * 256)
    pitch = score.note_array()[:, 2]
    count = score.note_count
    velocity = 50 + pitch / 2 + rng.normal(0, 8, count)
    return PlayedNotes(score, velocity, np.zeros(count), np.exp(rng.normal(-0.1, 0.1, count)))


def test_a_song_is_typed_at_its_mean_velocity_and_performed_note_by_note() -> None:
    played = song(0)
    score = typed(played)
    assert set(score.note_array()[:, 3].tolist()) == {round(float(played.velocity.mean()))}
    plain = as_performed(score, 0.0, seed=1)
    assert np.all(plain.held == 1)
    assert len(set(plain.velocity.tolist())) == 1
    moved = as_performed(score, 1.0, seed=1)
    assert np.all(moved.rows == plain.rows)
    assert len(set(moved.velocity.tolist())) > 5


def test_stretches_are_as_long_as_asked() -> None:
    played = song(0)
    found = list(stretches(as_played(played, typed(played)), 8))
    assert len(found) == 4
    assert len({len(traits["both"]) for traits in found}) == 1
    assert all(np.isfinite(traits["both"]).all() for traits in found)


def test_typed_songs_are_told_and_played_ones_are_not() -> None:
    pytest.importorskip("sklearn", reason="needs the bench extra")
    songs = [song(seed) for seed in range(12)]
    scores = [typed(each) for each in songs]
    real = [as_played(each, score) for each, score in zip(songs, scores, strict=True)]
    flat = [as_performed(score, 0.0, seed=0) for score in scores]
    assert min(judged(real, flat, 8)["velocity"].values()) > 0.95
    assert all(0.2 < auc < 0.8 for auc in floor(real, 8)["velocity"].values())
    assert isinstance(real[0], Played)
