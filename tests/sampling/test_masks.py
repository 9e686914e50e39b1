"""Filters of one field at a time: which classes are left after a few notes written down by hand.

A quarter has 12 steps, a bar of 4/4 has 48; time classes 96, 97 and 98 skip, open a bar, end.
"""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from small import V, plain_header
from steps import BAR, END, SKIP, Rows, left, out, parts_header, written

from symgen.music.charts import ChordChart
from symgen.music.constraints import Density, NoteGrid
from symgen.music.meter import Meter
from symgen.sampling.charting import PlacedTones
from symgen.sampling.filters import (
    Differs,
    Draft,
    Filter,
    FromBar,
    Grammar,
    NoParallels,
    NoUnison,
    OnlyBarLine,
    filters_of,
)
from symgen.sampling.limits import (
    BarDensity,
    ChordTones,
    MostNotes,
    OnGrid,
    Pitches,
    Tones,
    closing_steps,
    strong_steps,
)
from symgen.tokens import BarRun, Header
from symgen.tokens.prefix import Prefix

Mask = NDArray[np.bool_]
ONE, TWO, THREE = plain_header(3), parts_header(3, 2), parts_header(3, 3)

# -- which filters are asked -----------------------------------------------------------------


class Silent:
    """A filter that does not say which fields it looks at."""

    def allow(self, field: str, prefix: Prefix, draft: Draft, allowed: Mask) -> None:
        raise AssertionError("is not asked here")


def test_only_filters_that_look_at_a_field_are_asked_and_those_that_do_not_say_look_at_all() -> (
    None
):
    first, second, silent = NoUnison(), FromBar(1), Silent()
    some: list[Filter] = [first, silent, second]
    assert filters_of(some, "pitch") == (first, silent)
    assert filters_of(some, "time") == (silent, second)
    assert filters_of(some, "goal") == (silent,)


# -- the grammar -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("bars", "monophonic", "expected"),
    [
        ([], False, [BAR]),
        ([[]], False, [*range(48), BAR]),
        # 12 steps are left behind step 36; the note there ends 3 steps later.
        ([[(36, 0, 60, 3)]], False, [*range(12), BAR]),
        ([[(36, 0, 60, 3)]], True, [*range(3, 12), BAR]),
        ([[(36, 0, 127, 3)]], False, [*range(1, 12), BAR]),
        ([[(36, 0, 126, 3)]], False, [*range(12), BAR]),
        # The last bar ends only if something sounds in it.
        ([[(0, 0, 60, 48)], [], []], False, list(range(48))),
        ([[(0, 0, 60, 48)], [(0, 0, 60, 48)], []], False, list(range(48))),
        ([[(0, 0, 60, 48)], [(0, 0, 60, 49)], []], False, [*range(48), END]),
        ([[], [], [(47, 0, 60, 1)]], False, [0, END]),
    ],
)
def test_times_of_the_grammar(bars: list[Rows], monophonic: bool, expected: list[int]) -> None:
    found = left(Grammar(V, monophonic=monophonic), "time", written(ONE, *bars))
    assert found == expected


@pytest.mark.parametrize(
    ("meter", "step", "expected"),
    [
        ("8/4", 0, [*range(96), BAR]),  # 96 steps: a skip would reach the bar line
        ("9/4", 0, [*range(96), SKIP, BAR]),
        ("9/4", 12, [*range(96), BAR]),
        ("9/4", 11, [*range(96), SKIP, BAR]),
        ("9/4", 13, [*range(95), BAR]),
    ],
)
def test_skips_stay_inside_their_bar(meter: str, step: int, expected: list[int]) -> None:
    prefix = written(plain_header(2, meter), [(step, 0, 60, 1)] if step else [])
    assert left(Grammar(V), "time", prefix) == expected


def test_forms_point_at_bars_that_were_there_and_are_as_long() -> None:
    runs = (BarRun(1, Meter(3, 4), 36), BarRun(4, Meter(4, 4), 48))
    prefix = written(Header(runs), [], [], [])
    # Bar 3 can take up bars 1 and 2: lag 2 has the classes 13 and 14, lag 1 17 and 18.
    assert left(Grammar(V), "form", prefix) == [0, 13, 14, 17, 18]
    assert left(Grammar(V), "form", written(ONE)) == [0]


@pytest.mark.parametrize(
    ("field", "draft", "expected"),
    [
        ("part", {"time": 0}, [1, 2]),  # the last note was one of part 1
        ("part", {"time": 1}, [0, 1, 2]),
        ("pitch", {"time": 0, "part": 1}, list(range(65, 128))),
        ("pitch", {"time": 1, "part": 1}, list(range(128))),
        ("pitch", {"time": 0, "part": 2}, list(range(128))),
        ("duration", {"time": 20, "part": 0, "pitch": 60}, list(range(1, 77))),
        ("velocity", {}, list(range(1, 128))),
    ],
)
def test_the_order_of_a_chord_and_the_room_of_a_note(
    field: str, draft: dict[str, int], expected: list[int]
) -> None:
    prefix = written(plain_header(2, programs=(0, 0, 0), drums=(False,) * 3, names=("",) * 3),
                     [(0, 0, 60, 6), (0, 1, 64, 6)])  # fmt: skip
    assert left(Grammar(V, parts=3), field, prefix, **draft) == expected


def test_parts_that_play_alone_begin_where_they_have_ended() -> None:
    grammar = Grammar(V, parts=3, voices=True)
    begun = written(THREE, [(0, 0, 72, 6), (0, 1, 64, 12)])
    assert left(grammar, "time", begun)[0] == 0  # the third may still join
    assert left(grammar, "part", begun, time=0) == [2]
    full = written(THREE, [(0, 0, 72, 6), (0, 1, 64, 12), (0, 2, 48, 9)])
    assert left(grammar, "time", full)[:2] == [6, 7]
    assert [left(grammar, "part", full, time=time) for time in (6, 8, 9, 12)] == [
        [0], [0], [0, 2], [0, 1, 2],
    ]  # fmt: skip


# -- small filters -----------------------------------------------------------------------


def test_no_unison_counts_what_sounds_on_in_its_own_part() -> None:
    prefix = written(TWO, [(0, 0, 60, 6), (0, 0, 64, 12), (0, 1, 67, 12)])
    pitches = {time: left(NoUnison(), "pitch", prefix, time=time, part=0) for time in (0, 5, 6)}
    assert [out(found, 128) for found in pitches.values()] == [[60, 64], [60, 64], [64]]
    assert left(NoUnison(), "duration", prefix, time=0, part=0) == list(range(98))


@pytest.mark.parametrize(
    ("before", "after", "forbidden"),
    [
        # A fifth, and an octave, that would come again on the new pitch of the other part.
        ((60, 67), 62, {*range(7, 62, 12), *range(69, 128, 12)}),
        ((60, 72), 62, {*range(2, 128, 12)}),
        ((60, 64), 62, set()),
        ((60, 67), 60, set()),  # the other part does not move
    ],
)
def test_parallels(before: tuple[int, int], after: int, forbidden: set[int]) -> None:
    low, high = before
    # Part 0 is below: it has moved to `after`, part 1 is being drawn.
    prefix = written(TWO, [(0, 0, low, 12), (0, 1, high, 12), (12, 0, after, 12)])
    found = out(left(NoParallels(2), "pitch", prefix, time=0, part=1), 128)
    assert set(found) == forbidden


def test_parallels_look_at_what_is_given_ahead() -> None:
    prefix = written(TWO, [(0, 0, 60, 12), (0, 1, 67, 12)])
    filter_ = NoParallels(2, {(12, 1): 69})
    found = out(left(filter_, "pitch", prefix, time=12, part=0), 128)
    # Fifths from 69, on either side: 2, 14, .. and 4, 16, ..; but the part may stay on its 60.
    assert found == sorted(p for p in range(128) if abs(69 - p) % 12 == 7 and p != 60)


def test_filters_of_one_note_and_of_one_bar() -> None:
    prefix = written(ONE, [(0, 0, 60, 12)], [(0, 0, 62, 12)])
    assert left(Differs(1, 1, 64), "pitch", prefix) == out([64], 128)
    for other in (Differs(0, 1, 64), Differs(1, 0, 64), Differs(1, 2, 64)):
        assert left(other, "pitch", prefix) == list(range(128))
    assert left(OnlyBarLine(), "time", prefix) == [BAR]
    assert left(OnlyBarLine(), "pitch", prefix) == list(range(128))
    assert left(FromBar(2), "time", prefix) == [BAR, END]
    assert left(FromBar(1), "time", prefix) == list(range(99))


# -- limits ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("meter", "strong", "closing"),
    [
        ("4/4", {0, 24}, {0, 24}),
        ("3/4", {0}, {0}),
        ("2/4", {0}, {0}),
        ("6/8", {0}, {0}),
        ("12/8", {0, 36}, {0, 36}),
        ("5/4", {0}, {0}),
        ("7/8", {0}, {0}),
        ("6/4", {0, 36}, {0, 36}),
        ("8/4", {0, 48}, {0, 48}),  # 96 steps: as long as a note can be
        ("4/2", {0, 48}, {0, 48}),
        ("16/4", {0, 96}, {96}),
        ("5/2", {0}, {24}),  # 120 steps: the first half note from which 96 reach the end
    ],
)
def test_strong_beats_and_where_a_piece_may_close(
    meter: str, strong: set[int], closing: set[int]
) -> None:
    assert strong_steps(Meter.parse(meter), V) == strong
    assert closing_steps(Meter.parse(meter), V) == closing


def test_chord_tones_on_the_strong_beats_of_new_bars() -> None:
    placed = PlacedTones(ChordChart.parse("C G"), plain_header(4), V, 1)
    rule = ChordTones(placed, [Meter(4, 4)] * 4, V, 1)
    bars: list[Rows] = [[(0, 0, 60, 1)]] * 4
    found = []
    for count in (1, 2, 3, 4):
        prefix = written(plain_header(4), *bars[:count])
        start = prefix.starts[count - 1]
        masks = [rule.pitches(prefix, start + step)[60:72] for step in (0, 12, 24)]
        found.append([np.flatnonzero(mask).tolist() for mask in masks])
    whole, c, g = list(range(12)), [0, 4, 7], [2, 7, 11]
    assert found == [[whole] * 3, [c, whole, c], [g, whole, g], [c, whole, c]]


def test_pitches_leave_room_above_for_the_rest_of_a_chord() -> None:
    rules = Pitches([Tones([60, 64]), Tones([60, 64, 67])])
    first = written(TWO, [(0, 0, 60, 12)])
    assert left(rules, "pitch", first, time=0) == [60, 64]
    assert left(rules, "time", first)[0] == 0
    full = written(TWO, [(0, 0, 64, 12)])
    assert left(rules, "part", full, time=0) == out([0], 32)
    assert left(rules, "part", full, time=1) == list(range(32))
    assert left(rules, "time", full)[0] == 0  # part 1 can still strike
    assert left(rules, "time", written(TWO, [(0, 1, 60, 12)]))[0] == 0
    assert left(rules, "time", written(TWO, [(0, 1, 64, 12)]))[0] == 1


@pytest.mark.parametrize(("most", "first"), [(1, 12), (2, 6), (3, 3), (4, 0)])
def test_no_more_notes_at_once(most: int, first: int) -> None:
    prefix = written(ONE, [(0, 0, 60, 3), (0, 0, 64, 6), (0, 0, 67, 12)])
    assert left(MostNotes(most), "time", prefix)[0] == first
    assert left(MostNotes(most), "pitch", prefix) == list(range(128))


def test_notes_that_began_long_ago_sound_on_up_to_the_longest() -> None:
    prefix = written(plain_header(4), [(0, 0, 60, 96)], [(47, 0, 62, 1)])
    # At step 95 the first has a step left, as has the second.
    assert left(MostNotes(2), "time", prefix)[0] == 1
    prefix.push([BAR, 0, 0, 0, 0, 0])
    assert left(MostNotes(1), "time", prefix)[0] == 0


@pytest.mark.parametrize(
    ("grid", "meter", "times", "durations"),
    [
        ("1/4", "4/4", [0, 12, 24, 36, 48], [12, 24, 36, 48, 60, 72, 84, 96]),
        ("1/8", "2/4", [0, 6, 12, 18, 24], list(range(6, 97, 6))),
        ("1/8t", "2/4", [0, 4, 6, 8, 12, 16, 18, 20, 24], [4, 6, 8, 12, 16, 18, 20, 24]),
        # Five eighths: three triplets stand in the first four; the last eighth has room for none.
        ("1/8t", "5/8", [0, 4, 6, 8, 12, 16, 18, 20, 24, 30], [4, 6, 8, 12, 16, 18, 20, 24, 30]),
    ],
)
def test_a_grid(grid: str, meter: str, times: list[int], durations: list[int]) -> None:
    rule = OnGrid(NoteGrid.parse(grid), V)
    prefix = written(plain_header(4, meter), [])
    found = left(rule, "time", prefix)
    assert [step for step in found if step <= times[-1]] == times
    lengths = left(rule, "duration", prefix, time=0)
    assert [step for step in lengths if step <= durations[-1] or step == 97][: len(durations)] == (
        durations
    )
    assert rule.unit == {"1/4": 12}.get(grid, 6)


def test_a_grid_off_which_a_note_began_lets_it_end_on_it_and_with_the_piece() -> None:
    rule = OnGrid(NoteGrid.parse("1/4"), V)
    prefix = written(plain_header(1, "7/8"), [(3, 0, 60, 3)])
    # From step 8 on: 12, 24, 36 lie at least a quarter away, and the end of the piece at step 42.
    assert left(rule, "duration", prefix, time=5)[:3] == [16, 28, 34]


@pytest.mark.parametrize(
    ("notes", "expected"),
    [
        # 2 or 3 notes a bar in units of 12: room is kept for what is missing.
        ([], [*range(25)]),
        ([(12, 0, 60, 1)], [*range(25)]),
        ([(12, 0, 60, 1), (24, 0, 60, 1)], [*range(99)]),
        ([(0, 0, 60, 1), (12, 0, 60, 1), (24, 0, 60, 1)], [SKIP, BAR, END]),
    ],
)
def test_density_by_time(notes: Rows, expected: list[int]) -> None:
    rule = BarDensity(
        Density(2, 3), unit=12, first=0, monophonic_parts=True, closing=frozenset({1})
    )
    assert left(rule, "time", written(ONE, notes)) == expected
    closing = written(ONE, [], notes)
    assert left(rule, "time", closing) == list(range(99))
    early = BarDensity(Density(2, 3), unit=12, first=1, monophonic_parts=True, closing=frozenset())
    assert left(early, "time", written(ONE, notes)) == list(range(99))


@pytest.mark.parametrize(
    ("notes", "time", "longest"),
    [
        # Two notes in each bar of 48 steps, 12 each: the first leaves 12 for the second.
        ([], 0, 36),
        ([], 12, 24),
        # The second may reach into the next bar, of which 24 steps are kept.
        ([(0, 0, 60, 12)], 12, 60),
        ([(0, 0, 60, 12)], 24, 48),
    ],
)
def test_density_by_duration(notes: Rows, time: int, longest: int) -> None:
    def rule(*, monophonic_parts: bool) -> BarDensity:
        return BarDensity(
            Density(2, 3),
            unit=12,
            first=0,
            monophonic_parts=monophonic_parts,
            closing=frozenset(),
        )

    prefix = written(ONE, notes)
    found = left(rule(monophonic_parts=True), "duration", prefix, time=time)
    assert found == list(range(longest + 1))
    # So it may into the last bar.
    late = written(ONE, [(0, 0, 60, 1), (1, 0, 60, 1)], notes)
    assert left(rule(monophonic_parts=True), "duration", late, time=time) == found
    free = left(rule(monophonic_parts=False), "duration", prefix, time=time)
    assert free == list(range(98))
