"""How speed is measured: medians, exponents, child processes with the code of some checkout."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from lab.benchmarks.timing import (
    Worker,
    alternate,
    exponent,
    growth,
    per_unit,
    run_child,
)
from lab.modules import ROOT


def double(number: int) -> int:
    """Run in a worker."""
    print("what is printed is no answer")
    return 2 * number


def checkout() -> str:
    """Run in a worker: where its symgen comes from."""
    import symgen

    return str(Path(symgen.__file__).parents[1])


def test_samples_take_turns_after_each_was_warmed_up() -> None:
    order = []
    values = {"a": iter([9.0, 3.0, 1.0, 2.0]), "b": iter([9.0, 5.0, 5.0, 8.0])}

    def sample(name: str) -> float:
        order.append(name)
        return next(values[name])

    found = alternate({name: (lambda name=name: sample(name)) for name in values}, runs=3)
    assert found == {"a": 2.0, "b": 5.0}
    assert order == ["a", "b"] * 4


def test_work_is_shared_among_its_units() -> None:
    spent = per_unit(lambda: float(len([i * i for i in range(300_000)])))()
    assert 0 < spent < 1e-4
    assert per_unit(lambda: sum(range(300_000)) and None)() > 0


def test_exponents() -> None:
    sizes = [16, 64, 256]
    assert exponent(sizes, [3 * size for size in sizes]) == pytest.approx(1)
    assert exponent(sizes, [2 * size**1.5 for size in sizes]) == pytest.approx(1.5)
    assert growth("bars", [10, 1000], [2.0, 200.0]) == ["bars", "10 to 1,000", "2 to 200", "1.00"]
    assert growth("bars", [10, 1000], [2.0, 2000.0])[-1] == "1.50 (steep)"


def test_a_worker_answers_with_what_a_function_returns(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parent))
    with Worker(Path(__file__).stem) as worker:
        answer = worker.call("double", number=21)
        assert answer.value == 42
        assert answer.seconds >= 0
        assert 10 < answer.peak < 2000
        assert worker.call("checkout").value == str(ROOT)
        assert worker.sample("double", number=1)() >= 0


def test_a_worker_takes_the_package_of_another_checkout(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parent))
    (tmp_path / "symgen").symlink_to(ROOT / "symgen", target_is_directory=True)
    with Worker(Path(__file__).stem, checkout=tmp_path) as worker:
        assert worker.call("checkout").value == str(tmp_path)
    with pytest.raises(SystemExit, match="no checkout"):
        Worker("x", checkout=tmp_path / "symgen")


def test_a_child_tells_its_time_and_memory(tmp_path: Path) -> None:
    code = "print(len(bytearray(60_000_000)))"
    done = run_child([sys.executable, "-c", code], cwd=tmp_path)
    assert done.value == f"60000000{os.linesep}"
    assert 0 < done.seconds < 5
    assert done.peak > 60
    with pytest.raises(RuntimeError, match="status 3"):
        run_child([sys.executable, "-c", "raise SystemExit(3)"], cwd=tmp_path)
