"""The script for a card: what it notes of a run, and a rehearsal on the CPU."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from lab.benchmarks.speed_card import Course, course_row, follow, main
from symgen.corpus import Store
from symgen.training import TrainProgress


def test_what_is_noted_of_a_run() -> None:
    course = Course([])
    for step, rate in ((1, 9.0), (30, 100.0), (31, 300.0), (32, 200.0)):
        follow(course, TrainProgress(step, 0, 1.0, rate=rate, busy=0.5 if step == 30 else 0.0))
    for seconds, bits in ((10.0, 3.0), (20.0, 2.0), (30.0, 1.5)):
        figures = {"seconds": seconds, "valid_bits_per_note": bits}
        follow(course, TrainProgress(40, 1, 1.0, metrics=figures))
    assert course_row("a", course, 2.5) == ["a", "200", "50%", 1.5, "20 s"]
    assert course_row("a", course, 1.0)[-1] == "not reached"


def test_a_rehearsal(store: Store, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    line = [str(store.path), "--minutes", "0.02", "--batch", "4", "8", "--device", "cpu"]
    assert main([*line, "-o", str(tmp_path)]) == 0
    said = capsys.readouterr().out
    assert "batch 4" in said
    assert "batch 8" in said
    assert (tmp_path / "batch-8" / "best").is_dir()


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a card")
def test_without_a_card(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["store"]) == 3
    assert "not measured" in capsys.readouterr().err
