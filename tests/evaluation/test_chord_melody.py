"""Measures of melodies over chords, worked out by hand."""

from __future__ import annotations

from dataclasses import replace
from math import log, sqrt

import numpy as np
import pytest
from small import tune
from test_polyphony import chorale, random_piece

from symgen.evaluation.chord_melody import (
    chord_melody_metrics,
    chord_row_metrics,
    tonal_centroids,
)
from symgen.music.chord_symbols import ChordChange
from symgen.music.score import Score


def tones(*sets: str) -> np.ndarray:
    """Sets of pitch classes, as digits: t is ten, e eleven."""
    found = np.zeros((len(sets), 12), dtype=bool)
    for row, one in zip(found, sets, strict=True):
        row[[("0123456789te").index(digit) for digit in one]] = True
    return found


def lead_sheet(bars: str, *chords: tuple[int, str]) -> Score:
    score = tune(bars)
    quarter = score.resolution
    return replace(score, chords=tuple(ChordChange(at * quarter, name) for at, name in chords))


def test_a_fifth_is_near_and_a_tritone_far() -> None:
    # One pitch class lies on each circle; by Harte et al. a half turn on the circle of thirds is 1 away.
    c, g, f_sharp, e_flat = tonal_centroids(tones("0", "7", "6", "3"))
    assert c.tolist() == pytest.approx([0, 0, 0, 1, 1, 0.5])
    assert np.linalg.norm(c) == pytest.approx(1.5)
    # A turn of 210 * 7 degrees, that is 30, on fifths; of 270 * 7, that is 90; of 120 * 7, that is 120.
    fifth = sqrt(2 - 2 * np.cos(np.pi / 6) + 2 + 0.25 * 3)
    assert np.linalg.norm(g - c) == pytest.approx(fifth)
    # Half turns on the first two, none on the third.
    assert np.linalg.norm(f_sharp - c) == pytest.approx(sqrt(4 + 4))
    assert np.linalg.norm(e_flat - c) > np.linalg.norm(g - c)
    assert tonal_centroids(np.zeros((1, 12), dtype=bool)).tolist() == [[0.0] * 6]
    assert tonal_centroids(tones("06"))[0].tolist() == pytest.approx([0, 0, 0, 0, 0, 0.5])


def test_a_row_of_chords() -> None:
    found = chord_row_metrics(tones("047", "047", "", "7e2", "047"))
    assert found["chord_count"] == 2
    assert found["chord_entropy"] == pytest.approx(-(0.75 * log(0.75) + 0.25 * log(0.25)))
    c, g = tonal_centroids(tones("047", "7e2"))
    # Four chords, three steps, one of them to the same chord.
    assert found["chord_tonal_distance"] == pytest.approx(2 * np.linalg.norm(g - c) / 3)
    assert chord_row_metrics(tones("", "")) == {}
    assert "chord_tonal_distance" not in chord_row_metrics(tones("047"))


def test_a_melody_over_symbols() -> None:
    # C: E is a third, F a fourth outside the chord, a step from G; G7: A# leaps to D.
    score = lead_sheet("E5 F5 G5:2|A#4 D5 -:2", (0, "C"), (4, "G7"))
    found = chord_melody_metrics(score)
    # Of six quarters four are tones, and F is a step before G.
    assert found["chord_tone_ratio"] == pytest.approx(5 / 6)
    # Above C, E, G: E 4, 0, 9 (all 1); F 5, 1, 10 (0, -1, -1); G 7, 3, 0 (all 1), two quarters.
    # Above G, B, D, F: A# 3, 11, 8, 5 (1, -1, 1, 0); D 7, 3, 0, 9 (all 1).
    assert found["pitch_consonance"] == pytest.approx((3 - 2 + 6 + 1 + 4) / (4 * 3 + 2 * 4))
    assert found["chord_count"] == 2
    # The rest at the end has no beats: four of C and two of G7.
    shares = (4 / 6, 2 / 6)
    assert found["chord_entropy"] == pytest.approx(-sum(p * log(p) for p in shares))
    notes, chords = (
        tonal_centroids(tones("4", "5", "7", "t", "2")),
        tonal_centroids(tones("047", "7e25")),
    )
    distance = np.linalg.norm(notes - chords[[0, 0, 0, 1, 1]], axis=1)
    assert found["melody_tonal_distance"] == pytest.approx(distance @ [1, 1, 2, 1, 1] / 6)


def test_symbols_that_say_nothing_are_left_out() -> None:
    score = lead_sheet("E5:4|F5:4", (0, "C"), (4, "N.C."))
    assert chord_melody_metrics(score)["chord_tone_ratio"] == 1
    assert chord_melody_metrics(lead_sheet("E5:4", (0, "Cfoo"))) == {}
    assert chord_melody_metrics(lead_sheet("E5:4|F5:4", (4, "F")))["chord_tone_ratio"] == 1


def test_without_symbols_the_chords_are_those_of_the_beats() -> None:
    piece = chorale("E5 D5 E5 C5", "C5 B4 C5 G4", "G4 G4 G4 E4", "C4 G3 C4 C4")
    found = chord_melody_metrics(piece)
    assert found["chord_count"] == 2
    assert found["chord_tone_ratio"] == 1
    assert chord_melody_metrics(tune("C4 D4 E4 C4")) == {}
    assert chord_melody_metrics(Score()) == {}


@pytest.mark.parametrize("seed", range(5))
def test_transposing_a_piece_moves_its_chords_along(seed: int) -> None:
    piece = random_piece(seed)
    found = chord_melody_metrics(piece)
    assert -1 <= found["pitch_consonance"] <= 1
    assert 0 < found["chord_tone_ratio"] <= 1
    assert chord_melody_metrics(piece.transposed(-4)) == pytest.approx(found)
