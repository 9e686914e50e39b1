"""Bits of pieces by a planner on disk."""

from __future__ import annotations

from collections.abc import Sequence

import torch

from lab.planner.fitting import measure
from lab.planner.pieces import Piece
from symgen.nets.network import find_network
from symgen.planner.checkpoint import PLANNER, read_planner
from symgen.planner.net import PlannerNet

__all__ = ["likelihoods"]


def likelihoods(
    name: str, pieces: Sequence[Piece], *, hidden: bool = False
) -> dict[str, tuple[float, float, int]]:
    """Return by style what `measure` does; `hidden`: the planner is not told of phrases."""
    model = read_planner(find_network(PLANNER, name))
    net = PlannerNet(model.config)
    weights = {key: torch.from_numpy(value) for key, value in model.weights.items()}
    net.load_state_dict(weights)
    return measure(net, pieces, model.config, hidden=hidden)
