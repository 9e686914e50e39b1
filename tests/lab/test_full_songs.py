"""What the lab counts in full songs."""

from __future__ import annotations

from dataclasses import replace

import pytest

from lab.benchmarks.full_songs import main, walls
from symgen import Controls
from symgen.music.score import Note
from symgen.writing.songs import SongWriter


def test_a_part_that_strikes_many_notes_at_once_is_a_wall() -> None:
    song = next(SongWriter("rock").takes(Controls(bars=4, key="C"), seed=1)).score
    assert walls(song, "rock") == 0
    melody = song.parts[0]
    piled = melody.with_notes([Note(0, pitch, 480) for pitch in range(60, 72)])
    assert walls(replace(song, parts=(piled, *song.parts[1:])), "rock") == 1


def test_the_table_says_what_is_met(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--count", "1", "--bars", "4", "--form", "AB"]) == 0
    told = capsys.readouterr().out
    assert "| parts | 100% |" in told
    assert "| walls | 0 |" in told
