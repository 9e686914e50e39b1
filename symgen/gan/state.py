"""What the training of the bar GAN needs to go on: networks, mean, optimisers, growing tunes, random numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from symgen.gan.windows import Growing
from symgen.training.run import BEST, fill_optimizer, moments, random_states, set_random_states
from symgen.training.snapshot import Groups, load_snapshot, save_snapshot

__all__ = ["BEST", "GanState", "load_options", "load_state", "save_state"]


@dataclass
class GanState:
    """Where training stands: the only thing that changes besides the weights."""

    step: int = 0
    seconds: float = 0.0
    rows: list[Mapping[str, float]] = field(default_factory=list)
    sums: dict[str, list[float]] = field(
        default_factory=dict
    )  # by figure: sum and count since the last row


def save_state(
    folder: Path,
    state: GanState,
    nets: Mapping[str, nn.Module],
    optimizers: Sequence[torch.optim.Optimizer],
    growing: Sequence[Growing],
    rng: np.random.Generator,
    facts: Mapping[str, Any],
) -> None:
    """Write all of it, with the options and the corpus of the run; a reader sees the old state or the new one.

    Raises
    ------
    FormatError
        If it cannot be written.
    """
    groups: dict[str, Mapping[str, Tensor]] = {name: net.state_dict() for name, net in nets.items()}
    groups |= {f"optimizer{i}": moments(optimizer) for i, optimizer in enumerate(optimizers)}
    groups |= {f"growing{i}": tunes.tensors() for i, tunes in enumerate(growing)}
    groups["random"] = random_states()
    save_snapshot(folder, groups, {**asdict(state), "rng": rng.bit_generator.state, **facts})


def load_state(
    folder: Path,
    nets: Mapping[str, nn.Module],
    optimizers: Sequence[torch.optim.Optimizer],
    growing: Sequence[Growing],
    rng: np.random.Generator,
    corpus: str,
) -> GanState:
    """Fill everything from what `save_state` wrote, and return the position.

    Raises
    ------
    CheckpointError
        If there is nothing, or it is damaged, or of another corpus or other options.
    """

    def fill(groups: Groups, plain: dict[str, Any]) -> GanState:
        if plain.pop("corpus") != corpus:
            raise ValueError("it learned from another corpus")
        for name, net in nets.items():
            net.load_state_dict(groups[name])
        for i, optimizer in enumerate(optimizers):
            fill_optimizer(optimizer, groups.get(f"optimizer{i}", {}))
        for i, tunes in enumerate(growing):
            tunes.fill(groups[f"growing{i}"])
        set_random_states(groups["random"])
        rng.bit_generator.state = plain.pop("rng")
        plain.pop("options")
        return GanState(**plain)

    return load_snapshot(folder, fill)


def load_options(folder: Path) -> dict[str, Any]:
    """Return the options of the run in a folder, as plain data.

    Raises
    ------
    CheckpointError
        If there is none.
    """
    return load_snapshot(folder, lambda _, plain: dict(plain["options"]))
