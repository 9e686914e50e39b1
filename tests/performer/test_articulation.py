"""Articulation and onsets by rule."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from symgen.music.score import Note, Part, Score, TempoChange
from symgen.performer.articulation import held_by_rule, late_by_rule
from symgen.performer.manners import Held, manner_of

MANNER = replace(manner_of(Score(), "piano"), held=Held(0.98, 0.9, 0.8, 0.5))
FAST = (TempoChange.of_bpm(0, 240),)


def held(*notes: Note) -> list[float]:
    """Return how long notes of one part sound; a last note keeps the end of the phrase away."""
    more = Note(7 * 1920, 60, 480)
    score = Score((Part((*notes, more)),), tempos=FAST)
    return list(map(float, held_by_rule(score, np.arange(len(notes)), MANNER)))


def test_steps_are_bound_and_leaps_and_repeated_notes_detached() -> None:
    line = [Note(240 * n, pitch, 240) for n, pitch in enumerate((60, 62, 67, 67, 65, 65))]
    assert held(*line) == pytest.approx([0.98, 0.9, 0.8, 0.98, 0.8, 1.0])


def test_what_the_score_leaves_open_sounds_as_written() -> None:
    assert held(Note(0, 60, 100), Note(240, 62, 240), Note(960, 60, 100)) == [1, 1, 1]


def test_chords_go_to_the_nearest_note_and_held_notes_stay() -> None:
    notes = (
        Note(0, 48, 960),
        Note(0, 64, 240),
        Note(0, 72, 240),
        Note(240, 65, 240),
        Note(240, 80, 480),
    )
    assert held(*notes)[:3] == pytest.approx([1.0, 0.98, 0.9])


def test_long_notes_are_not_cut_by_more_than_a_tenth_of_a_second() -> None:
    # A bar lasts one second, and 0.2 of it would be missing.
    assert held(Note(0, 60, 1920), Note(1920, 60, 480))[0] == pytest.approx(0.9)


def test_phrases_end_with_a_breath() -> None:
    line = tuple(Note(240 * n, 60 + 2 * (n % 2), 240) for n in range(128))
    score = Score((Part(line),), tempos=FAST)
    found = held_by_rule(score, np.arange(128), MANNER)
    short = np.flatnonzero(found < 0.9)
    assert found[short] == pytest.approx(0.85)
    assert len(short) == 1
    assert line[short[0]].end == 8 * 1920


def test_the_melody_is_early_where_another_part_plays_too() -> None:
    tune = Part(tuple(Note(480 * n, 76, 480) for n in range(4)), name="Melody")
    chords = Part(tuple(Note(960 * n, p, 960) for n in range(2) for p in (48, 55)))
    score = Score((tune, chords))
    exact = replace(MANNER, asynchrony=0.0, lead=20.0)
    found = late_by_rule(score, np.arange(8), exact, np.random.default_rng(0))
    rows = score.note_array()
    early = (rows[:, 4] == 0) & (rows[:, 0] % 960 == 0)
    assert found == pytest.approx(np.where(early, -0.02, 0.0))


def test_notes_stray_as_much_as_the_manner_says_and_never_far() -> None:
    score = Score((Part(tuple(Note(240 * n, 60, 240) for n in range(4000))),))
    found = late_by_rule(score, np.arange(4000), MANNER, np.random.default_rng(0))
    assert found.std() == pytest.approx(MANNER.asynchrony / 1000, rel=0.1)
    assert np.abs(found).max() <= 2.5 * MANNER.asynchrony / 1000
