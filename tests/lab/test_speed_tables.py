"""The tables of speed at toy size: every number is there; and where the profiler's time goes."""

from __future__ import annotations

import math
import os
import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from lab.benchmarks import profiling, speed_machine, speed_takes, speed_work
from lab.benchmarks.plain_loop import PlainLoop
from lab.benchmarks.profiling import REST, Stats, kind_of, spent_by_function
from lab.modules import ROOT
from symgen.nets.checkpoint import NetConfig
from symgen.tokens import Vocabulary


@pytest.fixture(autouse=True)
def same_cores() -> Iterator[None]:
    """The scripts pin their process; the tests that come next get all cores again."""
    cores = os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else set()
    yield
    if cores:
        os.sched_setaffinity(0, cores)


def numbers(text: str) -> list[float]:
    """The numbers in the cells of the tables."""
    cells = [cell.strip() for line in text.splitlines() for cell in line.strip("|").split("|")]
    return [float(cell) for cell in cells if re.fullmatch(r"-?\d+(\.\d+)?", cell)]


@pytest.mark.parametrize("table", [name for name in speed_takes.TABLES if name != "growth"])
def test_each_table_of_takes(table: str, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["--toy", "--runs", "1", "--models", "folk", "--only", table]
    against = [] if table == "memory" else ["--against", str(ROOT)]
    assert speed_takes.main([*words, *against]) == 0
    found = numbers(capsys.readouterr().out)
    assert len(found) >= 3
    assert all(0 < value < math.inf for value in found)


def test_how_takes_grow(capsys: pytest.CaptureFixture[str]) -> None:
    words = ["--toy", "--runs", "1", "--models", "folk", "--only", "growth"]
    assert speed_takes.main(words) == 0
    out = capsys.readouterr().out
    assert out.count("| folk, ") == 4
    assert "weights" in out


def test_an_unknown_table_is_refused() -> None:
    with pytest.raises(SystemExit, match="2"):
        speed_takes.main(["--only", "speed"])


def test_the_machine(capsys: pytest.CaptureFixture[str]) -> None:
    assert speed_machine.main(["--toy", "--runs", "1", "--models", "folk"]) == 0
    out = capsys.readouterr().out
    assert out.count("GB/s") >= 3
    assert "GFLOP/s" in out
    assert all(value > 0 for value in numbers(out))


def test_the_weights_that_a_note_reads() -> None:
    weights = {
        "table.weight": np.zeros((9, 4), dtype=np.float32),
        "heads.time.table.weight": np.zeros((9, 4), dtype=np.float32),
        "gru.0.weight_ih_l0": np.zeros((12, 4), dtype=np.float32),
        "gru.0.weight_hh_l0": np.zeros((12, 4), dtype=np.float32),
        "heads.time.state.weight": np.zeros((5, 4), dtype=np.float32),
    }
    assert speed_machine.weights_of_a_note(weights) == 48 + 20


def test_some_bars_are_drawn_again_and_no_others() -> None:
    assert speed_work.redrawn("folk", 8, again=True) == 10
    assert speed_work.redrawn("folk", 8, again=False) == 8


def test_random_models_have_the_size_that_is_asked_for(tmp_path: Path) -> None:
    narrow = speed_work.random_model(str(tmp_path / "a"), 16, 1)
    deep = speed_work.random_model(str(tmp_path / "b"), 16, 2)
    assert deep - narrow == pytest.approx(2 * (3 * 16 * 16 + 3 * 16) / 1e6)
    assert speed_work.single(str(tmp_path / "b"), 2) > 0


def test_the_plain_loop_draws_the_fields_of_a_note() -> None:
    config = NetConfig(hidden=8, head=4, fixed=(("part", 0), ("velocity", 80)))
    notes = PlainLoop(config, Vocabulary()).draw(5)
    assert [len(note) for note in notes] == [3] * 5  # time, pitch, duration
    assert all(0 <= note[1] < 128 for note in notes)


def test_time_goes_to_the_function_of_the_package_that_caused_it() -> None:
    package = Path("/house/symgen")
    step = ("/house/symgen/nets/inference.py", 1, "step")
    allow = ("/house/symgen/sampling/filters.py", 1, "allow")
    wrapper, inner = ("/numpy/fromnumeric.py", 1, "sum"), ("~", 0, "reduce")
    lonely = ("~", 0, "lonely")
    stats: Stats = {
        step: (2, 2, 1.0, 5.0, {}),
        allow: (1, 1, 0.5, 2.5, {}),
        # the wrapper is called by both, and calls what does the work
        wrapper: (4, 4, 1.0, 5.0, {step: (3, 3, 0.75, 3.75), allow: (1, 1, 0.25, 1.25)}),
        inner: (4, 4, 4.0, 4.0, {wrapper: (4, 4, 4.0, 4.0)}),
        lonely: (1, 1, 0.25, 0.25, {}),
    }
    spent = spent_by_function(stats, package)
    assert spent[step].calls == 2
    assert spent[step].seconds == pytest.approx(1 + 0.75 + 3)
    assert spent[allow].seconds == pytest.approx(0.5 + 0.25 + 1)
    assert sum(each.seconds for each in spent.values()) == pytest.approx(6.75)
    kinds = {kind_of(place, package) for place in spent}
    assert kinds == {"network arithmetic", "filters", REST}


def test_functions_that_call_each_other_lose_no_time() -> None:
    one, two = ("/a.py", 1, "one"), ("/b.py", 1, "two")
    stats: Stats = {
        one: (2, 1, 1.0, 3.0, {two: (1, 1, 1.0, 1.0)}),
        two: (2, 1, 2.0, 3.0, {one: (2, 2, 2.0, 2.0)}),
    }
    spent = spent_by_function(stats, Path("/house/symgen"))
    assert sum(each.seconds for each in spent.values()) == pytest.approx(3)


@pytest.mark.parametrize("verb", profiling.VERBS)
def test_the_profile_of_each_verb(verb: str, capsys: pytest.CaptureFixture[str]) -> None:
    words = [verb, "--model", "folk", "--bars", "2", "--count", "1", "--top", "5"]
    assert profiling.main(words) == 0
    out = capsys.readouterr().out
    rows = re.findall(r"^\| [a-z, ]+ \| [0-9.]+ \| [0-9.]+ \| ([0-9.]+) \|$", out, re.MULTILINE)
    assert len(rows) >= 5
    assert sum(map(float, rows)) == pytest.approx(100, abs=1)
    assert "without the profiler" in out
