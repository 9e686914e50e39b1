"""Music in several voices, by hand."""

from __future__ import annotations

import pytest
from small_tunes import tune

from symgen.evaluation.table import note_table
from symgen.evaluation.texture import vertical_intervals, voice_metrics
from symgen.music.score import Note, Part, Score


def voices(*lines: str) -> Score:
    """One part a line."""
    scores = [tune(line) for line in lines]
    return scores[0].with_parts(
        [score.parts[0] for score in scores], length=max(score.length for score in scores)
    )


def test_a_melody_has_no_such_figures() -> None:
    assert voice_metrics(tune("C4 D4 E4")) == {}
    assert voice_metrics(Score()) == {}
    assert voice_metrics(Score((Part((Note(0, 36, 12), Note(0, 38, 12)), is_drum=True),), 12)) == {}


def test_notes_at_once_and_intervals() -> None:
    found = voice_metrics(voices("C5:2 - D5", "E4 G4 - F4", "C4:4"))
    # beats: C5 E4 C4; C5 G4 C4; C4; D5 F4 C4
    assert found["sounding_2"] == 0
    assert found["sounding_3"] == 3 / 4
    assert found["sounding_4"] == 0
    # pairs, a beat each: minor 6th, octave, major 3rd; 4th, octave, 5th; major 6th, major 2nd, 4th
    expected = [2, 0, 1, 1, 2, 3, 0]
    assert [found[f"interval_class_{i}"] * 9 for i in range(7)] == pytest.approx(expected)


def test_held_notes_make_pairs_for_as_long_as_both_sound() -> None:
    score = Score((Part((Note(0, 60, 24), Note(12, 61, 24), Note(30, 67, 6))),), 12)
    assert vertical_intervals(note_table(score)).tolist() == [0, 12, 0, 0, 0, 0, 6]


def test_parallels() -> None:
    fifths = voice_metrics(voices("G4 A4 B4 B4", "C4 D4 E4 E4"))
    assert fifths["parallel_fifths"] == 2  # the repeated fifth does not move
    assert fifths["parallel_octaves"] == 0
    octaves = voice_metrics(voices("C5 D5|E5", "C4 D4|E4"))
    assert octaves["parallel_octaves"] == 1 / 2  # over the rest nothing moves
    contrary = voice_metrics(voices("G4 C5", "C4 F3"))
    assert contrary["parallel_fifths"] == 0
    with_a_rest = voice_metrics(voices("G4 - A4", "C4 - D4"))
    assert with_a_rest["parallel_fifths"] == 0
    oblique = voice_metrics(voices("G4 A4", "C4:2"))
    assert oblique["parallel_fifths"] == 0


def test_crossings_are_asked_of_four_voices() -> None:
    assert "voice_crossings" not in voice_metrics(voices("C4 D4", "E4 F4"))
    straight = voice_metrics(voices("C5 C5", "G4 G4", "E4 E4", "C3 C3"))
    assert straight["voice_crossings"] == 0
    crossed = voice_metrics(voices("C5 C5 C5 C5", "G4 G4 G4 D4", "E4 E4 E4 E4", "C3 C3 C3 C3"))
    assert crossed["voice_crossings"] == 1 / 4


def test_transposition_changes_nothing() -> None:
    score = voices("C5:2 - D5", "E4 G4 - F4", "C4:4", "C3 G3 C3 F3")
    assert voice_metrics(score.transposed(4)) == pytest.approx(voice_metrics(score))
