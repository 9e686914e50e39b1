"""The network of the pitched player in torch: each note, then the chords around it, of all parts and of its own."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from symgen.performer.checkpoint import PlayerConfig
from symgen.performer.features import FEATURES

__all__ = ["Lines", "PlayerBatch", "PlayerNet"]


@dataclass(frozen=True, eq=False)
class Lines:
    """Where notes stand in lines of chords that are laid side by side."""

    # (notes,): place of the chord of each note among ``lines * length`` places.
    index: Tensor
    # Lines, and chords of the longest one.
    shape: tuple[int, int]


@dataclass(frozen=True, eq=False)
class PlayerBatch:
    """Notes of several stretches, what was played, and their lines: of all parts, and of each part."""

    # (notes, len(FEATURES)), standardized.
    features: Tensor
    # (notes, aspects), standardized.
    played: Tensor
    chords: Lines
    own: Lines


class _Stream(nn.Module):
    """Chords of lines, read with convolutions that reach farther and farther."""

    def __init__(self, config: PlayerConfig, dropout: float) -> None:
        super().__init__()
        width = config.hidden
        self.pooled = nn.Linear(2 * width, width)
        for i, reach in enumerate(config.reaches):
            layer = nn.Conv1d(width, width, 3, padding=reach, dilation=reach)
            self.add_module(str(i), layer)
        self.count = len(config.reaches)
        self.dropout = nn.Dropout(dropout)

    def forward(self, seen: Tensor, lines: Lines) -> Tensor:
        """Return what is known around each note, shape (notes, hidden)."""
        size, width = lines.shape[0] * lines.shape[1], seen.shape[1]
        count = torch.zeros(size, 1).index_add_(0, lines.index, torch.ones(len(seen), 1))
        mean = torch.zeros(size, width).index_add_(0, lines.index, seen) / count.clamp(min=1)
        # What is seen is never negative.
        where = lines.index[:, None].expand_as(seen)
        most = torch.zeros(size, width).scatter_reduce(0, where, seen, "amax")
        there = (count > 0).float().view(lines.shape[0], 1, lines.shape[1])
        x = torch.relu(self.pooled(torch.cat([mean, most], dim=1)))
        x = x.view(*lines.shape, width).transpose(1, 2) * there
        for i in range(self.count):
            x = x + torch.relu(self.get_submodule(str(i))(self.dropout(x))) * there
        flat = x.transpose(1, 2).reshape(size, width)
        found: Tensor = self.dropout(flat[lines.index])
        return found


class PlayerNet(nn.Module):
    """What is likeliest of each note, and the logarithm of how much it strays."""

    def __init__(self, config: PlayerConfig, dropout: float = 0.0) -> None:
        super().__init__()
        width = config.hidden
        self.given = nn.Linear(len(FEATURES), width)
        self.seen = nn.Linear(width, width)
        self.chords = _Stream(config, dropout)
        self.own = _Stream(config, dropout)
        self.heard = nn.Linear(3 * width, width)
        self.said = nn.Linear(width, 2 * len(config.aspects))
        self.dropout = nn.Dropout(dropout)

    def forward(self, batch: PlayerBatch) -> Tensor:
        """Judge notes; shape (notes, 2 * aspects)."""
        seen = torch.relu(self.given(batch.features))
        seen = torch.relu(self.seen(self.dropout(seen)))
        around = [self.chords(seen, batch.chords), self.own(seen, batch.own)]
        heard = torch.relu(self.heard(torch.cat([seen, *around], dim=1)))
        found: Tensor = self.said(self.dropout(heard))
        return found
