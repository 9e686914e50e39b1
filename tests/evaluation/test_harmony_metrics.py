"""Chords on beats, root motion, cadences and contours, counted by hand."""

from __future__ import annotations

import pytest
from small import tune
from test_polyphony import chorale, random_piece

from symgen.evaluation.harmony import (
    chords_on_beats,
    contour_share,
    harmony_metrics,
    name_cadence,
    returning_contours,
)
from symgen.evaluation.slices import CHORDS, cut
from symgen.evaluation.table import note_table
from symgen.music.score import Note, Part, Score
from symgen.music.theory import Key

C_MAJOR = Key(0, "major")
A_MINOR = Key(9, "minor")

# C, F, G7, C | C, (C D E G), G, C in 4/4.
PIECE = chorale(
    "E5 F5 F5 E5 E5 E5 D5 C5",
    "C5 C5 B4 C5 C5 C5 B4 G4",
    "G4 A4 D4 G4 G4 D4 G4 E4",
    "C4 F3 G3 C4 C4 G3 G3 C3",
)


def test_the_chord_of_each_beat() -> None:
    chords = chords_on_beats(cut(PIECE))
    assert [CHORDS[kind] for kind in chords.kinds] == [
        "major", "major", "dominant_seventh", "major", "major", "other", "major", "major",
    ]  # fmt: skip
    assert chords.roots.tolist() == [0, 5, 7, 0, 0, -1, 7, 0]
    assert chords.basses.tolist() == [0, 5, 7, 0, 0, 7, 7, 0]
    assert chords.opens_bar.tolist() == [True, False, False, False] * 2
    assert chords.root_steps.tolist() == [5, 2, 5, 7, 5]
    # The chord without a name does not end the one before.
    assert chords.changes.tolist() == [False, True, True, True, False, False, True, True]


def test_figures_of_a_piece() -> None:
    found = harmony_metrics(PIECE, C_MAJOR)
    assert found["roots_by_fourth"] == pytest.approx(4 / 5)
    assert found["chord_changes"] == pytest.approx(5 / 7)
    assert found["chord_changes_bar_lines"] == 0
    assert found["chord_changes_inside_bars"] == pytest.approx(5 / 6)
    assert found["chord_coverage"] == pytest.approx(7 / 8)
    assert found["beats_without_chord"] == pytest.approx(1 / 8)
    assert found["closes_on_tonic_chord"] == found["closes_soprano_on_tonic"] == 1
    assert found["closes_bass_5_1"] == found["cadence_authentic"] == 1
    assert found["cadence_half"] == found["cadence_plagal"] == found["cadence_deceptive"] == 0
    assert "distinct_chords" not in found  # fewer than 16 beats


def test_the_close_is_measured_in_the_key() -> None:
    found = harmony_metrics(PIECE, Key(7, "major"))
    assert found["closes_on_tonic_chord"] == found["closes_soprano_on_tonic"] == 0
    assert found["closes_bass_5_1"] == found["cadence_authentic"] == 0
    assert found["roots_by_fourth"] == pytest.approx(4 / 5)


def test_distinct_chords_are_counted_in_windows() -> None:
    steady = chorale(
        "E4 " * 16 + "E4 F4 " * 8, "C4 " * 16 + "C4 C4 " * 8, "G3 " * 16 + "G3 A3 " * 8
    )
    assert harmony_metrics(steady, C_MAJOR)["distinct_chords"] == pytest.approx((1 + 2) / 2)


@pytest.mark.parametrize(
    ("roots", "key", "name"),
    [
        ([0, 5, 7, 7, 0, 0], C_MAJOR, "authentic"),
        ([0, 5, 0], C_MAJOR, "plagal"),
        ([0, 2, 7, 7], C_MAJOR, "half"),
        ([7, 9], C_MAJOR, "deceptive"),
        ([7, 8], C_MAJOR, ""),
        ([4, 5], A_MINOR, "deceptive"),
        ([4, 9], A_MINOR, "authentic"),
        ([2, 0], C_MAJOR, ""),
        ([0], C_MAJOR, ""),
        ([], C_MAJOR, ""),
    ],
)
def test_cadences_by_their_roots(roots: list[int], key: Key, name: str) -> None:
    assert name_cadence(roots, key) == name


def test_contours_return_transposed_or_not() -> None:
    bars = "C4 D4 E4 C4|D4 E4 F#4 D4|C4 D4 E4 C4|C4 D4 E4 D4|C4:2 D4:2|C4:2 D4:2|G4 A4 B4 A4"
    contents = note_table(tune(bars)).bar_contents()
    assert returning_contours(contents).tolist() == [
        False, True, True, False, False, False, True,
    ]  # fmt: skip
    assert contour_share(contents) == pytest.approx(3 / 7)


def test_another_rhythm_is_another_contour() -> None:
    contents = note_table(tune("C4 D4 E4:1.5 C4:0.5|C4 D4 E4:0.5 C4:1.5")).bar_contents()
    assert contour_share(contents) == 0


def test_one_voice_has_contours_alone() -> None:
    assert harmony_metrics(tune("C4 D4 E4 C4|C4 D4 E4 C4"), C_MAJOR) == {"contour_returns": 0.5}
    assert harmony_metrics(Score(), C_MAJOR) == {}


@pytest.mark.parametrize("seed", range(5))
def test_transposing_a_piece_with_its_key_changes_nothing(seed: int) -> None:
    piece = random_piece(seed)
    found = harmony_metrics(piece, C_MAJOR)
    assert all(0 <= value <= 1 for name, value in found.items() if name != "distinct_chords")
    assert harmony_metrics(piece.transposed(5), Key(5, "major")) == pytest.approx(found)


def test_short_sounds_between_beats_have_no_chord_on_a_beat() -> None:
    part = Part((Note(13, 60, 2), Note(13, 64, 2), Note(13, 67, 2)))
    found = harmony_metrics(Score((part,), 12), C_MAJOR)
    assert found["chord_coverage"] == found["closes_on_tonic_chord"] == 1
    assert "beats_without_chord" not in found
    assert found["closes_bass_5_1"] == found["cadence_authentic"] == 0
