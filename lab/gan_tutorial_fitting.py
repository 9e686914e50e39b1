"""Train the GAN of a tutorial: binary cross-entropy, a step of one network, a step of the other.

    python -m lab train-gan-tutorial STORE -o RUN [--minutes 5]

It is what `symgen gan` is compared with: see `lab.gan_tutorial`.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from lab.commands import command_parser
from lab.gan_tutorial import (
    LATENT,
    SERIES_STEPS,
    TutorialDiscriminator,
    TutorialGenerator,
    series_of,
)
from symgen.cli.signals import stop_signals
from symgen.corpus import Store
from symgen.gan.checkpoint import GAN, GanConfig, GanModel, save_gan
from symgen.gan.plots import plot_gan_training
from symgen.gan.steps import StepTune
from symgen.gan.tunes import describe_corpus, some_tunes
from symgen.system.errors import CheckpointError, ControlError
from symgen.system.files import PathLike, locked_folder, new_folder
from symgen.system.inputs import check_folder_apart
from symgen.training.fit import Callbacks, TrainProgress
from symgen.training.run import BEST, check_run
from symgen.training.tensors import numpy_weights, pick_device

__all__ = ["TutorialOptions", "fit_tutorial", "main", "train_tutorial"]

_GRID = 4
_BETAS = (0.5, 0.999)
_ROWS = 50


@dataclass(frozen=True)
class TutorialOptions:
    """How to train the tutorial's GAN."""

    # Wall time.
    minutes: float = 5.0
    # Windows of data a step, and series that the generator makes beside them.
    batch: int = 64
    # Adam's learning rate, of both networks.
    rate: float = 2e-4
    seed: int = 0
    # ``"auto"``, ``"cpu"`` or ``"cuda"``.
    device: str = "auto"


def train_tutorial(
    store: Store,
    output: PathLike,
    *,
    options: TutorialOptions | None = None,
    overwrite: bool = False,
    callbacks: Callbacks | None = None,
) -> Path:
    """Train on the tunes of a corpus in 4/4, in a folder that gets ``best`` and ``training.png``."""
    folder, options = Path(output), options or TutorialOptions()
    check_folder_apart(folder, [store.path], may_hold=True)
    with new_folder(folder), locked_folder(folder):
        check_run(folder, GAN, resume=False, overwrite=overwrite)
        tunes = [tune for tune in some_tunes(store, "train", _GRID) if tune.meter == "4/4"]
        weights, rows = fit_tutorial(tunes, options, callbacks=callbacks)
        training = {name: value for name, value in asdict(options).items() if name != "device"}
        info = {
            "name": folder.name,
            "preset": "tutorial",
            "training": training,
            **describe_corpus(store, tunes),
        }
        save_gan(GanModel(GanConfig(), weights, info), folder / BEST)
        if rows:
            plot_gan_training(rows, folder / "training.png")
    return folder


def fit_tutorial(
    tunes: Sequence[StepTune],
    options: TutorialOptions,
    *,
    callbacks: Callbacks | None = None,
) -> tuple[dict[str, NDArray[np.float32]], list[dict[str, float]]]:
    """Train on windows of 96 steps that begin at bar lines, all equally likely.

    The seed fixes first weights, windows and latents, so that on a CPU the same number of steps
    gives the same weights. A series does not say how long its bars are: give tunes of one bar
    length to know it.
    """
    _check(options)
    windows = _Windows(tunes)
    trainer = _Trainer(options)
    callbacks = callbacks or Callbacks()
    rows: list[dict[str, float]] = []
    for row in trainer.run(windows, callbacks):
        rows.append(row)
        if callbacks.report:
            done = min(1.0, row["seconds"] / (60 * options.minutes))
            progress = TrainProgress(trainer.step, 0, row["critic_loss"], done=done, metrics=row)
            callbacks.report(progress)
    return numpy_weights(trainer.generator), rows


def _check(options: TutorialOptions) -> None:
    for name, value in (("minutes", options.minutes), ("rate", options.rate)):
        if not 0 < value < math.inf:
            raise ControlError(f"{name} {value}: use a number above 0")
    if options.batch < 1:
        raise ControlError(f"batch {options.batch}: use at least 1")
    if not 0 <= options.seed < 2**63:
        raise ControlError(f"seed {options.seed}: must be 0 or more, and below 2**63")


class _Windows:
    """All symbols in a row, and where in it a window may begin."""

    def __init__(self, tunes: Sequence[StepTune]) -> None:
        if other := sorted({tune.grid for tune in tunes} - {_GRID}):
            raise ControlError(
                f"grid {other[0]}: this preset takes tunes of {_GRID} steps a quarter; use grid {_GRID}"
            )
        starts, offset = [], 0
        fitting = [tune for tune in tunes if tune.bars.size >= SERIES_STEPS]
        for tune in fitting:
            starts.append(offset + np.arange(0, tune.bars.size - SERIES_STEPS + 1, tune.steps))
            offset += tune.bars.size
        if not fitting:
            raise ControlError(
                f"none of {len(tunes)} tunes has {SERIES_STEPS} steps (6 bars of 4/4, 8 of 3/4 or 6/8); "
                "add longer tunes"
            )
        self.symbols = np.concatenate([tune.bars.reshape(-1) for tune in fitting])
        self.starts = np.concatenate(starts)

    def draw(self, count: int, rng: np.random.Generator) -> NDArray[np.float32]:
        """Draw windows as series, shape (count, 96)."""
        begin = rng.choice(self.starts, count)
        return series_of(self.symbols[begin[:, None] + np.arange(SERIES_STEPS)])


class _Trainer:
    """Both networks, on one device, and their optimizers."""

    def __init__(self, options: TutorialOptions) -> None:
        torch.manual_seed(options.seed)
        self.options, self.step = options, 0
        self.rng = np.random.default_rng(options.seed)
        self.device = pick_device(options.device)
        self.generator = TutorialGenerator().to(self.device).train()
        self.discriminator = TutorialDiscriminator().to(self.device).train()
        self.generator_optimizer, self.discriminator_optimizer = (
            torch.optim.Adam(net.parameters(), lr=options.rate, betas=_BETAS)
            for net in (self.generator, self.discriminator)
        )

    def run(self, windows: _Windows, callbacks: Callbacks) -> Iterator[dict[str, float]]:
        """Learn until the time is over; yield rows on the way."""
        clock = callbacks.clock
        began, whole = clock(), 60 * self.options.minutes
        count, over, losses = 0, False, []
        while not over:
            losses.append(self.update(windows.draw(self.options.batch, self.rng)))
            seconds = clock() - began
            over = seconds >= whole or callbacks.stops()
            if over or seconds >= whole * (count + 1) / _ROWS:
                discriminator, generator = np.mean(losses, axis=0).tolist()
                yield {
                    "step": self.step,
                    "critic_loss": discriminator,
                    "generator_loss": generator,
                    "seconds": seconds,
                }
                count, losses = count + 1, []

    def update(self, series: NDArray[np.float32]) -> tuple[float, float]:
        """Step the discriminator, then the generator; return their losses."""
        real = torch.from_numpy(series).to(self.device)
        fake = self.generator(self._latent())
        on_real = _cost(self.discriminator(real), 1.0)
        on_fake = _cost(self.discriminator(fake.detach()), 0.0)
        discriminator_loss = (on_real + on_fake) / 2
        _descend(self.discriminator_optimizer, discriminator_loss)
        generator_loss = _cost(self.discriminator(fake), 1.0)
        _descend(self.generator_optimizer, generator_loss)
        self.step += 1
        losses = float(discriminator_loss.detach()), float(generator_loss.detach())
        if not all(map(math.isfinite, losses)):
            raise CheckpointError(f"the loss is no number at step {self.step}; lower the rate")
        return losses

    def _latent(self) -> Tensor:
        latent = self.rng.standard_normal((self.options.batch, LATENT), dtype=np.float32)
        return torch.from_numpy(latent).to(self.device)


def _cost(logits: Tensor, label: float) -> Tensor:
    return nn.functional.binary_cross_entropy_with_logits(logits, torch.full_like(logits, label))


def _descend(optimizer: torch.optim.Optimizer, loss: Tensor) -> None:
    optimizer.zero_grad()
    loss.backward()  # type: ignore[no-untyped-call]
    optimizer.step()


def main(arguments: Sequence[str]) -> int:
    """Train the GAN on a store."""
    parser = command_parser(__name__, __doc__)
    parser.add_argument("store", metavar="STORE", help="melodies")
    parser.add_argument("-o", "--output", metavar="RUN", required=True, help="folder of the run")
    usual = TutorialOptions()
    for each in fields(usual):
        value = getattr(usual, each.name)
        parser.add_argument(f"--{each.name}", type=type(value), default=value, metavar="X")
    parser.add_argument("--overwrite", action="store_true", help="start anew over a run")
    options = parser.parse_args(arguments)
    given = {each.name: getattr(options, each.name) for each in fields(usual)}
    with stop_signals() as asked:
        folder = train_tutorial(
            Store.open(options.store),
            options.output,
            options=TutorialOptions(**given),
            overwrite=options.overwrite,
            callbacks=Callbacks(should_stop=asked.is_set),
        )
    print(folder)
    return asked.status if asked.is_set() else 0
