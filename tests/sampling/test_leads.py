"""What keeps parts near to what they did, and what leads the drawing: values on bars written down by hand."""

from __future__ import annotations

from dataclasses import replace
from math import log
from typing import Any

import pytest
from leads_tools import EVERY, peaks
from small import V, plain_header
from steps import BAR, END, SKIP, Rows, left, parts_header, written

from symgen.music.constraints import PitchRange
from symgen.music.controls import Controls
from symgen.sampling.inference import (
    PartHabits,
)
from symgen.sampling.keeping import FIRM, LOOSE, RhythmGuide, phrase_bars
from symgen.sampling.part_limits import PartLimit, PartLimits, make_limits

HABITS = PartHabits(PitchRange(60, 72), 2, 3, 4, 5.0, 0.25, 3, 24, frozenset({0, 6}), V.grid)


EVERY_STEP = (1 << V.longest) - 1


def limited(*limits: PartLimit, lanes: tuple[int, ...] = (0, 1), **more: int) -> PartLimits:
    return PartLimits(limits, V, lanes=lanes, **{"first": 0, **more})


# -- limits of parts ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("program", "low", "high"),
    [
        (0, 53, 79),  # a piano goes seven semitones farther than it did
        (40, 55, 79),  # a violin has nothing below its G
        (73, 60, 79),
        (32, 53, 72),  # a bass that went higher than it can stays as high
    ],
)
def test_a_part_goes_a_fifth_farther_as_far_as_its_instrument_does(
    program: int, low: int, high: int
) -> None:
    limit = PartLimit.of(HABITS, program, rhythm=True)
    assert (limit.low, limit.high) == (low, high)
    assert (limit.chord, limit.polyphony, limit.together) == (2, 4, 3)
    assert (limit.places, limit.shortest, limit.longest) == (HABITS.places, 3, 24)
    assert limit.rate == pytest.approx(8.0)
    free = PartLimit.of(HABITS, program, rhythm=False)
    assert free == PartLimit(low, high, 2, 4, 3)
    assert PartLimit.of(None, program, rhythm=True) == PartLimit()


@pytest.mark.parametrize(
    ("controls", "rhythm", "changes"),
    [
        ({}, True, {}),
        ({"grid": "1/8"}, False, {}),
        ({"density": "4-8"}, False, {}),
        ({"range": "C2-C3"}, True, {"low": 36, "high": 48}),
        ({"max_polyphony": 3}, True, {"chord": 128, "polyphony": 128, "together": 128}),
    ],
)
def test_controls_go_before_the_habits_of_parts(
    controls: dict[str, Any], rhythm: bool, changes: dict[str, int]
) -> None:
    found = make_limits([HABITS], Controls(**controls), plain_header(), rhythm=True)
    assert found == [replace(PartLimit.of(HABITS, 0, rhythm=rhythm), **changes)]
    (free,) = make_limits([HABITS], Controls(**controls), plain_header(), rhythm=False)
    assert free.rate is None


def test_parts_strike_at_their_places_when_they_are_free() -> None:
    header = parts_header(3, 2)
    limits = limited(
        PartLimit(places=frozenset({0, 12}), polyphony=1), PartLimit(places=frozenset({6}))
    )
    every = [step for step in range(97) if step == 96 or step % 24 in (0, 6, 12)]
    assert left(limits, "time", written(header, [])) == [*every, BAR, END]
    # The first part sounds up to step 14: until then only the second has places.
    begun = written(header, [(0, 0, 60, 14)])
    assert left(limits, "time", begun) == [s for s in every if s == 6 or s > 14] + [BAR, END]
    # From step 18 on the places are counted from step 0 of their pair of beats.
    later = written(header, [(18, 1, 60, 1)])
    assert left(limits, "time", later)[:4] == [6, 12, 18, 30]


@pytest.mark.parametrize(
    ("limit", "notes", "onset", "may"),
    [
        (PartLimit(chord=2), [(0, 0, 60, 6)], 0, True),
        (PartLimit(chord=2), [(0, 0, 60, 6), (0, 0, 64, 6)], 0, False),
        (PartLimit(chord=2), [(0, 0, 60, 6), (0, 0, 64, 6)], 1, True),
        (PartLimit(high=64), [(0, 0, 63, 6)], 0, True),
        (PartLimit(high=64), [(0, 0, 64, 6)], 0, False),
        (PartLimit(polyphony=1), [(0, 0, 60, 6)], 5, False),
        (PartLimit(polyphony=1), [(0, 0, 60, 6)], 6, True),
        (PartLimit(together=2), [(0, 0, 60, 6), (0, 1, 64, 6)], 0, False),
        (PartLimit(together=3), [(0, 0, 60, 6), (0, 1, 64, 6)], 0, True),
        (PartLimit(places=frozenset({6})), [], 30, True),
        (PartLimit(places=frozenset({6})), [], 18, False),
        # Twice a bar, and three at once: five notes are enough in the first bar.
        (PartLimit(rate=2.0), [(i, 0, 60, 1) for i in range(4)], 12, True),
        (PartLimit(rate=2.0), [(i, 0, 60, 1) for i in range(5)], 12, False),
    ],
)
def test_a_part_strikes_as_its_limits_have_it(
    limit: PartLimit, notes: Rows, onset: int, may: bool
) -> None:
    limits = limited(limit, PartLimit(), lanes=(0, 0))
    assert limits.may_strike(written(parts_header(3, 2), notes), 0, onset) is may


def test_a_part_with_enough_notes_waits_for_the_next_bar() -> None:
    limits, header = limited(PartLimit(rate=2.0), lanes=(0,), first=1), plain_header(4)
    busy: Rows = [(i, 0, 60, 1) for i in range(5)]
    enough = written(header, busy, busy)
    assert not limits.times(enough, 0)
    assert limits.times(written(header, busy, busy, []), 0) == EVERY_STEP  # seven are enough there
    assert limits.times(written(header, busy, busy[:4]), 0) == EVERY_STEP


def test_limits_hold_in_their_bars_alone() -> None:
    limits = limited(PartLimit(60, 72, shortest=3, longest=24), lanes=(0,), first=1, stop=2)
    header = plain_header(4)
    draft = {"time": 0, "part": 0, "pitch": 60}
    for bars, holds in ((1, False), (2, True), (3, False)):
        prefix = written(header, *[[]] * bars)
        assert left(limits, "pitch", prefix, **draft) == (list(range(60, 73)) if holds else EVERY)
        lengths = list(range(3, 25)) if holds else list(range(98))
        assert left(limits, "duration", prefix, **draft) == lengths


def test_a_chord_goes_on_where_a_part_from_there_on_may_strike() -> None:
    header, one = parts_header(2, 2), PartLimit(chord=1)
    limits = limited(one, one)
    assert left(limits, "time", written(header, [(0, 0, 60, 6)]))[0] == 0
    assert left(limits, "time", written(header, [(0, 1, 60, 6)]))[0] == 1
    assert left(limits, "part", written(header, [(0, 0, 60, 6)]), time=0) == [1]
    assert left(limits, "part", written(header, [(0, 0, 60, 6)]), time=1) == [0, 1]


def lead(lag: float) -> float:
    return round(3 + 2 * log(lag), 6)


OLD: Rows = [(6, 0, 60, 12), (24, 0, 64, 18)]


OTHER: Rows = [(0, 0, 60, 3)]


def test_the_bar_a_phrase_back_leads_a_new_one() -> None:
    guide, header = RhythmGuide(2, 2, (2.0,)), plain_header(5)
    begun = written(header, OLD, OTHER, [])
    assert peaks(guide, "time", begun) == {6: 3.0}
    assert peaks(guide, "part", begun, time=6) == {0: 3.0}
    assert peaks(guide, "part", begun, time=5) == {}
    assert peaks(guide, "duration", begun, time=6, part=0) == {12: 3.0}
    assert peaks(guide, "duration", begun, time=6, part=1) == {}
    assert peaks(guide, "pitch", begun, time=6, part=0) is None
    # A bar that takes up the one before it (class 17) has its rhythm.
    assert peaks(guide, "time", written(header, OLD, OTHER, [], forms=(0, 0, 17))) == {0: 3.0}
    assert peaks(guide, "time", written(header, OLD, OTHER)) is None
    stopped = RhythmGuide(2, 2, (2.0,), 3)
    assert peaks(stopped, "time", begun) == {6: 3.0}
    assert peaks(stopped, "time", written(header, OLD, OTHER, OLD, [])) is None


@pytest.mark.parametrize(
    ("notes", "expected"),
    [
        # One note at step 6: of two a bar a quarter note was due, and the next comes at step 24.
        ([(6, 0, 60, 12)], {18: lead((1 + 0.25) / 2)}),
        ([(24, 0, 60, 12)], {BAR: 3.0, END: 3.0}),
        ([(23, 0, 60, 12)], {1: lead((1 + 2 * 23 / 48) / 2)}),
    ],
)
def test_a_part_is_led_the_more_the_less_it_had(notes: Rows, expected: dict[int, float]) -> None:
    guide = RhythmGuide(2, 2, (2.0,))
    assert peaks(guide, "time", written(plain_header(5), OLD, OTHER, notes)) == expected


def test_a_loose_lead_is_half_as_strong() -> None:
    guide, header = RhythmGuide(2, 2, (2.0,), lead=LOOSE), plain_header(5)
    firm = peaks(RhythmGuide(2, 2, (2.0,)), "time", written(header, OLD, OTHER, []))
    assert peaks(guide, "time", written(header, OLD, OTHER, [])) == {
        place: value / 2 for place, value in firm.items()
    }
    assert LOOSE.fewest < FIRM.fewest


def test_far_notes_are_led_to_by_a_skip() -> None:
    header = plain_header(3, "9/4")
    assert peaks(RhythmGuide(1, 1, (1.0,)), "time", written(header, [(100, 0, 60, 1)], [])) == {
        SKIP: 3.0
    }


@pytest.mark.parametrize(
    ("rate", "step", "had", "starved"),
    [
        # Two parts; the second strikes and lets the time pass. The first has fewer than seven
        # tenths of what was due, less one: of 1.5 fewer than 0.05, of 4 fewer than 1.8.
        (4.0, 18, 0, True),
        (4.0, 17, 0, False),
        (8.0, 24, 1, True),
        (8.0, 24, 2, False),
    ],
)
def test_a_part_with_far_too_few_notes_is_not_passed_over(
    rate: float, step: int, had: int, starved: bool
) -> None:
    guide, header = RhythmGuide(1, 1, (rate, 0.0)), parts_header(3, 2)
    source: Rows = [(30, 0, 72, 6)]
    fresh: Rows = [*((i, 0, 72, 1) for i in range(had)), (step, 1, 48, 1)]
    prefix = written(header, source, fresh)
    advance = 30 - step
    times = list(range(advance + 1)) if starved else list(range(99))
    assert left(guide, "time", prefix) == times
    parts = [0] if starved else list(range(32))
    assert left(guide, "part", prefix, time=advance) == parts
    assert left(guide, "part", prefix, time=advance - 1) == list(range(32))


def test_the_last_bar_in_which_it_played_leads_a_part_that_fell_silent() -> None:
    guide, header = RhythmGuide(1, 2, (8.0, 0.0)), parts_header(5, 2)
    silent: Rows = [(24, 1, 48, 12)]
    prefix = written(header, [(30, 0, 72, 6)], silent, silent)
    assert peaks(guide, "time", prefix) == {6: lead(1 + 4)}  # of eight a bar four were due


def test_bars_of_another_length_do_not_lead() -> None:
    header = replace(plain_header(2), runs=(plain_header(1, "3/4").runs + plain_header(4).runs))
    guide = RhythmGuide(2, 2, (1.0,))
    assert peaks(guide, "time", written(header, OLD[:1], OTHER, [])) == {0: 3.0}


def test_phrases() -> None:
    assert [phrase_bars(bars) for bars in (0, 1, 2, 3, 4, 7, 8, 16)] == [1, 1, 2, 2, 4, 4, 8, 8]
