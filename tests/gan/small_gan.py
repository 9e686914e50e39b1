"""Small melodies, a generator that has learned nothing, and ways to look at scores."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
from small import tune

from symgen.corpus import Store
from symgen.gan import read_tunes
from symgen.gan.checkpoint import GanConfig, GanModel
from symgen.gan.options import GanOptions
from symgen.gan.tunes import describe_corpus
from symgen.music.score import Score
from symgen.music.theory import Key

NET = GanConfig(width=8, critic_width=8, mapping=8, tune_latent=4, bar_latent=4)
C = Key.parse("C major")
NOTHING = np.zeros((0, 0), dtype=np.uint8)
SMALL = GanOptions(
    net=NET, minutes=3 / 60, batch=8, validations=2, device="cpu", precision="float32"
)


def quarters(score: Score) -> list[list[tuple[float, float, int, int]]]:
    """All notes of each part, whatever the resolution."""
    ticks = score.resolution
    return [
        [(n.onset / ticks, n.duration / ticks, n.pitch, n.velocity) for n in p.notes]
        for p in score.parts
    ]


def full_bars(score: Score) -> int:
    return sum(bar.number > 0 for bar in score.bars)


def waltz(seed: int, meter: str = "3/4") -> Score:
    rng = np.random.default_rng(seed)
    names = np.array(["G4", "A4", "B4", "D5", "E5", "G5"])
    bars = [" ".join(f"{name}:.5" for name in rng.choice(names, size=6)) for _ in range(7)]
    return tune("|".join([*bars, "G4:3"]), meter=meter, resolution=480)


def random_weights(config: GanConfig, seed: int = 0) -> dict[str, Any]:
    import torch

    from symgen.gan.net import BarGenerator

    torch.manual_seed(seed)
    net = BarGenerator(config)
    with torch.no_grad():
        for weight in net.parameters():
            weight.mul_(1.5).add_(0.3 * torch.randn_like(weight))
    return {name: value.detach().numpy() for name, value in net.state_dict().items()}


def make_model(store: Store, *, grid: int = 4, **more: Any) -> GanModel:
    config = replace(NET, grid=grid)
    info = {
        "name": "small",
        **describe_corpus(store, read_tunes(store, "train", grid=grid)),
        **more,
    }
    return GanModel(config, random_weights(config), info)


def stop_after(steps: int) -> Callable[[], bool]:
    count = itertools.count(1)
    return lambda: next(count) >= steps
