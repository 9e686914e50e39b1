"""Scores out of performed notes."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from symgen.beats.grid import BeatGrid
from symgen.music.keys import infer_key
from symgen.music.meter import COMMON_TIME, Meter
from symgen.music.score import KeyChange, Score
from symgen.music.theory import Key
from symgen.system.errors import ControlError, FormatError
from symgen.transcriber.quantize import score_from_rows, unquantized_score

Floats = NDArray[np.float64]


def even_grid(
    bpm: float = 120.0, meter: Meter = COMMON_TIME, *, start: float = 1.0, count: int = 64
) -> BeatGrid:
    """Even beats of which one at `start` seconds begins a bar."""
    beat = 60 / bpm * float(meter.beat_quarters)
    beats = start + beat * np.arange(-4, count)
    return BeatGrid(beats, meter, bpm, 1.0, 4, Fraction(0))


def rows_at(
    quarters: list[float], *, bpm: float = 120.0, start: float = 1.0, gate: float = 0.9
) -> Floats:
    """Note rows at places after the bar line; the last note lasts a quarter."""
    times = start + np.array([*quarters, quarters[-1] + 1]) * 60 / bpm
    pitches = 60 + np.arange(len(quarters)) % 7
    return np.stack(
        [times[:-1], times[:-1] + gate * np.diff(times), pitches, np.full(len(quarters), 0.5)],
        axis=1,
    )


def table(score: Score) -> list[tuple[float, float, int]]:
    """Onset and duration in quarters, and pitch."""
    return [
        (n.onset / score.resolution, n.duration / score.resolution, n.pitch)
        for n in score.parts[0].notes
    ]


def onsets(score: Score) -> list[float]:
    return [onset for onset, _, _ in table(score)]


def test_a_scale_by_hand() -> None:
    rows = rows_at([0, 1, 1.5, 2, 3.5])
    score = score_from_rows(rows, even_grid(), key=Key(2, "major"), program=73)
    assert table(score) == [(0, 1, 60), (1, 0.5, 61), (1.5, 0.5, 62), (2, 1.5, 63), (3.5, 1, 64)]
    assert score.parts[0].program == 73
    assert {note.velocity for note in score.parts[0].notes} == {64}
    assert score.tempos[0].bpm == pytest.approx(120)
    assert [change.meter for change in score.meters] == [COMMON_TIME]
    assert score.keys == (KeyChange(0, 2, False),)
    assert infer_key(score).sharps % 12 < 12


def test_a_minor_key() -> None:
    assert score_from_rows(rows_at([0, 1]), even_grid(), key=Key(4, "minor")).keys == (
        KeyChange(0, 1, True),
    )


@pytest.mark.parametrize(
    ("first", "meter", "length"),
    [(-1.0, "4/4", 1.0), (-0.5, "6/8", 0.5), (-0.25, "2/4", 0.25), (-2.0, "3/4", 2.0)],
)
def test_a_pickup_is_a_short_first_bar(first: float, meter: str, length: float) -> None:
    score = score_from_rows(rows_at([first, 0, 1, 2]), even_grid(meter=Meter.parse(meter)))
    assert score.has_pickup
    assert score.bars[0].length == length * score.resolution
    assert str(score.bars[1].meter) == meter
    assert onsets(score) == [0, length, length + 1, length + 2]


def test_a_melody_that_enters_within_a_bar_keeps_its_rest() -> None:
    """Three of four beats at the beginning of a bar are a bar with a rest only where no bar line comes first."""
    score = score_from_rows(rows_at([0.5, 1, 2, 4]), even_grid())
    assert onsets(score)[1:] == [
        onsets(score)[0] + 0.5,
        onsets(score)[0] + 1.5,
        onsets(score)[0] + 3.5,
    ]
    full = [bar for bar in score.bars if bar.number]
    assert (score.parts[0].notes[-1].onset - full[0].start) % full[0].length == 0


def test_onsets_are_put_in_order_on_places_of_their_own() -> None:
    """Two notes that are both nearest to the second quarter."""
    rows = rows_at([0, 0.97, 1.2, 1.5, 2, 3], bpm=70)
    found = onsets(score_from_rows(rows, even_grid(70)))
    assert len(found) == len(set(found)) == 6
    assert found == sorted(found)


def test_late_notes_go_to_the_beat_not_to_the_sixteenth_beside_it() -> None:
    places = [0, 1.14, 2, 3.13, 4, 5, 6, 7.14, 8]
    assert onsets(score_from_rows(rows_at(places, bpm=100), even_grid(100))) == list(range(9))


def test_an_ornament_shorter_than_the_grid_is_merged() -> None:
    """A grace note of 30 ms before each beat has no place of its own."""
    places = [0.0, 0.95, 1, 2, 2.95, 3, 4, 5]
    rows = rows_at([float(p) for p in places], bpm=100)
    found = onsets(score_from_rows(rows, even_grid(100)))
    assert set(range(6)) - set(found) <= {5}
    assert all(place in range(6) for place in found)


def test_triplets_where_they_are_plain() -> None:
    places = [0, 1, 4 / 3, 5 / 3, 2, 2.5, 3, 10 / 3, 11 / 3, 4]
    rows = rows_at(places, bpm=80)
    assert onsets(score_from_rows(rows, even_grid(80))) == pytest.approx(places)
    strict = onsets(score_from_rows(rows, even_grid(80), division="1/16"))
    assert all((4 * onset) % 1 == 0 for onset in strict)


@pytest.mark.parametrize(
    ("division", "unit"),
    [(4, 1), (8, 0.5), ("1/8", 0.5), (16, 0.25), ("16", 0.25), (32, 0.125), ("1/8t", 1 / 6)],
)
def test_divisions(division: int | str, unit: float) -> None:
    """Whatever was played lies on the grid."""
    places = np.cumsum(np.random.default_rng(2).uniform(0.4, 1.2, 30)).tolist()
    score = score_from_rows(rows_at(places, bpm=60), even_grid(60), division=division)
    if division in (16, 32, "16"):
        unit /= 3
    assert np.allclose(np.array(onsets(score)) / unit, np.rint(np.array(onsets(score)) / unit))
    assert score.note_count > (20 if unit < 1 else 15)


@pytest.mark.parametrize("division", [0, 5, 64, "x", "1/32t", ""])
def test_no_division(division: int | str) -> None:
    with pytest.raises(ControlError, match="write the shortest note like 8, 16 or 32"):
        score_from_rows(rows_at([0, 1]), even_grid(), division=division)


def test_swing_is_written_straight() -> None:
    places = [i + late for i in range(12) for late in (0, 0.64)]
    assert onsets(score_from_rows(rows_at(places), even_grid())) == [i / 2 for i in range(24)]


@pytest.mark.parametrize("gate", [0.35, 0.6, 0.95, 1.0])
def test_articulation_is_no_rest(gate: float) -> None:
    score = score_from_rows(rows_at([0, 1, 1.5, 2, 3, 4, 5.5, 6], gate=gate), even_grid())
    assert [length for _, length, _ in table(score)][:-1] == [1, 0.5, 0.5, 1, 1, 1.5, 0.5]


def test_rests_stay() -> None:
    """A quarter held, then a rest of three."""
    rows = rows_at([0, 1, 2, 3, 4, 8, 9, 10, 11, 12])
    rows[4, 1] = rows[4, 0] + 0.45
    lengths = [length for _, length, _ in table(score_from_rows(rows, even_grid()))]
    assert lengths[:-1] == [1, 1, 1, 1, 1, 1, 1, 1, 1]


def test_the_tempo_is_one_unless_it_strays() -> None:
    grid = even_grid(count=40)
    rows = rows_at([float(i) for i in range(32)])
    assert len(score_from_rows(rows, grid).tempos) == 1
    slower = np.concatenate([grid.beats[:20], grid.beats[20] + 0.7 * np.arange(24)])
    rows[:, 0] = slower[4:36]
    rows[:, 1] = rows[:, 0] + 0.4
    score = score_from_rows(rows, replace(grid, beats=slower, bpm=100.0))
    assert score.tempos[0].bpm == pytest.approx(120, rel=0.01)
    assert score.tempos[-1].bpm == pytest.approx(60 / 0.7, rel=0.01)
    lines = {bar.start for bar in score.bars}
    assert all(change.tick in lines for change in score.tempos)
    for note, row in zip(score.parts[0].notes, rows.tolist(), strict=True):
        assert score.seconds(note.onset) + 1.0 == pytest.approx(row[0], abs=0.08)


def test_no_notes() -> None:
    score = score_from_rows(np.zeros((0, 4)), even_grid(90, Meter(3, 4)))
    assert (score.note_count, str(score.meters[0].meter), score.tempos[0].bpm) == (
        0,
        "3/4",
        pytest.approx(90),
    )


STEPS = st.lists(st.sampled_from([0.25, 0.5, 0.5, 1.0, 1.0, 1.5, 2.0]), min_size=1, max_size=60)


@given(steps=STEPS, bpm=st.floats(50, 180), gate=st.floats(0.6, 1.0), start=st.floats(0.5, 30))
def test_a_metronomic_performance_comes_back_note_for_note(
    steps: list[float], bpm: float, gate: float, start: float
) -> None:
    places = np.concatenate([[0], np.cumsum(steps)]).tolist()
    rows = rows_at(places, bpm=bpm, start=start, gate=gate)
    score = score_from_rows(rows, even_grid(bpm, start=start, count=200))
    assert onsets(score) == places
    assert [pitch for _, _, pitch in table(score)] == rows[:, 2].tolist()
    assert [length for _, length, _ in table(score)][:-1] == steps


@given(
    gaps=st.lists(st.floats(0, 3), min_size=1, max_size=40),
    held=st.floats(0.001, 3),
    bpm=st.floats(30, 300),
    division=st.sampled_from([4, 8, 16, 32, "1/16", "1/8t"]),
)
def test_any_rows_become_one_line_of_notes(
    gaps: list[float], held: float, bpm: float, division: int | str
) -> None:
    times = 0.3 + np.cumsum(gaps)
    ends = np.minimum(times + held, np.append(times[1:], np.inf))
    rows = np.stack([times, ends, np.full(len(times), 60.0), np.linspace(0, 1, len(times))], axis=1)
    notes = score_from_rows(rows, even_grid(bpm), division=division).parts[0].notes
    assert 0 < len(notes) <= len(rows)
    assert all(a.end <= b.onset for a, b in pairwise(notes))


# -- without a grid ----------------------------------------------------------------------


@given(bpm=st.floats(5, 400), count=st.integers(0, 30), seed=st.integers(0, 99))
def test_true_times_are_kept_to_a_millisecond(bpm: float, count: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    times = np.cumsum(rng.uniform(0.05, 2, count))
    rows = np.stack(
        [times, times + 0.04, rng.integers(40, 80, count), rng.uniform(0, 1, count)], axis=1
    )
    score = unquantized_score(rows, bpm)
    assert score.note_count == count
    for note, row in zip(score.parts[0].notes, rows.tolist(), strict=True):
        assert score.seconds(note.onset) == pytest.approx(row[0], abs=0.001)
        assert score.seconds(note.end) == pytest.approx(row[1], abs=0.001)
        assert note.pitch == row[2]


def test_tempo_of_an_unquantized_score() -> None:
    score = unquantized_score(rows_at([0, 1]), 96.0)
    assert score.tempos[0].bpm == pytest.approx(96)
    with pytest.raises(FormatError, match="must be 4"):
        unquantized_score(rows_at([0, 1]), 2.0)
