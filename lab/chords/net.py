"""The conditional random field of `symgen.music.chord_decoder`, in torch, to be fitted."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor, nn

from symgen.music.chord_features import CHANGE_COLUMNS, TONE_COLUMNS, WHOLE_COLUMNS
from symgen.music.harmony import PLAN_QUALITIES

__all__ = ["Batch", "ChordNet"]

_KINDS = len(PLAN_QUALITIES)
_CHORDS = 12 * _KINDS
_NEVER = -30.0


class Batch(NamedTuple):
    """Windows of pieces, turned so that their tonic is pitch class 0."""

    # Shape (pieces, beats, columns, 12), (pieces, beats, columns) and the same.
    tones: Tensor
    whole: Tensor
    change: Tensor
    # Shape (pieces,): 1 in minor.
    minor: Tensor
    # Which states are right, and which beats are there; shape (pieces, beats, states), (pieces, beats).
    allowed: Tensor
    there: Tensor


class ChordNet(nn.Module):
    """Its parameters have the names that `ChordDecoder` reads."""

    def __init__(self, first: int, second: int, width: int, dropout: float) -> None:
        super().__init__()
        columns, hidden = 12 * TONE_COLUMNS, 12

        def drawn(*shape: int, fan: int = 0) -> nn.Parameter:
            spread = (2.0 / fan) ** 0.5 if fan else 0.0
            return nn.Parameter(torch.randn(*shape) * spread)

        self.tones = drawn(columns, first, fan=columns)
        self.whole = drawn(WHOLE_COLUMNS, first, fan=columns)
        self.key = drawn(2, 12, first)
        self.near = drawn(width, first, second, fan=width * first)
        self.near_bias = drawn(second)
        self.chord = drawn(second, _KINDS, fan=second)
        self.degree = drawn(2, 12, _KINDS)
        self.none = drawn(second)
        self.none_whole = drawn(WHOLE_COLUMNS)
        self.none_bias = drawn(1)
        self.change = drawn(CHANGE_COLUMNS, hidden, fan=CHANGE_COLUMNS)
        self.change_bias = drawn(hidden)
        self.stay = drawn(hidden, fan=hidden)
        self.stay_whole = drawn(CHANGE_COLUMNS)
        self.move = nn.Parameter(torch.full((12, _KINDS, _KINDS), -3.0))
        self.degrees = drawn(2, 12, 12)
        self.silence = nn.Parameter(torch.tensor([-3.0, -3.0]))
        self.dropout = nn.Dropout(dropout)
        quality, root = np.divmod(np.arange(_CHORDS), 12)
        self._interval = torch.tensor((root[:, None] - root) % 12)
        self._root, self._quality = torch.tensor(root), torch.tensor(quality)
        # The pitch classes from each root on.
        self._turns = (torch.arange(12)[:, None] + torch.arange(12)) % 12

    def said(self, batch: Batch) -> Tensor:
        """Return what each beat says for each chord; shape (pieces, beats, states)."""
        pieces, count = batch.whole.shape[:2]
        turned = batch.tones[:, :, :, self._turns].permute(0, 1, 3, 2, 4)
        first = turned.reshape(pieces, count, 12, -1) @ self.tones
        first = first + (batch.whole @ self.whole)[:, :, None]
        first = self.dropout(torch.relu(first + self.key[batch.minor][:, None]))
        width = len(self.near)
        padded = nn.functional.pad(first, (0, 0, 0, 0, width // 2, width // 2))
        near = torch.cat([padded[:, i : i + count] for i in range(width)], dim=3)
        second = near @ self.near.reshape(-1, self.near.shape[2]) + self.near_bias
        second = torch.relu(second)
        dropped = self.dropout(second)
        chords = dropped @ self.chord + self.degree[batch.minor][:, None]
        none = second.mean(dim=2) @ self.none + batch.whole @ self.none_whole + self.none_bias
        by_state = chords.transpose(2, 3).reshape(pieces, count, -1)
        return torch.cat([by_state, none[:, :, None]], dim=2)

    def stays(self, batch: Batch) -> Tensor:
        """Return what speaks for each beat going on with the chord before it; shape (pieces, beats)."""
        hidden = torch.relu(batch.change @ self.change + self.change_bias)
        return hidden @ self.stay + batch.change @ self.stay_whole

    def moves(self) -> Tensor:
        """Return what speaks for a chord after another one, in major and minor; shape (2, states before, states)."""
        root, quality = self._root, self._quality
        # The interval from the chord before (rows) to the chord after it (columns).
        change = self.move[self._interval.T, quality[:, None], quality]
        chords = change + self.degrees[:, root[:, None], root]
        moves = torch.full((2, _CHORDS + 1, _CHORDS + 1), _NEVER)
        moves[:, :-1, :-1] = chords
        moves[:, :-1, -1], moves[:, -1, :-1] = self.silence[0], self.silence[1]
        return moves.masked_fill(torch.eye(_CHORDS + 1, dtype=torch.bool), -1e9)

    def loss(self, batch: Batch) -> Tensor:
        """Return minus the log probability of what is known, a beat."""
        said, stays = self.said(batch), self.stays(batch)
        right = said.masked_fill(~batch.allowed, -1e9)
        odds = _log_sums(torch.cat([said, right]), stays.repeat(2, 1), self.moves().exp(), batch)
        pieces = len(said)
        known = (~batch.allowed.all(dim=2) & batch.there).sum()
        return (odds[:pieces] - odds[pieces:]).sum() / known.clamp(min=1)


def _log_sums(said: Tensor, stays: Tensor, moves: Tensor, batch: Batch) -> Tensor:
    """Return the log of the sum over all rows of chords, by the forward algorithm; shape (rows,)."""
    minor, there = batch.minor.repeat(2).bool()[:, None], batch.there.repeat(2, 1)
    top = said.max(dim=2).values.detach()
    scaled = (said - top[:, :, None]).exp()
    stay = stays.exp()
    sums = scaled[:, 0]
    size = sums.sum(dim=1, keepdim=True)
    total, sums = size.log()[:, 0] + top[:, 0], sums / size
    for beat in range(1, said.shape[1]):
        moved = torch.where(minor, sums @ moves[1], sums @ moves[0])
        reached = (moved + sums * stay[:, beat : beat + 1]) * scaled[:, beat]
        size = reached.sum(dim=1, keepdim=True).clamp(min=1e-35)
        is_there = there[:, beat : beat + 1]
        total = total + torch.where(is_there[:, 0], size.log()[:, 0] + top[:, beat], 0.0)
        sums = torch.where(is_there, reached / size, sums)
    return total
