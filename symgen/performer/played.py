"""A performance taken apart: the score that was played, and how each of its notes was."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from symgen.beats.pulse import find_pulse, score_on_pulse
from symgen.beats.strokes import Clock
from symgen.music.performed import WrittenOnsets, written_rows
from symgen.music.score import Part, Score

__all__ = ["GRID", "PlayedNotes", "as_one_part", "read_played", "read_unclicked"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

GRID = 12
"""Steps of a quarter on which notes are written."""


@dataclass(frozen=True, eq=False)
class PlayedNotes:
    """The pitched notes of a performance, as they are written and as they were played."""

    # What is written; its velocities are those that were played.
    score: Score
    # (notes,): in the order of `score.note_array()`: velocity 1..127, seconds behind the written
    # place, and how long the note sounds as a share of what is written.
    velocity: Floats
    late: Floats
    held: Floats

    @property
    def rows(self) -> Ints:
        """All notes, as indices into `score.note_array()`."""
        return np.arange(len(self.velocity))


def read_unclicked(score: Score) -> PlayedNotes:
    """Take apart a performance that may follow no click: its beats are found first."""
    pulse = find_pulse(score)
    return read_played(score if pulse is None else score_on_pulse(score, pulse))


def read_played(score: Score) -> PlayedNotes:
    """Take apart a performance that lies on its bars; drums are left out."""
    score = score.with_resolution(-(-score.resolution // GRID) * GRID)
    # What is struck just before the last bar line may be the first note of the next bar.
    if score.bars:
        score = replace(score, length=score.bars[-1].end + score.resolution)
    step = score.resolution / GRID
    places = WrittenOnsets(score, step)
    lines = np.array([bar.end for bar in score.bars], dtype=np.int64)
    tables = []
    for number, part in enumerate(score.parts):
        if part.is_drum or not part.note_count:
            continue
        rows = written_rows(part, places, lines, step)
        held = places.nearest(rows[:, 0] + rows[:, 1]) - rows[:, 0]
        rows[:, 1] = np.maximum(round(step), held)
        own = np.full(len(rows), number)
        tables.append(np.column_stack([rows, own, part.note_array()[:, :2]]))
    table = np.concatenate(tables) if tables else np.zeros((0, 7), dtype=np.int64)
    return _of_table(score, table)


def _of_table(score: Score, table: Ints) -> PlayedNotes:
    """Sort notes, columns as of `Score.note_array` and played onset and duration; of equal ones the loudest stays."""
    onset, duration, pitch, velocity, part = table.T[:5]
    table = table[np.lexsort((-velocity, -duration, pitch, part, onset))]
    same = (np.diff(table[:, [0, 2, 4]], axis=0) == 0).all(axis=1)
    table = table[np.append(True, ~same)[: len(table)]]
    parts = [
        Part.from_array(table[table[:, 4] == number, :4], part.program, part.is_drum, part.name)
        for number, part in enumerate(score.parts)
    ]
    clock = Clock.played(score)
    late = clock.to_seconds(table[:, 5]) - clock.to_seconds(table[:, 0])
    return PlayedNotes(
        score=replace(score, parts=tuple(parts), source=None, chords=()),
        velocity=table[:, 3].astype(np.float64),
        late=late,
        held=table[:, 6] / np.maximum(table[:, 1], 1),
    )


def as_one_part(played: PlayedNotes) -> PlayedNotes:
    """Return the same notes as one player has them: in one part."""
    notes = played.score.note_array()
    clock = Clock.played(played.score)
    struck = clock.to_ticks(clock.to_seconds(notes[:, 0]) + played.late)
    sounded = played.held * notes[:, 1]
    table = np.column_stack([notes, np.rint(struck), np.rint(sounded)]).astype(np.int64)
    table[:, 4] = 0
    first = played.score.parts[0]
    parts = (Part((), first.program, first.is_drum, ""),)
    return _of_table(replace(played.score, parts=parts), table)
