"""Locked notes stay through random jobs, seen in the exported file: `python -m lab studio-locks` tries two hundred."""

from __future__ import annotations

import pytest
from serving import Served

from lab.studio.locks import notes_of, try_one
from symgen.music.score import Note, Part, Score
from symgen.studio.client import Client


# The last one varies bars on a grid coarser than its locks: most places lead nowhere.
@pytest.mark.parametrize("number", [0, 1, 2, 186])
def test_locked_notes_stay(served: Served, number: int) -> None:
    with Client(served.link) as client:
        tried = try_one(client, number, seed=1)
    assert tried.locked
    assert tried.end == "equal"


def test_the_reader_of_files_sees_each_change_of_a_note() -> None:
    def seen(note: Note) -> object:
        return notes_of(Score((Part((note,)),), 480).to_bytes())

    note = Note(480, 60, 240, 80)
    others = (
        Note(481, 60, 240, 80),
        Note(480, 61, 240, 80),
        Note(480, 60, 241, 80),
        Note(480, 60, 240, 81),
    )
    assert seen(note) == seen(Note(480, 60, 240, 80))
    assert all(seen(note) != seen(other) for other in others)
