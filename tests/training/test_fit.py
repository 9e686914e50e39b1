"""The loop that all networks share, with a network of one number."""

from __future__ import annotations

import itertools
import math
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from small import ticking
from torch import nn

from symgen.nets.checkpoint import LANGUAGE_MODEL
from symgen.system.errors import CheckpointError, ControlError, ExistsError
from symgen.training.fit import Callbacks, Figures, Position, Schedule, TrainProgress, Update, fit
from symgen.training.run import Run, check_run, read_options, read_state, remove_run


class Toy:
    """Five batches a pass; the score of each validation is the next of a list."""

    def __init__(self, folder: Path, scores: Sequence[float] = (), corpus: str = "a") -> None:
        self.run = Run(folder, corpus, {"rate": 0.5})
        self.net, self.rng = nn.Linear(1, 1), np.random.default_rng(0)
        self.optimizer = torch.optim.Adam(self.net.parameters())
        self.scores = iter(scores or itertools.repeat(0.0))
        self.done: list[float] = []
        self.saved: list[int] = []
        self.kept: list[tuple[int, bool]] = []

    def update(self, at: Position, done: float) -> Update | None:
        at.batches = 5
        if at.batch == 5:
            return None
        self.done.append(done)
        self.optimizer.zero_grad()
        noise = torch.rand(3, 1) + float(self.rng.random())
        self.net(noise).sum().backward()
        self.optimizer.step()
        return Update(float(at.step), 3)

    def validate(self, at: Position) -> tuple[Figures, str]:
        return {"step": float(at.step), "score": next(self.scores)}, f"network {at.step}"

    def score(self, row: Figures) -> float:
        return row["score"]

    def keep(self, network: str, rows: Sequence[Figures], *, best: bool) -> None:
        assert network == f"network {rows[-1]['step']:.0f}"
        self.kept.append((int(rows[-1]["step"]), best))

    def save(self, facts: dict[str, Any]) -> None:
        self.saved.append(facts["step"])
        self.run.save({"net": self.net, "optimizer": self.optimizer}, self.rng, facts)

    def resume(self) -> dict[str, Any]:
        return self.run.load({"net": self.net, "optimizer": self.optimizer}, self.rng)


def train(toy: Toy, schedule: Schedule, callbacks: Callbacks | None = None, **how: Any) -> Any:
    return fit(toy, toy.run, schedule, callbacks or ticking(), **how)


def stop_after(steps: int) -> Callbacks:
    count = itertools.count(1)
    return ticking(None, lambda: next(count) >= steps)


def test_a_run_by_passes_validates_after_each(tmp_path: Path) -> None:
    toy = Toy(tmp_path)
    report = train(toy, Schedule(epochs=2))
    assert [row["step"] for row in report.rows] == [5, 10]
    assert toy.done == pytest.approx([i / 10 for i in range(10)])
    assert toy.saved == [0, 5, 10]


def test_validations_between_passes_start_to_count_anew(tmp_path: Path) -> None:
    toy = Toy(tmp_path)
    report = train(toy, Schedule(epochs=2, validate_every=3))
    assert [row["step"] for row in report.rows] == [3, 5, 8, 10]
    assert toy.saved == [0, 3, 5, 8, 10]


def test_a_run_by_time_spreads_its_validations(tmp_path: Path) -> None:
    toy = Toy(tmp_path)
    seen: list[TrainProgress] = []
    report = train(toy, Schedule(minutes=12 / 60, validations=4), ticking(seen.append))
    assert [row["step"] for row in report.rows] == [3, 6, 9, 12]
    assert (report.seconds, report.stopped, len(seen)) == (12, False, 12)
    assert [progress.done for progress in seen] == pytest.approx([i / 12 for i in range(1, 13)])
    assert [progress.epoch for progress in seen] == [0] * 5 + [1] * 5 + [2] * 2
    assert seen[2].metrics == report.rows[0]
    assert seen[2].model == "network 3"
    assert seen[3].metrics is seen[3].model is None
    assert (seen[0].rate, seen[2].left) == (3, 9)


@pytest.mark.parametrize(("more", "steps"), [
    ({"save_every": 4}, [0, 4, 5, 9, 10]), ({"save_seconds": 1e9}, [0, 5, 10]),
    ({"save_seconds": 0.0}, [0, 1, 2, 3, 4, 5, 5, 6, 7, 8, 9, 10, 10]),
])  # fmt: skip
def test_it_is_saved_as_often_as_asked(
    tmp_path: Path, more: dict[str, Any], steps: list[int]
) -> None:
    toy = Toy(tmp_path)
    train(toy, Schedule(epochs=2, **more))
    assert toy.saved == steps


def test_the_first_of_the_best_is_kept(tmp_path: Path) -> None:
    toy = Toy(tmp_path, [1.0, 3.0, 3.0, 2.0])
    report = train(toy, Schedule(epochs=4))
    assert toy.kept == [(5, True), (10, True), (15, False), (20, False)]
    assert report.metrics["step"] == 10


@pytest.mark.parametrize(("patience", "rows"), [(1, 3), (2, 4), (3, 6)])
def test_it_ends_when_nothing_is_gained(tmp_path: Path, patience: int, rows: int) -> None:
    toy = Toy(tmp_path, [1.0, 2.0, 2.0, 1.0, 3.0, 1.0])
    assert len(train(toy, Schedule(epochs=6, patience=patience)).rows) == rows


@pytest.mark.parametrize("steps", [1, 4, 5, 7])
def test_a_run_that_was_stopped_ends_as_one_that_was_not(tmp_path: Path, steps: int) -> None:
    schedule = Schedule(epochs=2, save_seconds=1e9)
    torch.manual_seed(1)
    whole = Toy(tmp_path / "whole")
    train(whole, schedule)
    torch.manual_seed(1)
    assert train(Toy(tmp_path / "parts"), schedule, stop_after(steps)).stopped
    torch.rand(9)  # whatever happens in between
    parts = Toy(tmp_path / "parts")
    report = train(parts, schedule, resume=True)
    assert [row["step"] for row in report.rows] == [5, 10]
    for one, two in zip(whole.net.parameters(), parts.net.parameters(), strict=True):
        assert torch.equal(one, two)
    states = [read_state(tmp_path / name) for name in ("whole", "parts")]
    assert states[0]["files"] == states[1]["files"]
    assert states[0]["rng"] == states[1]["rng"]


@pytest.mark.parametrize("score", [math.nan, math.inf])
def test_a_score_that_is_no_number_stops_it(tmp_path: Path, score: float) -> None:
    with pytest.raises(CheckpointError, match=r"no number any more at step 5; .* than 0\.5"):
        train(Toy(tmp_path, [score]), Schedule(epochs=2))


def test_a_run_goes_on_with_its_own_corpus_alone(tmp_path: Path) -> None:
    train(Toy(tmp_path), Schedule(epochs=1))
    with pytest.raises(CheckpointError, match="was trained on another corpus"):
        train(Toy(tmp_path, corpus="b"), Schedule(epochs=2), resume=True)
    assert len(train(Toy(tmp_path, corpus=""), Schedule(epochs=2), resume=True).rows) == 2


def test_going_on_and_starting_anew_exclude_each_other(tmp_path: Path) -> None:
    from symgen.gan.checkpoint import GAN

    with pytest.raises(ControlError, match="give one of them"):
        check_run(tmp_path, GAN, resume=True, overwrite=True)


def test_a_run_keeps_one_state_and_no_litter(tmp_path: Path) -> None:
    train(Toy(tmp_path), Schedule(epochs=2))
    names = sorted(path.name for path in (tmp_path / "last").iterdir())
    assert len(names) == 2
    assert names[1] == "state.json"
    stale = tmp_path / "last" / ".symgen-abc.tmp"
    stale.write_bytes(b"")
    os.utime(stale, (0, 0))
    check_run(tmp_path, LANGUAGE_MODEL, resume=True, overwrite=False)
    assert not stale.exists()


@pytest.mark.parametrize(
    ("held", "is_run"),
    [
        ("last/state.json", True),
        ("best/model.json", True),
        ("metrics.csv", True),
        ("samples/step-1.mid", True),
        ("samples/mine.mid", False),
        ("other.txt", False),
    ],
)
def test_what_makes_a_folder_a_run(held: str, is_run: bool, tmp_path: Path) -> None:
    path = tmp_path / held
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(b"")
    names = ("metrics.csv", "samples/step-*.mid")
    check_run(tmp_path, LANGUAGE_MODEL, names, resume=True, overwrite=False)
    check_run(tmp_path, LANGUAGE_MODEL, names, resume=False, overwrite=True)
    if is_run:
        with pytest.raises(ExistsError, match="holds a run already"):
            check_run(tmp_path, LANGUAGE_MODEL, names, resume=False, overwrite=False)
    else:
        check_run(tmp_path, LANGUAGE_MODEL, names, resume=False, overwrite=False)


def test_a_run_is_removed_and_the_files_of_others_stay(tmp_path: Path) -> None:
    own = (
        "state.json",
        "model.json",
        "state-0123456789ab.safetensors",
        "model-0123456789ab.safetensors",
    )
    for part in ("last", "best"):
        (tmp_path / part).mkdir()
        for name in (*own, "mine.txt", "model-mine.safetensors"):
            (tmp_path / part / name).write_bytes(b"")
    remove_run(tmp_path, LANGUAGE_MODEL)
    for part in ("last", "best"):
        left = sorted(path.name for path in (tmp_path / part).iterdir())
        assert left == ["mine.txt", "model-mine.safetensors"]


def test_options_of_a_run_are_read_from_its_state(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match="nothing to resume"):
        read_options(tmp_path, dict)
    train(Toy(tmp_path), Schedule(epochs=1))
    assert read_options(tmp_path, dict) == {"rate": 0.5}
    with pytest.raises(CheckpointError, match=r"last: cannot be resumed \(no\); start anew"):
        read_options(tmp_path, refuse)


def refuse(_: dict[str, Any]) -> None:
    raise ValueError("no\nmore")
