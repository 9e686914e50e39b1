"""The small decisions of a beat grid: places, ends, openings, tempos, beats, pulses."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from test_beat_numbers import band_strokes, jig
from test_grid import Floats

from symgen.beats.grid import BeatGrid, _mean_tempo, find_grid, grid_of, smooth_beats
from symgen.beats.placing import (
    FINE,
    Division,
    _last_length,
    find_late,
    find_opening,
    lay_ends,
    opening_meters,
    place_onsets,
    straighten,
    tempo_changes,
)
from symgen.beats.pulse import (
    Pulse,
    _sixteenth,
    _without_overhang,
    drift_of_beats,
    find_pulse,
    score_on_pulse,
    settle_end,
)
from symgen.beats.reading import Reading
from symgen.beats.rhythm import TICKS
from symgen.beats.tracking import EXTRA
from symgen.music.meter import Meter
from symgen.music.score import KeyChange, MeterChange, Note, Part, Score, TempoChange

FOUR, THREE, SIX = Meter(4, 4), Meter(3, 4), Meter(6, 8)

# -- places ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "units", "triplets"),
    [
        (16, (6,), True),
        ("16", (6,), True),
        ("32", (3,), True),
        ("8", (12,), False),
        ("1/16", (6,), False),
        ("1/8t", (12, 8), False),
        ("16t", (6, 4), False),
        ("1", (96,), False),
    ],
)
def test_divisions(text: int | str, units: tuple[int, ...], triplets: bool) -> None:
    assert Division.parse(text) == Division(units, plain_triplets=triplets)


def test_places_of_a_division() -> None:
    places = np.arange(25)
    allowed = [int(place) for place in places[Division.parse("16").allows(places)]]
    assert allowed == [0, 6, 8, 12, 16, 18, 24]
    assert places[Division.parse("8t").allows(places)].tolist() == [0, 8, 12, 16, 24]


def test_the_places_of_a_jig() -> None:
    grid = find_grid(jig())
    assert (grid.first_downbeat, grid.pickup, len(grid.beats)) == (1, Fraction(1, 2), 18)
    assert grid.bpm == pytest.approx(172.12218412, rel=1e-6)
    assert grid.beats[:3] == pytest.approx([0.13442081, 0.67005887, 1.2073741], abs=1e-6)
    assert grid.beats[-1] == pytest.approx(9.04757895, abs=1e-6)
    division = Division.parse(16)
    places, kept = place_onsets(jig(), grid, division)
    # The note that is missing leaves a hole after the fifth; the one too many is left out.
    assert places[:7].tolist() == [-12, 0, 12, 24, 36, 60, 72]
    assert np.setdiff1d(np.arange(43), kept).tolist() == [9]
    lengths = lay_ends(jig()[kept], places, grid, division) - places
    assert lengths[[0, 4, 20, 21, -2, -1]].tolist() == [12, 12, 12, 36, 36, 36]


def even(count: int, *, meter: Meter = FOUR, bpm: float = 120.0) -> BeatGrid:
    """Return beats of one tempo from the second 0 on, where a bar begins."""
    beat = 60.0 / bpm * float(meter.beat_quarters)
    return BeatGrid(np.arange(count) * beat, meter, bpm, 1.0, 0, Fraction(0))


def test_ends_of_notes() -> None:
    """Quarters of half a second: the player holds 4/5 of each note, so that 0.4 s are a quarter.

    The third note sounds for 0.2 s of a half: a rest follows; the last one for 0.8 s: a half.
    """
    onsets = np.array([0, 0.5, 1.0, 2.0, 2.5, 3.0, 3.5])
    held = np.array([0.4, 0.4, 0.2, 0.4, 0.4, 0.4, 0.8])
    rows = np.stack([onsets, onsets + held, np.full(7, 60.0), np.ones(7)], axis=1)
    places = (onsets * 48).astype(np.int64)
    ends = lay_ends(rows, places, even(12), Division.parse("8"))
    assert (ends - places).tolist() == [24, 24, 12, 24, 24, 24, 48]
    # Where it sounds for less than 0.6 of the 0.8 s that the player gives to a half.
    for length, expected in ((0.44, 24), (0.5, 48)):
        rows[2, 1] = 1.0 + length
        assert (lay_ends(rows, places, even(12), Division.parse("8")) - places)[2] == expected


@pytest.mark.parametrize(
    ("held", "unit", "length"),
    [(0, 6, 6), (20, 6, 18), (30, 6, 36), (100, 6, 96), (999, 6, 192), (30, 24, 24), (9, 5, 5)],
)
def test_last_lengths(held: float, unit: int, length: int) -> None:
    """Of what divides by the unit the nearest by ratio: 30 / 24 is more than 36 / 30."""
    assert _last_length(held, unit) == length


@pytest.mark.parametrize(
    ("share", "late"),
    [
        ([0.66] * 6, 0.66),
        ([0.66] * 5, 0.5),
        ([0.56] * 6, 0.56),
        ([0.72] * 6, 0.5),
        ([0.71] * 6, 0.71),
        ([0.55] * 6, 0.5),
        ([0.66] * 17 + [0.5] * 3, 0.66),
        ([0.66] * 16 + [0.5] * 3, 0.5),
        ([0.66] * 17 + [0.27, 0.5, 0.5, 0.5], 0.66),
        ([0.57] * 5 + [0.71] * 5, 0.5),
    ],
)
def test_late_off_beats(share: list[float], late: float) -> None:
    assert find_late(np.array(share) + np.arange(len(share))) == pytest.approx(late)


def test_late_off_beats_come_to_the_middle() -> None:
    at = np.array([0.0, 1.3, 2.6, 3.8])
    assert straighten(at, 0.6) == pytest.approx([0, 1.25, 2.5, 3.75])


@pytest.mark.parametrize(
    ("first", "meter", "line", "pickup"),
    [
        (0, "4/4", 0, None),
        (-24, "4/4", -24, "1/4"),
        (-12, "4/4", -12, "1/8"),
        (-6, "4/4", -6, "1/16"),
        (72, "4/4", 72, "1/4"),
        (24, "4/4", 24, "3/4"),
        # a triplet of eighths: its quarter begins with a rest
        (-8, "4/4", -24, "1/4"),
        (-16, "4/4", -24, "1/4"),
        # more than a bar less a sixteenth is no pickup
        (5, "4/4", 0, None),
        (1, "6/8", 0, None),
        (-12, "6/8", -12, "1/8"),
        (-36, "6/8", -36, "3/8"),
        (-54, "3/4", -54, "9/16"),
    ],
)
def test_openings(first: int, meter: str, line: int, pickup: str | None) -> None:
    found = Meter.parse(pickup) if pickup else None
    assert find_opening(first, Meter.parse(meter)) == (line, found)
    opening = opening_meters(found, FOUR, 480)
    if found is None:
        assert opening == (MeterChange(0, FOUR),)
    else:
        assert opening == (MeterChange(0, found), MeterChange(int(found.quarters * 480), FOUR))


def test_tempos_of_bars() -> None:
    """Four bars of 4/4 at 120, one at 100; a pickup of a quarter. 100 is log(1.2) = 0.18 below 120."""
    steps = np.repeat([0.5, 0.6], [17, 5])
    grid = BeatGrid(np.concatenate([[0], np.cumsum(steps)]), FOUR, 120.0, 1.0, 1, Fraction(1))
    found = tempo_changes(grid, -1.0, 20.0)
    assert [(change.tick, round(change.bpm, 3)) for change in found] == [(0, 120), (8160, 100)]
    near = BeatGrid(grid.beats, FOUR, 115.0, 1.0, 1, Fraction(1))
    (one,) = tempo_changes(near, -1.0, 20.0)
    assert (one.tick, round(one.bpm, 3)) == (0, 115)
    (one,) = tempo_changes(grid, 0.0, 4.0)
    assert round(one.bpm, 3) == 120
    fast = tempo_changes(BeatGrid(grid.beats, FOUR, 99999.0, 1.0, 1, Fraction(1)), 0.0, 4.0)
    assert fast == (TempoChange.of_bpm(0, 10000.0),)


# -- grids -------------------------------------------------------------------------------


def test_a_grid_through_the_places_of_a_reading() -> None:
    """Quarters from the second of a bar of 4/4 on; even ones of 0.5 s begin at 1 s."""
    ticks = np.array([12, 24, EXTRA, 48, 60])
    rows = np.array([[1.5, 1.9], [2.0, 2.4], [2.2, 2.3], [3.0, 3.4], [3.5, 9.1]])
    rows = np.concatenate([rows, np.ones((5, 2))], axis=1)
    reading = Reading(ticks, FOUR, 99.0, 0.75, 0.5)
    grid = grid_of(rows, reading, (1.0, 0.5))
    # From the beat of the first note to one behind the last sound, at 9.1 s.
    assert grid.beats == pytest.approx(np.arange(1.5, 9.6, 0.5))
    assert (grid.first_downbeat, grid.pickup) == (3, Fraction(3))
    assert grid.bpm == pytest.approx(120)
    assert (grid.confidence, grid.meter_confidence) == (0.75, 0.5)
    assert grid_of(rows, reading).beats == pytest.approx(grid.beats, abs=1e-6)
    short = grid_of(rows[:1], Reading(ticks[:1], FOUR, 99.0, 0.75, 0.5), (1.0, 0.5))
    # The bar line is three beats ahead, and behind the only note.
    assert short.beats == pytest.approx([1.5, 2.0, 2.5, 3.0])
    assert (short.first_downbeat, short.bpm) == (3, 99.0)


def test_the_mean_tempo_of_places() -> None:
    beats = np.array([0.0, 0.5, 1.5])
    assert _mean_tempo(np.array([0, 24]), np.array([0.0, 2.0]), beats) == pytest.approx(80)
    assert _mean_tempo(np.array([6, 18]), np.array([0.5, 1.5]), beats) == pytest.approx(80)
    assert _mean_tempo(np.array([6]), np.array([0.5]), beats) == 0
    flat = np.array([1.0, 1.0])
    assert _mean_tempo(np.array([0, 12]), np.array([0.0, 1.0]), flat) == 0


def test_smooth_beats() -> None:
    """Exact onsets give exact beats; one that is 0.2 s late moves its beat by less."""
    places = np.arange(6.0)
    exact = smooth_beats(places * 0.5 + 3, places, 7, 0.02, 0.015)
    assert exact == pytest.approx(3 + np.arange(7) * 0.5, abs=1e-6)
    onsets = places * 0.5
    onsets[3] += 0.2
    pinned = [-0.00434, 0.50134, 1.00702, 1.51152, 2.01364, 2.51446, 3.01529]
    found = smooth_beats(onsets, places, 7, 0.02, 0.015)
    assert found - pinned == pytest.approx(np.zeros(7), abs=0.02)
    assert 1.5 < found[3] < 1.56
    assert smooth_beats(
        np.array([1.0, 2.0]), np.array([0.0, 1.0]), 2, 0.02, 0.015
    ) == pytest.approx([1, 2], abs=1e-6)


# -- pulses ------------------------------------------------------------------------------


def test_the_pulse_of_a_band() -> None:
    score, _ = band_strokes()
    pulse = find_pulse(score)
    assert pulse is not None
    assert (pulse.start, pulse.pickup, pulse.file_bpm) == (0, None, pytest.approx(120))
    assert pulse.bpm == pytest.approx(93.26180718, rel=1e-6)
    assert (len(pulse.grid.beats), pulse.grid.first_downbeat) == (17, 0)
    assert pulse.grid.beats[[0, 3, -1]] == pytest.approx(
        [-9.88396947, 1910.37697485, 9891.39825142]
    )
    assert str(pulse) == "93.26 quarters a minute in 4/4"


@pytest.mark.parametrize(
    ("quarters", "place"), [(0.0, 0), (0.12, 0), (0.125, 6), (-0.125, 0), (-0.13, -6), (1.0, 24)]
)
def test_the_nearest_sixteenth(quarters: float, place: int) -> None:
    assert _sixteenth(quarters) == place


def test_beats_end_one_after_the_last_onset() -> None:
    """The median of the last eight steps goes on: 0.5, whatever the first ones are."""
    beats = np.concatenate([[0, 2, 4, 6, 8], 8 + np.arange(1, 13) * 0.5])
    grid = BeatGrid(beats, FOUR, 120.0, 1.0, 0, Fraction(0))
    assert settle_end(grid, 12.0).beats.tolist() == [*beats[:13], 12.5]
    assert settle_end(grid, 11.9).beats.tolist() == [*beats[:12], 12.0]
    assert settle_end(grid, 0.0).beats.tolist() == [0, 2, 4]
    later = BeatGrid(beats, FOUR, 120.0, 1.0, 3, Fraction(3))
    assert len(settle_end(later, 0.0).beats) == 5


@pytest.mark.parametrize(
    ("beats", "drift"),
    [
        (np.arange(10.0), 0.0),
        (np.arange(10) * 1.01, 0.1),
        (np.arange(10) * 0.99, 0.1),
        (np.arange(10) * 0.5, 0.0),
        (np.arange(9) / 3, 0.0),
        (np.arange(8) / 4, 0.0),
        (np.arange(10) / 5, np.inf),
        (np.arange(2.0), np.inf),
        (np.arange(3.0), 0.0),
    ],
)
def test_how_far_beats_drift(beats: Floats, drift: float) -> None:
    assert drift_of_beats(beats) == pytest.approx(drift, abs=1e-9)


def test_what_is_held_a_little_over_the_last_line_is_cut() -> None:
    """A bar of 1920 ticks: less than a sixteenth over its end, 120 ticks, is cut; more is a note."""
    for end, cut in ((1921, 1920), (2039, 1920), (2040, 2040), (1920, 1920)):
        score = Score((Part((Note(0, 60, 480), Note(480, 62, end - 480))),), 480)
        assert _without_overhang(score).music_end == cut, end
    late = Score((Part((Note(0, 60, 480), Note(1920, 62, 60))),), 480)
    assert _without_overhang(late) == late


def test_a_score_on_a_pulse_by_hand() -> None:
    """Beats of 600 ticks from tick 100 on, the second of which begins the first bar; a pickup of a quarter."""
    beats = 100 + 600.0 * np.arange(12)
    pulse = Pulse(
        BeatGrid(beats, THREE, 100.0, 1.0, 1, Fraction(1)), Fraction(-1), Meter(1, 4), 120.0
    )
    notes = (Note(40, 60, 60), Note(100, 62, 600), Note(700, 64, 1800), Note(2500, 65, 1))
    score = Score(
        (Part(notes),), 480, keys=(KeyChange(0, 1), KeyChange(1300, 2), KeyChange(2400, 3))
    )
    laid = score_on_pulse(score, pulse)
    rows = [(note.onset, note.duration) for note in laid.parts[0].notes]
    # What begins before the score begins with it, and nothing is shorter than a tick.
    assert rows == [(0, 1), (0, 480), (480, 1440), (1920, 1)]
    assert [(change.tick, str(change.meter)) for change in laid.meters] == [
        (0, "1/4"),
        (480, "3/4"),
    ]
    # Ticks 960 and 1840 of the score: the lines at 480 and at 1920 are nearest.
    assert [key.tick for key in laid.keys] == [0, 480, 1920]
    assert pulse.ticks([0.0, 1.5]).tolist() == [100.0, 1000.0]
    assert pulse.quarters([100, 1000]).tolist() == [0.0, 1.5]
    # 600 ticks of a file at 120 a minute are 5/8 of a second.
    assert [(change.tick, round(change.bpm, 6)) for change in laid.tempos] == [(0, 100)]
    assert TICKS * 2 == FINE


@pytest.mark.parametrize(
    ("count", "ticks", "found"),
    [(16, 400, True), (15, 480, False), (16, 380, False), (17, 360, True), (17, 350, False)],
)
def test_a_pulse_needs_strokes_and_time(count: int, ticks: int, found: bool) -> None:
    """Sixteen strokes and six seconds at least: 15 or 16 steps of so many ticks, 960 a second."""
    notes = tuple(Note(i * ticks, 60 + i % 5, 100) for i in range(count))
    assert (find_pulse(Score((Part(notes),), 480), always=True) is not None) == found
