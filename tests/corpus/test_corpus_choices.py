"""Where a corpus draws its lines: what is a voice, an ornament, a pickup, a style, too long."""

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from corpus_lines import line_of

from symgen.corpus import CorpusOptions
from symgen.corpus.candidate import Candidate
from symgen.corpus.clean import choose_voices, clean, merge_ornaments
from symgen.corpus.pickup import _choices, _features, _fit, _near, accent_fit, with_pickup
from symgen.music.meter import Meter
from symgen.music.score import MeterChange, Note, Part, Score
from symgen.system.errors import ControlError

ALL_TRAIN = CorpusOptions(
    ratios=(1.0, 0.0, 0.0), kin=0.6, near=0.9, hold_out={"test": "x", "valid": "x"}
)


# -- pickups -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("meter", "longest", "count"),
    [
        ("4/4", 1.0, 5),
        ("2/4", 1.0, 5),
        ("3/4", 1.5, 6),
        ("6/8", 1.5, 6),
        ("9/8", 1.5, 6),
        ("3/8", 0.5, 3),
        ("2/8", 0.5, 3),
        ("2/16", 0.25, 2),
        ("3/2", 1.0, 5),
    ],
)
def test_pickups_that_are_tried(meter, longest, count):
    meter = Meter.parse(meter)
    found = _choices(meter, float(meter.quarters))
    assert (max(found), len(found)) == (longest, count)


@pytest.mark.parametrize(
    ("loud", "pickup", "fit"),
    [
        ((0, 4, 8), 0.0, 1.0),
        ((1, 5, 9), 1.0, 1.0),
        ((0, 1, 5, 9), 1.0, 1.0),
        ((1, 5), 1.0, 2 / 3),
        ((1, 5, 7, 9), 1.0, 3 / 4),
        ((0, 4, 8), 1.0, 0.0),
        (range(12), 0.0, 0.0),
    ],
)
def test_the_fit_of_accents(loud, pickup, fit):
    """Twelve quarters in 4/4; where there is a pickup, the first one tells nothing."""
    velocities = np.array([100.0 if i in loud else 80.0 for i in range(12)])
    assert accent_fit(np.arange(12.0), velocities, 4.0, pickup) == pytest.approx(fit)


WALTZ = np.array(
    [
        (0, 1, 67, 80), (1, 1, 60, 80), (2, 0.5, 64, 80), (2.5, 0.5, 62, 80), (3, 1, 64, 80), (4, 2, 72, 80),
        (6, 1, 67, 80), (7, 1.5, 60, 80),
    ],
    dtype=float,
)  # fmt: skip


def test_features_of_a_pickup():
    """Lines at quarters 1, 4 and 7, on C, C and C; lengths are 0 0 -1 -1 0 1 0 and the logarithm of 1.5."""
    longs = np.array([0, 0, -1, -1, 0, 1, 0, np.log2(1.5)])
    assert _features(WALTZ, Meter(3, 4), 1.0) == pytest.approx(
        {
            "line_hit": 1,
            "long_on_line": longs[[1, 5, 7]].mean() - longs.mean(),
            "long_on_beat": longs[[0, 2, 4, 6]].mean() - longs.mean(),
            "tonic_on_line": 1 - 3 / 8,
            "tonic_on_beat": 0 - 3 / 8,
            # 0 7 4 2 2 8 5 7 semitones
            "leap_to_line": (7 + 8 + 7) / 12 - 35 / 32,
            "last_on_line": 1,
            "last_on_beat": 1,
            "last_on_half": 0,
            # It ends at 8.5: two bars and a half after the first line.
            "end_on_line": 0,
            "length_in_bars": 0,
            "last_long_on_line": 1,
            "long_before_line": -1,
            "share_on_beat": 7 / 8,
            "note_at_line": 1,
        }
    )
    found = _features(WALTZ, Meter(6, 8), 0.5)
    # Lines at 0.5, 3.5 and 6.5, beats at 2 and 5 besides; eighths before lines at 0, 3 and 6.
    assert (found["line_hit"], found["note_at_line"], found["long_on_line"]) == (0, 0, -1)
    assert found["long_on_beat"] == pytest.approx(-1 - longs.mean())
    assert found["long_before_line"] == pytest.approx(0 - longs.mean())
    ended = WALTZ.copy()
    ended[-1, 1] = 2.0
    found = _features(ended, Meter(3, 4), 1.0)
    # Nine quarters are three bars, but the last bar line is at 7.
    assert (found["end_on_line"], found["length_in_bars"]) == (0, 1)
    assert _features(ended, Meter(3, 4), 0.0)["end_on_line"] == 1
    assert _features(ended, Meter(3, 4), 0.0)["length_in_bars"] == 0
    ended[-1, 0] = 6.5
    assert _features(ended, Meter(4, 4), 0.5)["last_on_half"] == 1


def test_the_odds_of_a_pickup():
    """In 3/4 the weights times the features above, 0.1 for a pickup of a quarter and 0.42 more in threes."""
    odds = [
        _fit(WALTZ, Meter(*meter), at)
        for meter, at in (((3, 4), 1.0), ((3, 2), 1.0), ((6, 8), 0.5))
    ]
    assert odds == pytest.approx([6.87698, 7.01647, -2.50506], abs=1e-5)


@pytest.mark.parametrize(
    ("value", "near"), [(6.04, True), (5.96, True), (6.06, False), (4.5, False)]
)
def test_near_a_multiple(value, near):
    assert _near(value, 3.0) == near


def test_meters_after_a_pickup_stay():
    meters = tuple(MeterChange(tick, Meter(n, 4)) for tick, n in ((0, 3), (240, 2), (1680, 4)))
    score = Score((Part((Note(0, 60, 4000),)),), meters=meters)
    moved = with_pickup(score, Fraction(1, 2)).meters
    assert [change.tick for change in moved] == [0, 240, 1680]


def test_voices_up_to_the_limits():
    """Two notes of a hundred may be lost, a voice sounds for four tenths, and from C2 up to C6."""
    high, low = line_of([72] * 100), line_of([48] * 100)
    for lost, reason in ((2, ""), (3, "a part with chords")):
        chords = Part((*(Note(i * 480, 76, 480) for i in range(lost)), *high.notes))
        assert choose_voices([chords, low], 2)[1] == reason
    for count, reason in ((40, ""), (39, "a part that is mostly silent")):
        assert choose_voices([line_of([72] * count), low], 2)[1] == reason
    beyond = "a part beyond the range of voices"
    for pitch, reason in ((84, ""), (85, beyond), (36, ""), (35, beyond)):
        assert choose_voices([line_of([pitch] * 100), line_of([60] * 100)], 2)[1] == reason
    # A note that is cut short by the next counts as changed.
    for held, reason in ((2, ""), (3, "a part with chords")):
        notes = [Note(i * 480, 60 + i % 5, 490 if i < held else 480) for i in range(100)]
        assert choose_voices([Part(tuple(notes)), low], 2)[1] == reason


@pytest.mark.parametrize(
    ("names", "found"),
    [
        (("Cantus", "Altus", "Tenor", "Bassus"), True),
        (("Cantus", "Altus", "Tenor", "Basso"), True),
        (("Discantus", "Contralto", "Tenore", "Baritone"), True),
        (("Canto e continuo", "Alto", "Tenor", "Basso"), False),
        (("Treble", "Alto", "Tenor", "Basso continuo"), False),
        (("Soprano", "Alto", "Tenor", "Bass cont."), False),
        (("soprano 1", "ALTO", "tenor", "bass"), True),
    ],
)
def test_names_of_voices(names, found):
    parts = [line_of([72 - 6 * i], name=name) for i, name in enumerate(names)]
    voices, reason = choose_voices([line_of([60], name="Organ"), *parts], 4)
    assert ([part.name for part in voices], reason) == (
        (list(names), "") if found else ([], "5 parts")
    )


@pytest.mark.parametrize(
    ("lengths", "merged"),
    [
        # Under a sixth of a quarter is an ornament before a note off the grid.
        ([70, 410, 480], [480, 480]),
        ([80, 400, 480], [80, 400, 480]),
        ([420, 79, 481], [499, 481]),
        ([420, 80, 480], [420, 80, 480]),
        # The next note is an ornament too, or does not follow at once.
        ([60, 60, 360], [60, 60, 360]),
        ([60, -60, 360], [60, -60, 360]),
        # The next one is on a twelfth of a quarter: 40 ticks, give or take 5 (an eighth).
        ([40, 440], [40, 440]),
        ([45, 435], [45, 435]),
        ([46, 434], [480]),
        ([480, 46, 434], [480, 480]),
        # One off the grid lengthens the note before, which is no ornament itself.
        ([420, 60, 480], [480, 480]),
        ([60, 60, 480], [60, 60, 480]),
        ([300, -120, 60, 480], [300, -120, 60, 480]),
    ],
)
def test_ornaments(lengths, merged):
    """Lengths of notes in ticks, rests negative."""

    def notes(row):
        found, time = [], 0
        for length in row:
            if length > 0:
                found.append((time, length))
            time += abs(length)
        return found

    line = tuple(Note(time, 60, length) for time, length in notes(lengths))
    made = merge_ornaments(Part(line), 480).notes
    assert [(n.onset, n.duration) for n in made] == notes(merged)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"min_bars": 8, "max_bars": 8}, None),
        ({"min_bars": 9}, "too short"),
        ({"max_bars": 7, "min_bars": 1}, "too long"),
        ({"min_notes": 32, "max_notes": 32}, None),
        ({"min_notes": 33}, "too short"),
        ({"max_notes": 31}, "too long"),
        ({"min_parts": 2}, "number of parts"),
        ({"max_parts": 1}, None),
        ({"off_grid": 1 / 32}, None),
        ({"off_grid": 0.9 / 32}, "off the grid"),
    ],
)
def test_limits_of_a_piece(change, reason):
    """Eight bars of quarters, one of them 6 of 40 ticks off its step; an eighth of a step is 5."""
    pitches = [60 + i * i % 7 for i in range(32)]
    notes = [
        replace(note, onset=note.onset + 6 * (i == 9))
        for i, note in enumerate(line_of(pitches).notes)
    ]
    notes[8] = replace(notes[8], onset=notes[8].onset + 5)
    found = clean(Candidate(Score((Part(tuple(notes)),)), "set", "x"), CorpusOptions(**change))
    assert getattr(found, "reason", None) == reason
    assert reason or not found.unclicked


@pytest.mark.parametrize(
    "change",
    [
        {"min_bars": 1, "max_bars": 1},
        {"min_notes": 1, "max_notes": 1},
        {"min_parts": 1, "max_parts": 1},
        {"voices": 1},
        {"velocity": 1},
        {"velocity": 127},
        {"program": 0},
        {"program": 127},
        {"off_grid": 0.0, "near": 1.0, "kin": 0.0, "leak": 1.0},
        {"grid": 24},
        {"repeats": "both", "parts": "melody", "style_words": "genres"},
        {"hold_out": {"test": "x", "valid": "y"}, "periods": {"a": "modern"}},
    ],
)
def test_options_at_their_bounds(change):
    assert CorpusOptions(**change)


@pytest.mark.parametrize(
    "change",
    [
        {"min_bars": 0},
        {"min_notes": 0},
        {"min_parts": 0},
        {"min_notes": 2, "max_notes": 1},
        {"velocity": 128},
        {"program": -1},
        {"leak": -0.1},
        {"kin": 1.1},
        {"off_grid": 2.0},
    ],
)
def test_options_beyond_their_bounds(change):
    with pytest.raises(ControlError):
        CorpusOptions(**change)
