"""The training loop, to be read from top to bottom."""

from __future__ import annotations

import math
import random
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch

from symgen.corpus import Store
from symgen.nets.batches import Masking
from symgen.nets.checkpoint import SIZES, Model, NetConfig
from symgen.system.errors import CheckpointError, ControlError, ExistsError
from symgen.system.files import PathLike, check_writable, locked_folder, new_folder, remove_stale
from symgen.training.device import pick_device, pick_precision
from symgen.training.options import TrainOptions
from symgen.training.progress import Progress, TrainReport
from symgen.training.run import BEST, LAST, Run, holds_run, remove_run, run_config, seed_everything
from symgen.training.tasks import (
    Split,
    Task,
    fit_config,
    load_split,
    make_task,
    some_records,
    total_loss,
)

__all__ = ["check_run", "evaluate_split", "train_store"]

clock = time.monotonic
"""What the time budget counts; a benchmark on a busy machine may set ``time.process_time``."""

_WARM_UP = 0.02
_SAVE_SECONDS = 600.0
_NAMED = 8
"""Pieces of a batch that an error names."""
_HIDDEN_SHARES = (0.3, 0.15, 0.15, 0.3, 0.15)
"""How often the style, the key, the number of bars left, the period and the ensemble are hidden from the network."""


@dataclass
class _Position:
    """Where the loop stands; the only thing in it that changes besides the weights."""

    step: int = 0
    epoch: int = 0
    seconds: float = 0.0
    best: float = math.inf
    stale: int = 0
    batch: int = 0  # batches of the open pass that are done
    opened: list[Any] | None = None  # random numbers at its start, which give its order
    since: int = 0  # the step of the last validation, or of the start of the pass
    nats: float = 0.0  # of the last updates of the pass, fading
    notes: float = 0.0

    @property
    def bits(self) -> float:
        """Bits per note of the last updates."""
        return self.nats / max(self.notes, 1) / math.log(2)


def train_store(
    store: Store,
    output: PathLike,
    *,
    options: TrainOptions,
    resume: bool = False,
    overwrite: bool = False,
    report: Callable[[Progress], None] | None = None,
    stop: Callable[[], bool] | None = None,
) -> TrainReport:
    """Train a network on a corpus.

    At every moment a whole checkpoint lies on disk. A run that goes on from it ends, on the CPU and with a budget
    of passes, with the very weights that it would have had without the break.

    Parameters
    ----------
    store : Store
    output : path
        Folder of the run.
    options : TrainOptions
    resume, overwrite : bool
        Go on where the run in `output` stopped, after its last checkpoint; or remove it and start anew.
    report : callable, optional
        Called after each update.
    stop : callable, optional
        Asked after each update: where it says yes, the run is saved and ends.

    Raises
    ------
    ExistsError
        If `output` holds a run and neither `resume` nor `overwrite` is given.
    ControlError
        If the network that is asked for is not that of the run that is resumed.
    CheckpointError
        If there is nothing to resume or to train on, or the loss is no number.
    FormatError
        If a checkpoint cannot be written; the one before is whole.
    """
    folder = Path(output)
    with new_folder(folder), locked_folder(folder):
        check_run(folder, resume=resume, overwrite=overwrite)
        opened = _open_run(store, folder, options, resume=resume, overwrite=overwrite)
        return _train(store, opened, _Talk(report, stop))


def _train(
    store: Store, opened: tuple[_Trainer, _Position, random.Random], talk: _Talk
) -> TrainReport:
    """Pass after pass, until the budget is spent, nothing is gained or it is asked to stop."""
    trainer, at, rng = opened
    options, folder = trainer.options, trainer.run.folder
    chosen = some_records(store.pieces("valid"), options.valid_events)
    training = load_split(store, store.pieces("train"), trainer.task, trainer.device)
    held_out = load_split(store, chosen, trainer.task, trainer.device)
    trainer.start_clock()
    stopped, rows = False, trainer.run.rows
    while not stopped and not trainer.is_over(at) and at.stale < options.patience:
        stopped = trainer.run_epoch(training, held_out, at, rng, talk)
    best = min(rows, key=lambda row: row["valid_bits_per_note"]) if rows else {}
    return TrainReport(folder, best, rows, at.seconds, stopped)


def _open_run(
    store: Store, folder: Path, options: TrainOptions, *, resume: bool, overwrite: bool
) -> tuple[_Trainer, _Position, random.Random]:
    """Go on with a run, or start one: its first checkpoint is written before the first step."""
    rng = seed_everything(options.seed)
    config = fit_config(_choose_net(options.net, folder, resume=resume), store)
    run, task = Run(folder, store, options), make_task(config, store.vocabulary)
    trainer = _Trainer(task, config, options, run)
    if resume:
        return trainer, _Position(**run.resume(task.net, trainer.optimizer, rng)), rng
    if overwrite:
        remove_run(folder)
    at = _Position()
    trainer.save(at, rng)
    return trainer, at, rng


def check_run(folder: Path, *, resume: bool, overwrite: bool) -> None:
    """Refuse a folder that holds a run, unless it is to be resumed or replaced, or that cannot be written."""
    for part in (folder / LAST, folder / BEST):
        remove_stale(part)
    check_writable(folder / "metrics.csv", overwrite=True)
    if holds_run(folder) and not (resume or overwrite):
        raise ExistsError(
            f"{folder}: holds a run already; pass --resume to go on, or --overwrite to start anew"
        )


def _choose_net(net: NetConfig | None, folder: Path, *, resume: bool) -> NetConfig:
    """Return the network that is asked for, or that of the run, which it must not contradict."""
    if not resume:
        return net or SIZES["base"]
    own = run_config(folder)
    wanted = replace(net or own, styles=own.styles, fixed=own.fixed, periods=own.periods, voices=own.voices,
                     goals=own.goals, timing=own.timing)  # fmt: skip
    if wanted != own:
        there, here = own.to_json(), wanted.to_json()
        differ = ", ".join(
            f"{name} {there[name]}, not {here[name]}" for name in there if there[name] != here[name]
        )
        raise ControlError(f"{folder}: the run has {differ}; resume without options of the network")
    return own


@dataclass(frozen=True)
class _Talk:
    """Whom to tell, and whom to ask whether to stop."""

    report: Callable[[Progress], None] | None
    stop: Callable[[], bool] | None

    def tell(self, progress: Progress) -> None:
        if self.report:
            self.report(progress)

    def wants_to_stop(self) -> bool:
        return self.stop is not None and self.stop()


class _Trainer:
    """One pass at a time."""

    def __init__(self, task: Task, config: NetConfig, options: TrainOptions, run: Run) -> None:
        self.task, self.config, self.options, self.run = task, config, options, run
        self.device = pick_device(options.device)
        parameters = task.net.to(self.device).parameters()
        self.optimizer = torch.optim.AdamW(
            parameters, lr=options.rate, weight_decay=0.01, betas=(0.9, 0.98)
        )
        self.autocast = pick_precision(options.precision, self.device)
        self._saved = (0, time.monotonic())  # step and time
        self._counted = clock()

    def start_clock(self) -> None:
        """Count time from now on."""
        self._counted = clock()

    def _count_time(self, at: _Position) -> float:
        """Add what has passed since it was last asked to the time that is spent, and return it."""
        now = clock()
        passed, self._counted = now - self._counted, now
        at.seconds += passed
        return passed

    def done(self, at: _Position, inside: float = 0.0) -> float:
        """Share of the budget that is spent."""
        share = (at.epoch + inside) / self.options.epochs
        return min(
            1.0, max(share, at.seconds / 60 / self.options.minutes if self.options.minutes else 0.0)
        )

    def is_over(self, at: _Position) -> bool:
        """Whether the budget is spent."""
        return self.done(at) >= 1.0

    def run_epoch(
        self, training: Split, held_out: Split, at: _Position, rng: random.Random, talk: _Talk
    ) -> bool:
        """Pass over the training pieces once, and validate; return whether it was stopped before."""
        batches = self._open_pass(training, at, rng)
        validate_every = self.options.validate_every or math.inf
        for number, batch in enumerate(batches):
            if number < at.batch:
                continue
            done = self.done(at, number / len(batches))
            if done >= 1.0:
                break
            loss, count, events = self._update(training, batch, done, rng, at.step)
            at.step, at.batch = at.step + 1, number + 1
            rate = events / max(self._count_time(at), 1e-9)
            at.nats, at.notes = 0.98 * at.nats + loss, 0.98 * at.notes + count
            left = at.seconds * (1 / max(done, 1e-6) - 1)
            now = Progress(at.step, at.epoch, at.bits, rate, left, done)
            if at.step - at.since >= validate_every:
                at.since = at.step
                now = self._validate(held_out, at, now)
                self.save(at, rng, now.model)
            elif self._is_due(at):
                self.save(at, rng)
            talk.tell(now)
            if talk.wants_to_stop():
                self.save(at, rng)
                return True
        bits = at.bits
        at.epoch, at.batch, at.opened, at.since, at.nats, at.notes = (
            at.epoch + 1,
            0,
            None,
            at.step,
            0.0,
            0.0,
        )
        now = self._validate(
            held_out, at, Progress(at.step, at.epoch, bits, 0.0, 0.0, self.done(at))
        )
        self.save(at, rng, now.model)
        talk.tell(now)
        return talk.wants_to_stop()

    def _open_pass(self, training: Split, at: _Position, rng: random.Random) -> list[list[int]]:
        """Return the batches of a pass in order: a new one, or the one that was open when the run stopped."""
        if at.opened is None:
            version, numbers, gauss = rng.getstate()
            at.opened = [version, list(numbers), gauss]
            return list(_batches(training, self.options, rng))
        version, numbers, gauss = at.opened
        then = random.Random()  # noqa: S311 - music, not secrets
        then.setstate((version, tuple(numbers), gauss))
        return list(_batches(training, self.options, then))

    def _is_due(self, at: _Position) -> bool:
        """Whether it is time for a checkpoint."""
        step, moment = self._saved
        if self.options.save_every:
            return at.step - step >= self.options.save_every
        return time.monotonic() - moment >= _SAVE_SECONDS

    def save(self, at: _Position, rng: random.Random, model: Model | None = None) -> None:
        """Write all that a resume needs."""
        metrics = self.run.rows[-1] if self.run.rows else {}
        self.run.save_last(
            model or self.run.model(self.task.net, self.config, metrics),
            self.optimizer,
            rng,
            vars(at),
        )
        self._saved = (at.step, time.monotonic())

    def _update(
        self, split: Split, batch: list[int], done: float, rng: random.Random, step: int
    ) -> tuple[float, int, int]:
        """Learn from one batch of whole pieces; return nats, notes and events."""
        net, options = self.task.net, self.options
        net.train()
        for group in self.optimizer.param_groups:
            group["lr"] = options.rate * _schedule(done)
        masks = [_draw_mask(split.ranges[i], options.transpose, rng) for i in batch]
        state, nats, events = None, 0.0, 0
        for chunk in self.task.chunks([split.pieces[i] for i in batch], masks, options.steps):
            with self.autocast():
                losses, state = self.task.losses(chunk.to(self.device), state)
            state = state.detach()
            loss = total_loss(losses)
            if not torch.isfinite(loss):
                raise self._diverged("loss", split, batch, step)
            self.optimizer.zero_grad()
            (loss / max(chunk.events, 1)).backward()
            if not torch.isfinite(torch.nn.utils.clip_grad_norm_(net.parameters(), options.clip)):
                raise self._diverged("gradient", split, batch, step)
            self.optimizer.step()
            nats, events = nats + float(loss.detach()), events + chunk.events
        notes = (
            int(sum(split.lengths[i] for i in batch))
            * split.notes
            // max(1, int(split.lengths.sum()))
        )
        return nats, notes, events

    def _diverged(self, what: str, split: Split, batch: list[int], step: int) -> CheckpointError:
        names = ", ".join(split.names[i] for i in batch[:_NAMED] if split.names) + (
            ", ..." if len(batch) > _NAMED else ""
        )
        return CheckpointError(
            f"{self.run.folder}: the {what} is no number any more at step {step + 1}, with the pieces {names}; "
            f"go on from the last checkpoint with --resume and a lower --rate than {self.options.rate:g}"
        )

    def _validate(self, split: Split, at: _Position, now: Progress) -> Progress:
        """Measure, write the figures and the model where it is the best, and say so."""
        run = self.run
        figures = evaluate_split(
            self.task, split, self.options.batch, self.options.steps, self.device
        )
        metrics = {
            "step": float(at.step),
            "epoch": float(at.epoch),
            "seconds": round(at.seconds, 1),
            "train_bits_per_note": round(now.loss, 4),
            **{f"valid_{name}": round(value, 4) for name, value in figures.items()},
        }
        if not math.isfinite(metrics["valid_bits_per_note"]):
            raise self._diverged(
                "loss on held-out pieces", split, list(range(len(split.names))), at.step
            )
        run.log(metrics)
        model = run.model(self.task.net, self.config, metrics)
        if metrics["valid_bits_per_note"] < at.best:
            at.best, at.stale = metrics["valid_bits_per_note"], 0
            run.save_best(model)
        else:
            at.stale += 1
        return replace(now, metrics=metrics, rows=tuple(run.rows), model=model)


def evaluate_split(
    task: Task, split: Split, batch: int, steps: int, device: torch.device
) -> dict[str, float]:
    """Measure exact likelihood.

    Returns
    -------
    dict of str to float
        ``bits_per_note`` and ``bits_per_16th`` over all fields, and ``bits_per_note_FIELD``.
    """
    task.net.eval()
    nats: dict[str, float] = {}
    order = [int(i) for i in split.lengths.argsort()]
    with torch.no_grad():
        for start in range(0, len(order), batch):
            pieces = [split.pieces[i] for i in order[start : start + batch]]
            state: Any = None
            for chunk in task.chunks(pieces, [Masking()] * len(pieces), steps):
                losses, state = task.losses(chunk.to(device), state)
                for name, value in losses.items():
                    nats[name] = nats.get(name, 0.0) + float(value)
    bits = sum(nats.values()) / math.log(2)
    figures = {
        "bits_per_note": bits / max(split.notes, 1),
        "bits_per_16th": bits / max(split.sixteenths, 1),
    }
    return figures | {
        f"bits_per_note_{name}": v / math.log(2) / max(split.notes, 1) for name, v in nats.items()
    }


def _schedule(done: float) -> float:
    """Linear warm-up, then half a cosine down to 2 %."""
    if done < _WARM_UP:
        return (done + 1e-3) / (_WARM_UP + 1e-3)
    return 0.02 + 0.98 * 0.5 * (1 + math.cos(math.pi * (done - _WARM_UP) / (1 - _WARM_UP)))


def _draw_mask(pitches: Any, transpose: int, rng: random.Random) -> Masking:
    low, high = max(-transpose, -int(pitches[0])), min(transpose, 127 - int(pitches[1]))
    shift = rng.randint(low, high) if transpose and rng.random() < 0.5 else 0
    return Masking(shift, *(rng.random() < share for share in _HIDDEN_SHARES))


def _batches(split: Split, options: TrainOptions, rng: random.Random) -> Iterator[list[int]]:
    """Group pieces of about equal length, in random order."""
    order = sorted(
        range(len(split.pieces)), key=lambda i: int(split.lengths[i]) * rng.uniform(0.9, 1.1)
    )
    groups = [order[start : start + options.batch] for start in range(0, len(order), options.batch)]
    rng.shuffle(groups)
    yield from groups
