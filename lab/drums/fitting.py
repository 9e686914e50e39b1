"""Training of the drummer: stretches of recordings in random order, the loss counted in bits a hit."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, fields

import numpy as np
import torch

from lab.drums.batches import LaidTake, batch, lay_take
from lab.drums.pieces import Take
from symgen.drummer.checkpoint import DrummerConfig, DrummerModel
from symgen.drummer.net import DrummerNet, Losses
from symgen.nets.by_the_clock import Clock, fit_by_the_clock, weights_of

__all__ = ["FitOptions", "fit_drummer", "measure"]

# Shares of the time before the first validation, and between others.
_BEFORE, _BETWEEN = 0.4, 0.2
# Bars of a recording that are validated.
_VALIDATED = 24
# What how drums are struck counts beside which are.
_MANNER = 0.5
# So many batches are drawn at once and sorted by length.
_SORTED = 8


@dataclass(frozen=True)
class FitOptions:
    """How a drummer is trained."""

    minutes: float = 6.0
    batch: int = 16
    # Bars of a stretch.
    bars: int = 8
    rate: float = 4e-3
    dropout: float = 0.0
    weight_decay: float = 0.02
    # Share of stretches without their style, and without their tempo.
    hide: float = 0.2
    # Each style counts as the number of its bars to this power.
    balance: float = 0.8
    seed: int = 0


def fit_drummer(
    takes: Sequence[Take],
    config: DrummerConfig,
    options: FitOptions,
    keep: Callable[[DrummerModel], None],
    start: DrummerModel | None = None,
) -> None:
    """Train on the training part by the clock of the CPU, from `start` on; `keep` gets what is the best so far."""
    torch.manual_seed(options.seed)
    rng = np.random.default_rng(options.seed)
    train = [lay_take(take, config.styles) for take in takes if take.split == "train"]
    valid = [take for take in takes if take.split == "validation"]
    net = DrummerNet(config, options.dropout)
    if start is not None:
        given = {name: torch.from_numpy(value.copy()) for name, value in start.weights.items()}
        net.load_state_dict(given, strict=False)
    clock = Clock(options.minutes, options.rate, options.weight_decay, 30, _BEFORE, _BETWEEN)
    found: dict[str, float] = {}

    def bits(mean: DrummerNet) -> float:
        found.update(measure(mean, valid, config, _VALIDATED))
        return found["hits"]

    def kept(mean: DrummerNet, at: dict[str, float]) -> None:
        metrics = {f"valid_bits_a_hit_{name}": round(value, 3) for name, value in found.items()}
        training = {**asdict(options), **at}
        keep(DrummerModel(config, weights_of(mean), {"training": training, "metrics": metrics}))

    def loss(drawn: DrummerNet, stretches: list[tuple[LaidTake, int, int]]) -> torch.Tensor:
        heard = batch(stretches, rng, options.hide)
        return _loss(drawn(heard)) / (heard.levels > 0).sum()

    fit_by_the_clock(net, _batches(train, options, rng), loss, clock, measure=bits, keep=kept)


def _loss(found: Losses) -> torch.Tensor:
    struck = found.event + found.feel + found.hits
    manner = found.levels + found.late + found.other
    return -(struck + _MANNER * manner).sum()


def measure(
    net: DrummerNet, takes: Sequence[Take], config: DrummerConfig, most: int | None = None
) -> dict[str, float]:
    """Return bits a hit; ``hits`` holds all that says which are struck: events, feels and drums."""
    net.eval()
    sums = {field.name: 0.0 for field in fields(Losses)}
    hits = 0
    ordered = sorted(takes, key=lambda take: take.groove.bars)
    with torch.no_grad():
        for i in range(0, len(ordered), 16):
            laid = [lay_take(take, config.styles) for take in ordered[i : i + 16]]
            heard = batch([(take, 0, min(take.bars, most or take.bars)) for take in laid])
            hits += int((heard.levels > 0).sum())
            found = net(heard)
            for name in sums:
                sums[name] -= float(getattr(found, name).sum()) / math.log(2)
    net.train()
    sums["hits"] += sums["event"] + sums["feel"]
    return {name: value / hits for name, value in sums.items()}


def _batches(
    takes: Sequence[LaidTake], options: FitOptions, rng: np.random.Generator
) -> Iterator[list[tuple[LaidTake, int, int]]]:
    """Yield batches of stretches, without an end."""
    chances = np.array([take.bars for take in takes], dtype=float)
    styles = np.array([take.take.groove.style for take in takes])
    for style in sorted(set(styles.tolist())):
        own = styles == style
        chances[own] *= chances[own].sum() ** (options.balance - 1)
    chances /= chances.sum()
    while True:
        drawn = rng.choice(len(takes), size=_SORTED * options.batch, p=chances)
        stretches = [_stretch(takes[i], options, rng) for i in drawn.tolist()]
        stretches.sort(key=_slots)
        for number in rng.permutation(_SORTED).tolist():
            yield stretches[number * options.batch : (number + 1) * options.batch]


def _slots(stretch: tuple[LaidTake, int, int]) -> int:
    take, first, stop = stretch
    begin, end = np.searchsorted(take.take.groove.bar, [first, stop]).tolist()
    return int(end - begin)


def _stretch(
    take: LaidTake, options: FitOptions, rng: np.random.Generator
) -> tuple[LaidTake, int, int]:
    count = min(options.bars, take.bars)
    first = int(rng.integers(0, take.bars - count + 1))
    return take, first, first + count
