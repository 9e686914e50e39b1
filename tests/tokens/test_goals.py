"""Goals of bars, by hand and on real tunes."""

from __future__ import annotations

import numpy as np
from small import STEPS, V, random_events, real_events, tune

from symgen.music.score import Note, Part, Score
from symgen.music.theory import parse_pitch
from symgen.tokens import encode
from symgen.tokens.features import feature_array
from symgen.tokens.form import NO_GOAL, bar_goals, with_goals
from symgen.tokens.layout import layout
from symgen.tokens.vocabulary import PITCH, TIME


def test_goals_by_hand() -> None:
    """A pickup, a whole note, four notes, an upbeat off the beat, notes off all beats, a bar of rest."""
    events, _ = encode(
        tune("G4|C4:4|D4 E4 F4 G4|D4 E4:2.5 F4:.5|-:.5 B4:3|-|C4:4", pickup="1/4"), V
    )
    names = [
        NO_GOAL if name is None else parse_pitch(name)
        for name in ("G4", "C4", "G4", "E4", None, None, "C4")
    ]
    assert bar_goals(events, V).tolist() == names
    written = with_goals(events, V)
    bars = written.fields[:, TIME] == V.bar
    assert written.fields[bars, PITCH].tolist() == names
    assert np.array_equal(
        np.delete(written.fields, PITCH, axis=1), np.delete(events.fields, PITCH, axis=1)
    )
    assert np.array_equal(written.fields[~bars], events.fields[~bars])


def test_of_several_parts_the_bass_has_the_goal() -> None:
    upper, lower = (
        tune("C5 D5 E5 F5|G5:4|G5:4").parts[0],
        tune("C3 B2 A2 G2:.5 F2:.5|-:.5 C3:3.5|C3:4").parts[0],
    )
    chord = Part((*lower.notes, Note(3 * STEPS, parse_pitch("D3"), STEPS)))
    score = Score((upper, chord), STEPS)
    events, _ = encode(score, V)
    assert bar_goals(events, V, 2).tolist() == [parse_pitch("G2"), NO_GOAL, parse_pitch("C3")]


def test_without_a_pickup_the_goal_is_the_last_note() -> None:
    events, _ = encode(tune("D4 E4:2.5 F4:.5|-:.5 B4:3|-|C4:4"), V)
    names = [NO_GOAL if name is None else parse_pitch(name) for name in ("F4", "B4", None, "C4")]
    assert bar_goals(events, V).tolist() == names


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


def test_in_compound_meter_a_beat_is_three_eighths() -> None:
    text = "C4:.5|B4:.5 G4:.5 G4:.5 G4:1.5|D5:.5 B4:.5 G4:.5 A4 F4:.5|G4:3"
    events, _ = encode(tune(text, meter="6/8", pickup="1/8"), V)
    assert bar_goals(events, V).tolist() == [parse_pitch(name) for name in ("C4", "G4", "A4", "G4")]
