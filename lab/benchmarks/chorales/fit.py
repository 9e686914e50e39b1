"""Training by the clock: AdamW, a rate that falls to 0, and the average of the weights, which is what is measured."""

from __future__ import annotations

import copy
import json
import math
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, TypeVar

import torch
from safetensors.torch import load_file, save
from torch import Tensor, nn

from symgen.system.files import write_atomic

__all__ = ["Fitted", "Recipe", "count_weights", "fit", "kept"]

Net = TypeVar("Net", bound=nn.Module)


@dataclass(frozen=True)
class Recipe:
    """How a network is made and trained."""

    # CPU time of the process, without the preparation of the data and without validation.
    minutes: float
    # Width of the GRU in channels of 12 pitch classes; of the heads.
    channels: int = 32
    head: int = 192
    # Dropout; weight decay; peak learning rate; how much of the averaged weights an update keeps.
    dropout: float = 0.4
    decay: float = 0.1
    rate: float = 2e-3
    average: float = 0.998
    # Pieces a batch.
    batch: int = 16
    # Share of the time with the full rate, before it falls.
    full: float = 0.4
    seed: int = 0


@dataclass(frozen=True)
class Fitted:
    """A trained network and what it took."""

    # With averaged weights, ready to measure.
    net: nn.Module
    # CPU time of the training.
    seconds: float
    # Over the training set.
    passes: float


def fit(
    net: nn.Module,
    batches: Iterator[tuple[Callable[[nn.Module], Tensor], float]],
    recipe: Recipe,
    report: Callable[[nn.Module], str],
    every: float = 60.0,
) -> Fitted:
    """Train until the time is over, and tell each `every` seconds how good the averaged network is.

    `batches` never ends: what works out the loss of the next batch, and its share of a pass.
    """
    average = copy.deepcopy(net).eval()
    optimizer = torch.optim.AdamW(
        net.parameters(), lr=recipe.rate, weight_decay=recipe.decay, betas=(0.9, 0.98), fused=True
    )
    net.train()
    spent = passes = 0.0
    step, told = 0, 0.0
    while spent < 60 * recipe.minutes:
        started = time.process_time()
        for group in optimizer.param_groups:
            group["lr"] = recipe.rate * _schedule(step, spent / (60 * recipe.minutes), recipe.full)
        loss_of, share = next(batches)
        loss = loss_of(net)
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        optimizer.step()
        step, passes = step + 1, passes + share
        with torch.no_grad():
            keep = min(recipe.average, step / (step + 19))
            for mean, value in zip(average.parameters(), net.parameters(), strict=True):
                mean.lerp_(value, 1 - keep)
        spent += time.process_time() - started
        if spent - told >= every:
            told = spent
            print(
                f"  {spent:.0f} s, {passes:.0f} passes: {report(average)}",
                file=sys.stderr,
                flush=True,
            )
    return Fitted(average, spent, passes)


def _schedule(step: int, done: float, full: float) -> float:
    """Share of the peak rate: a short rise, then full, then a cosine down to 0."""
    rise = min(1.0, (step + 1) / 100)
    return (
        rise
        if done < full
        else rise * 0.5 * (1 + math.cos(math.pi * min(1.0, (done - full) / (1 - full))))
    )


def count_weights(net: nn.Module) -> int:
    """Count the trained values."""
    return sum(parameter.numel() for parameter in net.parameters())


def kept(
    name: str, folder: Path | None, recipe: Recipe, net: nn.Module, train: Callable[[], Fitted]
) -> Fitted:
    """Take a network from ``NAME.safetensors`` if its recipe is the same; else train and keep it."""
    if folder is None:
        return train()
    weights, card = folder / f"{name}.safetensors", folder / f"{name}.json"
    if weights.is_file() and card.is_file():
        told: dict[str, Any] = json.loads(card.read_text(encoding="utf-8"))
        if told["recipe"] == asdict(recipe):
            net.load_state_dict(load_file(weights))
            return Fitted(net.eval(), told["seconds"], told["passes"])
    fitted = train()
    folder.mkdir(parents=True, exist_ok=True)
    write_atomic(weights, save(fitted.net.state_dict()))
    told = {"recipe": asdict(recipe), "seconds": fitted.seconds, "passes": fitted.passes}
    write_atomic(card, json.dumps(told, indent=1))
    return fitted
