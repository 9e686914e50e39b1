"""Keys from notes."""

from __future__ import annotations

import pytest

from symgen.music.keys import MODES_FOUND, describe_pitches, infer_key
from symgen.music.score import KeyChange, Note, Part, Score
from symgen.music.theory import Key

GRID = 12
OPENINGS = {
    "G major": "67 67 74 74 76 76 74 74 72 72 71 71 69 69 67 67",
    "A minor": "69 71 72 74 76 76 77 76 74 72 71 69 68 71 69 69",
    "D dorian": "62 64 65 67 69 69 71 69 67 64 65 62 60 64 62 62",
    "D mixolydian": "62 69 66 69 62 69 66 62 60 64 67 64 60 67 64 60 62 69 66 69 74 72 69 67 66 67 64 60 62 62 62 62",
}


def tune(pitches: str) -> Score:
    """Write quarters."""
    notes = (Note(GRID * i, int(pitch), GRID) for i, pitch in enumerate(pitches.split()))
    return Score((Part(tuple(notes)),), GRID)


@pytest.mark.parametrize("name", OPENINGS)
def test_plain_tunes_have_their_key_on_every_tonic(name: str) -> None:
    for semitones in range(-6, 6):
        assert infer_key(tune(OPENINGS[name]).transposed(semitones)) == Key.parse(name).transposed(
            semitones
        )


def test_half_a_tune_that_does_not_end_on_its_tonic() -> None:
    assert str(infer_key(tune("67 71 74 71 72 69 66 69 67 71 74 79 78 76 74 74"))) == "G major"


def test_nothing_to_hear_is_c_major() -> None:
    drums = Part((Note(0, 38, GRID),), is_drum=True)
    assert infer_key(Score((drums,), GRID)) == infer_key(Score((), GRID)) == Key(0, "major")


def test_a_signature_leaves_its_modes_if_the_notes_agree() -> None:
    score = tune(OPENINGS["G major"])
    for sharps in range(-5, 7):
        found = infer_key(Score(score.parts, GRID, keys=(KeyChange(0, sharps),)))
        assert found.mode in MODES_FOUND
        assert found.sharps == sharps if sharps in (-1, 0, 1, 2) else str(found) == "G major"


def test_shares_are_of_time() -> None:
    score = Score((Part((Note(0, 60, 3 * GRID), Note(3 * GRID, 62, GRID))),), GRID)
    assert describe_pitches(score)[0, [0, 2]] == pytest.approx([0.75**0.5, 0.5])
    assert describe_pitches(score)[1:, 0].tolist() == [1, 1]
