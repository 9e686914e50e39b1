"""The network for chorales and its exact likelihood."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from lab.benchmarks.chorales.equivariant import ClassEmbedding, EquivariantGRU, Head, rotate
from lab.benchmarks.chorales.slice_features import POINTERS, TIME, Encoded
from lab.benchmarks.chorales.slices import ORDER, Alphabet
from symgen.nets.products import Dropout, summed_rows

__all__ = ["PARTS", "ChoraleBatch", "ChoraleNet", "collate"]

PARTS = (TIME, *map(str, ORDER))
"""The outcomes of a slice: the voices are drawn first, then how long it lasts."""


@dataclass(frozen=True)
class ChoraleBatch:
    """Pieces side by side for the GRU, their N slices in a row for the heads."""

    # shape (batch, steps, features).
    rows: Tensor
    classes: Tensor
    # Shape (N,): where the state before each slice stands among batch * steps; the state once it
    # sounds is one further.
    place: Tensor
    # Features, pointers, reference and target of each outcome.
    heads: dict[str, tuple[Tensor, Tensor, Tensor, Tensor]]
    # shape (N,).
    hold: Tensor
    # shape (N,).
    last: Tensor
    changes: Tensor
    # shape (N,).
    piece: Tensor
    frames: tuple[int, ...]


def collate(pieces: Sequence[Encoded]) -> ChoraleBatch:
    """Put pieces side by side."""
    lengths = [len(piece.hold) for piece in pieces]
    steps = max(lengths) + 1

    def padded(arrays: list[np.ndarray]) -> Tensor:
        out = np.zeros((len(arrays), steps, arrays[0].shape[1]), np.int64)
        for row, array in zip(out, arrays, strict=True):
            row[: len(array)] = array
        return torch.from_numpy(out)

    def joined(arrays: list[np.ndarray]) -> Tensor:
        return torch.from_numpy(np.concatenate(arrays))

    heads = {}
    for part in PARTS:
        each = [piece.outcomes[part] for piece in pieces]
        heads[part] = (
            joined([o.rows for o in each]),
            joined([o.pointers for o in each]),
            joined([o.reference for o in each]),
            joined([o.target for o in each]),
        )
    last = np.zeros(sum(lengths), bool)
    last[np.cumsum(lengths) - 1] = True
    return ChoraleBatch(
        padded([piece.rows for piece in pieces]),
        padded([piece.classes for piece in pieces]),
        joined([number * steps + np.arange(n) for number, n in enumerate(lengths)]),
        heads,
        joined([piece.hold for piece in pieces]),
        torch.from_numpy(last),
        joined([piece.changes for piece in pieces]),
        joined([np.full(n, number) for number, n in enumerate(lengths)]),
        tuple(piece.frames for piece in pieces),
    )


class ChoraleNet(nn.Module):
    """A transposition-equivariant GRU, one step a slice, and a head for each outcome."""

    def __init__(
        self,
        like: Encoded,
        channels: int,
        head: int,
        dropout: float,
        alphabet: Alphabet | None = None,
    ) -> None:
        super().__init__()
        self.alphabet = alphabet or Alphabet()
        roles = like.classes.shape[1]
        self.chords = roles > 8
        self.flat = nn.Parameter(torch.randn(like.size, channels) * 0.05)
        self.classes = ClassEmbedding(roles, channels)
        self.gru = EquivariantGRU(channels)
        self.dropout = Dropout(dropout)
        outcomes = {TIME: self.alphabet.longest} | {
            str(voice): self.alphabet.classes for voice in ORDER
        }
        width = self.gru.width
        self.heads = nn.ModuleDict(
            {
                part: Head(like.outcomes[part].size, width, head, size, POINTERS, dropout)
                for part, size in outcomes.items()
            }
        )

    def logits(self, batch: ChoraleBatch, parts: Sequence[str] = PARTS) -> dict[str, Tensor]:
        """Logits of the outcomes asked for at each slice; what is not legal is masked."""
        states = self._states(batch)
        found = {}
        for part in parts:
            rows, pointers, reference, _ = batch.heads[part]
            place = batch.place + 1 if part == TIME else batch.place
            found[part] = self.heads[part](rotate(states[place], reference), rows, pointers)
        tenor = str(ORDER[-1])
        if tenor in found:
            illegal = batch.hold[:, None] == torch.arange(self.alphabet.classes)
            found[tenor] = found[tenor].masked_fill(illegal, -1e9)
        return found

    def losses(self, batch: ChoraleBatch) -> dict[str, Tensor]:
        """Nats of each outcome at each slice, shape (N,) each."""
        logits = self.logits(batch)
        targets = {part: head[3] for part, head in batch.heads.items()}
        times = _hazard_losses if self.chords else _time_losses
        found = {TIME: times(logits[TIME], targets[TIME], batch)}
        for part in PARTS[1:]:
            found[part] = functional.cross_entropy(logits[part], targets[part], reduction="none")
        return found

    def _states(self, batch: ChoraleBatch) -> Tensor:
        """States before each input, shape (batch * steps, channels * 12)."""
        shape = batch.rows.shape[:2]
        flat = summed_rows(batch.rows.flatten(0, 1), self.flat)
        x = self.classes(batch.classes.flatten(0, 1)).view(len(flat), -1, 12) + flat[:, :, None]
        out, _ = self.gru(self.dropout(x.reshape(*shape, -1)))
        return torch.as_tensor(self.dropout(out).reshape(shape[0] * shape[1], -1))


def _time_losses(logits: Tensor, target: Tensor, batch: ChoraleBatch) -> Tensor:
    """Cost of lasting target + 1 frames; the last slice of a piece lasts so many or more, as the end is not drawn."""
    exact = logits.log_softmax(1)
    at_least = exact.flip(1).logcumsumexp(1).flip(1)
    chosen = torch.where(batch.last[:, None], at_least, exact)
    return -chosen.gather(1, target[:, None])[:, 0]


def _hazard_losses(logits: Tensor, target: Tensor, batch: ChoraleBatch) -> Tensor:
    """Ask, with the chord of each frame given, in each further frame with the same chord: is there a change.

    Logit j is that of a change j + 1 frames after the onset. With another chord the change is certain, and at the end
    of a piece or of the longest slice nothing is drawn.
    """
    frame = torch.arange(logits.shape[1])[None, :]
    stays = torch.where(frame < target[:, None], functional.softplus(logits), 0.0).sum(1)
    change = functional.softplus(-logits.gather(1, target[:, None])[:, 0])
    given = batch.last | batch.changes | (target == logits.shape[1] - 1)
    return stays + torch.where(given, 0.0, change)
