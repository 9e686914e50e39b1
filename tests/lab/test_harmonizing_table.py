"""What is measured of chords for a melody."""

from __future__ import annotations

from itertools import pairwise, product

import numpy as np
import pytest

from lab.benchmarks.harmonizing import FOLDS, clash_times, fold_of, is_held_out
from symgen.music.harmony import PlacedChord
from symgen.music.meter import Meter
from symgen.music.score import MeterChange, Note, Part, Score


def _piece() -> Score:
    line = (Note(0, 60, 480, 80), Note(480, 65, 960, 80), Note(1440, 71, 240, 80))
    meters = (MeterChange(0, Meter(4, 4)),)
    return Score((Part(line),), 480, meters=meters, length=1920)


def test_a_clash_is_a_semitone_between_the_melody_and_a_tone_of_its_chord() -> None:
    score = _piece()
    starts = np.arange(0, 1920, 480)
    major = PlacedChord(0, 0, "")
    # C fits; F lies a semitone from E for two beats; B lies one from C for half a beat.
    assert clash_times(score, starts, [major] * 4).tolist() == [960 + 240, 3 * 1680]
    # What sounds beside no chord is not counted.
    assert clash_times(score, starts, [major, None, None, None]).tolist() == [0, 3 * 480]


def test_titles_fall_to_folds_and_the_first_is_held_out() -> None:
    titles = [f"song {number}" for number in range(200)]
    assert {fold_of(title) for title in titles} == set(range(FOLDS))
    assert all(is_held_out(title) == (fold_of(title) == 0) for title in titles)
    assert fold_of("A Song") == fold_of("a song")


def test_a_half_bar_has_the_chord_that_sounds_longest_in_it() -> None:
    pytest.importorskip("torch")
    from lab.benchmarks.harmonizing_folds import half_bars

    c, g, f = PlacedChord(0, 0), PlacedChord(720, 7), PlacedChord(1440, 5)
    assert half_bars(_piece(), (c, g, f)) == [PlacedChord(0, 0), PlacedChord(0, 7)]
    # Nothing sounds before the first chord, nor where none is named.
    assert half_bars(_piece(), (PlacedChord(960, 7),)) == [None, PlacedChord(0, 7)]
    assert half_bars(_piece(), (PlacedChord(0, -1),)) == [None, None]


def test_the_chances_are_those_of_all_rows() -> None:
    pytest.importorskip("torch")
    from lab.benchmarks.harmonizing_folds import _chances

    draw = np.random.default_rng(0)
    fit, follows = draw.normal(size=(2, 4, 4))
    changes = np.array([0.0, 0.4, -1e9, 0.2])
    counted = np.zeros((4, 4))
    for row in product(range(4), repeat=4):
        worth = fit[range(4), row].sum()
        for beat, (before, after) in enumerate(pairwise(row), start=1):
            worth += (before != after) and follows[before, after] + changes[beat]
        counted[range(4), row] += np.exp(worth)
    counted /= counted.sum(axis=1, keepdims=True)
    assert np.allclose(_chances(fit, follows, changes), counted)


def test_likeliest_roots_change_on_half_bars() -> None:
    pytest.importorskip("torch")
    from lab.benchmarks.harmonizing_folds import expected_chords
    from symgen.harmonizer.inference import shipped_harmonizer

    chords = expected_chords(_piece(), shipped_harmonizer())
    assert chords[0].at == 0
    assert {chord.at for chord in chords} <= {0, 960}
