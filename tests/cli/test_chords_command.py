"""``symgen chords``: what is printed, what is written, and how it refuses."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from commands import Command, files, refused

from symgen.formats import load_score, save_score
from symgen.music.score import Note, Part, Score

Q = 480
CHORDS = ((48, 64, 67, 72), (53, 60, 69, 72), (55, 62, 65, 71), (48, 60, 64, 72))


@pytest.fixture
def cadence(command: Command) -> str:
    """Write four chords into the folder of the command."""
    notes = [Note(2 * Q * i, pitch, 2 * Q) for i, chord in enumerate(CHORDS) for pitch in chord]
    save_score(Score((Part(tuple(notes)),), Q), Path("tune.mid"))
    return "tune.mid"


def test_chords_are_printed_in_columns(command: Command, cadence: str) -> None:
    found = command("chords", cadence)
    assert found.status == 0
    assert [line.split() for line in found.out] == [
        ["bar", "beat", "chord"], ["1", "1", "C"], ["1", "3", "F"], ["2", "1", "G7"], ["2", "3", "C"],
    ]  # fmt: skip
    assert found.err == []


def test_chords_come_as_one_object_a_piece(command: Command, cadence: str) -> None:
    found = command("chords", cadence, cadence, "--json")
    rows = [json.loads(line) for line in found.out]
    assert [row["path"] for row in rows] == [cadence] * 2
    assert [chord["name"] for chord in rows[0]["chords"]] == ["C", "F", "G7", "C"]


@pytest.mark.parametrize("suffix", [".musicxml", ".abc"])
def test_the_piece_is_written_with_its_chords(command: Command, cadence: str, suffix: str) -> None:
    found = command("chords", cadence, "-o", f"out{suffix}")
    assert (found.status, found.out) == (0, [f"out{suffix}"])
    written = load_score(f"out{suffix}")
    assert [change.name for change in written.chords] == ["C", "F", "G7", "C"]
    assert len(written.parts[0].notes) == 16


def test_a_written_piece_may_be_told_as_json(command: Command, cadence: str) -> None:
    found = command("chords", cadence, "-o", "out.abc", "--json")
    (line,) = found.out
    assert json.loads(line)["written"] == "out.abc"


def test_nothing_is_replaced_unasked(command: Command, cadence: str) -> None:
    before = Path(cadence).read_bytes()
    refused(command("chords", cadence, "-o", cadence), 2, cadence)
    assert Path(cadence).read_bytes() == before
    refused(command("chords", cadence, cadence, "-o", "out.abc"), 2, "one FILE")
    refused(command("chords", cadence, "-o", "out.wav"), 2, "out.wav")
    assert files() == [cadence]


def test_a_key_may_be_given(command: Command, cadence: str) -> None:
    assert command("chords", cadence, "--key", "F major").status == 0
    refused(command("chords", cadence, "--key", "H"), 2, "key")


def test_what_has_no_pitch_has_no_chords(command: Command) -> None:
    kit = Part(tuple(Note(Q * i, 36, Q) for i in range(8)), is_drum=True)
    save_score(Score((kit,), Q), Path("drums.mid"))
    found = command("chords", "drums.mid")
    assert (found.status, found.out) == (0, ["No chords: nothing sounds that has a pitch."])


def test_one_that_cannot_be_read_is_told_of(command: Command, cadence: str) -> None:
    found = command("chords", "none.mid", cadence)
    assert found.status != 0
    assert len(found.err) == 1
    assert "none.mid" in found.err[0]
    assert found.out.count(f"File: {cadence}.") == 1
