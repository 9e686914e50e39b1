"""The loop that one would write in an afternoon: a torch GRU of a model's size that draws notes, and nothing else."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from symgen.nets.checkpoint import NetConfig
from symgen.tokens import FIELDS, Vocabulary

__all__ = ["PlainLoop"]

_IN_BARS = "form"
"""A field that bar lines have and notes have not."""


class PlainLoop(nn.Module):
    """An embedding a field, one GRU step a note, two layers and a draw for each field that the model draws."""

    # No features, no copy memory, no controls, no bar lines: each step is a note. The weights are random: what is drawn
    # costs the same.

    def __init__(self, config: NetConfig, vocabulary: Vocabulary) -> None:
        super().__init__()
        fixed = dict(config.fixed)
        sizes = dict(zip(FIELDS, vocabulary.sizes, strict=True))
        drawn = [name for name in FIELDS if name not in fixed and name != _IN_BARS]
        self.embeddings = nn.ModuleList(nn.Embedding(sizes[name], config.hidden) for name in drawn)
        self.gru = nn.GRU(config.hidden, config.hidden, config.layers, batch_first=True)
        self.heads = nn.ModuleList(
            nn.Sequential(
                nn.Linear(config.hidden, config.head),
                nn.SiLU(),
                nn.Linear(config.head, sizes[name]),
            )
            for name in drawn
        )

    @torch.inference_mode()
    def draw(self, notes: int, seed: int = 0) -> list[list[int]]:
        """Draw some notes, each as the classes of its fields."""
        torch.manual_seed(seed)
        drawn = []
        last: list[Tensor] = [torch.zeros(1, dtype=torch.long) for _ in self.heads]
        state: Tensor | None = None
        for _ in range(notes):
            embedded = [table(each) for table, each in zip(self.embeddings, last, strict=True)]
            out, state = self.gru(torch.stack(embedded).sum(dim=0)[:, None], state)
            last = [
                torch.multinomial(torch.softmax(head(out[:, 0]), dim=-1), 1)[:, 0]
                for head in self.heads
            ]
            drawn.append([int(each) for each in last])
        return drawn
