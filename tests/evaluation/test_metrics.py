"""Metrics of one tune against figures worked out by hand."""

from __future__ import annotations

from dataclasses import replace
from math import log2

import numpy as np
import pytest
from small_tunes import tune, with_pickup

from symgen.evaluation.comparison import structure_metrics
from symgen.evaluation.metrics import (
    loop_bars,
    pitch_class_entropy,
    scale_consistency,
)
from symgen.evaluation.pieces import Piece
from symgen.evaluation.table import note_table
from symgen.evaluation.texture import texture_metrics
from symgen.music.score import Note, Part, Score
from symgen.music.theory import Key

A = "C4 D4 E4 F4"
B = "G4 F4 E4 D4"
C = "C4:4"
KEY = Key(0, "major")


def tune_metrics(score: Score, key: Key = KEY) -> dict[str, float]:
    """Measure a tune whose key is known."""
    piece = Piece("a", score)
    piece.__dict__["key"] = key
    return {**structure_metrics(piece), **texture_metrics(score)}


def test_repetition_of_aabc() -> None:
    found = tune_metrics(tune(f"{A}|{A}|{B}|{A}|{C}|-"), KEY)
    assert found["notes_per_bar"] == 17 / 6
    assert found["repeated_bars"] == 2 / 6
    assert found["similarity_1"] == 1 / 5
    assert found["similarity_2"] == 1 / 4
    assert found["similarity_4"] == 0
    assert "similarity_8" not in found
    assert found["empty_bars"] == 1 / 6


def test_repeats_are_literal() -> None:
    other_pitch, other_rhythm, other_length = (
        "C4 D4 E4 G4",
        "C4:2 D4:0.5 E4:0.5 F4",
        "C4 D4 E4 F4:0.5",
    )
    for bar in (other_pitch, other_rhythm, other_length):
        assert tune_metrics(tune(f"{A}|{bar}"))["repeated_bars"] == 0
    assert tune_metrics(tune(f"{A}|{A}"))["repeated_bars"] == 0.5


def test_empty_bars_repeat_nothing() -> None:
    found = tune_metrics(tune(f"{A}|-|-|-"))
    assert found["repeated_bars"] == found["similarity_1"] == found["loop_bars"] == 0
    assert found["empty_bars"] == 3 / 4


def test_a_pickup_is_no_bar() -> None:
    plain, picked = tune_metrics(tune(f"{A}|{A}|{B}")), tune_metrics(with_pickup(f"G3|{A}|{A}|{B}"))
    for name in (
        "notes_per_bar",
        "repeated_bars",
        "similarity_1",
        "similarity_2",
        "loop_bars",
        "empty_bars",
    ):
        assert picked[name] == plain[name]


@pytest.mark.parametrize(
    ("form", "bars"),
    [
        ("abcd", 0),
        ("aabc", 2),
        ("aaaa", 4),
        ("abab", 4),
        ("ababa", 5),  # an unfinished last round counts
        ("abcabd", 0),  # no whole round comes back
        ("xabababy", 6),
        ("abcdabcd", 8),
        ("abcdefghabcdefgh", 0),  # a repeated section of 8 is form
        ("aaaabbbbb", 5),
        ("", 0),
    ],
)
def test_loops(form: str, bars: int) -> None:
    assert loop_bars([((0, ord(letter), 1),) for letter in form]) == bars


def test_long_loops_are_those_of_8_bars() -> None:
    assert tune_metrics(tune("|".join([A, B] * 4)))["long_loop"] == 1
    assert tune_metrics(tune("|".join([A, B] * 3)))["long_loop"] == 0


def test_the_ending_and_the_key() -> None:
    found = tune_metrics(tune("C4 F#4 G4 C5"), KEY)
    assert found["ends_on_tonic"] == 1
    assert found["notes_in_key"] == 3 / 4
    assert tune_metrics(tune("C4 F#4 G4 C5"), Key(7, "major"))["ends_on_tonic"] == 0


def test_of_a_last_chord_the_top_note_counts() -> None:
    score = Score((Part((Note(0, 48, 12), Note(0, 55, 12), Note(0, 64, 12))),), 12)
    assert tune_metrics(score, Key(4, "minor"))["ends_on_tonic"] == 1
    assert tune_metrics(score, Key(0, "major"))["ends_on_tonic"] == 0


def test_entropy_and_scale_as_in_muspy() -> None:
    assert pitch_class_entropy(np.array([60, 72, 48])) == 0
    assert pitch_class_entropy(np.array([60, 62, 64, 65])) == 2
    assert pitch_class_entropy(np.arange(12)) == pytest.approx(log2(12))
    assert scale_consistency(np.arange(60, 72)) == 7 / 12
    assert scale_consistency(np.array([69, 71, 72, 74, 76, 77, 79])) == 1
    assert scale_consistency(np.array([60, 61, 62, 64])) == 3 / 4


def test_polyphony_counts_sounding_pitches() -> None:
    chord = Score(
        (Part((Note(0, 60, 12), Note(0, 64, 12), Note(12, 60, 12))), Part((Note(36, 67, 12),))), 12
    )
    assert tune_metrics(chord)["polyphony"] == (2 + 1 + 1) / 3
    doubled = Score((Part((Note(0, 60, 12), Note(0, 60, 12))),), 12)
    assert tune_metrics(doubled)["polyphony"] == 1


def test_drums_are_left_out() -> None:
    drums = Part((Note(0, 36, 12),), is_drum=True)
    with_drums = replace(tune(A), parts=(*tune(A).parts, drums))
    names = ("notes_per_bar", "repeated_bars", "polyphony", "pitch_class_entropy", "notes_in_key")
    with_, without = tune_metrics(with_drums), tune_metrics(tune(A))
    assert [with_[name] for name in names] == [without[name] for name in names]


def test_a_score_without_notes_has_finite_metrics() -> None:
    for score in (Score(), Score(length=1920)):
        assert all(np.isfinite(value) for value in tune_metrics(score).values())


def test_the_resolution_does_not_matter() -> None:
    score = tune(f"{A}|{A}|{B}|{C}")
    assert tune_metrics(score.with_resolution(480), KEY) == tune_metrics(score, KEY)


def test_the_table_has_places_in_the_bar() -> None:
    table = note_table(with_pickup("G3|- C4:0.5 D4:0.5 E4:2|C4:4"))
    assert table.place.tolist() == [0, 12, 18, 24, 0]
    assert table.bar.tolist() == [0, 1, 1, 1, 2]
    assert table.bar_steps.tolist() == [12, 48, 48]
    assert table.beat_steps.tolist() == [12, 12, 12]
    assert note_table(tune("C4:1.5 D4:1.5", meter="6/8")).beat_steps.tolist() == [18]


def test_the_top_line_of_chords() -> None:
    score = Score((Part((Note(0, 60, 12), Note(0, 64, 12), Note(12, 55, 12))),), 12)
    assert note_table(score).top_line().pitch.tolist() == [64, 55]
    assert len(note_table(Score()).top_line()) == 0
