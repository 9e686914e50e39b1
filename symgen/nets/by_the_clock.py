"""Training of a small network by the clock of the CPU: the best mean of its weights is kept."""

from __future__ import annotations

import copy
import math
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

__all__ = ["Clock", "fit_by_the_clock", "weights_of"]

Net = TypeVar("Net", bound=nn.Module)
Batch = TypeVar("Batch")

# The least share of the rate.
_LOWEST = 0.02


@dataclass(frozen=True)
class Clock:
    """How long is trained, at which rate, and when is measured."""

    minutes: float
    rate: float
    weight_decay: float
    # Updates until the rate is whole.
    warm_up: int
    # Shares of the time before the first measurement, and between others.
    before: float
    between: float
    # Share of the mean that an update leaves.
    kept: float = 0.98


def fit_by_the_clock(
    net: Net,
    batches: Iterable[Batch],
    loss: Callable[[Net, Batch], Tensor],
    clock: Clock,
    *,
    measure: Callable[[Net], float],
    keep: Callable[[Net, dict[str, float]], None],
) -> None:
    """Train until the time is over, at least once; `keep` gets the mean network when `measure` finds it best."""
    # The mean of the last updates is better than any of them, and good enough at any time.
    mean = copy.deepcopy(net)
    optimizer = torch.optim.AdamW(net.parameters(), lr=clock.rate, weight_decay=clock.weight_decay)
    began, shown, best = time.process_time(), clock.before, math.inf
    for steps, drawn in enumerate(batches):
        done = min(1.0, (time.process_time() - began) / (60 * clock.minutes))
        if done >= shown:
            if (bits := measure(mean)) < best:
                best = bits
                keep(mean, {"steps": steps, "done": round(done, 2)})
            shown += clock.between
        if done >= 1 and steps:
            return
        for group in optimizer.param_groups:
            group["lr"] = (
                clock.rate * min(1.0, (steps + 1) / clock.warm_up) * max(_LOWEST, 1 - done)
            )
        optimizer.zero_grad()
        loss(net, drawn).backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        optimizer.step()
        with torch.no_grad():
            for own, new in zip(mean.parameters(), net.parameters(), strict=True):
                own.lerp_(new, 1 - min(clock.kept, (steps + 1) / (steps + 10)))


def weights_of(net: nn.Module) -> dict[str, NDArray[np.float32]]:
    """Return the weights as arrays."""
    return {name: value.numpy() for name, value in net.state_dict().items()}
