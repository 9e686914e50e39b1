"""Lines of a score and hashes of their runs, by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from small import REAL_TUNES, tune

from symgen.music.lines import hash_runs, score_lines, top_line
from symgen.music.score import Note, Part, Score

CHORDS = Score(
    (
        Part((Note(0, 60, 12), Note(0, 64, 12), Note(12, 62, 12), Note(24, 65, 12))),
        Part((Note(0, 48, 24), Note(24, 50, 12), Note(24, 53, 12))),
        Part((Note(0, 36, 12),), is_drum=True),
        Part(),
    ),
    12,
)


def test_each_part_gives_its_highest_notes() -> None:
    one, other = score_lines(CHORDS)
    assert (one.onset.tolist(), one.pitch.tolist()) == ([0, 12, 24], [64, 62, 65])
    assert (other.onset.tolist(), other.pitch.tolist()) == ([0, 24], [48, 53])
    notes = CHORDS.note_array()
    for part, line in enumerate((one, other)):
        assert notes[line.row, 2].tolist() == line.pitch.tolist()
        assert set(notes[line.row, 4].tolist()) == {part}


def test_the_whole_gives_its_top_and_its_bass() -> None:
    top, bass = score_lines(CHORDS, "outer")
    assert top.pitch.tolist() == [64, 62, 65]
    assert bass.pitch.tolist() == [48, 62, 50]
    assert top.moves.tolist() == [[-2, 12], [3, 12]]
    assert top_line(CHORDS).pitch.tolist() == top.pitch.tolist()


def test_scores_without_pitched_notes_have_no_lines() -> None:
    for score in (Score(), Score((Part(),)), Score((Part((Note(0, 36, 1),), is_drum=True),))):
        assert score_lines(score) == score_lines(score, "outer") == []
        assert len(top_line(score)) == 0
        assert top_line(score).moves.shape == (0, 2)


def test_onsets_are_taken_to_the_grid() -> None:
    (line,) = score_lines(
        Score((Part((Note(0, 60, 9), Note(41, 62, 9), Note(79, 64, 9), Note(118, 65, 9))),), 480)
    )
    assert line.onset.tolist() == [0, 1, 2, 3]


def test_onsets_half_way_go_up() -> None:
    notes = (Note(20, 60, 9), Note(60, 62, 9), Note(100, 64, 9))
    (line,) = score_lines(Score((Part(notes),), 480))
    assert line.onset.tolist() == [1, 2, 3]


def test_hashes_do_not_change() -> None:
    """They lie in the indexes that models bring along."""
    (line,) = score_lines(tune("C4 D4 E4 F4|G4:2 C4:2"))
    assert hash_runs(line.moves, 3).tolist() == [
        5219840645080868955,
        11866082650369859041,
        4115969721797878417,
        16657330311153534333,
    ]


def test_runs_are_equal_when_intervals_and_times_are() -> None:
    score = tune(REAL_TUNES["Amazing Grace"][3], meter="3/4", pickup="1/4")
    (line,) = score_lines(score)
    expected = hash_runs(line.moves, 5)
    assert len(expected) == len(line) - 4
    legato = [replace(note, duration=3) for note in score.parts[0].notes]
    for other in (
        score.transposed(7),
        score.with_resolution(960),
        score.with_parts([Part(tuple(legato))]),
    ):
        assert np.array_equal(hash_runs(score_lines(other)[0].moves, 5), expected)
    moved = line.moves.copy()
    moved[7] += [0, 1]
    changed = np.flatnonzero(hash_runs(moved, 5) != expected)
    assert changed.tolist() == [4, 5, 6, 7]


@pytest.mark.parametrize("notes", [2, 5, 9])
def test_lines_that_are_too_short_have_no_runs(notes: int) -> None:
    for moves in range(4):
        assert len(hash_runs(np.zeros((moves, 2), dtype=np.int64), notes)) == max(
            0, moves - notes + 2
        )
