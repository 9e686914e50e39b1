"""How many threads are taken, and how busy a GPU is: with work, clocks and devices that are made up."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from training_tools import NET, OPTIONS

from symgen.corpus import Store
from symgen.nets.checkpoint import load_model_files
from symgen.system.errors import ControlError
from symgen.training import Callbacks, TrainOptions, TrainProgress, machine, train_store
from symgen.training.machine import busy_share, choose_threads, restored_threads
from symgen.training.run import LAST, read_state
from symgen.training.tasks import EventTask, fit_config


@pytest.fixture(autouse=True)
def _restored() -> Iterator[None]:
    with restored_threads():
        yield


class Machine:
    """A machine on which some work takes so many seconds, by the number of threads."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, seconds: dict[int, float]) -> None:
        self.now, self.threads, self.tried, self.seconds = 0.0, 0, set[int](), seconds
        monkeypatch.setattr(torch, "set_num_threads", self.set)

    def set(self, count: int) -> None:
        self.threads = count

    def work(self) -> None:
        self.tried.add(self.threads)
        self.now += self.seconds[self.threads]

    def choose(self, most: int) -> int:
        return choose_threads(self.work, most, clock=lambda: self.now)


@pytest.mark.parametrize(
    ("seconds", "chosen"),
    [
        ({1: 0.1, 2: 0.06, 4: 0.05, 6: 0.045}, 6),
        ({1: 0.1, 2: 0.06, 4: 0.07, 6: 0.09}, 2),
        ({1: 0.1, 2: 0.11, 4: 0.2, 6: 0.3}, 1),
        ({1: 0.1, 2: 0.098, 4: 0.097, 6: 0.096}, 1),
    ],
)
def test_the_fastest_number_of_threads_is_taken(
    seconds: dict[int, float], chosen: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    some = Machine(monkeypatch, seconds)
    assert some.choose(6) == some.threads == chosen
    assert some.tried == {1, 2, 4, 6}
    assert some.now < 0.5 + 2 * sum(seconds.values())


def test_one_core_needs_no_trial(monkeypatch: pytest.MonkeyPatch) -> None:
    some = Machine(monkeypatch, {})
    assert some.choose(1) == some.threads == 1
    assert not some.tried


def test_a_trial_leaves_the_run_as_it_is(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And a run goes on with the threads it had, whatever the machine says then."""
    whole = train_store(store, tmp_path / "whole", options=replace(OPTIONS, threads=1))

    def two(work: Any, most: int) -> int:
        assert most >= 1
        work()
        work()
        return 2

    def stop(progress: TrainProgress) -> None:
        if progress.metrics and progress.epoch == 2:
            raise KeyboardInterrupt

    before = torch.get_num_threads()
    monkeypatch.setattr("symgen.training.objective.choose_threads", two)
    with pytest.raises(KeyboardInterrupt):
        train_store(store, tmp_path / "tried", options=OPTIONS, callbacks=Callbacks(stop))
    assert torch.get_num_threads() == before
    assert read_state(tmp_path / "tried")["threads"] == 2
    monkeypatch.setattr("symgen.training.objective.choose_threads", lambda *_: pytest.fail("tried"))
    tried = train_store(store, tmp_path / "tried", options=OPTIONS, resume=True)
    assert read_state(tried.folder)["threads"] == 2
    assert "threads" not in read_state(tried.folder)["options"]
    for there, here in zip(whole.rows, tried.rows, strict=True):
        assert {**there, "seconds": 0} == {**here, "seconds": 0}
    one, other = (load_model_files(report.folder / LAST).weights for report in (whole, tried))
    assert all(np.array_equal(one[name], other[name]) for name in one)


def test_threads_are_checked() -> None:
    with pytest.raises(ControlError, match="threads must be 0 or more"):
        TrainOptions(threads=-1)


# -- a GPU -------------------------------------------------------------------------------


def test_the_share_of_kernels(monkeypatch: pytest.MonkeyPatch) -> None:
    now, waited = [10.0], []

    @contextmanager
    def profile(**_: Any) -> Iterator[Any]:
        events = [SimpleNamespace(self_device_time_total=us) for us in (500_000.0, 1_000_000.0)]
        yield SimpleNamespace(key_averages=lambda: events)

    def work() -> str:
        now[0] += 2.0
        return "done"

    monkeypatch.setattr(torch.profiler, "profile", profile)
    monkeypatch.setattr(torch.cuda, "synchronize", lambda: waited.append(now[0]))
    monkeypatch.setattr(machine.time, "perf_counter", lambda: now[0])
    assert busy_share(work) == ("done", pytest.approx(0.75))
    assert waited == [10.0, 12.0]


def test_only_a_gpu_compiles(store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ControlError, match="compile: only the event network on a CUDA device"):
        train_store(store, tmp_path / "x", options=replace(OPTIONS, compile=True))
    compiled = []

    def remember(function: Any, **_: Any) -> Any:
        compiled.append(function)
        return function

    monkeypatch.setattr(torch, "compile", remember)
    task = EventTask(fit_config(NET, store), store.vocabulary)
    task.compile()
    assert [function.__name__ for function in compiled] == ["losses"]


# -- memory ------------------------------------------------------------------------------


def test_freed_memory_is_kept_where_the_system_can(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []
    there = SimpleNamespace(
        gnu_get_libc_version=None, mallopt=lambda *setting: asked.append(setting)
    )
    monkeypatch.setattr(machine.ctypes, "CDLL", lambda _: there)
    machine.keep_freed_memory()
    assert {name for name, _ in asked} == {-1, -3}
    monkeypatch.setattr(machine.ctypes, "CDLL", lambda _: SimpleNamespace(mallopt=pytest.fail))
    machine.keep_freed_memory()

    def missing(_: object) -> None:
        raise OSError

    monkeypatch.setattr(machine.ctypes, "CDLL", missing)
    machine.keep_freed_memory()
