"""What the report of a piece says of its harmony."""

from __future__ import annotations

from small import tune

from symgen.music.score import Note, Part, Score
from symgen.music.theory import Key
from symgen.writing.reporting import harmony_of


def in_thirds(upper: str, lower: str) -> Score:
    score = tune(upper)
    return score.with_parts([*score.parts, *tune(lower).parts])


def test_several_voices_have_harmony_and_one_has_none() -> None:
    score = in_thirds("E4 F4 D4 C4", "C4 A3 B3 E3")
    found = harmony_of(score, Key(0, "major"))["harmony"]
    # By their thirds C, F, B minor and C.
    assert found["cadence_authentic"] == 0.0
    assert found["roots_by_fourth"] == round(found["roots_by_fourth"], 4)
    assert harmony_of(score, None).keys() == {"harmony"}
    assert harmony_of(tune("E4 F4 D4 C4"), Key(0, "major")) == {}
    assert harmony_of(Score(), None) == {}
    assert harmony_of(Score((Part((Note(0, 36, 12),), is_drum=True),), 12), None) == {}
