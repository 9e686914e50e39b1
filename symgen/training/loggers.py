"""Where the figures of a run go: a table, TensorBoard, W&B, Trackio, or a logger of somebody else."""

from __future__ import annotations

import csv
import io
import logging
import os
import secrets
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Protocol, runtime_checkable

from symgen.system.errors import CheckpointError, ControlError
from symgen.system.files import make_folder, write_atomic
from symgen.system.requirements import need, require
from symgen.system.text import did_you_mean
from symgen.training.run import METRICS

__all__ = [
    "LOGGERS",
    "LoggedRun",
    "Logger",
    "Loggers",
    "logger_names",
    "logging_to",
    "open_loggers",
]

PLUGINS = "symgen.loggers"
"""Group of entry points with which a package brings loggers: ``name = "package.module:Class"``."""

_EVERY = 10
"""Updates between two figures of the training itself."""

Figures = Mapping[str, float]


@dataclass(frozen=True)
class LoggedRun:
    """The run that a logger is to follow."""

    folder: Path
    options: Mapping[str, Any] = field(default_factory=dict)
    step: int = 0
    """Updates that are done: 0, or where a run goes on."""
    rows: Sequence[Figures] = ()
    """Figures of its validations so far."""

    @property
    def is_new(self) -> bool:
        """Whether nothing of it has been logged before."""
        return not self.step and not self.rows


@runtime_checkable
class Logger(Protocol):
    """What takes the figures of a run; one that raises is left out from then on, and training goes on."""

    def init(self, run: LoggedRun) -> None:
        """Get ready for a run, or for more of one that goes on."""

    def log(self, step: int, figures: Figures) -> None:
        """Take the figures of a validation, or ``loss`` and ``examples_per_second`` now and then in between."""

    def finish(self) -> None:
        """Let go of the run, whose training has ended in one way or another."""


class CsvLogger:
    """The table of all validations, ``metrics.csv``: each time whole, so that it is never half of one."""

    def init(self, run: LoggedRun) -> None:
        """Take over the rows of a run that goes on."""
        self._path, self._rows = run.folder / METRICS, list(run.rows)
        if self._rows:
            self._write()

    def log(self, _: int, figures: Figures) -> None:
        """Add a row for a validation."""
        if "seconds" in figures:
            self._rows.append(figures)
            self._write()

    def finish(self) -> None:
        """Do nothing: all is written."""

    def _write(self) -> None:
        text, rows = io.StringIO(), self._rows
        writer = csv.DictWriter(text, list(dict.fromkeys(name for row in rows for name in row)))
        writer.writeheader()
        writer.writerows(rows)
        write_atomic(self._path, text.getvalue())


class TensorBoardLogger:
    """Events that ``tensorboard --logdir RUN`` shows, in the folder ``tensorboard`` of the run."""

    def init(self, run: LoggedRun) -> None:
        """Open a new file of events; what others hold after the step of the run is void."""
        from torch.utils.tensorboard import SummaryWriter

        folder = make_folder(run.folder / "tensorboard")
        if run.is_new:
            for old in folder.glob("events.out.tfevents.*"):
                old.unlink()
        self._writer: Any = SummaryWriter(folder, purge_step=None if run.is_new else run.step + 1)
        if run.is_new:
            table = "\n".join(f"| {name} | {value} |" for name, value in run.options.items())
            self._writer.add_text("options", f"| option | value |\n| --- | --- |\n{table}")

    def log(self, step: int, figures: Figures) -> None:
        """Write scalars, at once, so that a full disk is noticed here."""
        for name, value in _by_group(figures).items():
            self._writer.add_scalar(name, value, step)
        self._writer.flush()

    def finish(self) -> None:
        """Close the file."""
        self._writer.close()


class WandbLogger:
    """A run of Weights & Biases: kept in the run's folder, and sent off where an account is set up."""

    def init(self, run: LoggedRun) -> None:
        """Begin a run, or go on with it under the same name."""
        wandb = require("wandb")
        mode = os.environ.get("WANDB_MODE") or ("online" if wandb.api.api_key else "offline")
        self._run = wandb.init(
            project=os.environ.get("WANDB_PROJECT") or "symgen",
            name=run.folder.resolve().name,
            id=_same_id(run.folder / "wandb" / "run-id.txt", is_new=run.is_new),
            resume="allow",
            mode=mode,
            dir=str(run.folder),
            config=dict(run.options),
            settings=wandb.Settings(console="off", silent=True),
        )

    def log(self, step: int, figures: Figures) -> None:
        """Send figures."""
        self._run.log(_by_group(figures), step=step)

    def finish(self) -> None:
        """Wait until all is written or sent."""
        self._run.finish()


class TrackioLogger:
    """A run of Trackio, on this machine: ``trackio show`` opens it."""

    def init(self, run: LoggedRun) -> None:
        """Begin a run, or go on with it under the same name."""
        name = run.folder.resolve().name
        own = _same_id(run.folder / "trackio-id.txt", is_new=run.is_new)
        # What it prints of itself would stand among the results of a command.
        with redirect_stdout(io.StringIO()):
            self._run = require("trackio").init(
                project="symgen", name=f"{name}-{own}", config=dict(run.options), resume="allow"
            )

    def log(self, step: int, figures: Figures) -> None:
        """Write figures."""
        self._run.log(_by_group(figures), step=step)

    def finish(self) -> None:
        """Wait until all is written."""
        with redirect_stdout(io.StringIO()):
            self._run.finish()


@dataclass(frozen=True)
class _Kind:
    make: Callable[[], Logger]
    libraries: tuple[str, ...] = ()


LOGGERS = {
    "csv": _Kind(CsvLogger),
    "tensorboard": _Kind(TensorBoardLogger, ("tensorboard",)),
    "wandb": _Kind(WandbLogger, ("wandb",)),
    "trackio": _Kind(TrackioLogger, ("trackio",)),
}
"""The loggers by the name that ``--log`` has for them."""


def logger_names(text: str) -> tuple[str, ...]:
    """Read names as ``--log`` takes them, such as ``"csv,tensorboard"``."""
    names = tuple(dict.fromkeys(name.strip() for name in text.split(",")))
    if not all(names):
        raise ControlError(f"log {text!r}: names with a comma between, of {', '.join(LOGGERS)}")
    return names


def open_loggers(wanted: Iterable[str | Logger]) -> list[Logger]:
    """Make the loggers of these names; whichever cannot be had is refused now and not after hours."""
    found = [_logger(each) for each in wanted if each != "csv"]
    # The table is always written: curves, reports and comparisons are drawn from it.
    return [CsvLogger(), *found]


def _logger(wanted: str | Logger) -> Logger:
    if not isinstance(wanted, str):
        return _checked(wanted)
    if kind := LOGGERS.get(wanted):
        need(*kind.libraries)
        return kind.make()
    from importlib.metadata import entry_points

    plugins = entry_points(group=PLUGINS)
    if wanted in plugins.names:
        try:
            make = plugins[wanted].load()
        except (ImportError, AttributeError) as error:
            raise CheckpointError(
                f"log {wanted!r}: the package that should bring it cannot be loaded ({error}); "
                "install it again, or remove it"
            ) from None
        return _checked(make())
    names = (*LOGGERS, *sorted(plugins.names))
    raise ControlError(
        f"log {wanted!r}: unknown{did_you_mean(wanted, names)}; use {', '.join(names)}"
    )


def _checked(logger: object) -> Logger:
    if not isinstance(logger, Logger):
        raise ControlError(f"log {logger!r:.40}: name one, or give one with init, log, finish")
    return logger


class Loggers:
    """All loggers of a run: what one of them raises is told in a line, once, and it is left out."""

    def __init__(self, loggers: Iterable[Logger], tell: Callable[[str], object] | None) -> None:
        self._loggers, self._tell = list(loggers), tell or logging.getLogger("symgen").warning

    def init(self, run: LoggedRun) -> None:
        """Begin to follow a run."""
        self._each(lambda logger: logger.init(run))

    def log(self, step: int, figures: Figures) -> None:
        """Hand on the figures of a validation."""
        self._each(lambda logger: logger.log(step, figures))

    def update(self, step: int, figures: Figures) -> None:
        """Hand on those of an update, now and then."""
        if step % _EVERY == 0:
            self.log(step, figures)

    def finish(self) -> None:
        """Stop following it."""
        self._each(lambda logger: logger.finish())

    def _each(self, do: Callable[[Logger], None]) -> None:
        for logger in tuple(self._loggers):
            with _Survived() as survived:
                do(logger)
            if survived.error is not None:
                self._loggers.remove(logger)
                name = type(logger).__name__
                reason = str(survived.error).partition("\n")[0] or type(survived.error).__name__
                self._tell(f"{name}: {reason}; it gets no more figures, training goes on")


class _Survived:
    """A block that code of others runs in, which may raise what it likes."""

    error: Exception | None = None

    def __enter__(self) -> _Survived:
        return self

    def __exit__(
        self, _: type[BaseException] | None, error: BaseException | None, __: TracebackType | None
    ) -> bool:
        if isinstance(error, Exception):
            self.error = error
        return isinstance(error, Exception)


@contextmanager
def logging_to(
    loggers: Iterable[Logger] | None, run: LoggedRun, tell: Callable[[str], object] | None
) -> Iterator[Loggers]:
    """Follow a run while the block trains it; without loggers in the table alone."""
    found = Loggers([CsvLogger()] if loggers is None else loggers, tell)
    found.init(run)
    try:
        yield found
    finally:
        found.finish()


def _by_group(figures: Figures) -> dict[str, float]:
    """Name figures by groups, as the pages of these programs show them: ``valid/bits_per_note``."""
    return {_grouped(name): float(value) for name, value in figures.items() if name != "step"}


def _grouped(name: str) -> str:
    group, sign, rest = name.partition("_")
    if sign and group in ("train", "valid"):
        return f"{group}/{rest}"
    return f"train/{name}" if name in ("loss", "examples_per_second") else f"run/{name}"


def _same_id(path: Path, *, is_new: bool) -> str:
    """Return what a run is known by, which is kept in its folder, so that it stays the same run."""
    if is_new or not path.is_file():
        write_atomic(path, secrets.token_hex(4))
    return path.read_text(encoding="utf-8").strip()
