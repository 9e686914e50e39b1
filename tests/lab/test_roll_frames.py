"""Frames of the roll, on few notes."""

from __future__ import annotations

import shutil

import pytest

from lab.benchmarks.roll_frames import main, piece


def test_the_piece_has_its_notes_in_order_and_within_its_bars() -> None:
    made = piece(100)
    notes = made["parts"][0]["notes"]
    assert len({note[0] for note in notes}) == 100
    assert notes == sorted(notes, key=lambda note: (note[1], note[2]))
    assert max(note[1] for note in notes) < made["length"] == made["bars"][-1][2]


def test_a_row_for_each_zoom(capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("playwright", reason="needs playwright")
    if not shutil.which("chromium"):
        pytest.skip("needs Chromium: apt-get install chromium")
    assert main(["--notes", "6400", "--frames", "4", "--width", "400", "--height", "400"]) == 0
    rows = [line.split("|")[1:-1] for line in capsys.readouterr().out.splitlines()[2:]]
    assert [row[0].strip() for row in rows] == ["1", "0.25", "0.05", "nothing moves"]
    seen = [int(row[1]) for row in rows[:3]]
    assert seen == sorted(set(seen))
