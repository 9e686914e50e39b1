"""The drummer in torch: it reads whole pieces at once, to learn from them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812 - the usual name

from symgen.drummer.checkpoint import EVENT_ROWS, DrummerConfig
from symgen.drummer.grooves import EVENTS, LEVELS
from symgen.drummer.loudness import SOURCES
from symgen.drummer.tables import LAGS, LATENESS, USUAL
from symgen.music.drum_kit import DRUMS

__all__ = ["DrummerNet", "Heard", "Losses"]

# What each class of velocity between two hits takes from the log odds, before anything is learned.
_NEAR = 0.15


@dataclass
class Heard:
    """Pieces side by side as the network reads them; shapes begin with (pieces, slots)."""

    rows: Tensor  # of the table of inputs
    memory: Tensor  # (..., drums, lags): 1 struck, -1 not struck, 0 unknown
    usual: Tensor  # (..., drums), classes
    levels: Tensor  # (..., drums), 0 where none is struck
    recalled: Tensor  # (..., drums, SOURCES), classes of velocity, 0 is nothing
    late: Tensor  # (..., drums), classes
    other: Tensor  # (..., drums)
    feel: Tensor
    event: Tensor
    event_rows: Tensor  # (..., 2)
    opens_beat: Tensor
    opens_bar: Tensor
    weight: Tensor  # 1 where it counts, 0 behind the end


@dataclass
class Losses:
    """Log likelihoods of each slot, shape (pieces, slots) each."""

    event: Tensor
    feel: Tensor
    hits: Tensor
    levels: Tensor
    late: Tensor
    other: Tensor


class DrummerNet(nn.Module):
    """Log likelihoods of drums, slot by slot; `dropout` is the share of numbers left out."""

    def __init__(self, config: DrummerConfig, dropout: float = 0.0) -> None:
        super().__init__()
        c, drums = config, len(DRUMS)
        self.config = config
        self.inputs = nn.Embedding(c.input_rows, c.width)
        self.gru = nn.GRU(c.width, c.hidden, batch_first=True)
        # What a bar is and the feel of a beat are drawn from the state before them.
        self.event = nn.Linear(c.hidden, len(EVENTS))
        self.event_row = nn.Embedding(EVENT_ROWS, len(EVENTS))
        self.feel = nn.Linear(c.hidden, 1)
        # Drums are drawn one after the other; each sees which ones before it are struck.
        self.narrow = nn.Linear(c.hidden, c.head)
        self.struck = nn.Embedding(drums, drums)
        self.hit = nn.Linear(c.head, drums)
        self.copy = nn.Linear(c.head, drums * len(LAGS))
        self.habit = nn.Linear(c.head, drums)
        self.usual = nn.Embedding(USUAL + 1, drums)
        # How they are struck is drawn from all that are.
        self.played = nn.Linear(c.hidden, c.head)
        self.together = nn.Embedding(drums, c.head)
        self.level = nn.Linear(c.head, drums * LEVELS)
        # How loud each drum was before says more than the state does; how much is drawn from the state.
        self.echo = nn.Embedding(SOURCES * (LEVELS + 1), LEVELS)
        self.trust = nn.Linear(c.head, SOURCES)
        self.late = nn.Linear(c.head, drums * LATENESS)
        self.other = nn.Linear(c.head, drums)
        for table in self.children():
            if isinstance(table, nn.Embedding):
                nn.init.normal_(table.weight, std=0.1)
        # What is usual is likely, before anything is learned.
        share = (torch.arange(USUAL + 1) - 0.5).clamp(min=0.5) / USUAL
        # So is what is as loud as before.
        far = (torch.arange(LEVELS + 1)[:, None] - torch.arange(1, LEVELS + 1)).abs().float()
        far[0] = 0.0
        self.echo.weight.data = -_NEAR * far.repeat(SOURCES, 1)
        nn.init.zeros_(self.usual.weight)
        self.usual.weight.data += torch.logit(share)[:, None]
        self.dropout = nn.Dropout(dropout)

    def forward(self, heard: Heard) -> Losses:
        """Return the log likelihoods of all that is played."""
        shape = heard.rows.shape
        rows = F.embedding_bag(heard.rows.flatten(0, 1), self.inputs.weight, mode="sum")
        states, _ = self.gru(self.dropout(rows.view(*shape[:2], -1)))
        states = self.dropout(states)
        before = F.pad(states, (0, 0, 1, 0))[:, :-1]
        struck = (heard.levels > 0).float()
        bars = self.event(before) + self.event_row(heard.event_rows).sum(-2)
        event = _chosen(bars, heard.event) * heard.opens_bar
        feel = _yes_or_no(self.feel(before)[..., 0], heard.feel) * heard.opens_beat
        hits = self._hits(states, heard, struck)
        manner = self._manner(states, heard, struck)
        found = (event, feel, hits, *manner)
        return Losses(*(value * heard.weight for value in found))

    def _hits(self, states: Tensor, heard: Heard, struck: Tensor) -> Tensor:
        head = torch.relu(self.narrow(states))
        odds = self.hit(head) + struck @ self.struck.weight.tril(-1).T
        pull = self.copy(head).unflatten(-1, (len(DRUMS), len(LAGS)))
        odds = odds + (pull * heard.memory).sum(-1)
        drums = torch.arange(len(DRUMS), device=states.device)
        odds = odds + (1 + self.habit(head)) * self.usual.weight[heard.usual, drums]
        return _yes_or_no(odds, struck).sum(-1)

    def _manner(self, states: Tensor, heard: Heard, struck: Tensor) -> Iterator[Tensor]:
        """Yield how hits are struck, which is looked up at hits alone, as most slots have few."""
        played = torch.relu(self.played(states) + struck @ self.together.weight)
        piece, slot, drum = (heard.levels > 0).nonzero(as_tuple=True)
        own = played[piece, slot]
        place = piece * struck.shape[1] + slot
        for layer, values in ((self.level, heard.levels - 1), (self.late, heard.late)):
            size = layer.out_features // len(DRUMS)
            weight = layer.weight.view(len(DRUMS), size, -1)
            bias = layer.bias.view(len(DRUMS), size)
            odds = own.new_empty(len(drum), size)
            for number in range(len(DRUMS)):
                chosen = (drum == number).nonzero()[:, 0]
                odds = odds.index_copy(0, chosen, own[chosen] @ weight[number].T + bias[number])
            if layer is self.level:
                odds = odds + self._echoed(own, heard.recalled[piece, slot, drum])
            found = _chosen(odds, values[piece, slot, drum])
            yield (
                struck.new_zeros(struck.shape[:2])
                .flatten()
                .index_add(0, place, found)
                .view(struck.shape[:2])
            )
        other = _yes_or_no(self.other(played), heard.other) * struck
        yield other.sum(-1)

    def _echoed(self, own: Tensor, recalled: Tensor) -> Tensor:
        """Return what is remembered of each hit, as log odds of how loud it is."""
        rows = recalled + (LEVELS + 1) * torch.arange(SOURCES, device=recalled.device)
        trust: Tensor = 1 + self.trust(own)
        echoed: Tensor = (trust[..., None] * self.echo(rows)).sum(-2)
        return echoed


def _chosen(logits: Tensor, number: Tensor) -> Tensor:
    found: Tensor = F.log_softmax(logits, -1).gather(-1, number[..., None])[..., 0]
    return found


def _yes_or_no(logit: Tensor, value: Tensor) -> Tensor:
    return -F.binary_cross_entropy_with_logits(logit, value.float(), reduction="none")
