"""A batch cut into chunks: whole for a process that trains alone, and each its share for several.

Several processes learn what one would: the pieces of a batch are split, and the gradients of all shares are added up.
What is drawn belongs to the places of the whole batch: each process draws all of it, and keeps its own.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from symgen.nets.batches import Chunk, Masking, Span, asked_at, padded_count, spans
from symgen.nets.event import Head
from symgen.nets.products import Dropout
from symgen.system.errors import ControlError
from symgen.training.distributed import Ranks
from symgen.training.tasks import EventTask, Split, StoredPieces, Task

__all__ = ["SharedBatches", "WholeBatches", "batches_of"]

Ints = NDArray[np.int64]


class WholeBatches:
    """The batches of a process that trains alone."""

    def __init__(self, task: Task, split: Split, steps: int) -> None:
        self._task, self._split, self._steps = task, split, steps

    def chunks(self, batch: Sequence[int], masks: Sequence[Masking]) -> Iterator[tuple[Any, int]]:
        """Yield chunks of a batch, and how many events all processes have there."""
        pieces = [self._split.pieces[i] for i in batch]
        for chunk in self._task.chunks(pieces, masks, self._steps):
            yield chunk, chunk.events

    def add_up(self, loss: Tensor) -> Tensor:
        """Add up the gradients of all processes, and return the sum of their losses."""
        return loss


class SharedBatches(WholeBatches):
    """The share of a process in the batches of several."""

    def __init__(
        self, task: EventTask, split: Split, steps: int, ranks: Ranks, device: torch.device
    ) -> None:
        super().__init__(task, split, steps)
        self._net, self._ranks, self._device = task.net, ranks, device
        self._stored = cast("StoredPieces", split.pieces)

    def chunks(self, batch: Sequence[int], masks: Sequence[Masking]) -> Iterator[tuple[Any, int]]:
        """Yield the share of each chunk, if any, and how many events all processes have there."""
        # Pieces lie by length, so that every n-th of them are about as long as the others. All
        # processes go through all chunks, also those for which a share is too short.
        own = np.array(self._ranks.own(len(batch)), dtype=np.int64)
        mine: Iterator[Any] = iter(())
        if len(own):
            mine = super().chunks([batch[i] for i in own], [masks[i] for i in own])
        times = [self._stored.times(i) for i in batch]
        for span in spans([len(time) for time in times], self._steps):
            chunk, _ = next(mine, (None, 0))
            self._draw(span, times, own, chunk)
            yield chunk, int(span.counts.sum())

    def add_up(self, loss: Tensor) -> Tensor:
        """Add up the gradients of all processes, and return the sum of their losses."""
        # Not by the wrapper that torch has for this: its hooks wait for gradients of all weights in
        # one backward pass a process, and here a share may lack notes, bars or any event at all.
        # One sum of all gradients also says, by a count beside each, which weights no process has
        # used: those are left alone by the optimizer, as they are in one process.
        weights = [p for p in self._net.parameters() if p.requires_grad]
        used = loss.new_tensor([p.grad is not None for p in weights])
        parts = [p.new_zeros(p.numel()) if p.grad is None else p.grad.flatten() for p in weights]
        flat = torch.cat([*parts, used, loss.view(1).to(used)])
        self._ranks.sum(flat)
        sizes = [*(p.numel() for p in weights), len(weights), 1]
        *gradients, counts, total = torch.split(flat, sizes)
        for weight, gradient, count in zip(weights, gradients, counts.tolist(), strict=True):
            weight.grad = gradient.view_as(weight) if count else None
        return total.squeeze(0)

    def _draw(
        self, span: Span, times: Sequence[NDArray[np.uint8]], own: Ints, chunk: Chunk | None
    ) -> None:
        """Draw what is dropped from the whole chunk, and keep what falls on the own share."""
        net, device = self._net, self._device
        with_batch_first = device.type == "cuda"
        shape = (len(times), span.width) if with_batch_first else (span.width, len(times))
        rows = torch.from_numpy(own).to(device)
        net.dropout.drawn.clear()
        for layer in range(1 + len(net.gru)):
            drawn = _drawn(net.dropout, (*shape, net.config.hidden), device, turned=layer == 0)
            if chunk is None or drawn is None:
                continue
            share = drawn[rows] if with_batch_first else drawn[:, rows]
            steps = 1 if with_batch_first else 0
            net.dropout.drawn.append(_cut(share, chunk.rows.shape[1], steps))
        for names, places, count in self._asked(span, times, own):
            for name in names:
                dropout = cast("Head", net.heads[name]).dropout
                dropout.drawn.clear()
                drawn = _drawn(dropout, (padded_count(count), net.config.head), device)
                if drawn is not None and chunk is not None and name in chunk.heads:
                    filled = np.zeros(padded_count(len(places)), dtype=np.int64)
                    filled[: len(places)] = places
                    dropout.drawn.append(drawn[torch.from_numpy(filled).to(device)])

    def _asked(
        self, span: Span, times: Sequence[NDArray[np.uint8]], own: Ints
    ) -> Iterator[tuple[list[str], Ints, int]]:
        """Yield heads, which of all their draws in a chunk are of the own share, and how many there are."""
        stop = span.start + self._steps
        pieces = [times[row][span.start : stop] for row in span.rows]
        mine = np.repeat(np.isin(span.rows, own), span.counts)
        for names, asked in asked_at(np.concatenate(pieces), self._net.inputs):
            if names and len(asked):
                yield names, np.flatnonzero(mine[asked]), len(asked)


def batches_of(
    task: Task, split: Split, steps: int, ranks: Ranks, device: torch.device
) -> WholeBatches:
    """Return the batches of this process."""
    if ranks.size == 1:
        return WholeBatches(task, split, steps)
    if not isinstance(task, EventTask):
        raise ControlError("several processes train the event network alone; start one")
    return SharedBatches(task, split, steps, ranks, device)


def _cut(drawn: Tensor, width: int, axis: int) -> Tensor:
    """Return so many steps of what was drawn."""
    # The last chunk of a share is filled up, maybe beyond the steps of one that goes on in others:
    # nothing lies there that could be dropped.
    missing = width - drawn.shape[axis]
    if missing > 0:
        shape = list(drawn.shape)
        shape[axis] = missing
        return torch.cat([drawn, drawn.new_ones(shape)], axis)
    return drawn.narrow(axis, 0, width)


def _drawn(
    dropout: Dropout, shape: tuple[int, ...], device: torch.device, *, turned: bool = False
) -> Tensor | None:
    return dropout.draw(shape, device, turned=turned) if dropout.share else None
