"""Training of the player of a drum kit: stretches of recordings in random order, the loss counted in bits a stroke."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass

import numpy as np
import torch

from lab.drums.playing import Span, batch, bent
from symgen.nets.by_the_clock import Clock, fit_by_the_clock, weights_of
from symgen.performer.kit_checkpoint import KitConfig, KitModel
from symgen.performer.kit_net import KitNet

__all__ = ["KitFitOptions", "fit_kit_player", "measure_kit", "net_of_model"]

Stretch = tuple[Span, int, int]
# Shares of the time before the first validation, and between others.
_BEFORE, _BETWEEN = 0.2, 0.1
_SORTED = 8


@dataclass(frozen=True)
class KitFitOptions:
    """How a player is trained."""

    minutes: float = 4.5
    batch: int = 12
    # Strokes of a stretch.
    strokes: int = 160
    rate: float = 5e-3
    dropout: float = 0.2
    weight_decay: float = 0.02
    # Share of stretches without their style.
    hide: float = 0.2
    # So many times recordings are learned from that push or drag as they were not played.
    bent: int = 2
    seed: int = 0


def fit_kit_player(
    spans: Sequence[Span],
    config: KitConfig,
    options: KitFitOptions,
    keep: Callable[[KitModel], None],
    start: KitModel | None = None,
) -> None:
    """Train on the training part by the clock of the CPU, from `start` on; `keep` gets what is the best so far."""
    torch.manual_seed(options.seed)
    rng = np.random.default_rng(options.seed)
    train, valid = (
        [span for span in spans if span.playing.split == split] for split in ("train", "validation")
    )
    train += [bent(span, rng) for _ in range(options.bent) for span in train]
    net = KitNet(config, options.dropout)
    if start is not None:
        net.load_state_dict(net_of_model(start).state_dict())
    clock = Clock(options.minutes, options.rate, options.weight_decay, 50, _BEFORE, _BETWEEN)
    found: dict[str, float] = {}

    def bits(mean: KitNet) -> float:
        found.update(measure_kit(mean, valid))
        return found["velocity"] + found["late"]

    def kept(mean: KitNet, at: dict[str, float]) -> None:
        metrics = {f"valid_bits_{name}": round(value, 3) for name, value in found.items()}
        training = {**asdict(options), **at}
        keep(KitModel(config, weights_of(mean), {"training": training, "metrics": metrics}))

    def loss(drawn: KitNet, stretches: list[Stretch]) -> torch.Tensor:
        hidden = (rng.random(len(stretches)) < options.hide).tolist()
        heard = batch(stretches, config.styles, hidden)
        velocity, late = drawn(heard)
        total: torch.Tensor = velocity + late
        return -total.sum() / heard.weight.sum()

    fit_by_the_clock(net, _batches(train, options, rng), loss, clock, measure=bits, keep=kept)


def net_of_model(model: KitModel) -> KitNet:
    """Return the network of a stored player, ready to judge."""
    net = KitNet(model.config).eval()
    state = {name: torch.from_numpy(value.copy()) for name, value in model.weights.items()}
    net.load_state_dict(state)
    return net


def measure_kit(net: KitNet, spans: Sequence[Span]) -> dict[str, float]:
    """Return bits a stroke of velocity and of lateness, whole recordings read from their begin on."""
    net.eval()
    sums, count = np.zeros(2), 0
    ordered = sorted(spans, key=lambda span: len(span.playing.strokes))
    with torch.no_grad():
        for i in range(0, len(ordered), 8):
            parts = [(span, 0, len(span.playing.strokes)) for span in ordered[i : i + 8]]
            found = net(batch(parts, net.config.styles))
            sums -= [float(value.sum()) / math.log(2) for value in found]
            count += sum(stop for _, _, stop in parts)
    net.train()
    return {"velocity": sums[0] / count, "late": sums[1] / count}


def _batches(
    spans: Sequence[Span], options: KitFitOptions, rng: np.random.Generator
) -> Iterator[list[Stretch]]:
    """Yield batches of stretches, without an end."""
    chances = np.array([len(span.playing.strokes) for span in spans], dtype=float)
    chances /= chances.sum()
    while True:
        drawn = rng.choice(len(spans), size=_SORTED * options.batch, p=chances)
        stretches = [_stretch(spans[i], options.strokes, rng) for i in drawn.tolist()]
        stretches.sort(key=lambda stretch: stretch[2] - stretch[1])
        for number in rng.permutation(_SORTED).tolist():
            yield stretches[number * options.batch : (number + 1) * options.batch]


def _stretch(span: Span, strokes: int, rng: np.random.Generator) -> Stretch:
    """Cut a stretch anywhere; one in three from the begin of a recording, where nothing is remembered."""
    count = len(span.playing.strokes)
    length = min(strokes, count)
    first = int(rng.integers(0, count - length + 1)) if rng.random() > 1 / 3 else 0
    return span, first, first + length
