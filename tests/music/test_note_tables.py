"""Parts of arrays and parts of notes are the same parts."""

from __future__ import annotations

import copy
import pickle
from dataclasses import fields, replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from symgen.music.note_tables import MAX_TICK
from symgen.music.score import Note, Part, Score
from symgen.system.errors import FormatError

ROWS = st.lists(
    st.tuples(
        st.integers(0, 50), st.integers(1, 9), st.integers(60, 64), st.sampled_from((1, 80, 127))
    ),
    max_size=12,
)


def of_notes(rows: list[tuple[int, ...]]) -> Part:
    notes = [Note(onset, pitch, length, velocity) for onset, length, pitch, velocity in rows]
    return Part(tuple(notes), 5, False, "a")


@given(ROWS)
def test_a_part_of_an_array_is_one_of_notes(rows: list[tuple[int, ...]]) -> None:
    part, other = Part.from_array(rows, 5, False, "a"), of_notes(rows)
    assert part.note_count == len(rows)
    assert part == other
    assert part.end == other.end
    assert part.note_array().tolist() == other.note_array().tolist()
    assert part.notes == other.notes == tuple(sorted(other.notes))
    assert hash(part) == hash(other)
    assert repr(part) == repr(other)
    pickled = pickle.loads(pickle.dumps(part))  # noqa: S301 - our own
    assert pickled == copy.deepcopy(part) == copy.copy(part) == other
    assert replace(part, program=7) == replace(other, program=7) != part


@given(ROWS, ROWS)
def test_arrays_and_notes_compare_alike(
    rows: list[tuple[int, ...]], others: list[tuple[int, ...]]
) -> None:
    """Within parts, and as scores at other resolutions."""
    arrays = Part.from_array(rows, 5, False, "a"), Part.from_array(others, 5, False, "a")
    notes = of_notes(rows), of_notes(others)
    assert (arrays[0] == arrays[1]) == (notes[0].notes == notes[1].notes)
    scores = [Score((part,), 12) for part in (*arrays, *notes)]
    assert (scores[0] == scores[1]) == (arrays[0] == arrays[1])
    assert scores[0] == scores[2] == scores[2].with_resolution(36)
    assert hash(scores[0]) == hash(scores[2].with_resolution(36))


@given(ROWS)
def test_notes_of_several_parts_go_by_onset_part_pitch_and_duration(
    rows: list[tuple[int, ...]],
) -> None:
    score = Score((Part.from_array(rows), Part(), of_notes(rows)))
    table = np.array([(*row, part) for part in (0, 2) for row in sorted(rows)], np.int64)
    table = table.reshape(-1, 5)
    order = np.lexsort((table[:, 3], table[:, 1], table[:, 2], table[:, 4], table[:, 0]))
    assert score.note_array().tolist() == table[order].tolist()


def test_the_notes_of_an_array_are_made_when_they_are_asked_for() -> None:
    part = Part.from_array([(0, 1, 60, 80)])
    assert part.end == 1
    assert "Part" in repr(part)
    with pytest.raises(AttributeError):
        object.__getattribute__(part, "notes")
    assert type(part.notes[0]) is Note
    assert part.notes is part.notes
    assert type(part.notes[0].onset) is int
    assert [field.name for field in fields(part)] == ["notes", "program", "is_drum", "name"]


def test_an_array_of_a_part_is_a_copy() -> None:
    part = Part.from_array([(0, 1, 60, 80)])
    part.note_array()[:] = 9
    assert part.notes == (Note(0, 60, 1, 80),)


@pytest.mark.parametrize(
    "rows",
    [
        [(-1, 1, 60, 80)], [(0, 0, 60, 80)], [(0, 1, -1, 80)], [(0, 1, 128, 80)], [(0, 1, 60, 0)],
        [(0, 1, 60, 128)], [(MAX_TICK, 1, 60, 80)], [(2**40, 1, 60, 80)], [(0, 2**63, 60, 80)],
        [(0.5, 1, 60, 80)], [(0, 1, 60)], [(0, 1, 60, 80), (0, 1)], [("a", 1, 60, 80)], [[[1]]], 7,
    ],
)  # fmt: skip
def test_arrays_that_hold_no_notes(rows: Any) -> None:
    with pytest.raises(FormatError):
        Part.from_array(rows)


@pytest.mark.parametrize("rows", [[], np.zeros((0, 4)), (), np.zeros((0, 4), np.int8)])
def test_no_notes(rows: Any) -> None:
    assert Part.from_array(rows) == Part()
    assert Part.from_array(rows).notes == ()


def test_the_last_tick_can_be_reached() -> None:
    assert Part.from_array([(MAX_TICK - 1, 1, 127, 127)]).end == MAX_TICK


def test_other_names_are_no_attributes() -> None:
    with pytest.raises(AttributeError, match="'Part' object has no attribute 'nodes'"):
        Part().nodes  # type: ignore[attr-defined]  # noqa: B018
