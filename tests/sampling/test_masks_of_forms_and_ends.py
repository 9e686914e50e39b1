"""Masks of forms that return and of pieces that close, as in `test_masks.py`."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from small import V, plain_header
from steps import BAR, END, SKIP, Rows, left, out, parts_header, written

from symgen.music.constraints import Form, PitchRange
from symgen.music.theory import Key
from symgen.sampling.endings import Closing, Ending
from symgen.sampling.filters import (
    FormPlan,
)

Mask = NDArray[np.bool_]
ONE, TWO, THREE = plain_header(3), parts_header(3, 2), parts_header(3, 3)


# -- forms -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("form", "bar", "expected"),
    [
        # Six bars behind a bar of the prompt; sections of two. Classes: lag 2 has 13 and 14, lag 4
        # 5 and 6, lag 1 17 and 18.
        ("ABA", 0, [0]),
        ("ABA", 1, [0, 17, 18]),
        ("ABA", 2, [0]),
        ("ABA", 4, [5]),
        ("AA'B", 2, [14]),
        ("AA'B", 3, [14]),
        ("AAB", 3, [13]),
        ("AAB", 5, [0, 17, 18]),
    ],
)
def test_forms_of_the_bars_of_a_plan(form: str, bar: int, expected: list[int]) -> None:
    plan = FormPlan(Form.parse(form), V, first=1, bars=6)
    prefix = written(plain_header(7), *[[]] * (bar + 1))
    assert left(plan, "form", prefix) == expected


def test_a_literal_return_has_the_notes_of_its_source() -> None:
    plan = FormPlan(Form.parse("AA"), V, first=1, bars=2)
    source: Rows = [(6, 0, 60, 12), (24, 0, 64, 60)]
    begun = written(plain_header(3), [], source, [])
    draft = {"time": 6, "part": 0, "pitch": 60}
    fields = ("time", "part", "pitch", "duration", "velocity")
    assert [left(plan, field, begun, **draft) for field in fields] == [[6], [0], [60], [12], [80]]
    assert left(plan, "goal", begun) == list(range(128))
    second = written(plain_header(3), [], source, source[:1])
    assert left(plan, "time", second) == [18]
    assert left(plan, "duration", second, time=18) == [24]  # cut where the piece ends
    assert left(plan, "time", written(plain_header(3), [], source, source)) == [END]
    longer = FormPlan(Form.parse("AAB"), V, first=0, bars=3)
    assert left(longer, "time", written(ONE, source, source)) == [BAR]


def test_a_varied_return_differs_in_the_second_note_of_its_middle_bar() -> None:
    plan = FormPlan(Form.parse("AA'"), V, first=0, bars=4)
    old: Rows = [(0, 0, 60, 12), (12, 0, 64, 12)]
    everything, header = list(range(128)), plain_header(4)
    assert left(plan, "pitch", written(header, old, old, [], old[:1])) == out([64], 128)
    assert left(plan, "pitch", written(header, old, old, [], [])) == everything
    assert left(plan, "pitch", written(header, old, old, [])) == everything
    assert left(plan, "pitch", written(header, old, old[:1], [], [])) == out([60], 128)
    assert left(plan, "pitch", written(header, old, [], [], [])) == everything


def test_notes_end_with_their_section() -> None:
    plan = FormPlan(Form.parse("AB"), V, first=1, bars=2)
    prefix = written(plain_header(3), [], [])
    assert left(plan, "duration", prefix, time=6) == list(range(43))
    assert left(plan, "duration", written(plain_header(3), []), time=6) == list(range(98))


# -- endings -----------------------------------------------------------------------------

C = Key.parse("C")


def ending(**more: object) -> Ending:
    return Ending(C, V, Closing(**{"strong": frozenset({0, 24}), **more}))  # type: ignore[arg-type]


def test_the_goal_of_the_last_bar_is_the_tonic() -> None:
    tonics = list(range(0, 128, 12))
    assert left(ending(), "goal", written(ONE, [], [])) == tonics
    assert left(ending(), "goal", written(ONE, [])) == list(range(128))
    assert left(ending(bar=1), "goal", written(ONE, [])) == tonics


def test_a_melody_closes_on_a_strong_beat_and_holds_its_tonic() -> None:
    rule = ending()
    open_ = written(ONE, [], [], [(0, 0, 62, 12)])
    # From step 0 on the next notes begin up to step 24; no bar line, no end before that.
    assert left(rule, "time", open_) == list(range(25))
    assert left(rule, "pitch", open_, time=24, part=0) == list(range(0, 109, 12))
    assert left(rule, "pitch", open_, time=23, part=0) == list(range(128))
    assert left(rule, "duration", open_, time=24, part=0, pitch=60) == [24]
    # Before the last strong beat a note ends there at the latest,
    assert left(rule, "duration", open_, time=12, part=0, pitch=60) == list(range(13))
    # and on an earlier strong one a tonic may last to the end.
    begun = written(ONE, [], [], [])
    assert left(rule, "duration", begun, time=0, part=0, pitch=60) == [*range(25), 48]
    assert left(rule, "duration", begun, time=0, part=0, pitch=62) == list(range(25))
    assert left(rule, "duration", begun, time=1, part=0, pitch=60) == list(range(24))
    closed = written(ONE, [], [], [(24, 0, 60, 24)])
    assert left(rule, "time", closed) == [*range(24, 97), BAR, END]


def test_the_parts_of_a_chord_close_in_their_order_above_the_bass() -> None:
    rule = ending(bass=1)
    before = written(TWO, [], [], [(0, 0, 65, 24), (0, 1, 55, 24)])
    assert left(rule, "time", before) == list(range(25))
    assert left(rule, "part", before, time=24) == [0]
    upper = [p for p in range(121) if p % 12 in (0, 4, 7)]
    assert left(rule, "pitch", before, time=24, part=0) == upper
    low = written(TWO, [], [], [(0, 0, 65, 24), (0, 1, 55, 24), (24, 0, 64, 24)])
    assert left(rule, "part", low, time=0) == [1]
    assert left(rule, "pitch", low, time=0, part=1) == [0, 12, 24, 36, 48, 60]
    full = written(TWO, [], [], [(0, 0, 65, 24), (0, 1, 55, 24), (24, 0, 64, 24), (24, 1, 48, 24)])
    assert left(rule, "time", full)[-3:] == [SKIP, BAR, END]


def test_an_ending_keeps_to_a_range_and_to_minor() -> None:
    minor = Ending(Key.parse("A minor"), V, Closing(bass=1, span=PitchRange(57, 76)))
    before = written(TWO, [], [], [])
    assert left(minor, "pitch", before, time=0, part=0) == [57, 60, 64, 69, 72, 76]
    assert left(minor, "pitch", before, time=0, part=1) == [57, 69]


def test_chords_close_with_as_many_notes_as_may_sound() -> None:
    rule = ending(bass=1, monophonic_parts=False, most=2)
    one = written(TWO, [], [], [(24, 0, 67, 24)])
    assert left(rule, "part", one, time=0) == [1]  # the other place is for the bass
    assert left(rule, "pitch", one, time=0, part=1) == [0, 12, 24, 36, 48, 60]
    assert left(rule, "duration", one, time=0, part=1, pitch=48) == [24]
    closed = written(TWO, [], [], [(24, 0, 67, 24), (24, 1, 48, 24)])
    assert left(rule, "duration", closed, time=3, part=0, pitch=72) == list(range(98))
    more = ending(bass=1, monophonic_parts=False, most=3)
    assert left(more, "part", one, time=0) == [0, 1]
    assert left(more, "pitch", one, time=0, part=0) == [
        p for p in range(68, 121) if p % 12 in (0, 4, 7)
    ]
