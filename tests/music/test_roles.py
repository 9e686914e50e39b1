"""What each part of a band does."""

from __future__ import annotations

import pytest
from band_examples import band_score
from small import tune

from symgen.music.lines import melody_part
from symgen.music.roles import find_parts, parse_roles, role_named, roles_of
from symgen.music.score import Note, Part, Score
from symgen.system.errors import ControlError

KNOWN = ("chords", "bass", "drums")


@pytest.mark.parametrize(
    ("name", "role"),
    [
        ("Drums", "drums"),
        ("chords 2", "chords"),
        ("Pad", "pad"),
        ("Bassoon", None),
        ("Chords two", None),
        ("", None),
    ],
)
def test_parts_are_named_by_their_roles(name: str, role: str | None) -> None:
    assert role_named(name) == role


def test_parts_without_names_are_known_by_how_they_look() -> None:
    score = band_score()
    plain = score.with_parts([Part(part.notes, part.program, part.is_drum) for part in score.parts])
    assert roles_of(plain) == ("drums", "bass", "chords", "riff")


def test_a_line_that_does_not_repeat_is_a_melody() -> None:
    melody = tune("C5 D5 F5 E5|G5:3 A5|- C6:2 B5|C5:.5 D5:.5 E5:3").parts[0]
    bass = tune("C2:4|G2:4|C2:4|G2:4").parts[0]
    assert roles_of(Score((melody, bass), 12)) == ("melody", "bass")


def test_parts_of_a_band_are_not_the_melody() -> None:
    high = tune("C6 D6 E6 F6").parts[0]
    low = tune("C4 D4 E4 F4").parts[0]
    named = Part(high.notes, name="Riff")
    assert melody_part(Score((low, named), 12)) == 0
    assert melody_part(Score((named,), 12)) == 0


def test_seeds_stand_behind_roles() -> None:
    assert parse_roles("Drums:7, bass", KNOWN) == {"bass": None, "drums": 7}
    assert parse_roles(["chords"], KNOWN) == {"chords": None}


@pytest.mark.parametrize("text", ["", ",", "violin", "drums:x", "drums:-1", "pad"])
def test_other_words_are_refused(text: str) -> None:
    with pytest.raises(ControlError, match="parts"):
        parse_roles(text, KNOWN)


def test_parts_are_found_by_role_name_and_number() -> None:
    tune = Part((Note(0, 72, 4), Note(8, 74, 4)), 73, name="Flute")
    low = Part((Note(0, 40, 4), Note(8, 41, 4)), 33, name="Low")
    kit = Part((Note(0, 36, 1),), 0, True, "Kit")
    score = Score((tune, low, kit), 4)
    assert find_parts("bass,drums", score) == (1, 2)
    assert find_parts("3, 1", score) == (0, 2)
    assert find_parts(["FLUTE", 2], score) == (0, 1)
    for wrong in ("4", "0", "pad", "Flut", ",", "drums:7"):
        with pytest.raises(ControlError, match=r"1 \(Flute, melody\), 2 \(Low, bass\)"):
            find_parts(wrong, score)
