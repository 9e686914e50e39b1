"""What a run will take is counted before, and holds for a small run: updates and events exactly, disk by a factor."""

from __future__ import annotations

import itertools
from dataclasses import replace
from pathlib import Path

import pytest
from training_tools import OPTIONS

from symgen.corpus import Store
from symgen.nets.checkpoint import SIZES
from symgen.trainer import train
from symgen.training import TrainProgress, train_store
from symgen.training.trial import Estimate, try_out

FACTOR = 1.5
"""By so much the disk that is told of may differ from what a run takes."""


def counted(store: Store, seconds: float = 0.5, **changes: object) -> Estimate:
    """Estimate by a clock that goes on evenly each time it is read."""
    ticks = itertools.count()
    return try_out(store, replace(OPTIONS, **changes), clock=lambda: seconds * next(ticks))


def test_a_small_run_takes_what_was_counted(
    store: Store, store_folder: Path, tmp_path: Path
) -> None:
    net = replace(SIZES["small"], hidden=200)
    options = replace(OPTIONS, net=net, epochs=2)
    found = try_out(store, options)
    done: list[TrainProgress] = []
    report = train(store, tmp_path / "run", options=options, report=done.append)
    assert found.updates == max(progress.step for progress in done)
    assert found.events == 2 * sum(record.length for record in store.pieces("train"))
    kept = list(store_folder.glob("features-*.npy"))
    files = [path for path in (tmp_path / "run").rglob("*") if path.is_file()]
    sizes = sum(path.stat().st_size for path in (*files, *kept))
    if not list((report.folder / "samples").glob("*.wav")):
        sizes += 20_000_000
    assert sizes / FACTOR < found.disk < sizes * FACTOR
    assert found.memory > 50_000_000
    assert found.seconds > 0


def test_time_grows_with_passes_and_folds(store: Store) -> None:
    one, two = counted(store, epochs=10), counted(store, epochs=20)
    assert two.events == 2 * one.events
    assert two.updates == 2 * one.updates
    assert two.seconds > 1.5 * one.seconds
    folded = counted(store, epochs=10, folds=4)
    assert folded.events > 3.5 * one.events
    assert counted(store, epochs=10_000, minutes=2.0).seconds == 120


def test_a_trial_leaves_nothing(store: Store, tmp_path: Path) -> None:
    before = {path: path.stat().st_mtime_ns for path in store.path.iterdir()}
    again = train_store(store, tmp_path / "a", options=replace(OPTIONS, epochs=1)).metrics
    here = {path: path.stat().st_mtime_ns for path in store.path.iterdir()}
    counted(store)
    assert {path: path.stat().st_mtime_ns for path in store.path.iterdir()} == here
    assert set(before) <= set(here)
    after = train_store(store, tmp_path / "b", options=replace(OPTIONS, epochs=1)).metrics
    assert {**again, "seconds": 0} == {**after, "seconds": 0}


@pytest.mark.parametrize(
    ("seconds", "told"), [(20, "20 s at most"), (600, "10 min at most"), (7200, "2.0 h at most")]
)
def test_it_is_told_in_a_few_lines(seconds: float, told: str) -> None:
    lines = Estimate(1000, 20, 4000, 100, 500.0, seconds, 300_000_000, 40_000_000).lines()
    assert lines[0] == "network  1,000 weights"
    assert told in lines[2]
    assert lines[3:] == ["memory   300 MB", "disk     40 MB"]
