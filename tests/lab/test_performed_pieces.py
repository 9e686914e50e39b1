"""The proof that performances keep what is written, on a few tunes; and what performing costs."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from lab.benchmarks import performed_pieces
from lab.benchmarks.performed_pieces import Piece, faults_of, main, odd_pieces
from lab.benchmarks.performing_cost import cold_seconds, warm_seconds
from symgen.formats import save_score
from symgen.music.score import Note, Part, Score

TUNE = Score(
    (
        Part(tuple(Note(240 * i, 60 + i % 7, 240) for i in range(64)), 0),
        Part(tuple(Note(480 * i, 36 + 2 * (i % 2), 60) for i in range(32)), is_drum=True),
    ),
    length=15360,
)


def test_pieces_of_a_folder_keep_all(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "odd"
    folder.mkdir()
    save_score(TUNE, folder / "tune.mid")
    (folder / "broken.mid").write_bytes(b"MThd")
    assert [piece.name for piece in odd_pieces(folder)] == ["tune.mid"]
    assert main([str(tmp_path), "--count", "0", "--more", str(folder)]) == 0
    assert "| odd files | 1 | 96 | 1 | - |" in capsys.readouterr().out


def test_what_is_lost_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    real = performed_pieces.perform

    def hurried(score: Score, **how: object) -> Score:
        played = real(score, **how)  # type: ignore[arg-type]
        if not how["feel"]:
            return played
        first, *others = played.parts
        return played.with_parts([first.with_notes(first.notes[1:]), *others])

    monkeypatch.setattr(performed_pieces, "perform", hurried)
    found = faults_of(Piece("folk", "tune", TUNE), np.random.default_rng(0))
    assert any(line.startswith("notes: their number") for line in found)
    assert any(line.startswith("recovered") for line in found)


def test_costs_are_measured() -> None:
    assert all(seconds > 0 for seconds in warm_seconds([TUNE]))
    assert cold_seconds(TUNE) > 0
