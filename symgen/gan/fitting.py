"""How the bar GAN learns, to be read from top to bottom."""

from __future__ import annotations

import copy
import math
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from symgen.gan.checkpoint import GanModel, save_gan
from symgen.gan.losses import critic_loss, generator_loss, gradient_penalty
from symgen.gan.net import BarDiscriminator, BarGenerator, straight_through
from symgen.gan.options import GanOptions
from symgen.gan.state import BEST, GanState, load_state, save_state
from symgen.gan.steps import StepTune
from symgen.gan.windows import BarBatch, Growing, corpus_digest, real_bars
from symgen.system.errors import CheckpointError
from symgen.system.files import PathLike
from symgen.training.device import pick_device, pick_precision

__all__ = ["GanProgress", "GanReport", "Hooks", "fit_gan"]

clock = time.monotonic
_WARM_UP = 200
_STEADY = 0.5
"""Share of the time after which the learning rates fall."""
_FLOOR = 0.05
_SAVE_SECONDS = 300.0

Row = Mapping[str, float]
Validate = Callable[[GanModel], Row]


@dataclass(frozen=True, slots=True)
class GanProgress:
    """Where training stands after an update: its number, the share of the time, and a row of figures if it has one."""

    step: int
    share: float
    gap: float
    row: Row | None = None


@dataclass(frozen=True, slots=True)
class GanReport:
    """What training gave: the folder of the run, the best row of figures, all rows, seconds, whether it was stopped."""

    folder: Path
    best: Row
    rows: Sequence[Row]
    seconds: float
    stopped: bool


Hooks = tuple[Callable[[GanProgress], None] | None, Callable[[], bool] | None]


def fit_gan(
    tunes: Sequence[StepTune],
    folder: PathLike,
    options: GanOptions,
    *,
    validate: Validate,
    info: Mapping[str, Any],
    resume: bool = False,
    hooks: Hooks = (None, None),
) -> GanReport:
    """Train a generator against a discriminator; the best by what `validate` calls ``"score"`` lies in ``best``.

    Parameters
    ----------
    tunes : sequence of StepTune
        To learn from.
    folder : path
        Of the run.
    options : GanOptions
    validate : callable
        Measures a generator.
    info : mapping
        Goes onto the card.
    resume : bool
        Go on where the run in `folder` stopped; the options must be those of that run.
    hooks : (callable or None, callable or None)
        Called after each update; asked after each update whether to stop.

    Raises
    ------
    ControlError
        If there are no tunes.
    CheckpointError
        If there is nothing to resume, or the loss is no number.
    FormatError
        If a checkpoint cannot be written.
    """
    trainer = _Trainer(tunes, Path(folder), options, info)
    if resume:
        trainer.resume()
    stopped = trainer.run(validate, hooks)
    state = trainer.state
    best = max(state.rows, key=lambda row: row["score"], default={})
    return GanReport(Path(folder), best, state.rows, state.seconds, stopped)


class _Trainer:
    """Both networks, the running mean of the generator, their optimisers, the growing tunes."""

    def __init__(
        self, tunes: Sequence[StepTune], folder: Path, options: GanOptions, info: Mapping[str, Any]
    ) -> None:
        torch.manual_seed(options.seed)
        self.folder, self.options, self.info = folder, options, info
        self.device = pick_device(options.device)
        self.precision = pick_precision(options.precision, self.device)
        self.rng = np.random.default_rng(options.seed)
        self.real = real_bars(tunes, self.device)
        self.corpus = corpus_digest(tunes)
        latent, own = options.net.tune_latent, 2 * round(options.own_share * options.batch / 2)
        self.growing = tuple(Growing(bars, own, latent, self.rng) for bars in self.real)
        self.generator = BarGenerator(options.net).to(self.device)
        self.critic = BarDiscriminator(options.net).to(self.device)
        self.mean = copy.deepcopy(self.generator).requires_grad_(False)
        rates = (options.rate, options.critic_rate)
        self.optimizers = tuple(
            torch.optim.Adam(net.parameters(), lr=rate, betas=options.betas)
            for net, rate in zip((self.generator, self.critic), rates, strict=True)
        )
        self.state, self._saved = GanState(), clock()

    # -- the course of it --------------------------------------------------------------

    def run(self, validate: Validate, hooks: Hooks) -> bool:
        """Update until the time is over; tell whether it was stopped before."""
        report, stop = hooks
        stopped = False
        sizes = np.array([len(bars) for bars in self.real], dtype=np.float64)
        while not stopped and self.share < 1.0:
            began = clock()
            gap = self.update(int(self.rng.choice(len(sizes), p=sizes / sizes.sum())))
            self.state.seconds += clock() - began
            row = self.measure(validate) if self.is_due() else None
            if report:
                report(GanProgress(self.state.step, min(1.0, self.share), gap, row))
            stopped = bool(stop and stop())
            if stopped or self.share >= 1.0 or clock() - self._saved > _SAVE_SECONDS:
                self.save()
        return stopped

    @property
    def share(self) -> float:
        """How much of the time is spent, 0..1."""
        return self.state.seconds / (60 * self.options.minutes)

    def is_due(self) -> bool:
        """Whether it is time to measure."""
        return self.share >= min(1.0, (len(self.state.rows) + 1) / self.options.validations)

    def measure(self, validate: Validate) -> Row:
        """Validate, keep the generator if it is the best, and note the figures."""
        model = self.model()
        told = {name: total / count for name, (total, count) in self.state.sums.items()}
        self.state.sums.clear()
        row = {
            "step": self.state.step,
            "seconds": round(self.state.seconds, 1),
            **told,
            **validate(model),
        }
        if row["score"] >= max((old["score"] for old in self.state.rows), default=-math.inf):
            metrics = {name: round(float(value), 4) for name, value in row.items()}
            save_gan(
                GanModel(model.config, model.weights, {**model.info, "metrics": metrics}),
                self.folder / BEST,
            )
        self.state.rows.append(row)
        return row

    def model(self) -> GanModel:
        """Return the mean of the generator's weights over the last updates."""
        weights = {
            name: value.float().cpu().numpy().copy()
            for name, value in self.mean.state_dict().items()
        }
        training = {
            **self.options.to_json(),
            "steps": self.state.step,
            "spent": round(self.state.seconds),
        }
        return GanModel(self.options.net, weights, {**self.info, "training": training})

    # -- one update --------------------------------------------------------------------

    def update(self, which: int) -> float:
        """Teach both networks with bars of one length; return by how much real bars score higher."""
        self._set_rates()
        noise = self.options.noise_at(self.share)
        for _ in range(self.options.critic_steps):
            places, bars = self.real[which].draw(self.options.batch, self.rng)
            ours, logits = self.write(which, places)
            made, symbols = straight_through(logits, noise)
            gap = self.teach_critic((places, bars), (ours, made.detach()))
        self.teach_generator((places, bars), (ours, made), logits)
        growing = self.growing[which]
        if len(growing):
            growing.add(symbols[len(symbols) - len(growing) :].detach())
        with torch.no_grad():
            decay = min(self.options.mean_decay, (1 + self.state.step) / (10 + self.state.step))
            for mean, value in zip(
                self.mean.parameters(), self.generator.parameters(), strict=True
            ):
                mean.lerp_(value, 1 - decay)
        self.state.step += 1
        return gap

    def write(self, which: int, places: BarBatch) -> tuple[BarBatch, Tensor]:
        """Write bars: after real bars, two after each, and after bars of its own."""
        growing, net = self.growing[which], self.options.net
        half = (len(places) - len(growing)) // 2
        ours, tune = places.twice(half), self._normal(half, net.tune_latent).repeat(2, 1)
        if len(growing):
            ours, tune = ours.joined(growing.places()), torch.cat([tune, growing.latents])
        bar = self._normal(len(ours), net.bar_latent)
        with self.precision():
            logits: Tensor = self.generator(ours.context, ours.told, ours.meter, tune, bar)
        return ours, logits

    def teach_critic(self, real: tuple[BarBatch, Tensor], made: tuple[BarBatch, Tensor]) -> float:
        """Update the discriminator."""
        name, every = self.options.loss, self.options.penalty_every
        (places, bars), (ours, written) = real, made
        both = places.joined(ours)
        with self.precision():
            scores = self.critic(
                both.context, torch.cat([bars, written]), both.told, both.meter, groups=2
            )
        scored = scores.float().chunk(2)
        loss = critic_loss(name, *scored)
        if self.options.penalty and self.state.step % every == 0:
            weight = self.options.penalty * every / (1 if name == "wgan-gp" else 2)

            def score(some: Tensor) -> Tensor:
                with self.precision():
                    found: Tensor = self.critic(places.context, some, places.told, places.meter)
                return found.float()

            loss = loss + weight * gradient_penalty(name, score, bars, written)
        if not torch.isfinite(loss):
            raise CheckpointError(
                f"{self.folder}: the loss is no number at step {self.state.step}; lower the rates"
            )
        self._step(1, loss)
        gap = float((scored[0] - scored[1]).mean().detach())
        self._note(critic_loss=float(loss.detach()), gap=gap)
        return gap

    def teach_generator(
        self, real: tuple[BarBatch, Tensor], made: tuple[BarBatch, Tensor], logits: Tensor
    ) -> None:
        """Update the generator; two bars after the same bars shall differ (mode seeking, Mao et al. 2019)."""
        name, (ours, written) = self.options.loss, made
        self.critic.requires_grad_(False)
        with self.precision():
            scores = self.critic(ours.context, written, ours.told, ours.meter)
            rival = scores
            if name == "relativistic":
                rival = self.critic(real[0].context, real[1], real[0].told, real[0].meter)
        loss = generator_loss(name, rival.float(), scores.float())
        half = (len(ours) - len(self.growing[0])) // 2
        if self.options.mode_seeking and half:
            chances = torch.softmax(logits[: 2 * half], dim=1)
            apart = (chances[:half] - chances[half:]).abs().sum(dim=1).mean(dim=1) / 2
            loss = (
                loss - self.options.mode_seeking * apart.clamp(max=self.options.mode_limit).mean()
            )
        self._step(0, loss)
        self.critic.requires_grad_(True)
        self._note(generator_loss=float(loss.detach()))

    # -- small things ------------------------------------------------------------------

    def _set_rates(self) -> None:
        rise = min(1.0, (self.state.step + 1) / _WARM_UP)
        late = max(0.0, (min(1.0, self.share) - _STEADY) / (1 - _STEADY))
        factor = rise * (_FLOOR + (1 - _FLOOR) * 0.5 * (1 + math.cos(math.pi * late)))
        for optimizer, rate in zip(
            self.optimizers, (self.options.rate, self.options.critic_rate), strict=True
        ):
            for group in optimizer.param_groups:
                group["lr"] = rate * factor

    def _step(self, which: int, loss: Tensor) -> None:
        self.optimizers[which].zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        self.optimizers[which].step()

    def _normal(self, rows: int, columns: int) -> Tensor:
        return torch.from_numpy(self.rng.standard_normal((rows, columns)).astype(np.float32)).to(
            self.device
        )

    def _note(self, **figures: float) -> None:
        for name, value in figures.items():
            sums = self.state.sums.setdefault(name, [0.0, 0.0])
            sums[0], sums[1] = sums[0] + value, sums[1] + 1

    def resume(self) -> None:
        """Fill everything from the folder."""
        kept = self._parts(), self.optimizers, self.growing, self.rng
        self.state = load_state(self.folder, *kept, self.corpus)

    def save(self) -> None:
        """Write all that is needed to go on."""
        kept = self._parts(), self.optimizers, self.growing, self.rng
        save_state(
            self.folder,
            self.state,
            *kept,
            {"options": self.options.to_json(), "corpus": self.corpus},
        )
        self._saved = clock()

    def _parts(self) -> dict[str, torch.nn.Module]:
        return {"generator": self.generator, "critic": self.critic, "mean": self.mean}
