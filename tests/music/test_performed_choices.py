"""What is chosen between a performance and its page, at the boundaries, worked out by hand."""

from __future__ import annotations

import pytest

from symgen.music.meter import Meter
from symgen.music.performed import (
    PLAIN,
    Expression,
    WrittenOnsets,
    _closed,
    _Gaps,
    notated,
    performed,
    quantized,
)
from symgen.music.score import MeterChange, Note, Part, Score

QUARTER, GRID, STEP = 480, 12, 40


def piece(*onsets: int, length: int = 1920, meters: tuple[MeterChange, ...] = ()) -> Score:
    notes = tuple(Note(onset, 60 + i % 12, 20) for i, onset in enumerate(onsets))
    return Score((Part(notes),), QUARTER, meters=meters, length=length)


@pytest.mark.parametrize(
    ("duration", "gap"),
    [
        (100, 9),  # most like 80: 5 / 4, against 12 / 10 to 120 it is farther
        (96, 7),
        (10, 5),  # no more than half
        (2000, 99),
        (480, 30),
    ],
)
def test_a_duration_takes_the_gap_of_the_one_most_like_it(duration: int, gap: int) -> None:
    expression = Expression(gaps=((80, (7,)), (120, (9,)), (480, (30,)), (960, (99,))))
    assert _Gaps(expression)(duration) == gap
    assert _Gaps(PLAIN)(duration) == 0


def test_gaps_of_a_duration_have_their_turn() -> None:
    gaps = _Gaps(Expression(gaps=((120, (1, 2, 0)), (480, (30,)))))
    assert [gaps(each) for each in (120, 480, 110, 120, 480, 120)] == [1, 30, 2, 0, 30, 1]


@pytest.mark.parametrize(
    ("end", "following", "closed"),
    [
        # a gap of a step is none
        (60, 100, 100),
        (59, 100, 59),
        # of the way to the next note 0.35: of 200 ticks 70
        (130, 200, 200),
        (129, 200, 129),
        # but no more than three steps
        (840, 960, 960),
        (839, 960, 839),
        # a gap of one tick, and none
        (479, 480, 480),
        (480, 480, 480),
        # into the next note by less than 0.12 of the way: of 500 ticks 60
        (559, 500, 500),
        (560, 500, 560),
        (501, 500, 500),
    ],
)
def test_short_gaps_and_small_overlaps_are_articulation(
    end: int, following: int, closed: int
) -> None:
    assert _closed(0, end, following, STEP) == closed
    assert _closed(1000, 1000 + end, 1000 + following, STEP) == 1000 + closed


def test_a_step_and_a_hundredth_is_the_least_gap() -> None:
    assert _closed(0, 0, 101, 100.0) == 101
    assert _closed(0, 0, 102, 100.0) == 0


@pytest.mark.parametrize(
    ("onsets", "played"),
    [
        # off the grid is more than an eighth of a step of 40: 6 ticks, not 5
        ([6, 0, 40, 80], True),
        ([5, 0, 40, 80], False),
        ([6, 0, 40, 80, 120], False),  # one of four is a performance, one of five is none
        ([1926, 1920, 1960, 2000], True),
        ([], False),
    ],
)
def test_a_quarter_of_the_notes_off_the_grid_is_a_performance(
    onsets: list[int], played: bool
) -> None:
    assert WrittenOnsets(piece(*onsets, length=3840), STEP).played is played


PLAYED = [6, 126, 246, 366, 486, 646, 806, 966, 1086, 1426, 1566]
"""Four sixteenths, three triplets, two sixteenths, and one of two just before a beat; all others six ticks late."""


@pytest.mark.parametrize(
    ("tick", "place"),
    [
        (0, 0), (59, 0), (61, 120), (420, 480), (419, 360),  # an eighth of a quarter before a beat belongs to it
        (559, 480), (561, 640), (719, 640), (721, 800), (879, 800), (881, 960),
        (900, 960), (1021, 1080), (1320, 1320),  # where nothing is played are sixteenths
        (1379, 1320), (1381, 1440), (1499, 1440), (1501, 1560),
        (1900, 1880),  # nothing is written in the last step
    ],
)  # fmt: skip
def test_each_quarter_has_its_division(tick: int, place: int) -> None:
    assert WrittenOnsets(piece(*PLAYED), STEP)(tick) == place


def test_ends_may_stand_on_the_last_line_and_nothing_before_the_first() -> None:
    onsets = WrittenOnsets(piece(*PLAYED), STEP)
    assert onsets.nearest(1910) == 1920
    assert onsets.nearest(0) == 0


def test_places_are_counted_from_the_bar_line() -> None:
    """After a pickup of 500 ticks a triplet lies at 660, a sixteenth at 620."""
    meters = (MeterChange(0, Meter(1, 4)), MeterChange(480, Meter(3, 8)))
    score = piece(1206, 1366, 1526, meters=meters, length=1920)  # the bar line at 1200
    onsets = WrittenOnsets(score, STEP)
    assert [onsets(tick) for tick in (1206, 1366, 1526)] == [1200, 1360, 1520]
    plain = WrittenOnsets(piece(1200, 1240, meters=meters), STEP)
    assert [plain(tick) for tick in (1219, 1221, 1199)] == [1200, 1240, 1200]


def test_without_a_performance_the_nearest_step_is_the_place() -> None:
    onsets = WrittenOnsets(piece(0, 40, 80), STEP)
    assert [onsets(tick) for tick in (0, 19, 21, 61, 1000)] == [0, 0, 40, 80, 1000]
    thirds = WrittenOnsets(Score((Part((Note(0, 60, 1),)),), 100, length=400), 100 / 12)
    assert [thirds(tick) for tick in (8, 9, 17, 24, 25, 51)] == [8, 8, 17, 25, 25, 50]


def notes_of(score: Score) -> list[tuple[int, int]]:
    return [(note.onset, note.duration) for note in score.parts[0].notes]


@pytest.mark.parametrize(
    ("notes", "written"),
    [
        # each is measured to the next onset, a chord too, the last one to its bar line
        ([(0, 60, 450), (0, 64, 450), (480, 62, 1400)], [(0, 480), (0, 480), (480, 1440)]),
        ([(0, 60, 450), (480, 62, 1200)], [(0, 480), (480, 1200)]),
        # in the second bar
        ([(0, 60, 450), (1920, 62, 1900)], [(0, 450), (1920, 1920)]),
        # no note vanishes
        ([(0, 60, 1), (480, 62, 480)], [(0, 1), (480, 480)]),
    ],
)
def test_what_is_written(notes: list[tuple[int, int, int]], written: list[tuple[int, int]]) -> None:
    part = Part(tuple(Note(*note) for note in notes))
    assert notes_of(notated(Score((part,), QUARTER), GRID).score) == written


def test_what_was_taken_off_is_learned() -> None:
    """Gaps stand in their order; lateness beside each note as it is written."""
    notes = [
        Note(0, 60, 460), Note(490, 62, 460), Note(970, 64, 410), Note(1440, 65, 100), Note(1560, 72, 356),
        Note(1566, 67, 350),
    ]  # fmt: skip
    score = Score((Part(tuple(notes)), Part((Note(0, 36, 9),), is_drum=True), Part()), QUARTER)
    read = notated(score, GRID)
    assert notes_of(read.score)[:4] == [(0, 480), (480, 480), (960, 480), (1440, 120)]
    first, *others = read.expressions
    # 20, 20 and 70 earlier; 20; 4 and 10
    assert dict(first.gaps) == {120: (20,), 360: (4, 10), 480: (20, 20, 70)}
    # written onset, pitch, velocity, ticks behind it
    assert read.played[0].tolist() == [
        [0, 60, 80, 0], [480, 62, 80, 10], [960, 64, 80, 10], [1440, 65, 80, 0], [1560, 72, 80, 0], [1560, 67, 80, 6]
    ]  # fmt: skip
    assert [rows.tolist() for rows in read.played[1:]] == [[[0, 36, 80, 0]], []]
    assert others == [PLAIN, PLAIN]


def test_a_plain_performance_leaves_nothing_to_learn() -> None:
    longer = Score((Part((Note(0, 60, 481), Note(480, 62, 1440))),), QUARTER)
    assert notated(longer, GRID).expressions == (PLAIN,)  # what overlaps ends no later


@pytest.mark.parametrize(
    ("late", "notes", "played"),
    [
        ([10], [(120, 60, 120)], [(130, 120)]),
        # the notes of a chord
        ([0, 30], [(0, 60, 480), (0, 64, 480)], [(0, 480), (30, 480)]),
        ([-5, -9], [(480, 60, 480), (480, 64, 480)], [(475, 480), (471, 480)]),
        # 200 late and then 200 early: half as far apart as written, rounded up
        ([200, -200], [(0, 60, 9), (121, 60, 9)], [(200, 9), (261, 9)]),
        # never at once
        ([200, 200, -200], [(0, 60, 9), (0, 62, 9), (120, 60, 9)], [(200, 9), (200, 9), (260, 9)]),
        # nothing at the end of the piece or beyond
        ([50, 50, 50], [(1920, 60, 900), (3360, 60, 480), (3839, 62, 1)], [(1970, 900), (3410, 430), (3839, 1)]),
    ],
)  # fmt: skip
def test_new_notes_as_the_part_plays(
    late: list[int], notes: list[tuple[int, int, int]], played: list[tuple[int, int]]
) -> None:
    score = Score((Part((Note(0, 60, 1),)),), QUARTER, length=3840)
    found = performed([Note(*note) for note in notes], late, PLAIN, score)
    assert [(note.onset, note.duration) for note in found] == played


def test_new_notes_are_held_as_the_part_holds_them() -> None:
    """Gaps by duration, and at least a tick stays."""
    expression = Expression(gaps=((1, (1,)), (480, (100,))))
    found = performed([Note(0, 60, 480), Note(480, 60, 1)], [0, 0], expression, piece(0))
    assert [(note.onset, note.duration) for note in found] == [(0, 380), (480, 1)]


def test_early_chords_come_no_sooner_than_the_join() -> None:
    score = piece(0, length=3840)
    notes = [Note(1000, 60, 100), Note(1010, 62, 100)]

    def onsets(first: int) -> list[int]:
        return [note.onset for note in performed(notes, [-30, -30], PLAIN, score, first=first)]

    assert onsets(985) == [985, 990]
    assert onsets(960) == [970, 980]


def test_of_notes_that_come_to_be_one_the_last_stays() -> None:
    part = Part((Note(0, 60, 100, 70), Note(9, 60, 310, 90), Note(480, 60, 1, 80)))
    found = quantized(Score((part,), QUARTER, length=1920), GRID).parts[0].notes
    assert [(note.onset, note.duration, note.velocity) for note in found] == [
        (0, 360, 90),
        (480, 40, 80),  # a step at least
    ]


def test_drums_are_sixteenths_of_any_resolution() -> None:
    for resolution, length in ((480, 120), (24, 6), (3, 1)):
        score = Score((Part((Note(0, 36, 1),), is_drum=True),), resolution)
        assert quantized(score, 12).parts[0].notes[0].duration == length
