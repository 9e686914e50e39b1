"""Features of music in several voices, by hand on small pieces."""

from __future__ import annotations

import numpy as np
import pytest

from symgen.evaluation.polyphony import (
    PIECE_FEATURES,
    VOICE_FEATURES,
    piece_features,
    voice_features,
)
from symgen.evaluation.slices import CHORDS, SILENT, cut, name_chords
from symgen.music.score import Note, Part, Score
from symgen.music.theory import Key, parse_pitch

KEY = Key(0, "major")


def chorale(*voices: str, resolution: int = 12) -> Score:
    """Parts of quarters; ``-`` is a rest and ``_`` holds the note."""
    parts = []
    for voice in voices:
        notes: list[Note] = []
        for i, word in enumerate(voice.split()):
            if word == "_":
                notes[-1] = Note(notes[-1].onset, notes[-1].pitch, notes[-1].duration + resolution)
            elif word != "-":
                notes.append(Note(i * resolution, parse_pitch(word), resolution))
        parts.append(Part(tuple(notes)))
    return Score(tuple(parts), resolution)


CADENCE = chorale("C5 C5 B4 C5", "E4 F4 D4 E4", "G3 A3 G3 G3", "C3 F3 G3 C3")


def random_piece(seed: int, resolution: int = 12) -> Score:
    rng = np.random.default_rng(seed)
    parts = []
    for base in (72, 65, 57, 48):
        onset = np.cumsum(rng.integers(1, 4, 30)) * resolution // 2
        length = rng.integers(1, 4, 30) * resolution // 2
        pitch = base + rng.integers(-5, 6, 30)
        parts.append(
            Part(
                tuple(
                    Note(int(o), int(p), int(d))
                    for o, p, d in zip(onset, pitch, length, strict=True)
                )
            )
        )
    return Score(tuple(parts), resolution)


def test_chords_are_named() -> None:
    sets = {
        "major": (0, 4, 7),
        "minor": (2, 5, 9),
        "dominant_seventh": (7, 11, 2, 5),
        "diminished": (11, 2, 5),
    }
    sets |= {
        "half_diminished": (11, 2, 5, 9),
        "suspended": (0, 5, 7),
        "other": (0, 1, 2),
        "single": (3,),
        "silent": (),
    }
    classes = np.zeros((len(sets), 12), dtype=bool)
    for row, members in zip(classes, sets.values(), strict=True):
        row[list(members)] = True
    kinds, roots = name_chords(classes)
    assert [CHORDS[kind] for kind in kinds] == list(sets)
    assert roots.tolist() == [0, 2, 7, 11, 11, 0, -1, 3, -1]


def test_slices_of_a_held_note() -> None:
    slices = cut(chorale("C5 D5 - E5", "C4 _ G4 -"))
    assert slices.span.tolist() == [12, 12, 12, 12]
    assert slices.counts.tolist() == [2, 2, 1, 1]
    assert slices.voices.tolist() == [[72, 74, SILENT, 76], [60, 60, 67, SILENT]]
    assert slices.starts.tolist() == [[True, True, False, True], [True, False, True, False]]
    assert slices.lowest.tolist() == [60, 60, 67, 76]
    assert slices.highest.tolist() == [72, 74, 67, 76]
    assert slices.line(slices.highest).pitch.tolist() == [72, 74, 67, 76]
    assert slices.line(slices.lowest).pitch.tolist() == [60, 67, 76]
    assert slices.beats.tolist() == [0, 1, 2, 3]
    assert slices.strong.tolist() == [True, False, False, False]


def test_a_cadence_by_hand() -> None:
    found = voice_features(CADENCE, KEY)
    assert found["sounding_4"] == 3 / 4  # G is doubled at the unison on the third beat
    assert found["major_on_bar_line"] == 1
    assert found["major_on_beat"] == 1
    assert (found["root_0"], found["root_5"], found["root_7"]) == (2 / 4, 1 / 4, 1 / 4)
    assert found["root_moves_5"] == 2 / 3
    assert found["root_position"] == found["chords_in_key"] == found["fifth_to_tonic"] * 3 == 1
    assert found["parallel_fifths"] == found["parallel_octaves"] == found["crossings"] == 0
    assert found["unisons"] == 1 / 12
    assert found["all_parts_begin"] == found["parts_per_onset"] == 1
    assert (
        found["last_root_is_tonic"]
        == found["last_is_complete"]
        == found["bass_5_to_1"]
        == found["top_7_to_1"]
        == 1
    )
    assert found["top_2_to_1"] == found["last_minor"] == 0
    assert found["highest_leaps"] == 0
    assert found["lowest_leaps"] == 2 / 3


def test_parallels_and_crossings_are_found() -> None:
    assert voice_features(chorale("G4 A4", "C4 D4"), KEY)["parallel_fifths"] == 1
    assert voice_features(chorale("C5 D5", "C4 D4"), KEY)["parallel_octaves"] == 1
    assert voice_features(chorale("G4 A4", "D4 E4"), KEY)["parallel_fifths"] == 0
    assert voice_features(chorale("G4 G4", "C4 C4"), KEY)["parallel_fifths"] == 0
    assert voice_features(chorale("G4 D4 C5", "C4 E4 C4"), KEY)["crossings"] == 1 / 3


@pytest.mark.parametrize(
    "score",
    [
        Score(),
        Score(length=99),
        chorale("C4"),
        chorale("-", "C4"),
        chorale("C4 - - - - - - - C4", "- - C3"),
        CADENCE,
    ]
    + [random_piece(seed) for seed in range(5)],
)
def test_every_piece_has_all_features_and_they_are_finite(score: Score) -> None:
    found = piece_features(score, KEY)
    assert tuple(found) == PIECE_FEATURES
    assert set(VOICE_FEATURES) < set(PIECE_FEATURES)
    assert len(set(PIECE_FEATURES)) == len(PIECE_FEATURES)
    assert np.isfinite(list(found.values())).all()


def test_only_the_pitch_of_the_parts_depends_on_the_key() -> None:
    for seed in range(5):
        expected = piece_features(random_piece(seed), KEY)
        moved = piece_features(random_piece(seed).transposed(3), KEY.transposed(3))
        for name, value in expected.items():
            assert moved[name] == pytest.approx(value + 3 * name.endswith("_center")), name
        assert piece_features(random_piece(seed).with_resolution(96), KEY) == pytest.approx(
            expected
        )


def test_the_order_of_the_parts_does_not_matter() -> None:
    for seed in range(5):
        score = random_piece(seed)
        assert piece_features(score.with_parts(score.parts[::-1]), KEY) == pytest.approx(
            piece_features(score, KEY)
        )
