"""``symgen describe``: what is said, in which form, and how it refuses."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from commands import Command, refused
from small import REAL_TUNES, tune

from symgen.formats import save_score
from symgen.music.score import Note, Part, Score


@pytest.fixture
def tune_file(command: Command) -> str:
    """Write a tune with a pickup into the folder of the command."""
    meter, pickup, _, text = REAL_TUNES["Amazing Grace"]
    save_score(tune(text, meter=meter, pickup=pickup, resolution=480), Path("tune.mid"))
    return "tune.mid"


def test_a_tune_is_described(command: Command, tune_file: str) -> None:
    found = command("describe", tune_file)
    assert found.status == 0
    labels = [line.partition(":")[0] for line in found.out]
    assert labels == [
        "Title", "Length", "Meter", "Tempo", "Key", "Part 1", "Opening", "Form", "Repeats", "Phrases", "Loudness",
    ]  # fmt: skip
    assert found.err == []


def test_bars_are_read_out_alone_or_behind_the_description(
    command: Command, tune_file: str
) -> None:
    bars = command("describe", tune_file, "--bars", "0-2")
    assert [line.partition(":")[0] for line in bars.out] == ["The pickup", "Bar 1", "Bar 2"]
    full = command("describe", tune_file, "--full")
    assert full.out[0].startswith("Title: ")
    assert set(bars.out) < set(full.out)


def test_facts_come_as_one_object_a_piece(command: Command, tune_file: str) -> None:
    found = command("describe", tune_file, tune_file, "--json", "--bars", "1-2", "--full")
    rows = [json.loads(line) for line in found.out]
    assert [row["path"] for row in rows] == [tune_file] * 2
    assert len(rows[0]["reading"]) == 2
    assert rows[0]["parts"][0]["notes"] == rows[0]["notes"]


def test_several_files_are_told_apart(command: Command, tune_file: str) -> None:
    found = command("describe", tune_file, tune_file)
    assert found.out.count(f"File: {tune_file}.") == 2


def test_one_part_is_described(command: Command) -> None:
    parts = (Part((Note(0, 60, 480),)), Part((Note(0, 40, 480),), 32, name="Low\x1b"))
    save_score(Score(parts), Path("two.mid"))
    found = command("describe", "two.mid", "--part", "2")
    assert [line[:7] for line in found.out] == ["Title: ", "Part 2:"]
    assert "\x1b" not in "".join(found.out)
    refused(command("describe", "two.mid", "--part", "3"), 2, "part 3", "two parts")
    refused(command("describe", "two.mid", "--part", "3", "--bars", "1"), 2, "part 3")


def test_a_piece_without_notes_is_described(command: Command) -> None:
    save_score(Score(length=1920), Path("empty.mid"))
    assert command("describe", "empty.mid").out[-1] == "There are no notes."


def test_bars_that_are_not_there_are_refused(command: Command, tune_file: str) -> None:
    refused(command("describe", tune_file, "--bars", "90-99"), 3, "bars 90-99", "the piece has")
    refused(command("describe", tune_file, "--bars", "x"), 2, "bars 'x'")
    refused(command("describe", "none.mid"), 3, "none.mid")


def test_what_was_played_without_a_click_is_described_on_its_beat(command: Command) -> None:
    draw = np.random.default_rng(5)
    beat = 60 / 97 * 2 * 480  # ticks at 120
    pitches = (60, 64, 67, 64, 65, 69, 72, 69, 67, 71, 74, 71, 72, 67, 64, 60) * 3
    notes = [
        Note(
            round(300 + i * beat + draw.normal(0, 6)),
            pitch,
            round(beat * 0.9),
            90 if i % 4 == 0 else 64,
        )
        for i, pitch in enumerate(pitches)
    ]
    save_score(Score((Part(tuple(notes)),)), Path("free.mid"))
    (row,) = map(json.loads, command("describe", "free.mid", "--json").out)
    assert row["played"]["quarters_a_minute"] == pytest.approx(97, rel=0.03)
    said = command("describe", "free.mid").out
    assert any(line.startswith("Beat: it was played without a click.") for line in said)
