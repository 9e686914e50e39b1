"""The numbers that a reading of a rhythm stands on, and the small decisions of the grid it is laid on.

The weights in ``data/`` were fitted to the features as they are: where a number here changes, they
must be fitted anew.
"""

from __future__ import annotations

import numpy as np
import pytest
from bands import band, drifting, moved
from test_grid import JIG, Floats, melody, performed, rows_of

from symgen.beats.evidence import (
    ENSEMBLE_FEATURES,
    FEATURES,
    PlacedNotes,
    describe,
    describe_ensemble,
)
from symgen.beats.lattice import _BINS, Fit, _density, fit_lattice, late_by, period_evidence
from symgen.beats.reading import Choices, RhythmConstraints, list_choices, read_rhythm
from symgen.beats.rhythm import KNOWN_METERS, _nearest, beat_kind, rhythm_of
from symgen.beats.strokes import Clock, Strokes, merge_notes
from symgen.music.meter import Meter
from symgen.music.score import Score

FOUR, THREE, SIX = Meter(4, 4), Meter(3, 4), Meter(6, 8)


def jig() -> Floats:
    """A jig with a pickup, played a little freely; the sixth note is missing, the tenth is one too many."""
    rows = performed(melody("A|" + JIG), 174.0, jitter=0.012, drift=0.05)
    rows = np.delete(rows, 5, axis=0)
    return np.insert(rows, 9, [rows[8, 0] + 0.07, rows[8, 0] + 0.1, 70, 0.3], axis=0)


def band_strokes() -> tuple[Score, Strokes]:
    score = moved(band(4), drifting(93, 0.05), 0.01)
    return score, merge_notes(score, Clock.even(score, 120))


def top_of(choices: list[Choices], count: int) -> list[tuple[str, float, int, float]]:
    rows = [
        (str(choice.rhythm.meter), round(choice.bpm, 2), int(shift), round(float(score), 3))
        for choice in choices
        for shift, score in zip(choice.shifts, choice.scores, strict=True)
    ]
    return sorted(rows, key=lambda row: -row[3])[:count]


# -- readings ----------------------------------------------------------------------------


def test_the_readings_of_a_jig() -> None:
    choices = list_choices(jig(), RhythmConstraints())
    assert top_of(choices, 6) == [
        ("6/8", 172.81, 18, 34.308),
        ("6/8", 172.81, 0, 31.104),
        ("4/4", 172.81, 36, 30.607),
        ("3/4", 172.81, 30, 30.313),
        ("6/8", 172.81, 24, 30.195),
        ("9/8", 172.81, 36, 29.820),
    ]
    scores = np.concatenate([choice.scores for choice in choices])
    assert (len(choices), len(scores)) == (42, 270)
    assert scores.mean() == pytest.approx(19.76094527860159, rel=1e-6)
    assert scores.std() == pytest.approx(6.530095833087706, rel=1e-6)
    reading = read_rhythm(jig(), RhythmConstraints())
    assert reading is not None
    assert reading.confidence == pytest.approx(0.971189967602926, rel=1e-6)
    assert reading.meter_confidence == pytest.approx(0.884286269411282, rel=1e-6)
    assert reading.bpm == pytest.approx(172.81017884, rel=1e-6)
    assert reading.ticks[:11].tolist() == [30, 36, 42, 48, 54, 66, 72, 78, 84, 87, 90]
    quarters, index = reading.quarters
    assert (quarters[0], index.tolist()) == (2.5, list(range(43)))


def test_what_is_known_of_a_jig() -> None:
    known = RhythmConstraints(tempo=170, meter=SIX, first_beat=1.0)
    assert top_of(list_choices(jig(), known), 3) == [
        ("6/8", 172.81, 6, 28.061),
        ("6/8", 172.81, 12, 23.117),
        ("6/8", 172.81, 0, 22.360),
    ]


def test_a_long_melody_is_followed_at_a_few_tempos() -> None:
    long = np.concatenate([jig() + np.array([17.0 * k, 17.0 * k, 0, 0]) for k in range(4)])
    choices = list_choices(long, RhythmConstraints())
    assert len(choices) == 11
    assert top_of(choices, 2) == [("6/8", 169.87, 18, 38.383), ("6/8", 169.87, 0, 36.922)]


def test_the_readings_of_a_band() -> None:
    _, strokes = band_strokes()
    choices = list_choices(strokes.rows, RhythmConstraints(), strokes)
    assert top_of(choices, 6) == [
        ("4/4", 93.05, 0, 19.815),
        ("2/4", 93.05, 0, 18.482),
        ("3/4", 93.05, 0, 14.899),
        ("4/4", 93.05, 24, 12.972),
        ("3/4", 93.05, 12, 12.592),
        ("3/4", 93.05, 24, 12.494),
    ]
    scores = np.concatenate([choice.scores for choice in choices])
    assert (len(choices), len(scores)) == (41, 267)
    assert scores.mean() == pytest.approx(-0.28545726855953685, rel=1e-5)
    assert scores.std() == pytest.approx(8.991388626648506, rel=1e-6)


def test_constraints() -> None:
    assert RhythmConstraints(60.0, felt=True).quarters(SIX) == 90
    assert RhythmConstraints(60.0).quarters(SIX) == 60
    assert RhythmConstraints().quarters(SIX) is None
    assert RhythmConstraints().meters == KNOWN_METERS
    assert RhythmConstraints(meter=SIX).meters == (SIX,)


def test_one_note_or_one_time_has_no_reading() -> None:
    for rows in (rows_of(1.0), rows_of(1.0, 1.0)):
        assert read_rhythm(rows, RhythmConstraints()) is None
    assert read_rhythm(rows_of(1.0, 1.5), RhythmConstraints()) is not None


# -- features ----------------------------------------------------------------------------


def features(shift: int) -> dict[str, float]:
    """Of C E G E, C E G E with lines at the first note: quarters of 3/4 with a half in it."""
    ticks = np.array([0, 24, 36, 60, 72, 96, 108])
    pitches = [60, 64, 60, 64, 60, 64, 72]
    onsets = ticks / 24
    strengths = [0.9, 0.5, 0.9, 0.5, 0.9, 0.5, 0.9]
    rows = np.stack([onsets, onsets + 0.4, pitches, strengths], axis=1)
    rows[-1, 1] = onsets[-1] + 1.0
    notes = PlacedNotes(ticks, rows, -3.5, 0.5)
    found = describe(notes, rhythm_of(THREE), np.array([shift]), 0)[0]
    return dict(zip(FEATURES, found.tolist(), strict=True))


def test_features_of_a_waltz() -> None:
    """Half C, quarter E three times, and a last half C above: each C begins a bar."""
    found = features(0)
    # Four of seven notes stand on lines: a mean above that of all counts 4 / (4 + 2).
    expected = {
        "timing": -3.5,
        "line_hit": 1,
        "beat_hit": 7 / (109 / 12),
        # halves are 1, quarters 0: the mean is 4 / 7
        "long_on_line": 4 / 6 * 3 / 7,
        "long_on_beat": -3 / 5 * 4 / 7,
        "tonic_on_line": 4 / 6 * 3 / 7,
        "triad_on_line": 0,
        # 0 4 4 4 4 4 8 semitones, a fourth of them each
        "leap_to_line": (0 + 1 + 1 + 2 - 4) / 6,
        "leap_to_beat": (3 * (1 - 1)) / 5,
        "fourth_to_line": 0,
        # of the first note alone, whose step is 0
        "same_to_line": (1 - 4 / 7) / 6,
        # up to E, down to C, up to E ...: all but the first and the last two are peaks
        "peak_on_line": (2 - 4 * 4 / 7) / 6,
        # 0.9 four times and 0.5 three times: deviations of 3 and -4, spread the root of 12
        "loud_on_line": 4 / 6 * 3 / 12**0.5,
        "loud_on_beat": -3 / 5 * 4 / 12**0.5,
        "last_on_line": 1,
        "last_on_beat": 1,
        "last_long_on_line": 1,
        "end_on_line": 0,
        "no_pickup": 1,
        "short_pickup": 0,
        # All notes are of one triad.
        "chord_bars": 1,
        "chord_beats": 1,
        # 4 of 5 notes come again a bar later (the fifth an octave above), 2 of 3 two bars later;
        # six notes more of which 15 % would
        "again_1": (4 + 0.9) / (5 + 6),
        "again_2": (2 + 0.9) / (3 + 6),
        "again_4": 0.9 / 6,
        "again_8": 0.9 / 6,
        "steps_1": (5 + 0.9) / (5 + 6),
        "steps_2": (3 + 0.9) / (3 + 6),
        "steps_4": 0.9 / 6,
    }
    assert {name: found[name] for name in expected} == pytest.approx(expected)
    # What comes again one bar later ends before the fifth note, two bars later before the third:
    # both on lines; 4 of 7 would be by chance. That it begins with the first note is no news.
    assert found["begins_on_line"] == 0
    assert found["ends_at_line"] == pytest.approx(2 * (1 - 4 / 7) / 5)


def test_features_with_the_line_a_quarter_later() -> None:
    """Bar lines at ticks -12, 24, 60 and 96: the E begin bars, and the first C is a pickup of a half."""
    found = features(12)
    expected = {
        "line_hit": 1,
        "long_on_line": -3 / 5 * 4 / 7,
        "long_on_beat": 4 / 6 * 3 / 7,
        "tonic_on_line": -3 / 5 * 4 / 7,
        "last_on_line": 0,
        "last_on_beat": 1,
        "end_on_line": 1,
        "no_pickup": 0,
        "short_pickup": 0,
    }
    assert {name: found[name] for name in expected} == pytest.approx(expected)
    late = features(24)
    assert (late["short_pickup"], late["end_on_line"], late["line_hit"]) == (1, 0, 0)


def test_features_of_an_ensemble() -> None:
    """Two bars: C and its fifth on beats 1 and 3 with a bass drum, E on 2 and 4 with a snare."""
    ticks = np.arange(8) * 12
    count = np.tile([2.0, 1.0], 4)
    drums = np.tile([[1.0, 0, 0], [0, 1.0, 0]], (4, 1))
    drums[0, 2] = 1
    pitches = np.zeros((8, 12))
    pitches[:4, 0] = pitches[4:, 7] = 1.0
    onset = ticks / 24
    strength = np.tile([1.0, 0.5], 4)
    rows = np.stack([onset, onset + 0.25, np.full(8, 67.0), strength], axis=1)
    strokes = Strokes(rows, np.tile([48.0, 64.0], 4), count, pitches, drums)
    notes = PlacedNotes(ticks, rows, 0.0, 0.5)
    found = describe_ensemble(notes, strokes, rhythm_of(FOUR), np.array([0]))[0]
    named = dict(zip(ENSEMBLE_FEATURES, found.tolist(), strict=True))
    expected = {
        # Lines: 2 of 8 notes; other beats: 6; halves: 2; beats 2 and 4: 4. The mean of the bass is 1/2.
        "bass_on_line": (2 - 1) / 4,
        "bass_on_beat": (2 - 3) / 8,
        "bass_on_half": (2 - 1) / 4,
        "bass_on_off": (0 - 2) / 6,
        "bass_moves_on_line": 0,
        "full_on_line": 2 * np.log(2) / 2 / 4,
        "full_on_off": -4 * np.log(2) / 2 / 6,
        "loud_on_line": 2 / 4,
        "loud_on_off": -4 / 6,
        "held_on_line": 0,
        # The harmony changes with the fifth stroke alone, and is all new there; the first has none before.
        "harmony_on_line": (1 - 2 / 8) / 4,
        "harmony_on_beat": (0 - 6 / 8) / 8,
        "kick_on_line": (2 - 1) / 4,
        "snare_on_line": (0 - 1) / 4,
        "snare_on_off": (4 - 2) / 6,
        "crash_on_line": (1 - 2 / 8) / 4,
        "share_beat": 1,
        "share_eighth": 0,
        "share_sixteenth": 0,
        "share_triplet": 0,
        "strokes_log": np.log(8 / 7),
        "strokes_square": np.log(8 / 7) ** 2,
        "notes_log": np.log(12 / 7),
        "notes_square": np.log(12 / 7) ** 2,
        "changes_log": np.log(2 / 7),
        "changes_square": np.log(2 / 7) ** 2,
        # Onsets and drums of the second bar and of the first but its crash: 8 alike, of 8 and 9.
        "bar_again": 8 / (np.sqrt(8 * 9) + 4),
        # Of 7 pairs of neighbors only the onsets are alike.
        "beat_again": 7 / (np.sqrt(14 * 15) + 4),
        "half_again": 12 / (np.sqrt(12 * 13) + 4),
    }
    assert {name: named[name] for name in expected} == pytest.approx(expected)


def test_basses_are_near_the_lowest_of_two_quarters_around() -> None:
    """48 sounds on the first beat: 52 is a bass too, 53 none while 48 is within two quarters."""
    ticks = np.array([0, 12, 24, 36])
    bass = np.array([48.0, 52, 53, 53])
    rows = np.stack([ticks / 24, ticks / 24 + 0.4, bass, np.ones(4)], axis=1)
    strokes = Strokes(rows, bass, np.ones(4), np.ones((4, 12)), np.zeros((4, 3)))
    notes = PlacedNotes(ticks, rows, 0.0, 0.5)
    named = describe_ensemble(notes, strokes, rhythm_of(FOUR), np.array([0, 24]))
    column = ENSEMBLE_FEATURES.index("bass_on_line")
    assert named[:, column] == pytest.approx([(1 - 3 / 4) / 3, (0 - 3 / 4) / 3])
    moves = ENSEMBLE_FEATURES.index("bass_moves_on_line")
    # C, E, then F: both later basses move.
    assert named[:, moves] == pytest.approx([(0 - 2 / 4) / 3, (0 - 2 / 4) / 3])


# -- the rhythm of tunes -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("meter", "near", "bar", "beat"),
    [
        ("5/4", "2/4", 60, 12),
        ("2/2", "4/4", 48, 12),
        ("8/4", "4/4", 96, 12),
        ("12/8", "6/8", 72, 18),
        ("18/8", "9/8", 108, 18),
        ("9/8", "9/8", 54, 18),
        ("9/4", "3/4", 108, 12),
        ("6/4", "3/4", 72, 12),
        ("3/2", "3/4", 72, 12),
        ("3/8", "2/4", 18, 12),
        ("1/4", "2/4", 12, 12),
    ],
)
def test_meters_that_were_not_learned(meter: str, near: str, bar: int, beat: int) -> None:
    rhythm = rhythm_of(Meter.parse(meter))
    known = rhythm_of(Meter.parse(near))
    assert (_nearest(rhythm.meter), rhythm.bar, rhythm.beat) == (near, bar, beat)
    index = np.arange(bar) % known.bar
    np.testing.assert_array_equal(rhythm.odds, known.odds[:, index])
    np.testing.assert_array_equal(rhythm.first, known.first[index])
    assert rhythm.shares.sum() == pytest.approx(1)


@pytest.mark.parametrize("meter", KNOWN_METERS, ids=str)
def test_chances_add_up(meter: Meter) -> None:
    """Of the steps from each place that may hold a note, and of the first note's places."""
    rhythm = rhythm_of(meter)
    steps = {12: [3, 4, 6, 8, 9, 12, 15, 16, 18, 20, 21, 24, 30, 36, 42, 48]}
    steps[18] = [3, 6, 9, 12, 15, 18, 21, 24, 27, 30, 33, 36, 45, 54]
    here = steps[rhythm.beat]
    assert rhythm.odds.shape[1:] == (rhythm.bar, here[-1] + 1)
    rare = 0.03 / len(here)
    may = [p for p in range(rhythm.bar) if p % rhythm.beat in beat_kind(rhythm.beat).places]
    first = np.exp(rhythm.first)
    assert first.min() == pytest.approx(0.03 / len(may))
    assert first.sum() == pytest.approx(0.97 + 0.03 * rhythm.bar / len(may), abs=0.005)
    chances = np.exp(rhythm.odds)
    np.testing.assert_allclose(chances[:, may][:, :, here].sum(axis=2), 1)
    others = np.setdiff1d(np.arange(rhythm.bar), may)
    np.testing.assert_allclose(chances[:, others], rare)
    np.testing.assert_allclose(np.delete(chances, here, axis=2), rare)
    mean = sum(share * row for share, row in zip(rhythm.shares, chances, strict=True))
    np.testing.assert_allclose(np.exp(rhythm.mean_odds), mean)


def test_the_log_probability_of_notes_is_a_sum() -> None:
    """A step of 60 goes a beat beyond the table of 48: -0.7."""
    rhythm = rhythm_of(FOUR)
    ticks = np.array([0, 6, 18, 78])
    found = rhythm.log_probabilities(ticks, np.array([12]))
    expected = [
        rhythm.first[12] + odds[12, 6] + odds[18, 12] + odds[30, 48] - 0.7 + np.log(share)
        for odds, share in zip(rhythm.odds, rhythm.shares, strict=True)
    ]
    assert found.tolist() == [pytest.approx(expected)]


@pytest.mark.parametrize("beat", [12, 18])
def test_beats_of_all_meters(beat: int) -> None:
    """The mean over bars and meters: of a step of a beat from the first place, and of the first place."""
    kind = beat_kind(beat)
    rhythms = [rhythm for rhythm in map(rhythm_of, KNOWN_METERS) if rhythm.beat == beat]
    step = [np.exp(rhythm.mean_odds)[::beat, beat].mean() for rhythm in rhythms]
    assert np.exp(kind.odds[0, 0, 1]) == pytest.approx(np.mean(step))
    first = [np.exp(rhythm.first)[::beat].sum() for rhythm in rhythms]
    assert np.exp(kind.first[0]) == pytest.approx(np.mean(first))
    far = [np.exp(rhythm.mean_odds)[kind.places[1] :: beat] for rhythm in rhythms]
    place = int(kind.steps[1, 2]) + 4 * beat
    last = [row[:, min(place, row.shape[1] - 1)].mean() for row in far]
    assert np.exp(kind.odds[1, 2, 4]) == pytest.approx(np.mean(last))
    assert kind.odds.shape == (6, 6, 5)


# -- lattices ----------------------------------------------------------------------------


def test_the_fit_of_ten_onsets() -> None:
    """Eighths and a triplet, one of them late; shifts of 5 ms are tried up to the latest."""
    quarters = np.array([0, 0.5, 1, 1.5, 2.25, 2.5, 3, 3.34, 3.66, 4.02])
    assert fit_lattice(quarters, 0.5) == Fit(pytest.approx(18.2435534, rel=1e-6), 0.0, 0.004)
    late = fit_lattice(quarters + 0.03, 0.5, latest=0.03)
    assert late == Fit(pytest.approx(18.0166962, rel=1e-6), pytest.approx(0.015), 0.004)
    assert period_evidence(quarters) == pytest.approx(0.34958472536729057)
    assert period_evidence(quarters, 4) == pytest.approx(0.12431417696265346)
    assert late_by(quarters + 0.03) == pytest.approx(0.0328985185)


def test_a_density_of_onsets_has_mean_one() -> None:
    """40 % of them are spread about the beat: at their middle by the height of that bell."""
    found = _density(0.02)
    assert (len(found), found.mean()) == (_BINS, pytest.approx(1))
    assert found[0] == pytest.approx(0.06 + 0.40 / (0.02 * np.sqrt(2 * np.pi)))
    assert found[10] < found[0]
