"""The pedal: when it goes down and comes up, on music that is small enough to say so by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from symgen.music.score import Note, Part, Score
from symgen.performer.interpretation import as_written
from symgen.performer.keeping import midi_score
from symgen.performer.manners import manner_of
from symgen.performer.own_manner import left_alone
from symgen.performer.pedal import pedal_of, pedals_of

PIANO = manner_of(Score(), "piano")
QUARTER = 480
# Seconds are 960 ticks: 20 ms and 100 ms.
LIFT, PRESS = 19, 96
C, F, G = (48, 64, 67, 72), (41, 60, 65, 69), (43, 62, 67, 71)


def chords(*names: tuple[int, ...], length: int = 2 * QUARTER, held: int = 0) -> Part:
    """Return chords one after the other, on the piano."""
    return Part(
        tuple(
            Note(number * length, pitch, held or length)
            for number, name in enumerate(names)
            for pitch in name
        )
    )


def moves(part: Part, *others: Part, style: str = "piano") -> list[tuple[int, int]]:
    """Return the pedal of a part."""
    score = Score((part, *others))
    return [(tick, value) for tick, value in pedal_of(score, 0, manner_of(score, style)).tolist()]


def test_the_pedal_changes_just_after_each_chord_and_comes_up_at_the_end() -> None:
    assert moves(chords(C, F, G, C)) == [
        (PRESS, 127), (960 + LIFT, 0), (960 + PRESS, 127), (1920 + LIFT, 0), (1920 + PRESS, 127),
        (2880 + LIFT, 0), (2880 + PRESS, 127), (3840, 0),
    ]  # fmt: skip


def test_a_broken_chord_has_one_pedal_a_bar() -> None:
    broken = Part(tuple(Note(240 * n, (48, 55, 64, 55)[n % 4], 240) for n in range(16)))
    assert [tick for tick, value in moves(broken) if value] == [PRESS, 1920 + PRESS]


def test_rests_are_not_pedaled_over() -> None:
    notes = [
        *chords(C).notes,
        *(Note(3840 + n.onset, n.pitch, n.duration) for n in chords(F).notes),
    ]
    assert moves(Part(tuple(notes))) == [
        (PRESS, 127), (960, 0), (3840 + PRESS, 127), (4800, 0),
    ]  # fmt: skip


def test_staccato_is_dry() -> None:
    assert moves(chords(C, F, G, C, length=QUARTER, held=QUARTER // 3)) == []


def test_fast_runs_in_the_bass_are_dry_and_slow_ones_in_the_treble_are_not() -> None:
    run = (36, 38, 40, 41, 43, 41, 40, 38)
    bass = tuple(Note(120 * n, run[n % 8], 120) for n in range(16))
    held = tuple(Note(0, pitch, 1920) for pitch in C)
    assert moves(Part((*bass, *held))) == []
    treble = tuple(Note(120 * n, run[n % 8] + 36, 120) for n in range(16))
    assert moves(Part((*treble, *held))) != []


def test_a_line_by_step_is_dry_also_where_another_part_is_pedaled() -> None:
    line = Part(tuple(Note(QUARTER * n, 72 + (n % 3), QUARTER) for n in range(8)))
    score = Score((line, chords(C, F, G, C)))
    found = pedals_of(score, PIANO)
    assert len(found[0]) == 0
    assert len(found[1]) == 8


@pytest.mark.parametrize(
    ("part", "style"),
    [
        (Part(chords(C, F).notes, program=6), "piano"),
        (Part(chords(C, F).notes, program=19), "piano"),
        (Part(chords(C, F).notes, is_drum=True), "piano"),
        (Part(()), "piano"),
        (chords(C, F), "funk"),
        (chords(C, F), "chorale"),
    ],
)
def test_who_has_no_dampers_and_styles_without_a_pedal_have_none(part: Part, style: str) -> None:
    assert moves(part, style=style) == []


def test_what_was_played_off_the_grid_keeps_the_pedal_that_it_had() -> None:
    written = chords(*(C, F, G, C) * 8)
    rows = written.note_array()
    rows[:, 0] += np.random.default_rng(0).integers(0, 200, len(rows))
    for part, count in ((written, 64), (Part.from_array(rows, 0), 0)):
        score = midi_score(Score((part,)))
        played = replace(as_written(score), pedals=pedals_of(score, PIANO))
        assert len(played.pedals[0]) >= 60
        assert len(left_alone(score, played).pedals[0]) == count


def test_moves_rise_and_alternate_also_at_wild_tempos() -> None:
    rng = np.random.default_rng(0)
    for bars in range(1, 30):
        rows = np.column_stack(
            [
                rng.integers(0, 1920 * bars, 40),
                rng.integers(1, 900, 40),
                rng.integers(30, 90, 40),
                rng.integers(1, 128, 40),
            ]
        )
        score = Score((Part.from_array(rows, 0),))
        tick, value = pedal_of(score, 0, PIANO).T
        assert (np.diff(tick) > 0).all()
        assert value.tolist() == [127, 0] * (len(value) // 2)
        assert tick.max(initial=0) <= score.length
