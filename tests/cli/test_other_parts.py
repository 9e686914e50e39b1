"""``infill``, ``vary`` and ``harmonize`` say what becomes of the other parts; ``continue`` says when it repeats."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from commands import Command
from small import tune

from symgen.formats import load_score, save_score
from symgen.music.score import Note, Part
from symgen.writing.composing import Composer

TUNE = tune("C4 E4 G4 E4|F4 A4 G4 D4|C4 E4 G4 E4|C4:4", resolution=480)
LOW = replace(TUNE.transposed(-24).parts[0], program=33, name="Bass")
KIT = Part(tuple(Note(240 * i, 38, 60) for i in range(32)), 0, True, "Kit")


@pytest.fixture
def band() -> Path:
    path = Path("band.mid")
    save_score(TUNE.with_parts([replace(TUNE.parts[0], name="Flute"), LOW, KIT]), path)
    return path


@pytest.mark.parametrize("verb", [("infill", "--bars", "2"), ("vary",)])
def test_parts_that_stay_are_named(
    command: Command, band: Path, tiny_folder: Path, verb: tuple[str, ...]
) -> None:
    more = ("--model", tiny_folder, "--seed", 1, "--particles", 2, "--report", "-o", "new.mid")
    result = command(verb[0], band, *verb[1:], *more)
    assert result.status == 0, result
    assert result.err == ["parts 2 (Bass) and 3 (Kit) stay as they are"]
    before, after = load_score(band), load_score("new.mid")
    assert after.parts[1:] == before.parts[1:]
    assert after.parts[0] != before.parts[0]
    facts = json.loads(Path("new.json").read_text(encoding="utf-8"))
    assert facts["notices"] == result.err
    assert facts["particles"] == 2


def test_one_part_is_worked_on_and_the_others_stay(
    command: Command, band: Path, tiny_folder: Path
) -> None:
    more = ("--model", tiny_folder, "--seed", 1, "-o", "new.mid")
    result = command("infill", band, "--bars", "2", "--part", 2, *more)
    assert result.err == ["parts 1 (Flute) and 3 (Kit) stay as they are"]
    before, after = load_score(band), load_score("new.mid")
    assert [one == other for one, other in zip(after.parts, before.parts, strict=True)] == [
        True,
        False,
        True,
    ]


@pytest.mark.parametrize(
    ("more", "place", "words"),
    [
        ((), 0, ["part 1 (Flute) is set for four voices; left out: parts 2 (Bass) and 3 (Kit)"]),
        (
            ("--part", 2),
            3,
            [
                "part 2 (Bass) is set for four voices; left out: parts 1 (Flute) and 3 (Kit)",
                "part 2 (Bass) lies low: it becomes the bass of the four voices; --voice soprano sets it on top",
            ],
        ),
        (
            ("--part", 2, "--voice", "soprano"),
            0,
            ["part 2 (Bass) is set for four voices; left out: parts 1 (Flute) and 3 (Kit)"],
        ),
    ],
)
def test_harmonize_says_what_it_does(
    command: Command, band: Path, more: tuple[object, ...], place: int, words: list[str]
) -> None:
    result = command("harmonize", band, *more, "--seed", 1, "--particles", 2, "-o", "new.mid")
    assert result.status == 0, result
    assert result.err == words
    line = LOW if "--part" in more else TUNE.parts[0]
    voices = load_score("new.mid").parts
    assert [part.name for part in voices] == ["Soprano", "Alto", "Tenor", "Bass"]
    assert voices[place].notes == line.notes


def test_a_continuation_that_repeats_is_told(
    command: Command, tiny_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Composer, "_repeats", lambda *_: True)
    save_score(TUNE, Path("tune.mid"))
    more = ("--model", tiny_folder, "--seed", 1, "--bars", 2, "--json", "-o", "new.mid")
    told = command("continue", "tune.mid", *more)
    assert any("repeat the prompt note for note" in line for line in told.err)
    assert json.loads(told.out[0])["repeats_prompt"] is True
    quiet = command("continue", "tune.mid", *more, "--overwrite", "--variation", 0)
    assert not any("repeat the prompt" in line for line in quiet.err)
