"""Goals of bars, by hand and on real tunes."""

from __future__ import annotations

import numpy as np
import pytest
from small import V, plain_header, random_events, real_events, tune

from symgen.score import Note, Part
from symgen.theory import parse_pitch
from symgen.tokens import encode
from symgen.tokens.features import feature_array
from symgen.tokens.goals import NO_GOAL, bar_goals, goal_offset, with_goals
from symgen.tokens.layout import layout
from symgen.tokens.vocabulary import PITCH, TIME


@pytest.mark.parametrize(
    ("length", "beat", "offset"),
    [(48, 12, 24), (24, 12, 12), (36, 12, 12), (36, 18, 18), (54, 18, 18), (72, 18, 36), (12, 12, 0), (6, 12, 0),
     (30, 18, 18), (42, 12, 24)],
)  # fmt: skip
def test_the_beat_in_the_middle(length: int, beat: int, offset: int) -> None:
    assert goal_offset(length, beat) == offset


def test_goals_by_hand() -> None:
    """A whole note, a note on the third beat, a rest there, a note tied over it, a pickup."""
    events, _ = encode(tune("G4|C4:4|D4 E4 F4 G4|D4 E4 -|A4 B4:3", pickup="1/4"), V)
    names = [NO_GOAL if name is None else parse_pitch(name) for name in ("G4", "C4", "F4", None, "B4")]
    assert bar_goals(events, V).tolist() == names
    written = with_goals(events, V)
    bars = written.fields[:, TIME] == V.bar
    assert written.fields[bars, PITCH].tolist() == names
    assert np.array_equal(np.delete(written.fields, PITCH, axis=1), np.delete(events.fields, PITCH, axis=1))
    assert np.array_equal(written.fields[~bars], events.fields[~bars])


def test_pieces_without_notes_have_no_goals() -> None:
    events = random_events(1)
    empty = type(events)(events.fields[events.fields[:, TIME] >= V.skip], events.header)
    assert set(bar_goals(empty, V).tolist()) == {NO_GOAL}


def test_the_goal_is_known_from_its_bar_line_on_and_not_before() -> None:
    column = layout(V).names.index("goal")
    for events in real_events():
        planned = with_goals(events, V)
        array, bar = feature_array(planned, V)[:, column], -1
        goals = bar_goals(events, V)
        for t, row in enumerate(planned.fields.tolist()):
            expected = goals[bar] + 1 if bar >= 0 and goals[bar] != NO_GOAL else 0
            assert array[t] == expected
            bar += row[TIME] == V.bar


def test_a_part_that_pauses_has_no_goal() -> None:
    header = plain_header()
    score = tune("C4:4|D4:4")
    late = score.with_parts([Part((Note(36, 60, 12), Note(84, 62, 12)), name="late")])
    events, _ = encode(late, V)
    assert bar_goals(events, V).tolist() == [NO_GOAL, NO_GOAL]
    assert header.bars > 0
