"""Where each check of a piece turns from met to not met, and what it tells; 12 ticks are a quarter."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from symgen.music.controls import Controls
from symgen.music.meter import Meter
from symgen.music.score import MeterChange, Note, Part, Score, TempoChange
from symgen.music.theory import Key
from symgen.verification import Check, check_piece, compare_parts, score_facts
from symgen.verification.facts import most_sounding

C = Key.parse("C")
Rows = Sequence[tuple[int, int, int]]
"""Onset, pitch, duration."""


def part(rows: Rows, program: int = 0, *, drums: bool = False) -> Part:
    return Part(tuple(Note(*row) for row in rows), program, is_drum=drums)


def piece(*parts: Part, meter: str = "4/4", bars: int = 1, resolution: int = 12) -> Score:
    length = bars * Meter.parse(meter).bar_ticks(resolution)
    return Score(parts, resolution, meters=(MeterChange(0, Meter.parse(meter)),), length=length)


def checked(score: Score, start: int = 0, **asked: Any) -> dict[str, Check]:
    found = check_piece(score_facts(score), Controls(**asked), start=start, key=C)
    return {check.name: check for check in found}


def one(score: Score, start: int = 0, **asked: Any) -> Check:
    return checked(score, start, **asked)[next(iter(asked))]


HELD = part([(0, 60, 48)])


@pytest.mark.parametrize(
    ("rows", "met"),
    [
        ([(0, 60, 96)], True),
        ([(0, 60, 97)], False),  # beyond the last bar
        ([(0, 60, 49)], True),
        ([(0, 60, 48)], False),  # nothing in the last bar
        ([(95, 60, 1)], True),
    ],
)
def test_notes_sound_up_to_the_last_bar(rows: Rows, met: bool) -> None:
    assert one(piece(part(rows), bars=2), bars=2).met is met


@pytest.mark.parametrize(
    ("outside", "share", "met"), [(0, 1.0, True), (2, 0.8, True), (3, 0.7, False)]
)
def test_four_fifths_of_the_notes_are_in_the_key(outside: int, share: float, met: bool) -> None:
    rows = [(4 * i, 61 if i < outside else 60, 4) for i in range(10)]
    check = one(piece(part(rows), part([(0, 61, 4)], drums=True)), key="C")
    assert (check.found, check.met) == ({"notes in the scale": share}, met)


def test_a_key_is_met_where_no_note_is() -> None:
    assert one(piece(part([(0, 61, 4)], drums=True)), key="C").found == {"notes in the scale": 1.0}


@pytest.mark.parametrize(
    ("rows", "start", "most"),
    [
        ([(0, 60, 12), (12, 62, 12)], 0, 1),
        ([(0, 60, 13), (12, 62, 12)], 0, 2),
        ([(0, 60, 12), (0, 62, 12), (24, 64, 12)], 24, 1),
        ([(0, 60, 12), (0, 62, 25), (24, 64, 12)], 24, 2),
        ([], 0, 0),
    ],
)
def test_notes_at_once(rows: Rows, start: int, most: int) -> None:
    spans = [(onset, onset + duration) for onset, _, duration in rows]
    assert most_sounding(spans, start) == most
    if most:
        score = piece(part(rows))
        assert one(score, start, max_polyphony=most).met
        assert most == 1 or not one(score, start, max_polyphony=most - 1).met


@pytest.mark.parametrize(
    ("grid", "meter", "row", "off"),
    [
        ("1/8", "4/4", (6, 60, 6), 0),
        ("1/8", "4/4", (5, 60, 7), 1),
        ("1/8", "4/4", (6, 60, 7), 1),
        ("1/8t", "2/4", (4, 60, 4), 0),
        ("1/8t", "2/4", (6, 60, 2), 1),  # from step 6 to 8: both are places, the note is too short
        # Five eighths: the last has no room for three triplets.
        ("1/8t", "5/8", (20, 60, 4), 0),
        ("1/8t", "5/8", (24, 60, 4), 1),
        ("1/4", "7/8", (36, 60, 6), 1),  # too short, though it ends with the bar
        ("1/8", "7/8", (36, 60, 6), 0),
    ],
)
def test_a_grid(grid: str, meter: str, row: tuple[int, int, int], off: int) -> None:
    check = one(piece(part([row]), meter=meter), grid=grid)
    assert (check.found, check.met) == ({"off the grid": off}, off == 0)


@pytest.mark.parametrize(
    ("row", "off"),
    [((3, 60, 4), 0), ((2, 60, 5), 1), ((4, 60, 3), 0), ((3, 60, 2), 1), ((10, 60, 2), 1)],
)
def test_a_grid_that_ticks_do_not_divide_is_held_to_a_tick(
    row: tuple[int, int, int], off: int
) -> None:
    """10 ticks a quarter: a triplet eighth has 3.33; its multiples and those of 5 are places."""
    assert one(piece(part([row]), resolution=10), grid="1/8t").found == {"off the grid": off}


@pytest.mark.parametrize(
    ("asked", "end", "found", "met"),
    [
        ("2-4", None, "1-4", False),
        ("1-4", None, "1-4", True),
        ("1-3", None, "1-4", False),
        ("2-4", True, "2-4", True),  # the bar that closes is not counted
    ],
)
def test_density(asked: str, end: bool | None, found: str, met: bool) -> None:
    rows = [*((12 * i, 60, 12) for i in range(4)), (48, 60, 24), (72, 60, 24), (96, 60, 48)]
    check = one(piece(part(rows), bars=3), density=asked, end=end)
    assert (check.found, check.met) == (found, met)


def test_returns_of_a_bar_that_closes_are_not_counted() -> None:
    rows = [(0, 60, 48), *((48 + 12 * i, 60, 12) for i in range(4)), (96, 60, 48)]
    check = one(piece(part(rows), bars=3), density="4", end=True, form="ABA", key="C")
    assert (check.found, check.met) == ("4-4", True)
    assert not one(piece(part(rows), bars=3), density="4", end=True, form="ABA'").met


@pytest.mark.parametrize(
    ("pitches", "share", "met", "strict"),
    [
        ((60, 64), 1.0, True, True),
        ((60, 62), 0.5, True, False),
        ((62, 65), 0.0, False, False),
    ],
)
def test_chords_on_strong_beats(
    pitches: tuple[int, int], share: float, met: bool, strict: bool
) -> None:
    rows = [(0, pitches[0], 12), (12, 61, 12), (24, pitches[1], 12), (36, 61, 12)]
    checks = checked(piece(part(rows)), chords="C", strict_chords=True)
    assert checks["chords"].found == {"chord tones on strong beats": share}
    assert (checks["chords"].met, checks["strict_chords"].met) == (met, strict)


@pytest.mark.parametrize(
    ("meter", "middle"),
    [("3/4", 18), ("2/4", 12), ("6/8", 18), ("12/8", 36), ("4/8", 12), ("6/4", 36), ("5/4", 30)],
)
def test_which_beats_are_strong(meter: str, middle: int) -> None:
    score = piece(part([(middle, 61, 6)]), meter=meter)
    strong = meter in ("12/8", "4/8", "6/4")
    found = 0.0 if strong else 1.0  # nothing on a strong beat is nothing wrong
    assert one(score, chords="C").found == {"chord tones on strong beats": found}


@pytest.mark.parametrize(
    ("rows", "found", "met"),
    [
        # G/B in the first half of a bar, F in the second.
        ([(0, 47, 24), (24, 41, 24)], 1.0, True),
        ([(0, 43, 24), (24, 41, 24)], 0.0, False),
        ([(12, 47, 12), (24, 41, 24)], 0.0, False),
    ],
)
def test_the_lowest_note_is_the_bass_behind_a_slash(rows: Rows, found: float, met: bool) -> None:
    upper = part([(0, 62, 24), (24, 65, 24)])
    check = checked(piece(upper, part(rows)), chords="| G/B F |", strict_chords=True)
    assert check["chords"].found["basses after slashes"] == found
    assert check["strict_chords"].met == met
    alone = checked(piece(upper), chords="| G/B F |", strict_chords=True)
    assert alone["chords"].found == {"chord tones on strong beats": 1.0}


def test_chords_of_a_bar_are_checked_where_they_begin() -> None:
    rows = [(0, 60, 12), (12, 62, 12), (24, 67, 12), (36, 65, 12)]
    found = one(piece(part(rows)), chords="| C C G F |").found
    assert found == {"chord tones on strong beats": 1.0}
    found = one(piece(part(rows)), chords="| C C G Am |").found
    assert found == {"chord tones on strong beats": 0.667}
    found = one(piece(part(rows)), chords="| N.C. N.C. F F |").found
    assert found == {"chord tones on strong beats": 0.0}


def test_chords_come_round_with_the_bars() -> None:
    rows = [(0, 60, 48), (48, 67, 48), (96, 64, 48), (144, 71, 48)]
    assert one(piece(part(rows), bars=4), chords="C G").found == {
        "chord tones on strong beats": 1.0
    }


def section(*pitches: int) -> list[tuple[int, int]]:
    return [(12 * i, pitch) for i, pitch in enumerate(pitches)]


@pytest.mark.parametrize(
    ("second", "asked", "found", "met"),
    [
        ((60, 62, 64, 65), "AA", "AA", True),
        ((60, 62, 64, 65), "AB", "AA", False),
        ((60, 62, 64, 67), "AA'", "AA'", True),
        ((60, 62, 64, 67), "AA", "AA'", False),
        # All four places agree, and no pitch: half of it is shared, which is enough for a variation.
        ((72, 74, 76, 77), "AA'", "AA'", True),
        ((72, 74, 76, 77), "XY", "AB", True),
        # Three of four places, no pitch: 3 / 8.
        ((72, 74, 76), "AA'", "AB", False),
    ],
)
def test_forms(second: tuple[int, ...], asked: str, found: str, met: bool) -> None:
    first = [(onset, pitch, 12) for onset, pitch in section(60, 62, 64, 65)]
    rows = first + [(48 + onset, pitch, 12) for onset, pitch in section(*second)]
    check = one(piece(part(rows), bars=2), form=asked)
    assert (check.found, check.met) == (found, met)


@pytest.mark.parametrize(
    ("meter", "rows", "found", "met"),
    [
        ("4/4", [(24, 60, 24)], "C4", True),
        ("4/4", [(12, 60, 36)], "C4, not on a strong beat", False),
        ("4/4", [(0, 60, 47)], "C4", False),
        ("4/4", [(0, 60, 24), (24, 60, 24), (24, 55, 24)], "G3", False),
        ("4/4", [(0, 67, 48), (24, 60, 24)], "C4", True),
        # Twelve quarters: the first beat from which eight are left is the fifth.
        ("12/4", [(48, 60, 96)], "C4, not on a strong beat", False),
        ("12/4", [(72, 60, 72)], "C4", True),
        ("5/2", [(24, 60, 96)], "C4", True),
        ("5/2", [(0, 60, 120)], "C4, not on a strong beat", False),
        ("8/4", [(0, 60, 96)], "C4", True),
    ],
)
def test_ends(meter: str, rows: Rows, found: str, met: bool) -> None:
    score = piece(part(rows), part([(0, 36, 1)], drums=True), meter=meter)
    check = one(score, end=True)
    assert (check.asked, check.found, check.met) == (
        "C on a strong beat, held to the end", found, met
    )  # fmt: skip


@pytest.mark.parametrize(
    ("onsets", "asked", "found", "met"),
    [
        ([0, 60], 0.6, (1, 0), True),
        ([0, 50], 0.6, (0, 1), False),
        ([0, 51], 0.6, (0, 0), True),
        ([0, 59, 61], 0.6, (0, 0), True),
        ([0, 50, 150], 0.5, (2, 2), True),
    ],
)
def test_swing(onsets: list[int], asked: float, found: tuple[int, int], met: bool) -> None:
    rows = [(onset, 60, 10) for onset in onsets]
    check = one(piece(part(rows), resolution=100), swing=asked)
    assert check.found == {"off-beats there": found[0], "straight off-beats": found[1]}
    assert check.met is met


def test_only_bars_in_quarters_swing() -> None:
    score = piece(part([(50, 60, 10)]), meter="6/8", resolution=100)
    assert one(score, swing=0.6).found == {"off-beats there": 0, "straight off-beats": 0}
    half = piece(part([(50, 60, 10)]), meter="2/2", resolution=100)
    assert one(half, swing=0.6).found == {"off-beats there": 0, "straight off-beats": 1}


@pytest.mark.parametrize(
    ("tempos", "start", "asked", "found", "met"),
    [
        ([], 0, 120, 120.0, True),
        ([(0, 100)], 0, 100.1, 100.0, True),  # a thousandth and a hundredth are let pass
        ([(0, 100)], 0, 100.2, 100.0, False),
        ([(0, 100), (48, 90)], 48, 90, 90.0, True),
        ([(0, 100), (48, 90)], 0, 100, 100.0, False),
        ([(0, 100), (49, 90)], 48, 100, 100.0, False),
    ],
)
def test_tempos(
    tempos: list[tuple[int, float]], start: int, asked: float, found: float, met: bool
) -> None:
    changes = tuple(TempoChange.of_bpm(tick, bpm) for tick, bpm in tempos)
    check = one(replace(piece(part([(48, 60, 48)]), bars=2), tempos=changes), start, tempo=asked)
    assert (check.found, check.met) == (found, met)


def test_instruments_are_those_of_parts_that_go_on() -> None:
    flute, violin = part([(0, 60, 48)], 73), part([(0, 60, 48), (48, 60, 48)], 40)
    score = piece(flute, violin, part([(48, 36, 12)], drums=True), bars=2)
    assert one(score, instrument="violin").found == ["Flute", "Violin", "drums"]
    assert not one(score, instrument="violin").met
    assert one(score, 48, instrument="violin").met
    assert one(score, 48, instrument="violin").found == ["Violin", "drums"]
    assert one(score, instruments="flute,violin").to_json() == {
        "asked": ["Flute", "Violin"], "found": ["Flute", "Violin", "drums"], "met": False,
    }  # fmt: skip
    assert one(piece(flute, violin, bars=2), instruments="flute,violin").met


def test_meters_are_told_in_runs() -> None:
    meters = (MeterChange(0, Meter(4, 4)), MeterChange(96, Meter(3, 4)))
    score = replace(piece(HELD, bars=2), meters=meters, length=132)
    assert one(score, meter="4/4").to_json() == {
        "asked": "4/4", "found": "2x4/4,1x3/4", "met": False,
    }  # fmt: skip
    assert one(score, meter="2x4/4,1x3/4").met
    assert one(score, 96, meter="3/4").met


# -- parts of a continuation -------------------------------------------------------------


def found_of(old: Rows, new: Rows) -> tuple[dict[str, Any], dict[str, bool]]:
    """Two bars of 48 ticks a quarter, and two new ones."""
    score = piece(part([*old, *new]), bars=4, resolution=48)
    (row,) = compare_parts(score_facts(score), 384)
    return row["new"], row["met"]


def bar_of(count: int, pitch: int = 60, start: int = 0) -> list[tuple[int, int, int]]:
    return [(start + 24 * i, pitch, 24) for i in range(count)]


@pytest.mark.parametrize(
    ("new", "name", "met"),
    [
        (bar_of(4, 67, 384), "range", True),
        (bar_of(4, 68, 384), "range", False),
        (bar_of(4, 53, 384), "range", True),
        (bar_of(4, 52, 384), "range", False),
        (bar_of(8, 60, 384), "notes_per_bar", True),
        (bar_of(9, 60, 384), "notes_per_bar", False),
        (bar_of(2, 60, 384), "notes_per_bar", True),
        (bar_of(1, 60, 384), "notes_per_bar", False),
        ([(384, 60, 24), (384, 64, 24)], "chord", True),
        ([(384, 60, 24), (385, 64, 24), (384, 67, 24)], "chord", False),
        ([(384, 60, 24), (386, 64, 24), (388, 67, 24)], "chord", True),
        ([(384, 60, 24), (396, 64, 24)], "polyphony", True),
        ([(384, 60, 48), (396, 64, 48), (408, 67, 48)], "polyphony", False),
    ],
)
def test_what_a_part_may_do_beside_four_notes_of_a_melody(new: Rows, name: str, met: bool) -> None:
    assert found_of(bar_of(4), new)[1][name] is met


def test_notes_that_overlap_by_a_hair_are_no_chord() -> None:
    """Two ticks are a twenty-fourth of a quarter."""
    found, _ = found_of(bar_of(4), [(384, 60, 26), (408, 62, 26), (432, 64, 24)])
    assert found["polyphony"] == 1
    found, _ = found_of(bar_of(4), [(384, 60, 27), (408, 62, 27), (432, 64, 24)])
    assert found == {
        "range": "C4-E4", "chord": 1, "polyphony": 2, "notes_per_bar": 1.5,
        "rests": 0.812, "shortest": 0.5,
    }  # fmt: skip
