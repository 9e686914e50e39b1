"""The tables of what training costs at toy size: every number is there; and the plain loop learns."""

from __future__ import annotations

import math
import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from lab.benchmarks import speed_training
from lab.benchmarks.speed_training_work import PlainNet, _PlainLoop, _width
from symgen.corpus import Store


@pytest.fixture(autouse=True)
def same_cores() -> Iterator[None]:
    """The script pins its process; the tests that come next get all cores again."""
    cores = os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else set()
    yield
    if cores:
        os.sched_setaffinity(0, cores)


_NUMBER = re.compile(r"(-?\d+(?:\.\d+)?)(?: \(steep\))?")
_SPAN = re.compile(r"([\d.,e+-]+) to ([\d.,e+-]+)")


@pytest.fixture(scope="module")
def toy_store(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder: Path = tmp_path_factory.mktemp("toy")
    return speed_training.toy_store(folder)


@pytest.mark.parametrize("table", speed_training.TABLES)
def test_each_table(table: str, toy_store: str, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["--toy", "--runs", "1", "--only", table, toy_store]
    assert speed_training.main(words) == 0
    out = capsys.readouterr().out
    cells = [cell.strip() for line in out.splitlines() for cell in line.strip("|").split("|")]
    # An exponent may be marked as steep; at toy size the clock alone says what it is, even its sign.
    values = [float(match[1]) for match in map(_NUMBER.fullmatch, cells) if match]
    spans = [
        float(side.replace(",", ""))
        for match in map(_SPAN.fullmatch, cells)
        if match
        for side in match.groups()
    ]
    assert len(values) >= 2
    assert all(map(math.isfinite, values))
    costs = spans if table == "growth" else values
    assert len(costs) >= 2
    assert all(0 < cost < math.inf for cost in costs)


@pytest.mark.parametrize("words", [["store", "--only", "speed"], []])
def test_what_makes_no_sense_is_refused(words: list[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        speed_training.main(words)


def test_the_plain_loop_learns(toy_store: str) -> None:
    loop = _PlainLoop(toy_store, "float32", 16)
    before = {name: value.clone() for name, value in loop.net.state_dict().items()}
    events = sum(map(len, loop.pieces))
    assert sum(loop.update() for _ in loop.batches) == events
    assert any((value != before[name]).any() for name, value in loop.net.state_dict().items())


def test_the_plain_loop_is_as_large_as_asked(toy_store: str) -> None:
    sizes = Store.open(toy_store).vocabulary.sizes
    net = PlainNet(sizes, _width(toy_store, 500_000))
    assert sum(p.numel() for p in net.parameters()) == pytest.approx(500_000, rel=0.1)
