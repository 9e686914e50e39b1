"""Where lines, hands, keys, scores and controls decide, at the boundaries, worked out by hand."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from symgen.music.changes import clean_map
from symgen.music.constraints import Density, Form, NoteGrid, PitchRange
from symgen.music.controls import Controls
from symgen.music.instruments import compass
from symgen.music.keys import _key_of_signature, _opening, describe_pitches, find_key, infer_key
from symgen.music.lines import (
    _cost,
    _divide,
    is_bass,
    mean_pitch,
    melody_part,
    outer_line,
    split_hands,
)
from symgen.music.meter import Meter, MeterPlan, meter_of
from symgen.music.score import (
    MAX_TICK,
    KeyChange,
    Note,
    Part,
    Score,
    TempoChange,
)
from symgen.music.tempo import check_bar, usual_tempo
from symgen.music.theory import Key
from symgen.system.errors import ControlError, FormatError

BAR = 48


def line(*pitches: int, every: int = 12, name: str = "", program: int = 0) -> Part:
    """Notes one after the other."""
    return Part(tuple(Note(every * i, p, every) for i, p in enumerate(pitches)), program, name=name)


def doubled(part: Part, count: int) -> Part:
    """A part whose first onsets have two notes."""
    return part.with_notes(
        [*part.notes, *(Note(n.onset, n.pitch + 1, n.duration) for n in part.notes[:count])]
    )


# -- lines -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("other", "melody"),
    [
        (line(70, 70, every=BAR), 1),  # in half as many bars it has its own say
        (line(70, every=BAR), 0),
        (doubled(line(*[70] * 15), 3), 1),  # of fifteen onsets twelve with one note are a line
        (doubled(line(*[70] * 15), 4), 0),
        (doubled(line(*[50] * 16, name="Voice"), 8), 1),  # of a part with such a name half are enough
        (doubled(line(*[50] * 16, name="Voice"), 9), 0),
        (line(*[84] * 16), 1),
        (line(*[84] * 15, 85), 0),  # an ornament
    ],
)  # fmt: skip
def test_what_may_be_the_melody(other: Part, melody: int) -> None:
    assert melody_part(Score((line(*[60] * 16), other), 12)) == melody


def test_the_mean_pitch_is_of_time() -> None:
    assert mean_pitch(Part((Note(0, 40, 30), Note(30, 60, 10)))) == 45


@pytest.mark.parametrize(
    ("pitches", "program", "bass"),
    [
        ([47, 48], 0, True), ([48], 0, False), ([54], 32, True), ([54], 39, True), ([54], 40, False),
        ([54], 31, False), ([54], 43, True), ([54], 58, True), ([54], 57, False), ([55], 32, False),
    ],
)  # fmt: skip
def test_a_bass_by_height_and_instrument(pitches: list[int], program: int, bass: bool) -> None:
    assert is_bass(line(*pitches, program=program)) is bass


def test_notes_within_the_slack_are_of_one_onset() -> None:
    notes = [Note(100, 60, 50), Note(110, 64, 50), Note(121, 62, 50)]
    assert [note.pitch for note in outer_line(notes, slack=10)] == [64, 62]
    assert [note.pitch for note in outer_line(notes, slack=9)] == [60, 64, 62]
    assert [note.duration for note in outer_line(notes, slack=9)] == [10, 11, 50]


# -- hands -------------------------------------------------------------------------------


def chords(*groups: tuple[int, ...], program: int = 0) -> Part:
    """Chords of a quarter, one after the other."""
    return Part(
        tuple(Note(12 * i, p, 12) for i, group in enumerate(groups) for p in group), program
    )


WIDE, RIGHT = (48, 72), (72,)


@pytest.mark.parametrize(
    ("part", "hands"),
    [
        *((chords(WIDE, program=program), 2) for program in (0, 7, 16, 23)),
        *((chords(WIDE, program=program), 1) for program in (8, 15, 24)),
        (chords((60, 74)), 1),  # a ninth is within a hand
        (chords((60, 75)), 2),
        (chords(WIDE, *[RIGHT] * 4), 2),  # one of five chords is wide
        (chords(WIDE, *[RIGHT] * 5), 1),
        # three of twenty notes are for the left hand, or of twenty-one
        (chords(*[WIDE] * 3, *[RIGHT] * 10, *[(72, 76)] * 2), 2),
        (chords(*[WIDE] * 3, *[RIGHT] * 9, *[(72, 76)] * 3), 1),
        (chords((48,), (72,), (48,), (72,)), 1),  # what has ended is held no longer
        (Part((Note(0, 48, 13), Note(12, 72, 13), Note(24, 48, 13), Note(36, 72, 12))), 2),
        (chords((48,)), 1),
    ],
)
def test_two_hands_where_one_cannot_play(part: Part, hands: int) -> None:
    assert len(split_hands(part)) == hands


@pytest.mark.parametrize(("pitch", "right"), [(68, 8), (70, 9)])
def test_a_hand_follows_its_notes(pitch: int, right: int) -> None:
    """From 84 by 0.3 of the way to 75, three times, is 78.09; half way to the other hand's 60 is 69.04."""
    moving = [(84,), (60,)] * 4 + [(75,)] * 3 + [(pitch,)]
    assert len(_divide(chords(*moving).notes)[0]) - 7 + 8 == right


@pytest.mark.parametrize(
    ("mine", "held", "cost"),
    [
        ([72, 60], [], 2 + 10), ([80, 60], [], 10 + 10 + 3 * 6), ([80], [60], 10 + 3 * 6), ([], [40, 80], 0),
        ([84], [70], 14),
    ],
)  # fmt: skip
def test_hands_move_and_stretch(mine: list[int], held: list[int], cost: float) -> None:
    notes = [[Note(0, pitch, 1) for pitch in pitches] for pitches in (mine, held)]
    assert _cost((notes[0], []), (notes[1], []), [70.0, 50.0]) == cost
    assert _cost(([], notes[0]), ([], notes[1]), [0.0, 70.0]) == cost


# -- keys --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("shares", "first", "last", "key"),
    [
        ({}, 6, 6, "C major"),
        ({}, 6, 9, "A minor"),
        ({}, 9, 6, "C major"),  # the first note counts less than how usual major is
        ({9: 0.02}, 9, 6, "A minor"),
        ({9: 0.05}, 6, 6, "C major"),
        ({9: 0.07}, 6, 6, "A minor"),
        ({4: 0.29}, 6, 6, "C major"),  # a third counts 0.4, a fifth 0.6
        ({4: 0.31}, 6, 6, "A minor"),
        ({0: 0.21}, 6, 2, "D dorian"),
        ({0: 0.23}, 6, 2, "C major"),
        ({2: 0.07}, 6, 6, "C major"),
        ({2: 0.09}, 6, 6, "D dorian"),
        ({7: 0.17}, 6, 6, "C major"),
        ({7: 0.18}, 6, 6, "G mixolydian"),
        ({5: 0.19}, 6, 6, "C major"),
        ({5: 0.21}, 6, 6, "D dorian"),
        ({11: 0.17}, 6, 6, "C major"),
        ({11: 0.18}, 6, 6, "G mixolydian"),
    ],
)
def test_a_mode_of_a_signature(shares: dict[int, float], first: int, last: int, key: str) -> None:
    share = [shares.get(pitch, 0.0) for pitch in range(12)]
    assert _key_of_signature(share, 0, first, last) == Key.parse(key)
    turned = share[-3:] + share[:-3]  # three flats
    moved = Key.parse(key).transposed(3)
    assert _key_of_signature(turned, -3, (first + 3) % 12, (last + 3) % 12) == moved


@pytest.mark.parametrize(
    ("weight", "ending", "key"),
    [(0.85, False, "A minor"), (0.9, False, "C major"), (1.4, True, "A minor"), (1.45, True, "C major")],
)  # fmt: skip
def test_the_last_note_speaks_for_its_key(weight: float, ending: bool, key: str) -> None:
    found = find_key([60, 64, 67, 69], [1, 1, weight, 1], ending=ending)
    assert found == Key.parse(key)


def test_a_bass_opens_with_its_tonic() -> None:
    """Rows by tonic; C is the third of A flat major and of A minor."""
    odds = _opening(0)
    assert odds[0].tolist() == [2, 2, 2, 2]
    assert odds[8].tolist() == [-2, 0, 0, -2]
    assert odds[9].tolist() == [0, -2, -2, 0]
    assert np.count_nonzero(odds) == 8
    assert _opening(5)[[5, 1, 2]].tolist() == odds[[0, 8, 9]].tolist()


def test_the_lowest_note_opens_a_piece() -> None:
    score = Score((line(67, 65), line(60, 62), Part((Note(0, 35, 9),), is_drum=True)), 12)
    shares = describe_pitches(score)
    assert np.flatnonzero(shares[2]).tolist() == [0]
    assert np.flatnonzero(shares[1]).tolist() == [0, 7]
    assert shares[0, [0, 2, 5, 7]].tolist() == [0.5] * 4


SCALE = (60, 62, 64, 65, 67, 69, 71, 72)


@pytest.mark.parametrize(
    ("keys", "found"),
    [
        ([KeyChange(0, 0, True)], "A minor"),  # no program writes minor unasked
        ([KeyChange(0, 0, False)], "C major"),
        ([KeyChange(0, 3), KeyChange(24, 0)], "C major"),  # the last one counts
        ([KeyChange(0, 0), KeyChange(24, 6)], "C major"),  # the notes do not agree
    ],
)
def test_signatures_are_believed_if_the_notes_agree(keys: list[KeyChange], found: str) -> None:
    score = Score((line(*SCALE, *SCALE, 60),), 12, keys=tuple(keys))
    assert infer_key(score) == Key.parse(found)


@pytest.mark.parametrize(("foreign", "sharps"), [(7, 0), (8, 1)])
def test_notes_agree_if_85_in_100_lie_in_the_scale(foreign: int, sharps: int) -> None:
    """G major with seven or eight F sharps of fifty notes, in a signature without sharps."""
    pitches = [67, 71, 74, 79] * 11
    notes = [*pitches[: 49 - foreign], *[66] * foreign, 67]
    score = Score((line(*notes),), 12, keys=(KeyChange(0, 0),))
    assert infer_key(score).sharps == sharps


# -- scores ------------------------------------------------------------------------------


def test_limits_of_values() -> None:
    assert Note(MAX_TICK - 1, 0, 1, 1).end == MAX_TICK == 2**31 - 1
    assert (TempoChange.of_bpm(0, 4).microseconds, TempoChange.of_bpm(0, 10_000).microseconds) == (
        15_000_000,
        6_000,
    )
    assert (KeyChange(0, -7).sharps, KeyChange(0, 7).sharps) == (-7, 7)
    assert Score((), 1).resolution == 1
    assert Score((), 32_767, length=MAX_TICK).length == MAX_TICK
    wrong: list[tuple[Any, ...]] = [
        (Note, MAX_TICK, 0, 1), (Note, 0, 128, 1), (Note, 0, 60, 0), (Note, 0, 60, 1, 0), (Note, 0, 60, 1, 128),
        (Note, -1, 60, 1), (Note, 0, -1, 1), (TempoChange.of_bpm, 0, 3.99), (TempoChange.of_bpm, 0, 10_001),
        (TempoChange, -1), (TempoChange, 0, 5_999), (TempoChange, 0, 15_000_001), (KeyChange, 0, 8),
        (KeyChange, 0, -8), (KeyChange, -1), (Score, (), 0), (Score, (), 32_768), (Part, (), 128), (Part, (), -1),
    ]  # fmt: skip
    for make, *values in wrong:
        with pytest.raises(FormatError):
            make(*values)


def test_maps_are_put_in_order() -> None:
    late, early = KeyChange(48, 1), KeyChange(0, 2)
    assert Score((), keys=(late, early, KeyChange(24, 2))).keys == (early, late)
    change = TempoChange(1, 400_000)
    assert clean_map([change], TempoChange(0)) == (TempoChange(0), change)
    assert clean_map([TempoChange(0, 1_000_000), TempoChange(0, 2_000_000)], TempoChange(0)) == (
        TempoChange(0, 2_000_000),
    )


def test_what_differs_by_a_tick_differs() -> None:
    """Times of notes and maps count for the largest unit that divides all times."""
    scores = [
        Score((Part((Note(0, 60, duration), Note(onset, 62, 480))),), tempos=(TempoChange(tick, 400_000),), length=960)
        for duration, onset, tick in ((480, 480, 480), (481, 480, 480), (480, 479, 480), (480, 480, 479))
    ]  # fmt: skip
    assert len(set(scores)) == 4
    keyed = [Score((), length=480, keys=(KeyChange(tick, 1),)) for tick in (100, 101)]
    assert keyed[0] != keyed[1]


@pytest.mark.parametrize(
    ("changes", "end", "bpm"),
    [
        ([(0, 60), (480, 100)], 960, 100),  # of two as long the later one
        ([(0, 60), (481, 100)], 960, 60),
        ([(0, 100), (400, 102), (700, 60)], 1300, 102 - 2),  # close ones count together: the longer of them
        ([(0, 100), (400, 105), (700, 60)], 1300, 60),
        ([(0, 60), (480, 100)], 480, 60),  # what follows the end does not count
    ],
)  # fmt: skip
def test_the_usual_tempo(changes: list[tuple[int, float]], end: int, bpm: float) -> None:
    tempos = tuple(TempoChange.of_bpm(*change) for change in changes)
    found = usual_tempo(Score((), length=2000, tempos=tempos), end)
    assert (found.tick, round(found.bpm)) == (end, bpm)


def test_bars_of_twenty_seconds_are_counted() -> None:
    check_bar(Meter(4, 4), 12.0, "a")
    with pytest.raises(FormatError, match=r"a: a bar of 4/4 lasts 20 s at 11.9 quarters"):
        check_bar(Meter(4, 4), 11.9, "a")


# -- meters and controls -----------------------------------------------------------------


def test_runs_of_meters() -> None:
    plan = MeterPlan.parse("8x4/4, 2*3/8")
    assert (plan.bars, plan.quarters, str(plan)) == (10, 35, "8x4/4,2x3/8")
    for text in ("", "0x4/4", "4/4", "2x4/4,,", "x4/4", "12345x4/4"):
        with pytest.raises(ControlError):
            MeterPlan.parse(text)


@pytest.mark.parametrize(
    ("quarters", "meter"), [("4", "4/4"), ("3/2", "3/8"), ("7/4", "7/16"), ("1/8", "1/32")]
)
def test_the_meter_of_a_length(quarters: str, meter: str) -> None:
    assert str(meter_of(Fraction(quarters))) == meter


@pytest.mark.parametrize(
    ("name", "good", "bad"),
    [
        ("bars", [1, 1000], [0, 1001]), ("tempo", [4, 999], [3.9, 999.1]), ("max_polyphony", [1, 128], [0, 129]),
        ("variation", [0, 1], [-0.1, 1.1]), ("swing", [0.5, 0.75], [0.49, 0.76]),
        ("max_copy", [8, 10_000], [7, 10_001]),
        ("temperature", [0.05, 5], [0.04, 5.1]), ("top_p", [0.01, 1], [0.009, 1.01]), ("top_k", [0, 200], [-1, 201]),
        ("instruments", [",".join(["0"] * 32)], [",".join(["0"] * 33)]), ("instrument", [127], [128]),
        ("range", ["C-1-G9", "C4-C4"], ["C4-B3", "C4"]), ("grid", ["1/1", "1/16", "8t"], ["1/3", "1/32"]),
        ("density", ["0-1", "6", "4-8"], ["0", "0-0", "5-4", "-1"]), ("form", ["A", "AA'"], ["", "A'A", "A1"]),
    ],
)  # fmt: skip
def test_controls_have_their_limits(name: str, good: list[Any], bad: list[Any]) -> None:
    for value in good:
        assert Controls(**{name: value}).given().keys() == {name} - {"top_k"} | (
            {"top_k"} if name == "top_k" and value else set()
        )
    for value in bad:
        with pytest.raises(ControlError):
            Controls(**{name: value})


def test_defaults_and_what_they_ask() -> None:
    plain = Controls()
    assert (plain.temperature, plain.top_p, plain.top_k, plain.end) == (1.0, 0.98, 0, None)
    shares = [Controls(variation=share).asks_for_returns for share in (0.0, 0.49, 0.5, 1.0)]
    assert shares == [True, True, False, False]
    assert not plain.asks_for_returns
    assert Controls(meter="2x4/4,3x3/4").bars == Controls(meter="2x4/4,3x3/4", bars=5).bars == 5
    with pytest.raises(ControlError, match="bars 4, but meter 2x4/4,3x3/4 has 5"):
        Controls(meter="2x4/4,3x3/4", bars=4)
    with pytest.raises(ControlError, match="longer than"):
        Controls(meter="999x4/4,2x4/4")
    assert Controls(meter="999x4/4,1x4/4").bars == 1000


def test_units_of_a_grid() -> None:
    assert NoteGrid.parse("1/16").units == (Fraction(1, 4),)
    assert NoteGrid.parse("1/8t").units == (Fraction(1, 2), Fraction(1, 3))
    assert [str(NoteGrid.parse(text)) for text in ("1/8t", " 4 ")] == ["1/8t", "1/4"]


def test_ranges_and_densities_as_they_are_written() -> None:
    found = PitchRange.parse("a3..E6")
    assert (found.low, found.high, str(found)) == (57, 88, "A3-E6")
    assert Density.parse(" 6 ") == Density(6, 6)
    assert str(Density.parse("4 - 8")) == "4-8"
    for low, high in ((-1, 5), (5, 4), (5, 128)):
        with pytest.raises(ControlError):
            PitchRange(low, high)


def test_forms_take_up_the_first_section_of_their_letter() -> None:
    form = Form.parse("aBa'B")
    assert str(form) == "ABA'B"
    assert [form.source(i) for i in range(4)] == [None, None, 0, 1]
    assert [form.bar_source(bar, 8) for bar in range(8)] == [
        None, None, None, None, (0, True), (1, True), (2, False), (3, False),
    ]  # fmt: skip


def test_the_compass_of_an_instrument() -> None:
    assert (compass(40), compass(75)) == ((55, 103), (59, 96))
    assert compass(80) == (0, 127)
