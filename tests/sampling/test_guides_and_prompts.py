"""Guides, and what a prompt tells of its parts."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from leads_tools import EVERY, peaks
from small import V, plain_header, tune
from steps import BAR, Rows, written

from symgen.music.charts import ChordChart
from symgen.music.constraints import Form, PitchRange
from symgen.music.controls import Controls
from symgen.music.score import Note, Part, Score
from symgen.sampling.charting import PlacedTones
from symgen.sampling.guides import (
    BassGuide,
    ChordGuide,
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
    ToneGuide,
)
from symgen.tokens import encode
from symgen.tokens.statistics import STATISTICS
from symgen.tokens.vocabulary import DURATION

# -- guides ------------------------------------------------------------------------------


def test_tones_of_the_prompt_are_likelier_in_new_bars() -> None:
    guide, header = ToneGuide(frozenset({0, 7}), 1), plain_header(3)
    assert peaks(guide, "pitch", written(header, [])) is None
    found = peaks(guide, "pitch", written(header, [], []))
    assert found == {pitch: 1.0 for pitch in EVERY if pitch % 12 in (0, 7)}
    assert peaks(guide, "time", written(header, [], [])) is None


def test_chords_lead_more_on_the_beat() -> None:
    header = plain_header(4)
    guide = ChordGuide(PlacedTones(ChordChart.parse("C G"), header, V, 1), 1)
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


def test_the_lowest_part_strikes_the_bass_behind_a_slash() -> None:
    header = plain_header(3, programs=(0, 0), drums=(False, False), names=("", ""))
    chart = ChordChart.parse("| C | C/E F/A | G |")
    guide = BassGuide(PlacedTones(chart, header, V, 0), 1, strength=5.0)
    e = dict.fromkeys((pitch for pitch in EVERY if pitch % 12 == 4), 5.0)
    a = dict.fromkeys((pitch for pitch in EVERY if pitch % 12 == 9), 5.0)
    first, second = written(header, []), written(header, [], [])
    assert peaks(guide, "pitch", second, time=0, part=1) == e
    assert peaks(guide, "pitch", second, time=24, part=1) == a
    assert peaks(guide, "pitch", second, time=12, part=1) is None
    assert peaks(guide, "pitch", second, time=0, part=0) is None
    assert peaks(guide, "pitch", first, time=0, part=1) is None
    longest = V.sizes[DURATION]
    assert peaks(guide, "duration", first, time=24, part=1) == dict.fromkeys(
        range(25, longest), -5.0
    )
    assert peaks(guide, "duration", second, time=12, part=1) == dict.fromkeys(
        range(13, longest), -5.0
    )
    assert peaks(guide, "duration", second, time=24, part=1) is None
    assert peaks(guide, "duration", first, time=24, part=0) is None


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
    found = make_guides(Controls(**controls), plain_header(first + 4), V, first=first, usual=usual)
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
