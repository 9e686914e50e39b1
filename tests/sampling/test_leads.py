"""What keeps parts near to what they did, and what leads the drawing: values on bars written down by hand."""

from __future__ import annotations

from dataclasses import replace
from math import log
from typing import Any

import numpy as np
import pytest
from small import V, plain_header, tune
from steps import BAR, END, SKIP, Rows, drafted, left, parts_header, written

from symgen.music.constraints import Form, PitchRange
from symgen.music.controls import Controls
from symgen.music.score import Note, Part, Score
from symgen.music.theory import parse_chords
from symgen.sampling.guides import (
    ChordGuide,
    Guide,
    VariationGuide,
    VariedGuide,
    make_guides,
)
from symgen.sampling.inference import (
    Inferred,
    PartHabits,
    find_habits,
    guess_style,
    infer,
    most_at_once,
)
from symgen.sampling.keeping import (
    PartLimit,
    PartLimits,
    RhythmGuide,
    ToneGuide,
    make_limits,
    phrase_bars,
)
from symgen.tokens import encode
from symgen.tokens.prefix import Prefix
from symgen.tokens.statistics import STATISTICS

HABITS = PartHabits(PitchRange(60, 72), 2, 3, 4, 5.0, 0.25, 3, 24, frozenset({0, 6}), V.grid)
EVERY = list(range(128))


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
    assert not limits.times(enough, 0).any()
    assert limits.times(written(header, busy, busy, []), 0).all()  # seven are enough there
    assert limits.times(written(header, busy, busy[:4]), 0).all()


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


# -- rhythm ------------------------------------------------------------------------------


def peaks(
    guide: Guide, field: str, prefix: Prefix, *, time: int = -1, part: int = -1
) -> dict[int, float] | None:
    """Return the classes that are led, and by how much."""
    bias = guide.bias(field, prefix, drafted(time=time, part=part))
    if bias is None:
        return None
    return {int(i): round(float(bias[i]), 6) for i in np.flatnonzero(bias)}


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


# -- guides ------------------------------------------------------------------------------


def test_tones_of_the_prompt_are_likelier_in_new_bars() -> None:
    guide, header = ToneGuide(frozenset({0, 7}), 1), plain_header(3)
    assert peaks(guide, "pitch", written(header, [])) is None
    found = peaks(guide, "pitch", written(header, [], []))
    assert found == {pitch: 1.0 for pitch in EVERY if pitch % 12 in (0, 7)}
    assert peaks(guide, "time", written(header, [], [])) is None


def test_chords_lead_more_on_the_beat() -> None:
    guide, header = ChordGuide(parse_chords("C G"), 1), plain_header(4)
    c = [pitch for pitch in EVERY if pitch % 12 in (0, 4, 7)]
    g = [pitch for pitch in EVERY if pitch % 12 in (2, 7, 11)]
    first, second = written(header, [], []), written(header, [], [], [])
    assert peaks(guide, "pitch", first, time=12) == dict.fromkeys(c, 3.0)
    assert peaks(guide, "pitch", first, time=18) == dict.fromkeys(c, 1.5)
    assert peaks(guide, "pitch", second, time=0) == dict.fromkeys(g, 3.0)
    assert peaks(guide, "goal", first) == dict.fromkeys(g, 1.5)
    assert peaks(guide, "goal", written(header, [])) == dict.fromkeys(c, 1.5)
    assert peaks(guide, "pitch", written(header, []), time=0) is None
    assert peaks(guide, "time", first) is None


@pytest.mark.parametrize(
    ("variation", "usual", "strength"), [(0.25, 0.0, 2.0), (0.5, 1.5, 1.5), (1.0, 0.0, -4.0)]
)
def test_variation_is_a_bias_on_bars_that_return(
    variation: float, usual: float, strength: float
) -> None:
    guide = VariationGuide(variation, usual)
    assert peaks(guide, "form", written(plain_header())) == dict.fromkeys(range(1, 21), strength)
    assert peaks(guide, "time", written(plain_header())) is None


def test_varied_sections_are_led_by_their_source() -> None:
    guide, header = VariedGuide(Form.parse("AA'"), 1, 2), plain_header(4)
    source: Rows = [(6, 0, 60, 12), (24, 0, 64, 18)]
    begun = written(header, [], source, [])
    assert peaks(guide, "time", begun) == {6: 3.0}
    assert peaks(guide, "part", begun, time=6) == {0: 3.0}
    assert peaks(guide, "pitch", begun, time=6, part=0) == {60: 3.0}
    assert peaks(guide, "pitch", begun, time=6, part=1) is None
    assert peaks(guide, "pitch", begun, time=5, part=0) is None
    assert peaks(guide, "duration", begun, time=6, part=0) is None
    assert peaks(guide, "time", written(header, [], source, [(6, 0, 60, 3)])) == {18: 3.0}
    assert peaks(guide, "time", written(header, [], source, source)) == {BAR: 3.0}
    assert peaks(guide, "time", written(header, [], source)) is None
    assert peaks(guide, "time", written(header, [])) is None


@pytest.mark.parametrize(
    ("controls", "first", "usual", "kinds"),
    [
        ({}, 0, -1.0, []),
        ({}, 4, -1.0, [VariationGuide]),
        ({}, 4, 0.0, []),
        ({"variation": 0.5}, 0, 0.0, [VariationGuide]),
        ({"chords": "C"}, 0, 0.0, [ChordGuide]),
        ({"form": "AA"}, 0, 0.0, [VariedGuide]),
        ({"form": "AA", "chords": "C"}, 2, 1.0, [ChordGuide, VariationGuide, VariedGuide]),
    ],
)
def test_what_leads_a_piece(
    controls: dict[str, Any], first: int, usual: float, kinds: list[type]
) -> None:
    found = make_guides(Controls(**controls), first=first, bars=4, usual=usual)
    assert [type(guide) for guide in found] == kinds


# -- what a prompt tells -----------------------------------------------------------------


def norm(**changes: tuple[float, float]) -> dict[str, list[float]]:
    rows = [changes.get(name, (0.0, 1.0)) for name in STATISTICS]
    return {"mean": [mean for mean, _ in rows], "deviation": [width for _, width in rows]}


@pytest.mark.parametrize(
    ("other", "usual", "expected"),
    [
        # A chance of seven in ten is needed: 72 pieces to 28, not 68 to 32.
        ({}, (72, 28), "air"),
        ({}, (68, 32), ""),
        # Half of d^2 / 2, for a statistic d deviations off: 0.90 and 0.81, log(7 / 3) is 0.85.
        ({"off_beat": (1.9, 1.0)}, (1, 1), "air"),
        ({"off_beat": (1.8, 1.0)}, (1, 1), ""),
        ({"mean_pitch": (9.0, 1.0)}, (1, 1), ""),
        # Half of the log of a deviation: 0.9 and 0.8.
        ({"off_beat": (0.0, 6.05)}, (1, 1), "air"),
        ({"off_beat": (0.0, 4.95)}, (1, 1), ""),
    ],
)
def test_a_style_is_told_if_it_is_much_likelier(
    other: dict[str, tuple[float, float]], usual: tuple[int, int], expected: str
) -> None:
    info = {
        "norms": {"air": norm(), "reel": norm(**other)},
        "usual": [["4/4", "air", "", usual[0]], ["4/4", "reel", "", usual[1]],
                  ["3/4", "reel", "", 900], ["4/4", "march", "", 900]],
    }  # fmt: skip
    assert guess_style([0.0] * 8, "4/4", info) == expected


@pytest.mark.parametrize(("mean", "expected"), [(0.038, "air"), (0.036, "")])
def test_deviations_are_no_smaller_than_a_fiftieth(mean: float, expected: str) -> None:
    info = {"norms": {"air": norm(off_beat=(0.0, 0.0)), "reel": norm(off_beat=(mean, 0.01))}}
    assert guess_style([0.0] * 8, "4/4", info) == expected


@pytest.mark.parametrize(
    ("spans", "most"),
    [([(0, 4), (4, 8)], 1), ([(0, 5), (4, 8)], 2), ([(0, 9), (1, 3), (2, 4), (3, 5)], 3), ([], 0)],
)
def test_spans_that_overlap(spans: list[tuple[int, int]], most: int) -> None:
    assert most_at_once([start for start, _ in spans], [end for _, end in spans]) == most


def test_habits_by_hand() -> None:
    """Two bars: a chord of two quarters, an eighth in it, a rest, a half note over the bar line."""
    notes = (
        Note(0, 60, 12), Note(0, 64, 12), Note(6, 67, 6), Note(42, 62, 24), Note(78, 65, 18)
    )  # fmt: skip
    score = Score((Part(notes), Part((Note(0, 48, 96), Note(6, 36, 6)))), 12, length=96)
    events, _ = encode(score, V, whole=True)
    first, second = find_habits(events, V, bars=2, lanes=(0, 0))
    # Silent from 12 to 42 and from 66 to 78: 42 of 96 steps. Of 6 + 24, and of 30 in the second
    # bar, pairs of quarters have the rest.
    assert first == PartHabits(
        PitchRange(60, 67), 2, 3, 3, 2.5, 42 / 96, 6, 24, frozenset({0, 6, 18}), 12
    )
    assert second == PartHabits(PitchRange(36, 48), 1, 3, 2, 1.0, 0.0, 6, 96, frozenset({0, 6}), 12)
    assert str(first) == "C4-G4, 2 at once, 2.5 notes a bar, 44% rests, shortest note 0.5 quarters"
    assert first.to_json() == {
        "range": "C4-G4", "chord": 2, "polyphony": 3, "notes_per_bar": 2.5, "rests": 0.438,
        "shortest": 0.5, "longest": 2.0,
    }  # fmt: skip


def told(score: Score, bars: int, **info: Any) -> Inferred:
    events, _ = encode(score, V, whole=True)
    return infer(events, V, info, tempo=90.12345, swing=0.61234, bars=bars, lanes=(0,))


def test_what_is_told_is_rounded() -> None:
    found = replace(told(tune("C4 D4 E4|C4:1.5 D4:.5"), 2), style="air")
    assert found.notes_per_bar == 2.5
    plain = found.to_json()
    assert (plain["style"], plain["tempo"], plain["swing"]) == ("air", 90.123, 0.612)
    assert replace(found, notes_per_bar=7 / 3).to_json()["notes_per_bar"] == 2.33
    assert str(replace(found, notes_per_bar=7 / 3)) == (
        "style air, 90.1235 quarters a minute, C4-E4, 2.33 notes a bar, grid 1/8, swing 0.61"
    )
    pickup = told(tune("G4|C4 D4 E4|C4:2 D4", pickup="1/4"), 3)
    assert pickup.notes_per_bar == 3.0


@pytest.mark.parametrize(
    ("late", "count", "grid"), [(3, 49, "1/4"), (3, 48, "1/16"), (4, 20, "1/8t"), (1, 20, "None")]
)
def test_the_coarsest_grid_that_has_nearly_all_notes(late: int, count: int, grid: str) -> None:
    """One note is late; 98 of 100 on the grid are enough."""
    notes = [Note(12 * i, 60, 6) for i in range(count)] + [Note(12 * count + late, 60, 6)]
    assert str(told(Score((Part(tuple(notes)),), 12), 13).grid) == grid


@pytest.mark.parametrize(
    ("lengths", "tones"),
    [
        # C, and one note of D; weights are roots of durations.
        ([12] * 33, {0}),
        ([12] * 32, {0, 2}),  # 32 of 33 are fewer than 97 in 100
        ([48] * 17, {0}),  # each twice as heavy
        ([48] * 16, {0, 2}),
    ],
)
def test_tones_make_nearly_all_of_what_sounds(lengths: list[int], tones: set[int]) -> None:
    notes, time = [], 0
    for length in lengths:
        notes.append(Note(time, 60, length))
        time += length
    found = told(Score((Part((*notes, Note(time, 62, 12))),), 12), 20)
    assert found.tones == tones
