"""Calls of the tools for assistants through a real client, some of the three hundred."""

from __future__ import annotations

import pytest

from lab.benchmarks import mcp_calls
from lab.benchmarks.mcp_hostile import hostile_calls


def test_a_file_that_keeps_its_controls_or_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("mcp")
    assert mcp_calls.main(["--calls", "18", "--seed", "5"]) == 0
    *table, end = capsys.readouterr().out.splitlines()
    assert end == "no faults: nothing else came back, and no other file has changed"
    (total,) = [line for line in table if line.startswith("| all |")]
    assert sum(int(cell) for cell in total.split("|")[2:6]) == 18


def test_a_hundred_calls_are_hostile() -> None:
    calls = hostile_calls()
    assert len(calls) >= 100
    assert len({repr(call) for call in calls}) == len(calls)
