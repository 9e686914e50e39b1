"""The training loop of all networks: time, validations, checkpoints, the best one, the end."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, Protocol

from symgen.training.loggers import LoggedRun, Logger, Loggers, logging_to
from symgen.training.run import BEST, Run, resuming

__all__ = [
    "Callbacks",
    "Figures",
    "Objective",
    "Position",
    "Schedule",
    "ScoredObjective",
    "TrainProgress",
    "TrainReport",
    "Update",
    "fit",
]

SAVE_SECONDS = 300.0
"""What a run loses at most if its machine dies."""

Figures = Mapping[str, float]
"""The figures of a validation by name."""


@dataclass(frozen=True, slots=True)
class TrainProgress:
    """How far training is, after an update or a pass."""

    step: int
    epoch: int
    loss: float
    """Bits per note for a language model, by how much real bars score higher for a GAN."""
    rate: float = 0.0
    """Examples a second: events, bars or crops."""
    left: float = 0.0
    """Seconds to the end, as far as known."""
    done: float = 0.0
    """Share of the budget, 0..1."""
    busy: float = 0.0
    """Share of the time in which a GPU computes, where there is one and it has been measured."""
    metrics: Figures | None = None
    """Figures, where a validation has just ended: then `rows` are those of all so far."""
    rows: Sequence[Figures] = ()
    model: Any = None
    """The network as it is, there."""


@dataclass(frozen=True)
class TrainReport:
    """What a run gave: the figures of the best network, and those of all validations."""

    folder: Path
    metrics: Figures
    rows: Sequence[Figures]
    seconds: float
    stopped: bool = False
    """Whether it ended because it was asked to stop."""
    told: Sequence[str] = ()
    """What there is to say of what it writes, in sentences."""


@dataclass(frozen=True)
class Callbacks:
    """Who is told of a run, and who is asked whether to stop it, both after each update."""

    report: Callable[[TrainProgress], object] | None = None
    should_stop: Callable[[], bool] | None = None
    note: Callable[[str], object] | None = None
    """Told lines of text: on what is made before the first update, and of a logger that fails."""
    loggers: Sequence[Logger] | None = None
    """Who takes the figures, as `open_loggers` gives them; the table alone if left out."""
    # Looked up when it is made, so that a test or a benchmark may count other seconds than those of
    # the wall.
    clock: Callable[[], float] = field(default_factory=lambda: time.monotonic)

    def stops(self) -> bool:
        """Ask whether to stop."""
        return self.should_stop is not None and self.should_stop()


@dataclass(frozen=True)
class Schedule:
    """When a run validates, saves and ends; 0 stands for no limit, or for none of these."""

    minutes: float = 0.0
    epochs: float = 0.0
    # Spread evenly over the time, which does not count them. With 0 a run validates after each
    # pass: then the time counts validations too, and the run ends after one.
    validations: int = 0
    # Passes between validations, where a run validates after passes.
    validate_passes: int = 1
    # Updates between validations, besides those after passes.
    validate_every: int = 0
    # Updates between checkpoints, besides those after validations; with 0 there is one every
    # `save_seconds`.
    save_every: int = 0
    save_seconds: float = SAVE_SECONDS
    # Whether the network is measured before it learns anything, as one that knows something already.
    validate_first: bool = False
    # Validations without a gain after which the run ends.
    patience: float = math.inf

    @property
    def by_pass(self) -> bool:
        """Whether a pass is what a run ends and validates after."""
        return not self.validations


@dataclass
class Position:
    """Where the loop stands: all that changes besides what the objective keeps."""

    step: int = 0
    epoch: int = 0
    # Done of the open pass, and how many it has.
    batch: int = 0
    batches: int = 0
    # The step of the last validation.
    since: int = 0
    seconds: float = 0.0
    rows: list[Figures] = field(default_factory=list)
    # How the run ended: ``"finished"`` or ``"stopped"``; empty while it goes on, and if it was
    # killed.
    ended: str = ""

    @property
    def passes(self) -> float:
        """Passes that are done, with the open one in part."""
        return self.epoch + (self.batch / self.batches if self.batch else 0.0)

    @property
    def figures(self) -> dict[str, float]:
        """How a row of figures begins."""
        return {"step": self.step, "seconds": round(self.seconds, 1)}

    @classmethod
    def from_facts(cls, facts: Mapping[str, Any]) -> Position:
        """Rebuild from what an objective saved."""
        first = asdict(cls())
        # Runs of earlier versions know less than this; what all of them know must be there.
        needed = {name: facts[name] for name in ("step", "seconds", "rows")}
        return cls(**{name: facts.get(name, value) for name, value in (first | needed).items()})


@dataclass(frozen=True)
class Update:
    """What an objective tells of an update: the figure to show, and from how many examples."""

    loss: float
    examples: int
    busy: float = 0.0
    """Share of the time in which a GPU computes, if measured."""


class Objective(Protocol):
    """A network that `fit` teaches: its batches, its step, its measure, and what it is on disk."""

    def update(self, at: Position, done: float) -> Update | None:
        """Learn from the next batch; `done` of the budget, 0..1, is spent. None: the pass is over."""

    def validate(self, at: Position) -> tuple[Figures, Any]:
        """Measure the network; return the figures and what `keep` is to write."""

    def score(self, row: Figures) -> float:
        """Say how good a row of figures is; more is better."""

    def keep(self, network: Any, rows: Sequence[Figures], *, best: bool) -> None:
        """Write the network if it is the best so far."""

    def save(self, facts: dict[str, Any]) -> None:
        """Write all that changes, and the facts beside it."""

    def resume(self) -> dict[str, Any]:
        """Fill all that changes, and return the facts."""


class ScoredObjective:
    """What objectives share whose validation gives a figure called ``"score"``, the more the better."""

    def __init__(self, run: Run, save_network: Callable[[Any, Path], object]) -> None:
        self.run, self._save_network = run, save_network

    def score(self, row: Figures) -> float:
        """Return that figure."""
        return row["score"]

    def keep(self, network: Any, rows: Sequence[Figures], *, best: bool) -> None:
        """Write the network if it is the best so far, with its figures on the card."""
        if best:
            metrics = {name: round(float(value), 4) for name, value in rows[-1].items()}
            info = {**network.info, "metrics": metrics}
            self._save_network(replace(network, info=info), self.run.folder / BEST)


def fit(
    objective: Objective,
    run: Run,
    schedule: Schedule,
    callbacks: Callbacks | None = None,
    *,
    resume: bool = False,
) -> TrainReport:
    """Teach a network until the budget is spent, nothing is gained, or it is asked to stop."""
    # From the first moment on there is a whole checkpoint on disk. A run that goes on from it ends,
    # on the CPU and with a budget of passes, with the very weights that it would have had without
    # the break.
    at = Position()
    if resume:
        with resuming(run.folder):
            at = replace(Position.from_facts(objective.resume()), ended="")
    else:
        objective.save(asdict(at))
    callbacks = callbacks or Callbacks()
    followed = LoggedRun(run.folder, run.options, at.step, tuple(at.rows))
    with logging_to(callbacks.loggers, followed, callbacks.note) as loggers:
        loop = _Loop(objective, run, schedule, callbacks, at, loggers)
        stopped = loop.run_to_end()
    best = max(at.rows, key=objective.score, default={})
    return TrainReport(run.folder, best, at.rows, at.seconds, stopped)


class _Loop:
    """One update at a time."""

    def __init__(
        self,
        objective: Objective,
        run: Run,
        schedule: Schedule,
        callbacks: Callbacks,
        at: Position,
        loggers: Loggers,
    ) -> None:
        self.objective, self.run, self.schedule = objective, run, schedule
        self.loggers = loggers
        self.callbacks, self.at, self.clock = callbacks, at, callbacks.clock
        self._saved_step, self._saved_time = at.step, self.clock()
        self._counted = self._saved_time
        self._loss = 0.0

    def run_to_end(self) -> bool:
        """Update until it is over; return whether it was stopped before."""
        if self.schedule.validate_first and not self.at.rows and self._begin():
            return True
        while not self._is_over():
            if self._turn():
                return True
        return False

    def _begin(self) -> bool:
        """Measure what is there before the first update; return whether to stop."""
        progress = self._validate(TrainProgress(self.at.step, self.at.epoch, self._loss))
        self._save()
        self._counted = self.clock()
        return self._tell(progress)

    def _turn(self) -> bool:
        """Update once, and validate, save and tell where it is time; return whether to stop."""
        at = self.at
        # A budget of time alone is for updates: what passed since the last one is let go.
        if not self.schedule.by_pass:
            self._lap()
        update = self.objective.update(at, self._done())
        passed = self._lap()
        if update is None:
            at.epoch, at.batch = at.epoch + 1, 0
            if not self.schedule.by_pass:
                return False
        else:
            at.step, at.batch = at.step + 1, at.batch + 1
            self._loss = update.loss
        at.seconds += passed
        progress = self._progress(update, passed)
        if self._validates(update):
            progress = self._validate(progress)
        # Before the report: whoever is told of an update may end the process, and finds it on disk
        # again.
        saves = progress.metrics is not None or self._is_save_due()
        if saves:
            at.ended = "finished" if self._is_over() else ""
            self._save()
        return self._tell(progress)

    def _tell(self, progress: TrainProgress) -> bool:
        """Hand on the figures, and ask whether to stop; then it is on disk that the run was stopped."""
        if progress.metrics is not None:
            self.loggers.log(progress.step, progress.metrics)
        elif progress.rate:
            figures = {"loss": progress.loss, "examples_per_second": progress.rate}
            self.loggers.update(progress.step, figures)
        if self.callbacks.report:
            self.callbacks.report(progress)
        if not self.callbacks.stops():
            return False
        if not self.at.ended:
            self.at.ended = "stopped"
            self._save()
        return True

    def _is_over(self) -> bool:
        at = self.at
        # Between two passes alone, as the validation after a pass is what its last network is
        # chosen by.
        if self.schedule.by_pass and at.batch:
            return False
        return self._done() >= 1.0 or self._stale() >= self.schedule.patience

    def _stale(self) -> int:
        """Count the validations since the best one."""
        scores = [self.objective.score(row) for row in self.at.rows]
        return len(scores) - 1 - scores.index(max(scores)) if scores else 0

    def _done(self) -> float:
        """Share of the budget that is spent."""
        schedule = self.schedule
        passes = self.at.passes / schedule.epochs if schedule.epochs else 0.0
        seconds = self.at.seconds / (60 * schedule.minutes) if schedule.minutes else 0.0
        return min(1.0, max(passes, seconds))

    def _lap(self) -> float:
        """Return the seconds since this was last asked."""
        now = self.clock()
        passed, self._counted = now - self._counted, now
        return passed

    def _progress(self, update: Update | None, passed: float) -> TrainProgress:
        at, done = self.at, self._done()
        now = TrainProgress(at.step, at.epoch, self._loss, done=done)
        if update is None:
            return now
        left = at.seconds * (1 / max(done, 1e-6) - 1)
        rate = update.examples / max(passed, 1e-9)
        return replace(now, rate=rate, left=left, busy=update.busy)

    def _validates(self, update: Update | None) -> bool:
        at, schedule = self.at, self.schedule
        if not schedule.by_pass:
            return self._done() >= min(1.0, (len(at.rows) + 1) / schedule.validations)
        if update is None:
            return at.epoch % schedule.validate_passes == 0 or self._done() >= 1.0
        return 0 < schedule.validate_every <= at.step - at.since

    def _validate(self, progress: TrainProgress) -> TrainProgress:
        """Measure, and keep the network where it is the best."""
        at, objective = self.at, self.objective
        row, network = objective.validate(at)
        score = objective.score(row)
        if not math.isfinite(score):
            raise self.run.diverged("score on held-out pieces", at.step)
        # Of equals the first: what took longer to get there has no claim.
        best = all(score > objective.score(old) for old in at.rows)
        at.rows.append(row)
        at.since = at.step
        objective.keep(network, at.rows, best=best)
        return replace(progress, metrics=row, rows=tuple(at.rows), model=network)

    def _is_save_due(self) -> bool:
        if self.schedule.save_every:
            return self.at.step - self._saved_step >= self.schedule.save_every
        return self.clock() - self._saved_time >= self.schedule.save_seconds

    def _save(self) -> None:
        self.objective.save(asdict(self.at))
        self._saved_step, self._saved_time = self.at.step, self.clock()
