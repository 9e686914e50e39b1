"""The tables of what rendering costs, at toy size."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator

import pytest
from small import tune

from lab.benchmarks import speed_rendering
from lab.modules import ROOT


@pytest.fixture(autouse=True)
def same_cores() -> Iterator[None]:
    """The script pins its process; the tests that come next get all cores again."""
    cores = os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else set()
    yield
    if cores:
        os.sched_setaffinity(0, cores)


def test_every_table_has_its_numbers(capsys: pytest.CaptureFixture[str]) -> None:
    assert speed_rendering.main(["--toy", "--runs", "1", "--against", str(ROOT)]) == 0
    out = capsys.readouterr().out
    assert [f"\n| {name} |" in out for name in ("tune", "piano", "strings")] == [True] * 3
    assert re.search(r"4 of strings \| [\d.]+ \| [\d.]+ \| [\d.]+ \| yes", out)
    assert "| MB at most | 1 to 2 |" in out


def test_a_piece_that_is_played_more_than_once() -> None:
    score = tune("C4 D4 E4 F4|G4:4")
    longer = speed_rendering.lengthened(score, 3)
    assert (longer.note_count, len(longer.bars)) == (3 * score.note_count, 3 * len(score.bars))
    again = [note.onset for note in longer.parts[0].notes]
    assert again[5:10] == [onset + 2 * 4 * score.resolution for onset in again[:5]]
