"""Layers that commute with transposition: hidden = channels x 12 pitch classes, all weights circulant over the classes.

Moving a piece by a semitone rotates the hidden state and changes nothing else, so that what is learned in one key holds
in all twelve, without showing the piece in twelve keys.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn import functional

from symgen.nets.products import Dropout, linear, summed_rows
from symgen.nets.recurrence import run_weights

__all__ = ["ClassEmbedding", "EquivariantGRU", "Head", "circulant", "rotate"]


def circulant(weights: Tensor) -> Tensor:
    """Expand weights (gates, out, in, 12) to a matrix (gates * out * 12, in * 12): entry p, q holds weight p - q."""
    gates, out, into, _ = weights.shape
    place = torch.arange(12)
    index = (place[:, None] - place[None, :]) % 12
    return weights[:, :, :, index].permute(0, 1, 3, 2, 4).reshape(gates * out * 12, into * 12)


def rotate(hidden: Tensor, pitch_class: Tensor) -> Tensor:
    """See states (n, channels * 12) from a pitch class (n,): class 0 of the result is that class."""
    n = len(hidden)
    index = (torch.arange(12)[None, :] + pitch_class[:, None]) % 12
    channels = hidden.view(n, -1, 12)
    return channels.gather(2, index[:, None, :].expand_as(channels)).reshape(n, -1)


class ClassEmbedding(nn.Module):
    """Embeds pitch classes in named roles: role r at class q adds its pattern, rotated by q."""

    def __init__(self, roles: int, channels: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.randn(roles, channels, 12) * 0.08)

    def forward(self, rows: Tensor) -> Tensor:
        """Sum patterns; rows (n, k) hold 0 for nothing, else 1 + 12 * role + class; result (n, channels * 12)."""
        place = torch.arange(12)
        index = (place[None, :] - place[:, None]) % 12
        table = self.weight[:, :, index].permute(0, 2, 1, 3).reshape(12 * len(self.weight), -1)
        return summed_rows(rows, functional.pad(table, (0, 0, 1, 0)))

    def dense(self, counts: Tensor) -> Tensor:
        """Sum patterns by weight; counts (n, roles * 12); result (n, channels * 12)."""
        return counts @ circulant(self.weight.permute(1, 0, 2)[None]).T


class EquivariantGRU(nn.Module):
    """A GRU layer with circulant weights and biases that are equal for all pitch classes."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        scale = 1 / math.sqrt(12 * channels)
        self.width = 12 * channels
        self.into = nn.Parameter(torch.randn(3, channels, channels, 12) * scale)
        self.across = nn.Parameter(torch.randn(3, channels, channels, 12) * scale * 0.7)
        self.bias = nn.Parameter(torch.zeros(2, 3, channels))
        with torch.no_grad():
            self.bias[0, 1] = -0.5

    def forward(self, x: Tensor, state: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """Run over x (batch, steps, width); state (1, batch, width) or None; returns all states and the last one."""
        bias = self.bias[:, :, :, None].expand(*self.bias.shape, 12).reshape(2, -1)
        weights = [circulant(self.into), circulant(self.across), bias[0], bias[1]]
        start = None if state is None else state[0]
        states, last = run_weights(weights, x.transpose(0, 1), start)
        return states.transpose(0, 1), last


class Head(nn.Module):
    """Draws one outcome: features and rotated state, a residual layer, a gated bias per pointer."""

    def __init__(
        self, rows: int, state: int, hidden: int, classes: int, pointers: int, dropout: float
    ) -> None:
        super().__init__()
        self.table = nn.EmbeddingBag(rows, hidden, mode="sum")
        nn.init.normal_(self.table.weight, std=0.05)
        self.state, self.middle = nn.Linear(state, hidden), nn.Linear(hidden, hidden)
        self.out, self.gate = nn.Linear(hidden, classes), nn.Linear(hidden, pointers)
        self.dropout = Dropout(dropout)

    def forward(self, state: Tensor, rows: Tensor, pointers: Tensor) -> Tensor:
        """Logits (n, classes); a pointer (n, k) holds 0 for none, else 1 + the class that it points to."""
        heard = _applied(self.state, state) + summed_rows(rows, self.table.weight)
        x = self.dropout(functional.silu(heard))
        x = x + self.dropout(functional.silu(_applied(self.middle, x)))
        wider = functional.pad(_applied(self.out, x), (1, 0))
        return wider.scatter_add(1, pointers, _applied(self.gate, x))[:, 1:]


def _applied(layer: nn.Linear, rows: Tensor) -> Tensor:
    return linear(rows, layer.weight, layer.bias)
