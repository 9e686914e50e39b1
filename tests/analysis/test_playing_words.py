"""How a piece is played, in words."""

from __future__ import annotations

import numpy as np

from symgen.analysis import describe
from symgen.music.score import Note, Part, Score
from symgen.performer.keeping import keep_score, midi_score


def line(score: Score) -> str:
    found = [each for each in str(describe(score)).splitlines() if each.startswith("Playing")]
    return found[0] if found else ""


def played(late: int, loud: tuple[int, ...], held: int, *, is_drum: bool = False) -> Score:
    rng = np.random.default_rng(0)
    notes = [
        Note(480 * i + 60 + int(rng.normal(0, late + 1e-9)), 40 + i % 3, held, loud[i % len(loud)])
        for i in range(48)
    ]
    return Score((Part(tuple(notes), is_drum=is_drum),), length=48 * 480)


def test_typed_music_says_nothing_of_playing() -> None:
    notes = tuple(Note(480 * i, 60, 480, 60 + i) for i in range(16))
    assert line(Score((Part(notes),))) == ""


def test_what_is_played_is_said_beside_people() -> None:
    score = midi_score(
        Score((Part(tuple(Note(480 * i, 60, 480) for i in range(48))),), length=48 * 480)
    )
    notes = [Note(480 * i + 12 * (i % 2), 60, 360 - 12 * (i % 2), 70 + i % 4) for i in range(48)]
    told = line(keep_score(score.with_parts([score.parts[0].with_notes(notes)]), score))
    assert told == (
        "Playing: velocities mostly 70 to 73, closer together than those of pianists, onsets about 6 milliseconds "
        "around the beat and notes held for 0.74 of their length."
    )


def test_drums_are_set_beside_drummers() -> None:
    told = line(played(12, (20, 60, 110), 60, is_drum=True))
    assert "as far apart as those of drummers" in told
    assert "milliseconds around the beat" in told
    assert "held" not in told
