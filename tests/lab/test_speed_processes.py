"""The table of training in several processes at toy size: every number is there."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from lab.benchmarks import speed_processes
from lab.benchmarks.speed_training import toy_store


@pytest.mark.long
def test_the_table(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert speed_processes.main(["--toy", toy_store(tmp_path)]) == 0
    row = capsys.readouterr().out.splitlines()[-1]
    found = [float(cell) for cell in row.strip("|").split("|")]
    assert len(found) == 8
    assert all(0 < value < math.inf for value in found)


@pytest.mark.parametrize(
    "words",
    [[], ["store", "--widths", "wide"], ["store", "--widths", "0"], ["store", "--runs", "0"]],
)
def test_what_makes_no_sense_is_refused(words: list[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        speed_processes.main(words)
