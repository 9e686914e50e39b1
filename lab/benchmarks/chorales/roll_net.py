"""The network for piano rolls: train, measure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from lab.benchmarks.chorales.columns import Bools, Ints
from lab.benchmarks.chorales.equivariant import (
    ClassEmbedding,
    EquivariantGRU,
    Head,
    circulant,
    rotate,
)
from lab.benchmarks.chorales.fit import Fitted, Recipe, fit, kept
from lab.benchmarks.chorales.rolls import (
    KEYS,
    SOURCES,
    Roll,
    input_classes,
    input_rows,
    look_up,
    prepare,
)

__all__ = ["RECIPES", "Piece", "RollNet", "measure", "prepare_splits", "train"]

RECIPES = {
    "JSB_Chorales": Recipe(minutes=3.0, dropout=0.5),
    "Nottingham": Recipe(minutes=4.0, dropout=0.3),
    "MuseData": Recipe(minutes=4.0, dropout=0.3),
    "Piano_midi": Recipe(minutes=3.0, dropout=0.5),
}
_STEPS = 128
_SEEN = 16
"""Channels of the state that the head sees."""


@dataclass(frozen=True)
class Piece:
    """A roll with the inputs of the network."""

    roll: Roll
    # Shape (T, features): into a table of `size` rows; row t tells of frame t - 1, as do the next
    # two.
    rows: Ints
    size: int
    # shape (T, 48).
    classes: NDArray[np.float32]
    # shape (T, 88).
    keys: NDArray[np.float32]


@dataclass(frozen=True)
class RollBatch:
    """A stretch of several pieces: inputs (batch, steps, ...), and all their draws in a row."""

    rows: Tensor
    classes: Tensor
    keys: Tensor
    place: Tensor
    draws: Tensor
    pointers: Tensor
    reference: Tensor
    ceiling: Tensor
    target: Tensor
    item: Tensor
    frames: int


def make_piece(frames: Bools) -> Piece:
    """Work out all that the network is told of a piece of shape (T, keys)."""
    roll = prepare(frames)
    rows, size = input_rows(roll)
    keys = np.zeros((len(roll), KEYS), np.float32)
    keys[1:, : frames.shape[1]] = frames[:-1]
    classes = input_classes(roll)
    return Piece(roll, rows, size, np.concatenate([np.zeros_like(classes[:1]), classes[:-1]]), keys)


def prepare_splits(splits: Mapping[str, Sequence[Bools]]) -> dict[str, list[Piece]]:
    """Work out the features of all pieces."""
    return {name: [make_piece(frames) for frames in pieces] for name, pieces in splits.items()}


def collate(items: Sequence[tuple[Piece, int]], steps: int) -> RollBatch:
    """Put stretches of pieces side by side: of each piece, the `steps` frames from the frame given."""
    first = items[0][0]
    shape = (len(items), steps)
    rows = np.zeros((*shape, first.rows.shape[1]), np.int64)
    classes, keys = np.zeros((*shape, 48), np.float32), np.zeros((*shape, KEYS), np.float32)
    draws, places, owners, frames = [], [], [], 0
    for number, (piece, start) in enumerate(items):
        stop = min(len(piece.roll), start + steps)
        if start >= stop:
            continue
        for target, values in ((rows, piece.rows), (classes, piece.classes), (keys, piece.keys)):
            target[number, : stop - start] = values[start:stop]
        drawn = look_up(piece.roll, start, stop)
        draws.append(drawn)
        places.append(number * steps + drawn.frame - start)
        owners.append(np.full(len(drawn.frame), number))
        frames += stop - start

    def joined(arrays: list[Ints]) -> Tensor:
        return torch.from_numpy(np.concatenate(arrays))

    return RollBatch(
        torch.from_numpy(rows),
        torch.from_numpy(classes),
        torch.from_numpy(keys),
        joined(places),
        joined([each.rows for each in draws]),
        joined([each.pointers for each in draws]),
        joined([each.reference for each in draws]),
        joined([each.ceiling for each in draws]),
        joined([each.target for each in draws]),
        joined(owners),
        frames,
    )


class RollNet(nn.Module):
    """A transposition-equivariant GRU, one step a frame, and one head for all draws."""

    def __init__(self, like: Piece, channels: int, head: int, dropout: float) -> None:
        super().__init__()
        self.flat = nn.Parameter(torch.randn(like.size, channels) * 0.05)
        self.keys = nn.Linear(KEYS, channels, bias=False)
        self.classes = ClassEmbedding(4, channels)
        self.gru = EquivariantGRU(channels)
        self.seen = nn.Parameter(torch.randn(1, _SEEN, channels, 12) / (12 * channels) ** 0.5)
        self.head = Head(
            look_up(like.roll, 0, 1).size, _SEEN * 12, head, 2 * KEYS, SOURCES, dropout
        )
        self.dropout = nn.Dropout(dropout)

    def forward(self, batch: RollBatch, state: Tensor | None) -> tuple[Tensor, Tensor]:
        """Logits of all draws (D, 176), illegal ones masked, and the state to go on from."""
        shape = batch.rows.shape[:2]
        keys, classes = (
            each.flatten(0, 1).to(self.flat.dtype) for each in (batch.keys, batch.classes)
        )
        flat = functional.embedding_bag(
            batch.rows.flatten(0, 1), self.flat, mode="sum"
        ) + self.keys(keys)
        x = self.classes.dense(classes).view(len(flat), -1, 12) + flat[:, :, None]
        out, state = self.gru(self.dropout(x.reshape(*shape, -1)), state)
        seen = self.dropout(out).flatten(0, 1) @ circulant(self.seen).T
        view = rotate(seen[batch.place], (batch.reference + 21) % 12)
        logits = self.head(view, batch.draws, batch.pointers)
        key = torch.arange(1, 2 * KEYS)[None, :] - KEYS + batch.reference[:, None]
        illegal = (key < 0) | (key >= batch.ceiling[:, None])
        return logits.masked_fill(functional.pad(illegal, (1, 0)), -1e9), state


def measure(
    net: nn.Module, pieces: Sequence[Piece], batch: int = 16, steps: int = 256
) -> NDArray[np.float64]:
    """Exact nats of each piece."""
    assert isinstance(net, RollNet)
    net.eval()
    order = sorted(range(len(pieces)), key=lambda i: -len(pieces[i].roll))
    nats = np.zeros(len(pieces))
    with torch.no_grad():
        for begin in range(0, len(order), batch):
            group, state = order[begin : begin + batch], None
            for start in range(0, len(pieces[group[0]].roll), steps):
                stretch = collate([(pieces[i], start) for i in group], steps)
                logits, state = net(stretch, state)
                cost = functional.cross_entropy(logits, stretch.target, reduction="none").double()
                nats[group] += np.bincount(stretch.item.numpy(), cost.numpy(), len(group))
    return nats


def train(
    name: str, data: Mapping[str, Sequence[Piece]], recipe: Recipe, work: Path | None
) -> Fitted:
    """Train a network, or take it from the folder `work`."""
    torch.manual_seed(recipe.seed)
    net = RollNet(data["train"][0], recipe.channels, recipe.head, recipe.dropout)
    frames = sum(len(piece.roll) for piece in data["valid"])

    def report(average: nn.Module) -> str:
        return f"valid {measure(average, data['valid']).sum() / frames:.4f} nats a frame"

    return kept(
        name,
        work,
        recipe,
        net,
        lambda: fit(net, _batches(data["train"], recipe), recipe, report, 90.0),
    )


def _batches(
    pieces: Sequence[Piece], recipe: Recipe
) -> Iterator[tuple[Callable[[nn.Module], Tensor], float]]:
    """Stretches of pieces, each going on where the one before ended, with the state that the network was left in."""
    rng = np.random.default_rng(recipe.seed)
    frames = sum(len(piece.roll) for piece in pieces)
    queue: list[int] = []
    slots: list[tuple[Piece, int]] = []
    carried: list[Tensor] = []
    while True:
        fresh = []
        for slot in range(recipe.batch):
            if len(slots) <= slot or slots[slot][1] >= len(slots[slot][0].roll):
                queue = queue or rng.permutation(len(pieces)).tolist()
                slots[slot : slot + 1] = [(pieces[queue.pop()], 0)]
                fresh.append(slot)
        batch = collate(slots, _STEPS)

        def loss(
            net: nn.Module, batch: RollBatch = batch, fresh: Sequence[int] = tuple(fresh)
        ) -> Tensor:
            state = carried.pop() if carried else None
            if state is not None:
                state[:, fresh] = 0
            logits, state = net(batch, state)
            carried.append(state.detach())
            return functional.cross_entropy(logits, batch.target, reduction="sum") / batch.frames

        yield loss, batch.frames / frames
        slots = [(piece, start + _STEPS) for piece, start in slots]
