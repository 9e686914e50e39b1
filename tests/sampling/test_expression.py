"""Velocities, drums and swing of new notes: each threshold, on notes written down by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from symgen.music.meter import Bar, Meter
from symgen.music.score import MeterChange, Note, Part, Score
from symgen.sampling.expression import Accents, continued_drums, playable
from symgen.sampling.swing import STRAIGHT, can_swing, find_swing, straightened, swung, swung_notes

QUARTER, BAR = 100, 400


def bars(count: int, first: int = 1, meter: str = "4/4") -> list[Bar]:
    return [Bar(first + i, i * BAR, (i + 1) * BAR, Meter.parse(meter)) for i in range(count)]


# -- velocities --------------------------------------------------------------------------


def test_accents_of_the_first_beat_the_other_beats_and_the_rest() -> None:
    onsets = (0, 50, 100, 300, 399, 400, 800)
    notes = [Note(onset, 60, 10) for onset in onsets]
    found = [note.velocity for note in Accents().apply(notes, bars(2), QUARTER)]
    assert found == [92, 78, 84, 84, 78, 92, 84]  # what lies behind the bars counts from the last
    upbeat = Accents().apply(notes[:3], bars(1, first=0), QUARTER)
    assert [note.velocity for note in upbeat] == [84, 78, 84]
    compound = Accents().apply(
        [Note(onset, 60, 10) for onset in (0, 50, 100, 150)], bars(1, meter="6/8"), QUARTER
    )
    assert [note.velocity for note in compound] == [92, 78, 78, 84]
    # A beat of half a tick is one.
    short = Accents().apply([Note(1, 60, 1)], [Bar(1, 0, 2, Meter(4, 8))], 1)
    assert [note.velocity for note in short] == [84]


@pytest.mark.parametrize("meter", ["4/4", "6/8", "3/4", "5/16"])
@pytest.mark.parametrize("first", [0, 1])
def test_accents_of_a_part_are_those_of_its_notes(meter: str, first: int) -> None:
    rng = np.random.default_rng(first)
    rows = [(int(onset), 10, 60 + i % 3, 90) for i, onset in enumerate(rng.integers(0, 1700, 300))]
    part = Part.from_array([*rows, (0, 5, 60, 1), (BAR, 5, 60, 1)], 7, False, "a")
    lines = bars(4, first, meter)
    for resolution in (QUARTER, 1, 7):
        expected = part.with_notes(Accents().apply(part.notes, lines, resolution))
        assert Accents().on(part, lines, resolution) == expected
    assert Accents().on(Part(), [], 1) == Part()


@pytest.mark.parametrize(
    ("rows", "levels"),
    [
        ([], (92, 84, 78)),
        ([(0, 100), (400, 90), (100, 60), (50, 41)], (95, 60, 41)),
        ([(0, 100), (50, 51), (450, 50)], (100, 67, 50)),  # no other beat: the mean of all
    ],
)
def test_accents_are_means(rows: list[tuple[int, int]], levels: tuple[int, int, int]) -> None:
    notes = [Note(onset, 60, 10, velocity) for onset, velocity in rows]
    assert Accents.of(notes, bars(2), QUARTER).levels == levels


@pytest.mark.parametrize(
    ("fresh", "held", "expected"),
    [
        ([(0, 60), (30, 10)], [], [(0, 30), (30, 10)]),  # ends where the key is struck again
        ([(0, 20), (0, 50)], [], [(0, 50)]),
        ([(0, 20), (20, 20)], [], [(0, 20), (20, 20)]),
        ([(10, 20)], [(0, 10)], [(10, 20)]),
        ([(9, 20)], [(0, 10)], []),
        ([(0, 20)], [(0, 10)], []),
        ([(0, 90)], [(40, 10)], [(0, 40)]),
    ],
)
def test_keys_are_struck_where_they_are_free(
    fresh: list[tuple[int, int]], held: list[tuple[int, int]], expected: list[tuple[int, int]]
) -> None:
    def notes(rows: list[tuple[int, int]], pitch: int = 60) -> list[Note]:
        return [Note(onset, pitch, duration) for onset, duration in rows]

    found = playable([*notes(fresh), *notes([(5, 99)], 72)], notes(held))
    assert found == sorted([*notes(expected), *notes([(5, 99)], 72)])


# -- drums -------------------------------------------------------------------------------


def test_drums_that_would_keep_half_of_their_strokes_do_not() -> None:
    """Bars of two strokes and of none; three in four new bars, and then half of them, are silent."""
    strokes = [Note(0, 36, 10), Note(200, 38, 10)]
    sources = [None, None, 0, 0, 0, 1]
    assert len(continued_drums(strokes, bars(6), sources, QUARTER)) == 6
    # Of four strokes that are usual two would be left.
    sources = [None, None, 0, 1, 1, 1]
    assert len(continued_drums(strokes, bars(6), sources, QUARTER)) == 8


def test_strokes_stay_inside_their_bar() -> None:
    long = [
        Bar(1, 0, 400, Meter(4, 4)), Bar(2, 400, 700, Meter(3, 4)), Bar(3, 700, 1100, Meter(4, 4))
    ]  # fmt: skip
    strokes = [Note(0, 36, 10), Note(299, 38, 10), Note(300, 42, 10)]
    found = continued_drums(strokes, long, [None, 0, 0], QUARTER)
    assert [note.onset for note in found] == [400, 699, 700, 999, 1000]


@pytest.mark.parametrize(("early", "expected"), [(8, 792), (9, 791)])
def test_a_stroke_less_than_a_twelfth_of_a_quarter_early(early: int, expected: int) -> None:
    """100 // 12 is 8: what lies 8 ticks before a bar line belongs to the bar behind it."""
    strokes = [Note(0, 36, 10), Note(400 - early, 38, 10)]
    found = continued_drums(strokes, bars(3), [None, None, 1 if early == 8 else 0], QUARTER)
    assert [note.onset for note in found if note.pitch == 38] == (
        [expected] if early == 8 else [800 + 400 - early]
    )


# -- swing -------------------------------------------------------------------------------


def placed(*places: int, meter: str = "4/4") -> Score:
    """One note in each quarter, at a hundredth of it."""
    notes = [Note(QUARTER * i + place, 60 + i % 5, 10) for i, place in enumerate(places)]
    return Score((Part(tuple(notes)),), QUARTER, meters=(MeterChange(0, Meter.parse(meter)),))


@pytest.mark.parametrize(
    ("places", "swing"),
    [
        ([52] * 6, STRAIGHT),
        ([53] * 6, 0.53),
        ([71] * 6, 0.71),
        ([72] * 6, STRAIGHT),
        ([60] * 5, STRAIGHT),
        # Uneven: a deviation of 0.04, and of 0.05.
        ([56, 64] * 3, 0.6),
        ([55, 65] * 3, STRAIGHT),
        # Nine in ten are late; eight in nine are not enough.
        ([60] * 9 + [50], 0.6),
        ([60] * 8 + [50], STRAIGHT),
        ([60] * 8 + [48], STRAIGHT),
        ([60] * 8 + [46], 0.6),
        # A third of a quarter, and what is near to it, is a triplet.
        ([60] * 8 + [36], STRAIGHT),
        ([60] * 8 + [29], STRAIGHT),
        ([60] * 8 + [38], 0.6),
        ([60] * 8 + [28], 0.6),
        ([60] * 6 + [0] * 20, 0.6),
    ],
)
def test_how_late_is_swing(places: list[int], swing: float) -> None:
    assert find_swing(placed(*places)) == pytest.approx(swing)


@pytest.mark.parametrize(
    ("meter", "swings"),
    [("4/4", True), ("2/2", True), ("3/4", True), ("4/1", True), ("6/8", False), ("3/16", False)],
)
def test_quarters_can_swing(meter: str, swings: bool) -> None:
    assert can_swing(Meter.parse(meter)) is swings
    assert find_swing(placed(*[60] * 6, meter=meter)) == pytest.approx(0.6 if swings else 0.5)


def test_drums_tell_no_swing() -> None:
    score = placed(*[60] * 8)
    drums = replace(score, parts=(replace(score.parts[0], is_drum=True),))
    assert find_swing(drums) == STRAIGHT


@pytest.mark.parametrize(
    ("straight", "late"),
    # Up to the off-beat in proportion, and from there: 0.25 is half of the way, 0.75 too.
    [(0, 0), (25, 30), (50, 60), (75, 80), (100, 100), (125, 130), (425, 430)],
)
def test_ticks_of_a_swung_quarter(straight: int, late: int) -> None:
    score = Score((Part((Note(straight, 60, 100),)),), QUARTER, length=800)
    moved = swung(score, 0.6)
    end = {0: 100, 50: 160}.get(straight)
    assert moved.parts[0].notes[0].onset == late
    if end:
        assert moved.parts[0].notes[0].end == end
    assert straightened(moved, 0.6) == score
    assert swung_notes(score.parts[0].notes, score, 0.6) == list(moved.parts[0].notes)
    assert swung_notes(score.parts[0].notes, score, STRAIGHT) == list(score.parts[0].notes)


def test_what_lies_behind_the_last_bar_and_in_eighths_stays() -> None:
    score = Score((Part((Note(0, 60, 10),)),), QUARTER, length=400)
    behind = [Note(450, 60, 100)]
    assert swung_notes(behind, score, 0.6) == behind
    at_line = [Note(350, 60, 50)]
    assert swung_notes(at_line, score, 0.6) == [Note(360, 60, 40)]
    jig = replace(placed(50, meter="6/8"), length=300)
    assert swung(jig, 0.6) == jig
