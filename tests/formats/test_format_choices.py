"""Limits, note values, repeats and answers of readers at their boundaries, worked out by hand."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

from symgen.formats.limits import (
    DEFAULT_LIMITS,
    Limits,
    check_length,
    check_line,
    check_score,
    count_tokens,
    parse_limits,
)
from symgen.formats.measures import (
    Measure,
    Sound,
    expand_repeats,
    merge_ties,
    meter_of,
    tempo_of_bpm,
    with_start,
)
from symgen.formats.tunes import Tune, tune_from_json, tune_to_json
from symgen.formats.values import split_duration, split_ticks
from symgen.music.meter import COMMON_TIME, Meter
from symgen.music.score import KeyChange, MeterChange, Note, Part, Score, TempoChange
from symgen.music.theory import Key, spell
from symgen.system.errors import ControlError, FormatError

BAR = 1920


def held(duration: int, count: int = 1, **more: Any) -> Score:
    """Notes that begin at once."""
    return Score((Part(tuple(Note(0, 40 + i, duration) for i in range(count))),), 480, **more)


FAST = {"tempos": (TempoChange(0, 6_000),), "meters": (MeterChange(0, Meter(1, 4)),)}


@pytest.mark.parametrize(
    ("longest", "told"),
    [
        (held(62 * BAR), "lasts 126 s, but notes begin at 1 moments only"),  # two minutes and four seconds a moment
        (held(34 * BAR, 10), "holds 10 notes, but they last 680 s together"),  # 600 and eight a note
        (held(124 * 480, **FAST), "has 125 bars, but notes begin in 1 of them only"),
    ],
)  # fmt: skip
def test_a_piece_of_silence_or_held_notes(longest: Score, told: str) -> None:
    check_length(longest, "a")
    (part,) = longest.parts
    longer = part.with_notes([Note(0, n.pitch, n.duration + 1) for n in part.notes])
    with pytest.raises(FormatError, match=told):
        check_length(longest.with_parts([longer], length=0), "a")
    asked = Limits(seconds=9_999_999, tokens=9_999_999)
    check_length(longest.with_parts([longer], length=0), "a", asked)


def test_silence_behind_the_last_note_costs_little() -> None:
    check_length(held(480, length=480 * 20_124, **FAST), "a")
    with pytest.raises(FormatError, match="has 20,125 bars"):
        check_length(held(480, length=480 * 20_125, **FAST), "a")
    check_length(Score((), length=480 * 99_999), "a")


@pytest.mark.parametrize(
    ("duration", "tokens"), [(480, 2), (BAR, 2), (BAR + 1, 3), (3840, 3), (3841, 5), (7681, 8)]
)
def test_a_token_a_bar_and_one_for_eight_quarters_of_a_note(duration: int, tokens: int) -> None:
    assert count_tokens(held(duration)) == tokens


@pytest.mark.parametrize(
    ("kind", "value"), [("tracks", 1), ("notes", 3), ("seconds", 2), ("tokens", 4)]
)
def test_limits_are_reached_and_not_exceeded(kind: str, value: int) -> None:
    """One part of three notes in a bar of two seconds."""
    score = held(BAR, 3)
    assert check_score(score, "a", Limits(**{kind: value})) is score
    if value > 1:
        with pytest.raises(FormatError, match=f"more than {value - 1:,} {kind} \\({value}\\)"):
            check_score(score, "a", Limits(**{kind: value - 1}))
    with pytest.raises(ControlError, match=f"limit {kind} 0: must be 1 or more"):
        Limits(**{kind: 0})


def test_limits_that_are_asked_for() -> None:
    assert parse_limits(["notes=5", "seconds=" + "9" * 15]) == Limits(notes=5, seconds=10**15 - 1)
    assert (
        parse_limits([])
        == DEFAULT_LIMITS
        == Limits(32 * 2**20, 1024, 1_000_000, 50_000, 200_000, 21_600, 300_000)
    )
    for text in ("notes", "notes=", "notes=-1", "x=1", "notes=" + "9" * 16, "notes=1.5"):
        with pytest.raises(ControlError, match="write NAME=N"):
            parse_limits([text])


@pytest.mark.parametrize(
    ("line", "fine"),
    [
        ("x" * 20_000, True), ("x" * 20_001, False), ("C9999", True), ("C10000", False), ("1.23456", True),
        ("M:255/4", True), ("M:256/4", False), ("M:200+56/4", False), ("M:200+55/4", True), ("*M256/4", False),
        ("*MM256", True),
    ],
)  # fmt: skip
def test_lines_and_numbers_that_music_needs(line: str, fine: bool) -> None:
    if fine:
        check_line(line, numbers=True)
        return
    with pytest.raises(FormatError):
        check_line(line, numbers=True)
    if len(line) < 99:
        check_line(line, numbers=False)


# -- measures ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("length", "denominator", "meter"),
    [
        ("3", 4, "3/4"), ("3", 8, "6/8"), ("5/2", 4, "5/8"), ("1/8", 4, "1/32"), ("1/16", 4, None), ("1/3", 4, None),
        ("255", 4, "255/4"), ("256", 4, None), ("6", 2, "3/2"), ("4", 1, "1/1"),
    ],
)  # fmt: skip
def test_a_meter_for_a_length(length: str, denominator: int, meter: str | None) -> None:
    found = meter_of(Fraction(length), denominator)
    assert (found and str(found)) == meter


def test_small_rules_of_measures() -> None:
    zero, one = Fraction(0), Fraction(1)
    assert with_start([(one, "b")], "a") == [(zero, "a"), (one, "b")]
    assert with_start([(zero, "b")], "a") == [(zero, "b")]
    assert with_start([], None) == []
    assert with_start([], "a") == [(zero, "a")]
    assert [round(tempo_of_bpm(bpm).bpm) for bpm in (1.0, 4.0, 90.0, 10_000.0, 1e9)] == [
        4, 4, 90, 10_000, 10_000,
    ]  # fmt: skip
    measures = [Measure(Fraction(4), COMMON_TIME, ends_repeat=True)] * 2
    assert expand_repeats(measures, "played", most=4) == [0, 0, 1, 1]
    with pytest.raises(FormatError, match="has more than 3 measures"):
        expand_repeats(measures, "played", most=3)


@pytest.mark.parametrize(
    ("onset", "starts", "stops", "notes"),
    [(1, True, True, 1), (1, False, True, 2), (1, True, False, 2), (2, True, True, 2)],
)
def test_ties_need_both_ends_and_no_gap(onset: int, starts: bool, stops: bool, notes: int) -> None:
    length = Fraction(1)
    first = Fraction(0), Sound(Fraction(0), length, 60, 80, starts, False)
    second = Fraction(0), Sound(Fraction(onset), length, 60, 80, False, stops)
    merged = merge_ties([first, second])
    assert len(merged) == notes
    assert merged[0][1].duration == (2 if notes == 1 else 1)


# -- note values -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("ticks", "values"),
    [
        (480, ["quarter 0 1:1"]), (720, ["quarter 1 1:1"]), (840, ["quarter 2 1:1"]), (160, ["eighth 0 3:2"]),
        (96, ["16th 0 5:4"]), (3840, ["breve 0 1:1"]), (15, ["128th 0 1:1"]),
        (600, ["quarter 0 1:1", "16th 0 1:1"]),
        (2400, ["whole 0 1:1", "quarter 0 1:1"]), (1, [None]), (0, []),
    ],
)  # fmt: skip
def test_durations_as_few_note_values(ticks: int, values: list[str | None]) -> None:
    found = split_duration(ticks, 480)
    names = [v and f"{v.name} {v.dots} {v.actual}:{v.normal}" for _, v in found]
    assert names == values
    assert sum(split_ticks(ticks, 480)) == ticks


@pytest.mark.parametrize("sharps", [-3, 0, 2])
def test_all_twelve_are_spelled_from_three_flats_to_eight_sharps(sharps: int) -> None:
    """Places on the line of fifths beside the tonic of the major key."""
    line = "FCGDAEB"
    found = {}
    for pitch in range(60, 72):
        letter, alter, octave = spell(pitch, sharps)
        assert {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}[letter] + alter + 12 * (
            octave + 1
        ) == pitch
        found[pitch] = line.index(letter) + 7 * alter - 1 - sharps
    assert sorted(found.values()) == list(range(-3, 9))


# -- what a reader answers ---------------------------------------------------------------

TUNE = Tune(
    Score((Part((Note(0, 60, 480, 70),), 5, True, "x"),), 480, (TempoChange(0, 400_000),),
          (MeterChange(0, Meter(3, 4)),), (KeyChange(0, 2, True),), 1440, "Air"),
    "Air", Key(2, "minor"), "jig", "7", ("a bar",), 3,
)  # fmt: skip


def test_tunes_travel_as_plain_data() -> None:
    assert tune_from_json(tune_to_json(TUNE)) == TUNE


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("resolution", True), ("resolution", 480.0), ("length", "1"), ("title", 1), ("rhythm", None), ("number", 7),
        ("problems", [1]), ("problems", {"a": 1}), ("count", 1.0), ("score_title", b"x"), ("parts", 3),
        ("tempos", [[0]]), ("tempos", [[0, 1, 2]]), ("tempos", [[0, True]]), ("meters", [[0, 4.0, 4]]),
        ("keys", [[0, 1, 1]]), ("keys", [[0, True, True]]), ("key", [1.0, "minor"]), ("key", [1, 2]),
        ("parts", [[5, 1, "x", []]]), ("parts", [[True, True, "x", []]]), ("parts", [[5, True, 1, []]]),
        ("parts", [[5, True, "x", [[0, 60, 480]]]]), ("parts", [[5, True, "x", [[0, 60, 480, 70.0]]]]),
    ],
)  # fmt: skip
def test_answers_of_another_kind_are_refused(name: str, value: Any) -> None:
    with pytest.raises(TypeError):
        tune_from_json({**tune_to_json(TUNE), name: value})
