"""``symgen continue --parts``: some parts go on, the others fall silent."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from bands import band
from commands import Command, refused

from symgen import continue_
from symgen.formats import load_score, save_score
from symgen.music.score import Score
from symgen.writing.model import stream

BARS = 4
END = 4 * 4 * 480


@pytest.fixture
def tune() -> Score:
    score = band(BARS)
    save_score(score, "band.mid")
    return score


def new_notes(score: Score) -> list[int]:
    return [sum(note.onset >= END for note in part.notes) for part in score.parts]


@pytest.mark.parametrize(
    ("asked", "going"),
    [("bass,drums", [False, False, True, True]), ("1,3", [True, False, True, False])],
)
def test_parts_that_are_not_named_fall_silent(
    command: Command, tune: Score, asked: str, going: list[bool]
) -> None:
    result = command(
        "continue", "band.mid", "--parts", asked, "--bars", 4, "--seed", 1, "-o", "new.mid", "--report"
    )  # fmt: skip
    assert result.status == 0, result
    after = load_score("new.mid")
    assert [bool(count) for count in new_notes(after)] == going
    for old, new in zip(tune.parts, after.parts, strict=True):
        assert [note for note in new.notes if note.onset < END] == list(old.notes)
    facts = json.loads(Path("new.json").read_text(encoding="utf-8"))
    silent = [row["met"] == {"silent": True} for row in facts["parts"]]
    assert silent == [not each for each in going]
    assert facts["instruments"][-1] == "drums"
    assert any("silent in the new bars: parts" in line for line in result.err)


def test_python_has_the_same_parts(command: Command, tune: Score) -> None:
    command("continue", "band.mid", "--parts", "2", "--bars", 2, "--seed", 3, "-o", "new.mid")
    after = continue_("band.mid", parts=[2], bars=2, seed=3)
    assert after.parts == load_score("new.mid").parts
    *_, last = stream(tune="band.mid", parts="2", bars=2, seed=3)
    assert last.parts == after.parts


def test_new_bars_alone_hold_the_parts_that_go_on(command: Command, tune: Score) -> None:
    more = ("--parts", "bass", "--bars", 2, "--seed", 1, "--no-prompt", "-o", "new.mid")
    assert command("continue", "band.mid", *more).status == 0
    (part,) = load_score("new.mid").parts
    assert part.program == tune.parts[2].program


@pytest.mark.parametrize(
    ("more", "word"),
    [
        (("--parts", "pad"), "4 (drums)"),
        (("--parts", ""), "none is named"),
        (("--parts", "bass", "--part", 1), "give one of them"),
        (("--parts", "bass,chords", "--model", "folk"), "writes one melody, not 2 parts"),
    ],
)
def test_what_cannot_go_on_is_told(
    command: Command, tune: Score, more: tuple[object, ...], word: str
) -> None:
    refused(command("continue", "band.mid", *more), 2, word)


def test_a_model_of_melodies_goes_on_with_the_part_that_is_named(
    command: Command, tune: Score
) -> None:
    more = ("--parts", "bass", "--model", "folk", "--bars", 2, "--seed", 1, "-o", "new.mid")
    assert command("continue", "band.mid", *more).status == 0
    assert [bool(count) for count in new_notes(load_score("new.mid"))] == [
        False,
        False,
        True,
        False,
    ]
