"""A melody alone is continued by the model that finds its notes likelier, and the command says so."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from small_tunes import tune

from symgen.cli import main
from symgen.formats import save_score


@pytest.fixture
def song(tmp_path: Path) -> Path:
    """A melody that rests and holds its notes."""
    path = tmp_path / "song.mid"
    save_score(tune("E4 G4 A4:2|G4:3 E4|D4:4|C4:2 E4 G4|A4:3 C5|B4 A4 G4:2|A4:4|G4:4"), path)
    return path


def run(capsys: pytest.CaptureFixture[str], *words: object) -> tuple[dict[str, object], str]:
    assert main(["continue", *map(str, words), "--bars", "2", "--seed", "1", "--json"]) == 0
    told = capsys.readouterr()
    return json.loads(told.out), told.err


def test_a_song_goes_on_as_a_song(
    song: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    facts, told = run(capsys, song, "-o", tmp_path / "a.mid")
    assert facts["model"] == "songs"
    assert set(facts["compared"]) == {"folk", "songs"}  # type: ignore[call-overload]
    assert "model songs, which finds the notes likelier" in told


def test_what_is_asked_for_wins(
    song: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    facts, told = run(capsys, song, "--model", "folk", "-o", tmp_path / "a.mid")
    assert (facts["model"], "compared" in facts, "likelier" in told) == ("folk", False, False)
    facts, told = run(capsys, song, "--style", "waltz", "-o", tmp_path / "b.mid")
    assert (facts["model"], facts["style"]) == ("folk", "waltz")
    facts, told = run(capsys, song, "--style", "pop", "-o", tmp_path / "c.mid")
    assert (facts["model"], facts["style"]) == ("songs", "popular")
    assert "--style popular" in told
