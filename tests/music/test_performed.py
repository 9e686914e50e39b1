"""A performance read as notation plus expression, and the expression given to new notes."""

from __future__ import annotations

from dataclasses import replace

import pytest

from symgen.music.meter import Meter
from symgen.music.performed import PLAIN, Expression, notated, performed, quantized
from symgen.music.score import MeterChange, Note, Part, Score

GRID = 12
QUARTER = 480


def piece(*notes: tuple[int, int, int], drum: bool = False, length: int = 4 * QUARTER) -> Score:
    return Score(
        (Part(tuple(Note(o, p, d) for o, p, d in notes), is_drum=drum),), QUARTER, length=length
    )


def written(score: Score) -> list[tuple[int, int]]:
    return [(note.onset, note.duration) for note in notated(score, GRID).score.parts[0].notes]


def test_notation_stays_as_it_is() -> None:
    score = piece((0, 60, 480), (480, 62, 240), (720, 64, 240), (960, 65, 960))
    read = notated(score, GRID)
    assert read.score == score
    assert read.expressions == (Expression(),)


def test_a_short_gap_before_the_next_note_is_closed_and_given_back() -> None:
    score = piece((0, 60, 456), (480, 62, 456), (960, 64, 936))
    read = notated(score, GRID)
    assert [note.duration for note in read.score.parts[0].notes] == [480, 480, 960]
    notes = [Note(1920, 60, 480), Note(2400, 62, 480)]
    new = performed(notes, [0, 0], read.expressions[0], replace(score, length=3840))
    assert [note.duration for note in new] == [456, 456]


def test_the_last_note_reaches_the_bar_line() -> None:
    assert written(piece((0, 60, 1860))) == [(0, 1920)]


@pytest.mark.parametrize(("gap", "closed"), [(40, True), (80, True), (100, False), (160, False)])
def test_a_gap_of_more_than_a_third_of_an_eighth_is_a_rest(gap: int, closed: bool) -> None:
    first = written(piece((0, 60, 240 - gap), (240, 62, 240)))[0]
    assert first == (0, 240 if closed else 240 - gap)


@pytest.mark.parametrize(("over", "closed"), [(40, True), (200, False)])
def test_a_little_overlap_is_touch_and_a_long_one_another_voice(over: int, closed: bool) -> None:
    first = written(piece((0, 60, 480 + over), (480, 62, 480)))[0]
    assert first == (0, 480 if closed else 480 + over)


def test_onsets_played_off_the_grid_stand_on_sixteenths_or_triplets() -> None:
    score = piece(
        (9, 60, 110), (131, 62, 110), (228, 64, 110), (480, 65, 150), (652, 67, 150), (791, 69, 150)
    )
    assert [onset for onset, _ in written(score)] == [0, 120, 240, 480, 640, 800]


def test_one_note_off_the_grid_of_many_is_no_performance() -> None:
    notes = [(i * 240, 60 + i, 240) for i in range(7)] + [(7 * 240 + 20, 72, 220)]
    assert written(piece(*notes))[-1][0] == 7 * 240  # the nearest step of the grid


def test_a_note_struck_before_the_end_stays_before_it() -> None:
    assert written(piece((0, 60, 1900), (1915, 62, 5)))[-1][0] < 1920


def test_drums_are_left_alone() -> None:
    score = piece((7, 36, 10), (247, 38, 10), drum=True)
    assert notated(score, GRID).score == score


def test_new_notes_come_as_late_as_they_are_told() -> None:
    score = piece((0, 60, 240), length=8 * QUARTER)
    new = performed([Note(480 * i, 60, 240) for i in range(4)], [12, 20, -5, 0], PLAIN, score)
    assert [note.onset - 480 * i for i, note in enumerate(new)] == [12, 20, -5, 0]


def test_what_was_played_is_kept_beside_what_is_written() -> None:
    score = piece(*[(onset + 12 * i, 60 + 4 * i, 400) for onset in (0, 480, 960) for i in range(3)])
    read = notated(score, GRID)
    onsets = [note.onset for note in read.score.parts[0].notes]
    assert onsets == [0, 0, 0, 480, 480, 480, 960, 960, 960]
    assert read.played[0].tolist() == [
        [onset, 60 + 4 * i, 80, 12 * i] for onset in (0, 480, 960) for i in range(3)
    ]


def test_drums_are_played_beside_what_is_written_too() -> None:
    score = piece((7, 36, 10), (247, 38, 10), drum=True)
    assert notated(score, GRID).played[0].tolist() == [[0, 36, 80, 7], [240, 38, 80, 7]]


def test_what_is_written_one_after_the_other_is_played_so() -> None:
    score = piece((0, 60, 240), length=8 * QUARTER)
    notes = [Note(120 * i, 60, 60) for i in range(8)]
    new = performed(notes, [200, -200, 0, 0] * 2, PLAIN, score)
    assert [note.onset for note in new] == sorted({note.onset for note in new})


def test_no_new_note_begins_before_the_join() -> None:
    score = piece((0, 60, 240), length=8 * QUARTER)
    assert performed([Note(1920, 60, 240)], [-30], PLAIN, score, first=1920)[0].onset == 1920


def test_a_plain_part_plays_what_is_written() -> None:
    notes = [Note(0, 60, 480), Note(480, 62, 480)]
    assert performed(notes, [0, 0], PLAIN, piece((0, 60, 1))) == notes


def test_bars_of_eighths_and_a_pickup_are_counted_from_their_lines() -> None:
    meters = (MeterChange(0, Meter(1, 8)), MeterChange(240, Meter(6, 8)))
    score = Score(
        (Part((Note(0, 60, 230), Note(240, 62, 700), Note(960, 64, 700))),), QUARTER, meters=meters
    )
    assert [note.duration for note in notated(score, GRID).score.parts[0].notes] == [240, 720, 720]


def test_a_performance_on_the_grid() -> None:
    """Sixteenths in the first quarter, triplets in the second, and a note that ends late on a half."""
    score = piece(
        (9, 60, 100), (131, 62, 120), (480, 65, 150), (652, 67, 150), (791, 69, 150), (955, 71, 500)
    )
    notes = [(note.onset, note.duration) for note in quantized(score, GRID).parts[0].notes]
    assert notes == [(0, 120), (120, 120), (480, 160), (640, 160), (800, 160), (960, 480)]


def test_drums_on_the_grid_are_sixteenths_and_strike_once() -> None:
    score = piece(
        (9, 36, 20), (12, 36, 20), (230, 42, 20), (247, 38, 300), (490, 36, 20), drum=True
    )
    notes = [
        (note.onset, note.pitch, note.duration) for note in quantized(score, GRID).parts[0].notes
    ]
    assert notes == [(0, 36, 120), (240, 38, 120), (240, 42, 120), (480, 36, 120)]


def test_a_note_to_the_end_stays_whole() -> None:
    assert quantized(piece((11, 60, 1905)), GRID).parts[0].notes == (Note(0, 60, 1920),)
