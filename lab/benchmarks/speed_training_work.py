"""What the workers of `speed-training` do: updates of a network as `symgen train` makes them, and of a plain loop."""

from __future__ import annotations

import random
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any
from unittest.mock import patch

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812 - the usual name

from symgen.corpus import Store
from symgen.nets.checkpoint import NetConfig
from symgen.training.fit import Position
from symgen.training.objective import LanguageObjective
from symgen.training.options import TrainOptions
from symgen.training.run import Run
from symgen.training.tasks import EventTask, fit_config
from symgen.training.tensors import pick_precision

__all__ = ["parts", "plain", "update", "weights"]

_BATCH, _STEPS = 32, 256
_CPU = torch.device("cpu")


# -- symgen ------------------------------------------------------------------------------


@cache
def _objective(store: str, precision: str, hidden: int, head: int, layers: int) -> Any:
    torch.set_num_threads(1)
    torch.manual_seed(1)
    opened = Store.open(store)
    net = NetConfig(hidden=hidden, head=head, layers=layers, dropout=0.3, goals=True)
    config = fit_config(net, opened)
    options = TrainOptions(net=net, batch=_BATCH, steps=_STEPS, precision=precision, device="cpu")
    run = Run(opened.path, opened.digest, options.to_json())  # nothing is saved into it
    objective = LanguageObjective(
        opened, EventTask(config, opened.vocabulary), config, options, run
    )
    for (
        _
    ) in objective.training.pieces:  # features are worked out once for a store, not in each pass
        pass
    return objective, Position()


def update(count: int, **which: Any) -> int:
    """Make so many updates, and return how many events they learned from."""
    objective, at = _objective(**which)
    events = done = 0
    while done < count:
        made = objective.update(at, 0.3)
        if made is None:
            at.epoch, at.batch = at.epoch + 1, 0
            continue
        at.step, at.batch = at.step + 1, at.batch + 1
        events, done = events + made.examples, done + 1
    return events


def weights(**which: Any) -> int:
    """Return how many weights a network has."""
    objective, _ = _objective(**which)
    return sum(p.numel() for p in objective.task.net.parameters())


def parts(count: int, **which: Any) -> dict[str, float]:
    """Return the CPU seconds an event of updates, by part."""
    objective, _ = _objective(**which)
    spent: dict[str, float] = defaultdict(float)
    task = objective.task
    with (
        patch.object(task, "chunks", _timed_items(task.chunks, spent, "data")),
        patch.object(task, "losses", _timed(task.losses, spent, "forward")),
        patch.object(Tensor, "backward", _timed(Tensor.backward, spent, "backward")),
        _timed_optimizer(objective.optimizer, spent),
    ):
        start = time.process_time()
        events = update(count, **which)
        whole = time.process_time() - start
    spent["other"] = whole - sum(spent.values())
    return {name: seconds / events for name, seconds in spent.items()}


def _timed(work: Callable[..., Any], spent: dict[str, float], name: str) -> Callable[..., Any]:
    def timed(*values: Any, **named: Any) -> Any:
        start = time.process_time()
        try:
            return work(*values, **named)
        finally:
            spent[name] += time.process_time() - start

    return timed


def _timed_items(
    work: Callable[..., Any], spent: dict[str, float], name: str
) -> Callable[..., Any]:
    def timed(*values: Any) -> Iterator[Any]:
        items = iter(work(*values))
        step = _timed(lambda: next(items, None), spent, name)
        while (item := step()) is not None:
            yield item

    return timed


@contextmanager
def _timed_optimizer(optimizer: torch.optim.Optimizer, spent: dict[str, float]) -> Iterator[None]:
    clip = torch.nn.utils.clip_grad_norm_
    with (
        patch.object(optimizer, "step", _timed(optimizer.step, spent, "optimizer")),
        patch.object(torch.nn.utils, "clip_grad_norm_", _timed(clip, spent, "optimizer")),
    ):
        yield


# -- the plain loop ----------------------------------------------------------------------


class PlainNet(nn.Module):
    """A sum of embeddings of the fields, an `nn.GRU`, and a linear layer a field."""

    def __init__(self, sizes: tuple[int, ...], hidden: int) -> None:
        super().__init__()
        self.tables = nn.ModuleList(nn.Embedding(size + 1, hidden) for size in sizes)
        self.gru = nn.GRU(hidden, hidden, batch_first=True)
        self.logits = nn.ModuleList(nn.Linear(hidden, size) for size in sizes)

    def forward(self, fields: Tensor, start: Tensor | None) -> tuple[list[Tensor], Tensor]:
        """Return logits, shape (batch, steps, classes), of each field, and the last state."""
        seen = torch.stack([table(fields[..., i]) for i, table in enumerate(self.tables)]).sum(0)
        states, last = self.gru(seen, start)
        return [layer(states) for layer in self.logits], last


class _PlainLoop:
    """The training loop that one would write in an afternoon, on the events of a store."""

    def __init__(self, store: str, precision: str, hidden: int) -> None:
        torch.set_num_threads(1)
        torch.manual_seed(1)
        opened = Store.open(store)
        records = opened.pieces("train")
        self.pieces = [np.asarray(opened.events(each).fields, dtype=np.int64) for each in records]
        self.net = PlainNet(opened.vocabulary.sizes, hidden)
        self.optimizer = torch.optim.AdamW(self.net.parameters(), lr=1e-3)
        self.autocast = pick_precision(precision, _CPU)
        order = sorted(range(len(self.pieces)), key=lambda i: len(self.pieces[i]))
        self.batches = [order[start : start + _BATCH] for start in range(0, len(order), _BATCH)]
        random.Random(1).shuffle(self.batches)  # noqa: S311 - music, not secrets
        self.done = 0

    def update(self) -> int:
        """Learn from the next batch; return how many events it has."""
        chosen = [self.pieces[i] for i in self.batches[self.done % len(self.batches)]]
        self.done += 1
        longest = max(map(len, chosen))
        # Class 0 stands before the first event and after the last one.
        table = np.zeros((len(chosen), longest + 1, chosen[0].shape[1]), dtype=np.int64)
        for row, piece in zip(table, chosen, strict=True):
            row[1 : len(piece) + 1] = piece + 1
        fields, state = torch.from_numpy(table), None
        for start in range(0, longest, _STEPS):
            stop = min(start + _STEPS, longest)
            with self.autocast():
                logits, state = self.net(fields[:, start:stop], state)
                state = state.detach()
                wanted = fields[:, start + 1 : stop + 1] - 1
                nats = [
                    F.cross_entropy(
                        one.float().flatten(0, 1), wanted[..., i].flatten(), ignore_index=-1
                    )
                    for i, one in enumerate(logits)
                ]
            self.optimizer.zero_grad()
            torch.stack(nats).sum().backward()  # type: ignore[no-untyped-call]
            nn.utils.clip_grad_norm_(self.net.parameters(), 1.0)
            self.optimizer.step()
        return sum(map(len, chosen))


@cache
def _plain_loop(store: str, precision: str, hidden: int) -> _PlainLoop:
    return _PlainLoop(store, precision, hidden)


def plain(store: str, precision: str, count: int, hidden: int = 0, weights: int = 0) -> int:
    """Make updates of a plain loop of some width, or of the width that has about so many weights."""
    loop = _plain_loop(store, precision, hidden or _width(store, weights))
    return sum(loop.update() for _ in range(count))


@cache
def _width(store: str, weights: int) -> int:
    classes = sum(Store.open(store).vocabulary.sizes)
    # Tables and logits grow with the width, the GRU with its square.
    for width in range(8, 1 << 14, 8):
        if 2 * classes * width + 6 * width * width >= weights:
            return width
    raise ValueError(f"{weights} weights")
