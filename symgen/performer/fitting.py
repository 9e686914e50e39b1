"""Training of the pitched player: stretches of pieces, the mean of the weights, and how played notes stray."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import count
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from symgen.nets.by_the_clock import Clock, fit_by_the_clock
from symgen.performer.checkpoint import PlayerConfig, PlayerModel
from symgen.performer.groups import Groups
from symgen.performer.inference import standardized
from symgen.performer.lessons import Lesson
from symgen.performer.net import Lines, PlayerBatch, PlayerNet

__all__ = ["Course", "FitOptions", "fit_player"]

Floats = NDArray[np.float32]
Stretch = tuple[Lesson, int, int]

_WARM_UP, _KEPT = 50, 0.99
# Share of the time after which it is told how far it is.
_TOLD = 0.1
# Deviations of an aspect farther off count as this many.
_FARTHEST = 4.0
# What the spread of a note counts beside what is likeliest of it.
_STRAYED = 0.2
# Lessons of which is measured how notes stray.
_JUDGED = 120
# Chords that follow each other, of which is measured how alike they are.
_LAGS = 2
# Bounds of the logarithm of how much a note strays, as `InferencePlayer` has them.
_LEAST_LOG, _MOST_LOG = -4.0, 2.0


@dataclass(frozen=True)
class FitOptions:
    """How a player is trained."""

    # CPU time of each network.
    minutes: float = 6.0
    batch: int = 16
    # Notes of a stretch.
    notes: int = 256
    rate: float = 3e-3
    dropout: float = 0.2
    weight_decay: float = 0.02
    seed: int = 0


def fit_player(
    lessons: Sequence[Lesson],
    config: PlayerConfig,
    options: FitOptions,
    tell: Callable[[float, float], None] | None = None,
    start: PlayerModel | None = None,
) -> PlayerModel:
    """Train on lessons, each as likely as another; `tell` hears the share that is done, and the loss.

    `start` is a player of the same widths to go on from.
    """
    mean, deviation = _moments([lesson.features for lesson in lessons])
    if start is not None:
        mean, deviation = (np.array(start.weights[name]) for name in ("mean", "deviation"))
    said_mean, said_deviation = _moments([lesson.played for lesson in lessons])
    if config.aspects[0] == "velocity":
        said_mean[0] = 0.0
        said_deviation[0] = 1.0
    norms = {
        "mean": mean,
        "deviation": deviation,
        "said_mean": said_mean,
        "said_deviation": said_deviation,
    }
    course = Course(lessons, norms)
    weights = dict(norms)
    nets = []
    for member in range(config.members):
        own = replace(options, seed=options.seed + member)
        torch.manual_seed(own.seed)
        net = PlayerNet(config, options.dropout)
        if start is not None:
            _go_on(net, config, start)
        nets.append(_fit_member(course, net, own, tell))
        weights |= {f"{member}.{k}": v.numpy() for k, v in nets[-1].state_dict().items()}
    weights["strays"] = _strays(nets, course, len(config.aspects))
    return PlayerModel(config, weights, {"training": asdict(options)})


def _moments(tables: Sequence[NDArray[Any]]) -> tuple[Floats, Floats]:
    """Return mean and deviation of columns, each table as heavy as another."""
    mean = np.mean([table.mean(axis=0, dtype=np.float64) for table in tables], axis=0)
    square = np.mean([np.square(table - mean).mean(axis=0) for table in tables], axis=0)
    return mean.astype(np.float32), (np.sqrt(square) + 1e-3).astype(np.float32)


@dataclass(frozen=True, eq=False)
class Course:
    """Lessons, and the means and deviations by which the network is given them."""

    lessons: Sequence[Lesson]
    norms: dict[str, Floats]

    def played(self, lesson: Lesson) -> Floats:
        """Return what is to be said of the notes of a lesson, standardized."""
        played = (lesson.played - self.norms["said_mean"]) / self.norms["said_deviation"]
        clipped: Floats = np.clip(played, -_FARTHEST, _FARTHEST).astype(np.float32)
        return clipped

    def batch(self, stretches: Sequence[Stretch]) -> PlayerBatch:
        """Lay stretches side by side."""
        features = np.concatenate([lesson.features[a:b] for lesson, a, b in stretches])
        played = np.concatenate([self.played(lesson)[a:b] for lesson, a, b in stretches])
        piece = np.concatenate([np.full(b - a, i) for i, (_, a, b) in enumerate(stretches)])
        onset = np.concatenate([lesson.onset[a:b] for lesson, a, b in stretches])
        part = np.concatenate([lesson.part[a:b] for lesson, a, b in stretches])
        mean, deviation = self.norms["mean"], self.norms["deviation"]
        return PlayerBatch(
            torch.from_numpy(standardized(features.astype(np.float32), mean, deviation)),
            torch.from_numpy(played),
            _lines(piece, onset),
            _lines(piece << 16 | part, onset),
        )

    def draw(self, options: FitOptions, draw: np.random.Generator) -> PlayerBatch:
        """Draw stretches, each lesson as likely as another."""
        chosen = draw.integers(len(self.lessons), size=options.batch).tolist()
        return self.batch([_stretch(self.lessons[i], options.notes, draw) for i in chosen])

    def judged(self, nets: Sequence[PlayerNet], lesson: Lesson) -> Floats:
        """Return what networks say of the notes of a lesson on the whole, shape (notes, 2 * aspects)."""
        batch = self.batch([(lesson, 0, len(lesson.onset))])
        with torch.no_grad():
            found: Floats = torch.stack([net(batch) for net in nets]).mean(dim=0).numpy()
        return found


def _stretch(lesson: Lesson, notes: int, draw: np.random.Generator) -> Stretch:
    count = len(lesson.onset)
    first = int(draw.integers(max(1, count - notes + 1)))
    return lesson, first, min(count, first + notes)


def _fit_member(
    course: Course,
    net: PlayerNet,
    options: FitOptions,
    tell: Callable[[float, float], None] | None,
) -> PlayerNet:
    """Train one network by the clock of the CPU, and return the mean of its last weights."""
    draw = np.random.default_rng(options.seed)
    mean, last = net, 0.0

    def loss(drawn: PlayerNet, batch: PlayerBatch) -> Tensor:
        nonlocal last
        found = _loss(drawn, batch)
        last = float(found.detach())
        return found

    def keep(now: PlayerNet, at: dict[str, float]) -> None:
        nonlocal mean
        mean = now
        if tell is not None:
            tell(at["done"], last)

    clock = Clock(
        options.minutes, options.rate, options.weight_decay, _WARM_UP, _TOLD, _TOLD, kept=_KEPT
    )
    # Small corpora have nothing to spare for choosing a moment: the last one counts.
    order = count(step=-1)
    batches = (course.draw(options, draw) for _ in count())
    fit_by_the_clock(net, batches, loss, clock, measure=lambda _: next(order), keep=keep)
    return mean.eval()


def _go_on(net: PlayerNet, config: PlayerConfig, start: PlayerModel) -> None:
    """Take the weights of the first network of a player; what it says of other aspects begins anew."""
    own = {
        name.partition(".")[2]: torch.from_numpy(np.array(value))
        for name, value in start.weights.items()
        if name.startswith("0.")
    }
    before, known = len(start.config.aspects), net.state_dict()
    for kind in ("weight", "bias"):
        given, said = own.pop(f"said.{kind}"), known[f"said.{kind}"]
        for row, aspect in enumerate(config.aspects):
            if aspect in start.config.aspects:
                at = start.config.aspects.index(aspect)
                said[row], said[len(config.aspects) + row] = given[at], given[before + at]
        own[f"said.{kind}"] = said
    net.load_state_dict(own)


def _loss(net: PlayerNet, batch: PlayerBatch) -> Tensor:
    """Return the mean square error, and the log likelihood of what is left."""
    said = net(batch)
    aspects = batch.played.shape[1]
    off = batch.played - said[:, :aspects]
    spread = said[:, aspects:].clamp(_LEAST_LOG, _MOST_LOG)
    left = spread + 0.5 * torch.square(off.detach()) * torch.exp(-2 * spread)
    total: Tensor = torch.square(off).mean() + _STRAYED * left.mean()
    return total


def _lines(line: NDArray[np.int64], onset: NDArray[np.int64]) -> Lines:
    """Return where notes stand among the chords of their lines."""
    chords = Groups.of(line << 36 | onset)
    own = line[chords.first_notes]
    lines = Groups.of(own)
    place = np.arange(len(own)) - lines.starts[lines.index]
    length = int(lines.sizes.max())
    at = lines.index * length + place
    return Lines(torch.from_numpy(at[chords.index]), (len(lines), length))


def _strays(nets: Sequence[PlayerNet], course: Course, aspects: int) -> Floats:
    """Measure what strays: how alike notes of one chord are, and those of chords that follow each other."""
    sums = np.zeros((_LAGS + 1, 2, aspects))
    for lesson in course.lessons[:: max(1, len(course.lessons) // _JUDGED)]:
        said = course.judged(nets, lesson)
        left = (course.played(lesson) - said[:, :aspects]) * np.exp(-said[:, aspects:])
        own = lesson.own
        size = own.sizes[:, None]
        mean, part = own.of_groups(left, np.add) / size, lesson.part[own.first_notes]
        square = own.of_groups(np.square(left), np.add)
        many = size[:, 0] > 1
        # Products of different notes of one chord; then those of notes of two chords are of their means.
        pairs = (np.square(mean * size) - square) / (size * np.maximum(size - 1, 1))
        products = [(pairs[many], (square / size)[many])]
        for lag in range(1, _LAGS + 1):
            same = part[lag:] == part[:-lag]
            products.append(((mean[lag:] * mean[:-lag])[same], (square / size)[lag:][same]))
        sums += [[each.sum(axis=0) for each in pair] for pair in products]
    together, *following = sums[:, 0] / np.maximum(sums[:, 1], 1e-9)
    lasting = np.clip(following[1] / np.maximum(following[0], 1e-3), 0.0, 0.98)
    slow = np.clip(following[0] / np.maximum(lasting, 0.1), 0.0, 0.9)
    common = np.clip(together, slow, 0.95)
    return np.stack([common, slow, lasting], axis=1).astype(np.float32)
