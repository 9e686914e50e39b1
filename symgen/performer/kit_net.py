"""The player of a drum kit in torch: it reads whole pieces at once, to learn from them."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from symgen.performer.kit_checkpoint import LEAST, MIXED, VELOCITIES, KitConfig
from symgen.performer.kit_memory import LATE_UNIT, REMEMBERED
from symgen.performer.kit_strokes import INSTRUMENTS

__all__ = ["KitNet", "PlayedStrokes"]

_MILLISECOND = 0.001 / LATE_UNIT
# Share of all lateness that may be anything within half a second, so that no stroke is impossible.
_ANY, _RANGE = 1e-4, 1000


@dataclass
class PlayedStrokes:
    """Pieces side by side as the network reads them; shapes begin with (pieces, strokes)."""

    seen: Tensor  # (..., config.seen)
    remembered: Tensor  # (..., REMEMBERED)
    instrument: Tensor
    velocity: Tensor  # 1..127
    late: Tensor  # whole milliseconds
    weight: Tensor  # 1 where it counts, 0 behind the end


class KitNet(nn.Module):
    """Log likelihoods of velocity and lateness, stroke by stroke; `dropout` is the share of numbers left out."""

    def __init__(self, config: KitConfig, dropout: float = 0.0) -> None:
        super().__init__()
        c = self.config = config
        self.seen = nn.Linear(c.seen, c.width)
        self.remembered = nn.Linear(REMEMBERED, c.width, bias=False)
        self.gru = nn.GRU(c.width, c.hidden, batch_first=True)
        self.loud = nn.Linear(c.hidden, c.head)
        self.loud_now = nn.Linear(c.width, c.head, bias=False)
        self.level = nn.Linear(c.head, 3 * MIXED + 1)
        self.behind = nn.Linear(c.hidden, c.head)
        self.behind_now = nn.Linear(c.width, c.head, bias=False)
        self.late = nn.Linear(c.head, 3 * MIXED)
        # What is remembered says where the middles are, without a detour.
        self.level_direct = nn.Linear(REMEMBERED, MIXED, bias=False)
        self.late_direct = nn.Linear(REMEMBERED, MIXED, bias=False)
        # A stroke knows how loud it is before it is placed.
        self.told = nn.Linear(1, c.head, bias=False)
        # Some velocities come oftener than their neighbors, 127 above all.
        self.habit = nn.Embedding(INSTRUMENTS, VELOCITIES)
        nn.init.zeros_(self.habit.weight)
        for layer in (self.level_direct, self.late_direct):
            nn.init.zeros_(layer.weight)
        spread = torch.linspace(-0.6, 0.6, MIXED)
        self.level.bias.data[MIXED : 2 * MIXED] = spread
        self.level.bias.data[2 * MIXED : 3 * MIXED] = -1.8
        self.late.bias.data[MIXED : 2 * MIXED] = spread
        self.late.bias.data[2 * MIXED : 3 * MIXED] = -1.0
        self.grid: Tensor
        grid = torch.arange(1, VELOCITIES + 1) / 64 - 1
        self.register_buffer("grid", grid, persistent=False)
        self.dropout = nn.Dropout(dropout)
        self.hidden = nn.Dropout(dropout / 2)

    def forward(self, played: PlayedStrokes) -> tuple[Tensor, Tensor]:
        """Return the log likelihoods of velocity and of lateness, shape (pieces, strokes) each."""
        now = torch.relu(self.seen(self.hidden(played.seen)) + self.remembered(played.remembered))
        states, _ = self.gru(self.dropout(now))
        states, now = self.dropout(states), self.dropout(now)
        level = self.level(torch.relu(self.loud(states) + self.loud_now(now)))
        velocity = self._velocity(level, played)
        told = played.velocity[..., None] / 64 - 1
        behind = self.behind(states) + self.behind_now(now) + self.told(told)
        late = self._late(self.late(torch.relu(behind)), played)
        return velocity * played.weight, late * played.weight

    def _velocity(self, level: Tensor, played: PlayedStrokes) -> Tensor:
        shares, middles, widths = level[..., : 3 * MIXED].chunk(3, -1)
        middles = middles + self.level_direct(played.remembered)
        narrow = torch.exp(-widths)
        half = (self.grid[:, None] - middles[..., None, :]) * (narrow / 2)[..., None, :]
        tail = torch.tanh(half)
        height = (torch.softmax(shares, -1) * narrow)[..., None]
        density = ((1 - tail * tail) @ height)[..., 0] / 4
        odds = torch.log(density + LEAST) + self.habit(played.instrument)
        odds = torch.cat([odds[..., :-1], odds[..., -1:] + level[..., -1:]], -1)
        chosen = played.velocity.long()[..., None] - 1
        found: Tensor = torch.log_softmax(odds, -1).gather(-1, chosen)[..., 0]
        return found

    def _late(self, late: Tensor, played: PlayedStrokes) -> Tensor:
        shares, middles, widths = late.chunk(3, -1)
        middles = middles + self.late_direct(played.remembered)
        narrow = torch.exp(-widths)
        at = played.late[..., None] * _MILLISECOND
        upper = torch.sigmoid((at + _MILLISECOND / 2 - middles) * narrow)
        lower = torch.sigmoid((at - _MILLISECOND / 2 - middles) * narrow)
        chance = (torch.softmax(shares, -1) * (upper - lower)).sum(-1)
        return torch.log(chance * (1 - _ANY) + _ANY / _RANGE)
