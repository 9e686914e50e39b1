"""The harmonizer in torch: each root is looked at with the same weights, then a bidirectional GRU."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from symgen.harmonizer.checkpoint import QUALITIES, ROOTS, HarmonizerConfig
from symgen.harmonizer.melody import INPUTS, TURNED

__all__ = ["HarmonizerNet"]


class HarmonizerNet(nn.Module):
    """Roots and qualities that suit each beat; `dropout` is the share of units left out around the GRU."""

    follows: Tensor
    turns: Tensor

    def __init__(self, config: HarmonizerConfig, dropout: float = 0.0) -> None:
        super().__init__()
        c = config
        self.config = c
        # What a melody says for a chord depends on how it lies above the root, whichever the root
        # is; so few songs teach that twelve times as well.
        self.seen = nn.Linear(12 * TURNED, c.seen)
        self.degree = nn.Parameter(torch.zeros(12, c.seen))
        self.said = nn.Linear(c.seen, c.said)
        self.inputs = nn.Linear(INPUTS + 12 * c.said, c.width)
        self.gru = nn.GRU(c.width, c.hidden, batch_first=True, bidirectional=True)
        self.root = nn.Linear(2 * c.hidden, ROOTS)
        self.weighed = nn.Linear(2 * c.hidden, c.said)
        self.quality = nn.Linear(2 * c.hidden, ROOTS * QUALITIES)
        self.dropout = nn.Dropout(dropout)
        self.hidden = nn.Dropout(dropout / 4)
        # How much likelier a chord is behind another one than it is by itself, as log chances;
        # counted, not trained.
        states = 12 * QUALITIES
        self.register_buffer("follows", torch.zeros(states, states))
        turns = (torch.arange(12)[:, None] + torch.arange(12)) % 12
        self.register_buffer("turns", turns, persistent=False)

    def forward(self, inputs: Tensor) -> tuple[Tensor, Tensor]:
        """Judge a batch of melodies."""
        # `inputs`: shape (batch, beats, INPUTS), of `MelodyBeats`; returns logits of roots, shape
        # (batch, beats, ROOTS), and of qualities given each root, shape (batch, beats, ROOTS,
        # QUALITIES).
        x = self.hidden(inputs)
        rows = x[..., : 12 * TURNED].unflatten(-1, (TURNED, 12))
        turned = rows[..., self.turns].transpose(-3, -2).flatten(-2)
        said = torch.relu(self.seen(turned) + self.degree)
        said = torch.relu(self.said(self.dropout(said)))
        given = torch.relu(self.inputs(torch.cat([x, said.flatten(-2)], dim=-1)))
        state, _ = self.gru(self.dropout(given))
        state = self.dropout(state)
        local = (said * (1 + self.weighed(state))[..., None, :]).sum(dim=-1)
        root = self.root(state)
        root = torch.cat([root[..., :12] + local, root[..., 12:]], dim=-1)
        return root, self.quality(state).unflatten(-1, (ROOTS, QUALITIES))
