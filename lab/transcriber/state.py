"""What a transcriber's training needs to go on: weights, their mean, optimiser, random numbers, position."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from symgen.training.run import BEST, fill_optimizer, moments, random_states, set_random_states
from symgen.training.snapshot import Groups, load_snapshot, save_snapshot

__all__ = ["BEST", "HearingState", "load_state", "save_state"]


@dataclass
class HearingState:
    """Where training stands: the only thing that changes besides the weights."""

    step: int = 0
    epoch: int = 0
    batch: int = 0  # batches of the open pass that are done
    seconds: float = 0.0
    rows: list[Mapping[str, float]] = field(default_factory=list)


def save_state(
    folder: Path,
    state: HearingState,
    net: nn.Module,
    mean: Mapping[str, Tensor],
    optimizer: torch.optim.Optimizer,
) -> None:
    """Write all of it; a reader sees the old state or the new one.

    Raises
    ------
    FormatError
        If it cannot be written.
    """
    groups = {
        "optimizer": moments(optimizer),
        "net": net.state_dict(),
        "mean": mean,
        "random": random_states(),
    }
    save_snapshot(folder, groups, asdict(state))


def load_state(
    folder: Path, net: nn.Module, mean: dict[str, Tensor], optimizer: torch.optim.Optimizer
) -> HearingState:
    """Fill network, mean and optimiser from what `save_state` wrote, and return the position.

    Raises
    ------
    CheckpointError
        If there is nothing, or it is damaged.
    """

    def fill(groups: Groups, plain: dict[str, Any]) -> HearingState:
        net.load_state_dict(groups["net"])
        for key, value in groups["mean"].items():
            mean[key].copy_(value)
        set_random_states(groups["random"])
        fill_optimizer(optimizer, groups.get("optimizer", {}))
        return HearingState(**plain)

    return load_snapshot(folder, fill)
