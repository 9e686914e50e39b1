"""How a prompt is played, learned from a few notes and given to new ones, worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest

from symgen.music.meter import Bar, Meter
from symgen.music.played_manner import PartManner, Placing, Usual
from symgen.music.score import Note

QUARTER, BAR, GRID = 120, 480, 12


def bars(count: int, first: int = 1, meter: str = "4/4") -> list[Bar]:
    return [Bar(first + i, i * BAR, (i + 1) * BAR, Meter.parse(meter)) for i in range(count)]


def placing(count: int) -> Placing:
    return Placing(bars(count), QUARTER, GRID)


def manner(*rows: tuple[int, int, int, int], drum: bool = False) -> PartManner:
    """Learn from written onset, pitch, velocity and lateness of notes in two bars."""
    return PartManner(np.array(rows).reshape(-1, 4), placing(2), is_drum=drum)


def touches(
    played: PartManner, *notes: tuple[int, int], sources: tuple[int, ...] = (0, 1, 0, 1)
) -> list[tuple[int, int]]:
    """Return velocity and lateness of new notes."""
    found = played.touches(
        sorted(Note(onset, pitch, 10) for onset, pitch in notes), placing(4), sources
    )
    return [tuple(each) for each in found]


# -- places ------------------------------------------------------------------------------


def test_places_are_grid_steps_from_the_bar_line() -> None:
    """The first beat, another beat, an eighth behind it, and the last sixteenth of the second bar."""
    found, places, kinds = placing(2)(np.array([0, 120, 180, 930]))
    assert found.tolist() == [0, 0, 0, 1]
    assert places.tolist() == [0, 12, 18, 45]
    assert (kinds >> 24).tolist() == [0, 1, 2, 2]
    assert (kinds & 0xFF).tolist() == [0, 0, 6, 9]


def test_a_pickup_is_counted_from_its_end() -> None:
    """A beat and a half before the first full bar."""
    lines = [Bar(0, 0, 180, Meter(4, 4)), Bar(1, 180, 660, Meter(4, 4))]
    found, places, kinds = Placing(lines, QUARTER, GRID)(np.array([0, 60, 180]))
    assert (found.tolist(), places.tolist()) == ([0, 0, 1], [30, 36, 0])
    assert (kinds >> 24).tolist() == [2, 1, 0]


def test_beats_of_eighths_are_three_of_them() -> None:
    lines = Placing([Bar(1, 0, 360, Meter(6, 8))], QUARTER, GRID)
    _, places, kinds = lines(np.array([0, 60, 120, 180]))
    assert places.tolist() == [0, 6, 12, 18]
    assert (kinds >> 24).tolist() == [0, 2, 2, 1]


# -- what is usual -----------------------------------------------------------------------


def test_what_one_level_explains_is_exact() -> None:
    """Kinds 0, 1, 2 have 110, 70 and 40; places say no more."""
    values = np.array([110.0, 70, 70, 40, 110, 40])
    cells = np.array([[0, 1, 1, 2, 0, 2], [0, 12, 24, 6, 0, 18]])
    usual = Usual.of(values, cells)
    assert len(usual.effects) == 1
    assert [usual.at(cell) for cell in ([0, 5], [1, 12], [2, 6])] == pytest.approx([110, 70, 40])
    # a kind that was not heard: the mean of all
    assert usual.at([3, 0]) == pytest.approx(440 / 6)


def test_one_value_needs_no_level() -> None:
    usual = Usual.of(np.full(5, 64.0), np.arange(10).reshape(2, 5))
    assert (usual.mean, usual.effects) == (64.0, ())
    assert Usual.of(np.zeros(0), np.zeros((2, 0), np.int64)).at([1, 2]) == 0


def test_means_are_believed_as_far_as_cells_differ() -> None:
    """Two cells of two: 60 and 64, 80 and 84. Inside 8, between (2 cells) 400: spread 800 / 2."""
    usual = Usual.of(np.array([60.0, 64, 80, 84]), np.array([[0, 0, 1, 1]]))
    # means -10 and 10 of four; inside = 16 / 2 = 8; spread = 2 * 100 * 2 / 1 = 400; size = (4 - 8 / 4) / 1 = 2
    # between = (400 - 8) / 2 = 196; weight = 2 * 196 / (2 * 196 + 8) = .98
    assert usual.at([0]) == pytest.approx(72 - 9.8)
    assert usual.at([1]) == pytest.approx(72 + 9.8)


def test_cells_that_differ_by_chance_say_nothing() -> None:
    usual = Usual.of(np.array([60.0, 80, 61, 81]), np.array([[0, 0, 1, 1]]))
    assert usual.at([0]) == usual.at([1]) == 70.5
    alone = Usual.of(np.array([60.0, 80]), np.array([[0, 1]]))
    assert alone.at([0]) == 70  # each value is in a cell by itself


# -- new notes ---------------------------------------------------------------------------

LINE = ((0, 60, 90, 0), (120, 62, 70, 4), (480, 60, 100, -6), (600, 62, 64, 10))
"""In both bars the first two beats."""


def test_a_new_bar_is_played_as_the_bar_it_goes_back_to() -> None:
    played = manner(*LINE)
    assert touches(played, (960, 72), (1080, 71), (1440, 70), (1560, 69)) == [
        (90, 0), (70, 4), (100, -6), (64, 10)
    ]  # fmt: skip
    assert touches(played, (960, 72), sources=(0, 1, 1, 1)) == [(100, -6)]


def test_a_place_that_was_not_played_is_as_usual_and_as_near_notes_were() -> None:
    """All is even but for a second bar that is 10 louder and 8 later."""
    rows = [(0, 60, 80, 0), (120, 60, 80, 0), (240, 60, 80, 0)]
    played = manner(*rows, *((480 + at, 60, 90, 8) for at, *_ in rows))
    # the third kind was not heard: the mean of all, and what the bar is beside it
    assert touches(played, (960 + 180, 60), (1440 + 180, 60)) == [(80, 0), (90, 8)]


def test_even_parts_go_on_evenly() -> None:
    played = manner(*((at, 60 + at // 60, 77, 0) for at in range(0, 960, 60)))
    assert set(touches(played, *((960 + at, 50) for at in range(0, 960, 40)))) == {(77, 0)}


def test_chords_of_other_sizes_have_outer_notes_as_the_outer_ones_were() -> None:
    """Rolled upwards by 6 and 18 ticks, the highest loudest."""
    chord = [(60, 50, 0), (64, 60, 6), (67, 90, 18)]
    rows = [(at, *note) for at in (0, 240, 480, 720) for note in chord]
    played = manner(*rows)
    assert touches(played, (960, 60), (960, 64), (960, 67)) == [(50, 0), (60, 6), (90, 18)]
    assert touches(played, (960, 60), (960, 67)) == [(50, 0), (90, 18)]
    four = touches(played, *((960, pitch) for pitch in (60, 62, 64, 67)))
    assert four == [(50, 0), (60, 6), (60, 6), (90, 18)]


def test_drums_are_played_each_by_itself() -> None:
    rows = [
        (0, 36, 110, -3),
        (0, 42, 60, 5),
        (120, 42, 40, 7),
        (480, 36, 112, -3),
        (480, 42, 62, 5),
    ]
    played = manner(*rows, drum=True)
    assert touches(played, (960, 36), (960, 42), (1080, 42), (1440, 42)) == [
        (110, -3), (60, 5), (40, 7), (62, 5)
    ]  # fmt: skip
    # The second bar has a hi-hat on its first beat alone, which is the nearest one.
    assert touches(played, (1440, 36), sources=(0, 1, 0, 1)) == [(112, -3)]


def test_a_bar_without_notes_is_played_as_the_nearest_one_with_some() -> None:
    played = manner((0, 60, 90, 0), (120, 62, 70, 4))
    assert touches(played, (1440, 60)) == [(90, 0)]


def test_velocities_stay_in_their_range() -> None:
    """A very loud bar, and accents on the first beat."""
    rows = [(0, 60, 120, 0), (240, 60, 60, 0), (480, 60, 127, 0), (720, 60, 110, 0)]
    found = touches(manner(*rows), *((960 + at, 60) for at in range(0, 960, 60)))
    assert all(1 <= velocity <= 127 for velocity, _ in found)
