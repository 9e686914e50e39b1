"""What a written piece asks of its players, worked out by hand."""

from __future__ import annotations

import pytest

from symgen.music.score import Note, Part, Score
from symgen.verification import PartPlayed, played_parts, score_facts, sung_voices

BAR, QUARTER = 1920, 480


def played(
    *notes: tuple[int, int, int], program: int = 40, start: int = 0, **more: object
) -> PartPlayed:
    """Hold one part of (onset, length, pitch) in quarters to its player; the piece has eight bars."""
    made = tuple(Note(int(on * QUARTER), pitch, int(long * QUARTER)) for on, long, pitch in notes)
    part = Part(made, program, **more)  # type: ignore[arg-type]
    (found,) = played_parts(score_facts(Score((part,), QUARTER, length=8 * BAR)), start)
    return found


def test_a_part_that_can_be_played() -> None:
    found = played((0, 32, 55), (16, 1, 62))
    assert found == PartPlayed(1, "Violin", 2, (55, 62), (55, 103), 0, 2, 2, 0, 0)
    assert found.is_playable
    assert list(found.complaints()) == []
    assert found.to_json() == {
        "instrument": "Violin", "notes": 2, "range": "G3-D4", "possible": "G3-G7", "out_of_range": 0,
        "at_once": 2, "most_at_once": 2, "unplayable": 0, "silent_bars": 0,
    }  # fmt: skip


def test_what_cannot_be_played_is_counted_and_told() -> None:
    found = played((0, 4, 54), (4, 4, 56), (6, 2, 60), (8, 1, 104), (12, 2, 60), (13, 1, 76))
    assert (found.out_of_range, found.unplayable, found.silent_bars) == (2, 2, 4)
    assert list(found.complaints()) == [
        "part 1 (Violin): 2 of 6 notes are out of its range G3-G7: it has F#3-G#7",
        "part 1 (Violin): 2 chords that one player does not have",
    ]


def test_a_line_may_overlap_a_little() -> None:
    assert played((0, 1.03, 60), (1, 1, 62), program=73).unplayable == 0
    assert played((0, 1.1, 60), (1, 1, 62), program=73).unplayable == 1


@pytest.mark.parametrize(
    ("notes", "silent"),
    [
        ([], 8),
        ([(0, 4, 60)], 7),
        ([(3, 2, 60)], 6),  # sounds over the bar line
        ([(0, 1, 60), (20, 1, 60)], 4),
        ([(19, 1, 60)], 4),
        ([(i * 4, 1, 60) for i in range(8)], 0),
    ],
)
def test_bars_of_silence(notes: list[tuple[int, int, int]], silent: int) -> None:
    assert played(*notes).silent_bars == silent


def test_a_silent_part_is_told() -> None:
    assert list(played().complaints()) == ["part 1 (Violin): has no notes"]
    assert list(played((0, 4, 60)).complaints()) == ["part 1 (Violin): is silent for 7 bars"]


def test_new_bars_alone() -> None:
    found = played((0, 8, 50), (8, 24, 60), start=2 * BAR)
    assert (found.notes, found.found, found.out_of_range, found.silent_bars) == (1, (60, 60), 0, 0)
    assert played((0, 4, 60), start=4 * BAR).silent_bars == 4


def test_drums_are_left_out_and_voices_known_by_name() -> None:
    drums, voice = (
        Part((Note(0, 36, 10),), is_drum=True),
        Part((Note(0, 50, 10),), 68, name="Voice"),
    )
    facts = score_facts(Score((drums, voice), QUARTER, length=BAR))
    (found,) = played_parts(facts)
    assert (found.part, found.instrument, found.is_playable) == (2, "Oboe", True)


def test_voices_are_silent_too_long_only_where_the_line_sounds() -> None:
    def line(*bars: int, pitch: int) -> Part:
        return Part(tuple(Note(bar * BAR, pitch, BAR) for bar in bars), 52)

    parts = (
        line(0, 1, 2, 5, 6, 7, pitch=72),
        line(0, 6, pitch=65),
        line(0, 7, pitch=70),
        line(*range(8), pitch=48),
    )
    voices = sung_voices(score_facts(Score(parts, QUARTER, length=8 * BAR)), 0)
    assert [(voice.part, voice.silent_bars, voice.out_of_range) for voice in voices] == [
        (2, 2, 0),
        (3, 2, 2),
        (4, 0, 0),
    ]
    assert [complaint for voice in voices for complaint in voice.complaints()] == [
        "part 3 (Tenor): 2 of 2 notes are out of its range C3-A4: it has A#4-A#4"
    ]
    _, alto, _ = sung_voices(score_facts(Score(parts, QUARTER, length=8 * BAR)), 3)
    assert list(alto.complaints()) == ["part 2 (Alto): is silent for 5 bars"]
