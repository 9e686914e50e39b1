"""Parts of a continuation, held to what they did before."""

from __future__ import annotations

from symgen.music.score import Note, Part, Score
from symgen.verification import compare_parts, score_facts

BAR, QUARTER = 1920, 480


def piece(*parts: Part) -> Score:
    return Score(parts, QUARTER, length=4 * BAR)


def quarters(pitch: int, first: int, count: int) -> list[Note]:
    return [Note(first + i * QUARTER, pitch, QUARTER) for i in range(count)]


def test_a_part_that_goes_on_as_it_was() -> None:
    (row,) = compare_parts(
        score_facts(piece(Part((*quarters(60, 0, 8), *quarters(64, 2 * BAR, 6))))), 2 * BAR
    )
    assert row["prompt"] == {
        "range": "C4-C4", "chord": 1, "polyphony": 1, "notes_per_bar": 4.0, "rests": 0.0, "shortest": 1.0,
    }  # fmt: skip
    assert row["new"] == {
        "range": "E4-E4", "chord": 1, "polyphony": 1, "notes_per_bar": 3.0, "rests": 0.25, "shortest": 1.0,
    }  # fmt: skip
    assert all(row["met"].values())


def test_walls_leaps_and_crowds_are_not_met() -> None:
    wall = [Note(2 * BAR, pitch, QUARTER) for pitch in (60, 62, 64)]
    far = quarters(68, 3 * BAR, 1)
    crowd = [Note(3 * BAR + i * 60, 60, 60) for i in range(1, 20)]
    (row,) = compare_parts(
        score_facts(piece(Part((*quarters(60, 0, 8), *wall, *far, *crowd)))), 2 * BAR
    )
    assert row["met"] == {
        "range": False,
        "chord": False,
        "polyphony": False,
        "notes_per_bar": False,
    }


def test_a_part_that_falls_silent_meets_nothing() -> None:
    silent = Part(tuple(quarters(60, 0, 8)))
    rows = compare_parts(score_facts(piece(silent, Part(tuple(quarters(60, 0, 16))))), 2 * BAR)
    assert [row["new"] is None for row in rows] == [True, False]
    assert not any(rows[0]["met"].values())


def test_drums_are_named_as_such() -> None:
    (row,) = compare_parts(
        score_facts(piece(Part(tuple(quarters(36, 0, 16)), is_drum=True))), 2 * BAR
    )
    assert row["drums"]
