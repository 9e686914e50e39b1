"""What a training will cost: counted from its plan, and measured in a trial of a few updates that leaves nothing."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import torch

from symgen.corpus import Store
from symgen.nets.checkpoint import SIZES
from symgen.training.fit import Position
from symgen.training.folds import with_all
from symgen.training.machine import restored_threads
from symgen.training.objective import LanguageObjective
from symgen.training.options import TrainOptions
from symgen.training.run import Run
from symgen.training.starting import Start
from symgen.training.tasks import EventTask, fit_config

__all__ = ["Estimate", "try_out"]

_SECONDS, _FEWEST = 3.0, 3
"""Seconds of a trial, about, and updates at least."""
_MEASURING = 0.35
"""Share of the time of learning an event that measuring one takes: there is no way back."""
_EACH_VALIDATION, _END = 0.5, 10.0
"""Seconds of the tune, the curves and the checkpoint of a validation, and of the end of a run."""
_SAMPLES = 22_000_000
"""Bytes of samples and report: three times 16 bars as WAV, for the most part."""
_WEIGHT = 4
"""Bytes of a number of a network."""
_MEGA = 1e6


@dataclass(frozen=True)
class Estimate:
    """What a run takes, at most: it may stop early."""

    weights: int
    updates: int
    events: int
    """Learned from in all passes, those of folds included; each counts as often as it is."""
    measured: int
    """Events that validations measure."""
    rate: float
    """Events learned from in a second, in the trial."""
    seconds: float
    memory: int
    """Bytes of the process in the trial, or of a card."""
    disk: int
    """Bytes of the run, and of what is kept beside the store."""

    def lines(self) -> list[str]:
        """Say it in a few lines."""
        return [
            f"network  {self.weights:,} weights",
            f"work     {self.updates:,} updates, {self.events:,} events at most",
            f"time     {_time(self.seconds)} at most ({self.rate:,.0f} events a second in a short trial)",
            f"memory   {self.memory / _MEGA:,.0f} MB",
            f"disk     {self.disk / _MEGA:,.0f} MB",
        ]


def try_out(
    store: Store, options: TrainOptions, *, clock: Callable[[], float] = time.perf_counter
) -> Estimate:
    """Learn from a few batches with a network that is thrown away, and count what the whole would take."""
    # Without its seal nothing is kept in the folder of the store.
    unsealed = Store(store.path, store.vocabulary, store.index, store.array, tuple(store.pieces()))
    torch.manual_seed(options.seed)
    start = Start.of(options.start, unsealed) if options.start else None
    config = start.model.config if start else fit_config(options.net or SIZES["base"], unsealed)
    task = EventTask(config, config.vocabulary(store.vocabulary))
    pieces = with_all(unsealed) if options.folds else unsealed
    run = Run(Path(), store.digest, options.to_json())
    with restored_threads():
        objective = LanguageObjective(pieces, task, config, options, run, start)
        rate = _rate(objective, clock)
    weights = sum(parameter.numel() for parameter in task.net.parameters())
    lengths = objective.training.lengths
    passes = options.epochs * len(lengths)
    events = options.epochs * int(lengths.sum()) * max(1, options.folds)
    validations = options.epochs // options.validate_passes + 1
    measured = validations * int(objective.held_out.lengths.sum())
    if options.folds:
        measured = validations * int(lengths.sum())
    seconds = (events + _MEASURING * measured) / rate + _EACH_VALIDATION * validations + _END
    rows, columns = task.packed.shape if task.packed else (0, 0)
    models = 5 if start else 4  # best, last, two moments of each weight, and the start
    return Estimate(
        weights=weights,
        updates=-(-passes // (options.batch * options.epochs)) * options.epochs,
        events=events,
        measured=measured,
        rate=rate,
        seconds=min(seconds, 60 * options.minutes) if options.minutes else seconds,
        memory=_memory(objective.device),
        disk=models * _WEIGHT * weights + rows * columns + _SAMPLES,
    )


def _rate(objective: LanguageObjective, clock: Callable[[], float]) -> float:
    """Measure how many events are learned from in a second."""
    at, events, updates = Position(), 0, 0
    begun = clock()
    # The first one chooses cores and makes what later ones find.
    objective.update(at, 0.0)
    at.batch, begun = 1, clock()
    while updates < _FEWEST or clock() - begun < _SECONDS:
        update = objective.update(at, 0.0)
        if update is None:
            at.epoch, at.batch = at.epoch + 1, 0
            continue
        at.batch, updates, events = at.batch + 1, updates + 1, events + update.examples
    return events / max(clock() - begun, 1e-9)


def _memory(device: torch.device) -> int:
    """Return the most bytes that were in use: of a card, or of this process."""
    if device.type == "cuda":
        most: int = torch.cuda.max_memory_reserved(device)
        return most
    try:
        import resource
    except ImportError:  # Windows
        return 0
    unit = 1 if sys.platform == "darwin" else 1024
    return unit * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def _time(seconds: float) -> str:
    """Write a time as one says it."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    minutes = seconds / 60
    return f"{minutes:.0f} min" if minutes < 90 else f"{minutes / 60:.1f} h"
