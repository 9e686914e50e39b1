"""Where the figures of a run go: each logger gets all of them, and none that fails stops a run."""

from __future__ import annotations

import csv
import sys
from collections.abc import Mapping
from importlib.metadata import EntryPoint, EntryPoints
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from training_tools import OPTIONS

from symgen.system.errors import CheckpointError, ControlError, MissingDependencyError
from symgen.trainer import train
from symgen.training import TrainOptions, TrainReport
from symgen.training.loggers import (
    CsvLogger,
    LoggedRun,
    Logger,
    Loggers,
    TrackioLogger,
    WandbLogger,
    logger_names,
    open_loggers,
)
from symgen.training.run import read_state


class Notebook:
    """A logger as somebody else writes one."""

    def __init__(self, failing: str = "") -> None:
        self.said: list[str] = []
        self.logged: list[tuple[int, dict[str, float]]] = []
        self.failing = failing

    def init(self, run: LoggedRun) -> None:
        self._told(f"init {run.step} {len(run.rows)}")

    def log(self, step: int, figures: Mapping[str, float]) -> None:
        self._told("log")
        self.logged.append((step, dict(figures)))

    def finish(self) -> None:
        self._told("finish")

    def _told(self, what: str) -> None:
        self.said.append(what)
        if what.split(maxsplit=1)[0] == self.failing:
            raise OSError(28, "No space left on device")


def with_log(*log: str | Logger, **more: Any) -> TrainOptions:
    return TrainOptions(**{**vars(OPTIONS), "log": log, **more})


def table(folder: Path) -> list[dict[str, str]]:
    with (folder / "metrics.csv").open() as file:
        return list(csv.DictReader(file))


def test_a_logger_of_somebody_else_gets_all_figures(store_folder: Path, tmp_path: Path) -> None:
    own = Notebook()
    report = train(store_folder, tmp_path / "run", options=with_log(own))
    assert own.said[0] == "init 0 0"
    assert own.said[-1] == "finish"
    rows = [figures for _, figures in own.logged if "seconds" in figures]
    assert rows == list(report.rows)
    assert [float(row["step"]) for row in table(tmp_path / "run")] == [row["step"] for row in rows]


@pytest.mark.parametrize("failing", ["init", "log", "finish"])
def test_a_logger_that_fails_is_told_once_and_stops_nothing(
    failing: str,
    run: TrainReport,
    store_folder: Path,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    own = Notebook(failing)
    report = train(store_folder, tmp_path / "run", options=with_log(own))
    assert [record.getMessage() for record in caplog.records] == [
        "Notebook: [Errno 28] No space left on device; it gets no more figures, training goes on"
    ]
    assert sum(said.startswith(failing) for said in own.said) == 1
    same = {name: value for name, value in report.metrics.items() if name != "seconds"}
    assert same == {name: value for name, value in run.metrics.items() if name != "seconds"}


def test_a_run_that_goes_on_keeps_its_loggers(store_folder: Path, tmp_path: Path) -> None:
    pytest.importorskip("tensorboard")
    first = with_log("tensorboard", Notebook(), epochs=2)
    train(store_folder, tmp_path / "run", options=first)
    assert read_state(tmp_path / "run")["options"]["log"] == ["tensorboard"]
    own = Notebook()
    options = with_log("tensorboard", own, epochs=4)
    report = train(store_folder, tmp_path / "run", options=options, resume=True)
    assert own.said[0] == f"init {report.rows[1]['step']:.0f} 2"
    shown = scalars(tmp_path / "run" / "tensorboard", "valid/bits_per_note")
    assert [step for step, _ in shown] == [row["step"] for row in report.rows]
    values = [row["valid_bits_per_note"] for row in report.rows]
    assert [value for _, value in shown] == pytest.approx(values, abs=1e-4)
    assert len(table(tmp_path / "run")) == 4


def test_updates_are_shown_between_validations(store_folder: Path, tmp_path: Path) -> None:
    pytest.importorskip("tensorboard")
    folder = tmp_path / "run"
    train(store_folder, folder, options=with_log("tensorboard", batch=1))
    assert scalars(folder / "tensorboard", "train/loss")[0][0] == 10
    train(store_folder, folder, options=with_log("tensorboard", epochs=1), overwrite=True)
    assert len(list((folder / "tensorboard").iterdir())) == 1


def test_a_run_that_was_killed_shows_no_step_twice(tmp_path: Path) -> None:
    """What came after the last checkpoint is written again."""
    pytest.importorskip("tensorboard")
    for start, end in ((0, 6), (4, 8)):
        (logger,) = open_loggers(["tensorboard"])[1:]
        logger.init(LoggedRun(tmp_path, step=start))
        for step in range(start + 1, end + 1):
            logger.log(step, {"valid_bits_per_note": float(10 * start + step)})
        logger.finish()
    shown = scalars(tmp_path / "tensorboard", "valid/bits_per_note")
    assert shown == [(1, 1), (2, 2), (3, 3), (4, 4), (5, 45), (6, 46), (7, 47), (8, 48)]


def scalars(folder: Path, tag: str) -> list[tuple[int, float]]:
    """Read a curve with TensorBoard's own reader."""
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    events = EventAccumulator(str(folder))
    events.Reload()
    return [(event.step, event.value) for event in events.Scalars(tag)]


def test_the_state_says_how_a_run_ended(store_folder: Path, tmp_path: Path) -> None:
    folder = tmp_path / "run"
    assert train(store_folder, folder, options=OPTIONS, stop=lambda: True).stopped
    assert read_state(folder)["ended"] == "stopped"
    train(store_folder, folder, resume=True, options=OPTIONS)
    assert read_state(folder)["ended"] == "finished"


def test_the_table_takes_over_the_rows_of_a_run(tmp_path: Path) -> None:
    logger = CsvLogger()
    logger.init(LoggedRun(tmp_path, step=3, rows=({"step": 3, "seconds": 1.0},)))
    assert len(table(tmp_path)) == 1
    logger.log(4, {"loss": 1.0, "examples_per_second": 2.0})
    logger.log(5, {"step": 5, "seconds": 2.0, "score": 1.0})
    assert [row["score"] for row in table(tmp_path)] == ["", "1.0"]


# -- names ---------------------------------------------------------------------------------


def test_names_are_read_and_wrong_ones_refused() -> None:
    assert logger_names("csv, tensorboard,csv") == ("csv", "tensorboard")
    assert TrainOptions(log="csv,wandb").log == ("csv", "wandb")  # type: ignore[arg-type]
    for text in ("", "csv,", ","):
        with pytest.raises(ControlError, match="a comma between"):
            logger_names(text)
    with pytest.raises(ControlError, match=r"did you mean tensorboard\?"):
        open_loggers(["tensorbord"])
    with pytest.raises(ControlError, match="one with init, log, finish"):
        open_loggers([object()])  # type: ignore[list-item]


def test_what_is_not_installed_is_told_with_its_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("tensorboard", "wandb", "trackio"):
        monkeypatch.setitem(sys.modules, name, None)
        with pytest.raises(MissingDependencyError, match=rf"pip install 'symgen\[{name}\]'"):
            open_loggers(["csv", name])


def test_a_package_brings_a_logger(monkeypatch: pytest.MonkeyPatch) -> None:
    brought = EntryPoints(
        EntryPoint(name, f"test_loggers:{value}", "symgen.loggers")
        for name, value in (("notes", "Notebook"), ("bad", "Missing"), ("odd", "Path"))
    )
    monkeypatch.setattr("importlib.metadata.entry_points", lambda group: brought)
    assert isinstance(open_loggers(["notes"])[1], Notebook)
    with pytest.raises(CheckpointError, match="cannot be loaded"):
        open_loggers(["bad"])
    with pytest.raises(ControlError, match="init, log, finish"):
        open_loggers(["odd"])


# -- what stands in for services -----------------------------------------------------------


@pytest.mark.parametrize(("name", "made"), [("wandb", WandbLogger), ("trackio", TrackioLogger)])
def test_a_service_sees_one_run_over_both_starts(
    name: str, made: type[Logger], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Offline where no account is set up."""
    begun: list[dict[str, Any]] = []
    logged: list[Any] = []
    session = SimpleNamespace(log=lambda *given, **named: logged.append((given, named)), finish=int)

    def init(**named: Any) -> Any:
        begun.append(named)
        return session

    stand_in = SimpleNamespace(init=init, api=SimpleNamespace(api_key=None), Settings=dict)
    monkeypatch.setitem(sys.modules, name, stand_in)
    monkeypatch.delenv("WANDB_MODE", raising=False)
    for step in (0, 5):
        logger = made()
        logger.init(LoggedRun(tmp_path, {"rate": 0.1}, step=step))
        logger.log(step + 5, {"step": 5, "valid_bits_per_note": 3.0, "loss": 1.0})
        logger.finish()
    key = "id" if name == "wandb" else "name"
    assert begun[0][key] == begun[1][key]
    assert begun[0].get("mode", "offline") == "offline"
    assert logged[1] == (({"valid/bits_per_note": 3.0, "train/loss": 1.0},), {"step": 10})


def test_what_is_told_goes_to_whoever_asks() -> None:
    told: list[str] = []
    loggers = Loggers([Notebook("log"), Notebook()], told.append)
    for step in (10, 11, 20):
        loggers.update(step, {"loss": 1.0})
    assert len(told) == 1
