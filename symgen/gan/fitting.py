"""The training of the bar GAN: a generator against a discriminator."""

from __future__ import annotations

import copy
import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import relu, softplus

from symgen.gan.checkpoint import GanModel, save_gan
from symgen.gan.net import BarDiscriminator, BarGenerator, straight_through
from symgen.gan.options import GanOptions
from symgen.gan.steps import StepTune
from symgen.gan.windows import BarBatch, Growing, corpus_digest, real_bars
from symgen.system.files import PathLike
from symgen.training.fit import (
    Callbacks,
    Figures,
    Position,
    Schedule,
    ScoredObjective,
    TrainReport,
    Update,
    fit,
)
from symgen.training.run import Run, Stateful
from symgen.training.tensors import numpy_weights, pick_device, pick_precision, update_mean

__all__ = ["discriminator_loss", "fit_gan", "generator_loss", "gradient_penalty"]

_WARM_UP = 200
"""Updates until the learning rates are at their peak."""
_STEADY = 0.5
"""Share of the time after which they fall."""
_FLOOR = 0.05
_DRIFT = 1e-3
"""Weight that keeps the scores of a Wasserstein discriminator near zero (Karras et al. 2018)."""

Validate = Callable[[GanModel], Figures]
Scorer = Callable[[Tensor], Tensor]
Bars = tuple[BarBatch, Tensor]
"""Places in tunes, and the bars there, one-hot."""


def fit_gan(
    tunes: Sequence[StepTune],
    folder: PathLike,
    options: GanOptions,
    *,
    validate: Validate,
    info: Mapping[str, Any],
    resume: bool = False,
    callbacks: Callbacks | None = None,
) -> TrainReport:
    """Train a generator: the best by what `validate` calls ``"score"`` lies in ``best``."""
    # See `fit`.
    #
    # `info` goes onto its card. On resume the options must be those of the run.
    run = Run(folder, corpus_digest(tunes), options.to_json())
    objective = _GanObjective(tunes, options, run, validate, info)
    schedule = Schedule(minutes=options.minutes, validations=options.validations)
    return fit(objective, run, schedule, callbacks, resume=resume)


class _GanObjective(ScoredObjective):
    """Both networks, the running mean of the generator, their optimizers, the growing tunes."""

    def __init__(
        self,
        tunes: Sequence[StepTune],
        options: GanOptions,
        run: Run,
        validate: Validate,
        info: Mapping[str, Any],
    ) -> None:
        super().__init__(run, save_gan)
        torch.manual_seed(options.seed)
        self.options = options
        self._measure, self._info = validate, info
        self.device = pick_device(options.device)
        self.precision = pick_precision(options.precision, self.device)
        self.rng = np.random.default_rng(options.seed)
        self.real = real_bars(tunes, self.device)
        latent, own = options.net.tune_latent, 2 * round(options.own_share * options.batch / 2)
        self.growing = tuple(Growing(bars, own, latent, self.rng) for bars in self.real)
        self.generator = BarGenerator(options.net).to(self.device)
        self.discriminator = BarDiscriminator(options.net).to(self.device)
        # A generator that chases its discriminator swings; the mean of its last weights does not.
        self.mean = copy.deepcopy(self.generator).requires_grad_(False)
        self.generator_optimizer, self.discriminator_optimizer = (
            torch.optim.Adam(net.parameters(), lr=rate, betas=options.betas)
            for net, rate in (
                (self.generator, options.rate),
                (self.discriminator, options.critic_rate),
            )
        )
        self.sums: dict[str, list[float]] = {}  # by figure: sum and count since the last row

    # -- measuring and keeping ---------------------------------------------------------

    def validate(self, at: Position) -> tuple[Figures, GanModel]:
        """Measure the mean generator; the row holds the mean losses since the row before too."""
        options = self.options
        training = {**options.to_json(), "steps": at.step, "spent": round(at.seconds)}
        info = {**self._info, "training": training}
        model = GanModel(options.net, numpy_weights(self.mean), info)
        means = {name: total / count for name, (total, count) in self.sums.items()}
        self.sums.clear()
        return {**at.figures, **means, **self._measure(model)}, model

    def save(self, facts: dict[str, Any]) -> None:
        """Write all that is needed to go on."""
        self.run.save(self._parts(), self.rng, {**facts, "sums": self.sums})

    def resume(self) -> dict[str, Any]:
        """Fill everything from the folder of the run."""
        facts = self.run.load(self._parts(), self.rng)
        self.sums = facts["sums"]
        return facts

    def _parts(self) -> dict[str, Stateful]:
        parts: dict[str, Stateful] = {
            "generator": self.generator,
            "critic": self.discriminator,  # as runs on disk call it
            "mean": self.mean,
            "optimizer0": self.generator_optimizer,
            "optimizer1": self.discriminator_optimizer,
        }
        return parts | {f"growing{i}": tunes for i, tunes in enumerate(self.growing)}

    # -- one update --------------------------------------------------------------------

    def update(self, at: Position, done: float) -> Update:
        """Teach both networks with bars of one length; tell by how much real bars score higher."""
        self._set_rates(at.step, done)
        sizes = np.array([len(bars) for bars in self.real], dtype=np.float64)
        which = int(self.rng.choice(len(sizes), p=sizes / sizes.sum()))
        noise = self.options.noise_at(done)
        for _ in range(self.options.critic_steps):
            places, bars = self.real[which].draw(self.options.batch, self.rng)
            own_places, logits = self._write(which, places)
            made, symbols = straight_through(logits, noise)
            # Without a gradient to the generator, which is not taught here.
            gap = self._teach_discriminator((places, bars), (own_places, made.detach()), at.step)
        self._teach_generator((places, bars), (own_places, made), logits)
        growing = self.growing[which]
        if len(growing):
            growing.add(symbols[len(symbols) - len(growing) :].detach())
        update_mean(self.mean, self.generator, at.step, self.options.mean_decay)
        return Update(gap, self.options.batch)

    def _write(self, which: int, places: BarBatch) -> Bars:
        """Write logits of bars: after real bars, two after each, and after bars of its own."""
        growing, net = self.growing[which], self.options.net
        half = (len(places) - len(growing)) // 2
        places = places.twice(half)
        tune = self._normal(half, net.tune_latent).repeat(2, 1)
        if len(growing):
            places = places.joined(growing.places())
            tune = torch.cat([tune, growing.latents])
        bar = self._normal(len(places), net.bar_latent)
        with self.precision():
            logits: Tensor = self.generator(
                places.context, places.condition, places.meter, tune, bar
            )
        return places, logits

    def _teach_discriminator(self, real: Bars, made: Bars, step: int) -> float:
        """Update the discriminator; return by how much it scores real bars higher."""
        name, every = self.options.loss, self.options.penalty_every
        (places, bars), (own_places, written) = real, made
        both = places.joined(own_places)
        with self.precision():
            scores = self.discriminator(
                both.context, torch.cat([bars, written]), both.condition, both.meter, groups=2
            )
        real_scores, made_scores = scores.float().chunk(2)
        loss = discriminator_loss(name, real_scores, made_scores)
        # The penalty needs a second gradient, so that it comes now and then and counts for all.
        if self.options.penalty and step % every == 0:
            weight = self.options.penalty * every / (1 if name == "wgan-gp" else 2)

            def score(some: Tensor) -> Tensor:
                with self.precision():
                    found: Tensor = self.discriminator(
                        places.context, some, places.condition, places.meter
                    )
                return found.float()

            loss = loss + weight * gradient_penalty(name, score, bars, written)
        if not torch.isfinite(loss):
            raise self.run.diverged("loss", step)
        _descend(self.discriminator_optimizer, loss)
        gap = float((real_scores - made_scores).mean().detach())
        self._note(critic_loss=float(loss.detach()), gap=gap)
        return gap

    def _teach_generator(self, real: Bars, made: Bars, logits: Tensor) -> None:
        """Update the generator."""
        name, (own_places, written), (places, bars) = self.options.loss, made, real
        self.discriminator.requires_grad_(False)
        with self.precision():
            scores = self.discriminator(
                own_places.context, written, own_places.condition, own_places.meter
            )
            rival = scores
            if name == "relativistic":
                rival = self.discriminator(places.context, bars, places.condition, places.meter)
        loss = generator_loss(name, rival.float(), scores.float())
        half = (len(own_places) - len(self.growing[0])) // 2
        # Two bars after the same bars shall differ: mode seeking (Mao et al. 2019). Only up to a share
        # of their steps, as bars that differ in all of them are no music.
        if self.options.mode_seeking and half:
            chances = torch.softmax(logits[: 2 * half], dim=1)
            apart = (chances[:half] - chances[half:]).abs().sum(dim=1).mean(dim=1) / 2
            apart = apart.clamp(max=self.options.mode_limit).mean()
            loss = loss - self.options.mode_seeking * apart
        _descend(self.generator_optimizer, loss)
        self.discriminator.requires_grad_(True)
        self._note(generator_loss=float(loss.detach()))

    def _set_rates(self, step: int, done: float) -> None:
        rise = min(1.0, (step + 1) / _WARM_UP)
        late = max(0.0, (min(1.0, done) - _STEADY) / (1 - _STEADY))
        factor = rise * (_FLOOR + (1 - _FLOOR) * 0.5 * (1 + math.cos(math.pi * late)))
        for optimizer, rate in (
            (self.generator_optimizer, self.options.rate),
            (self.discriminator_optimizer, self.options.critic_rate),
        ):
            for group in optimizer.param_groups:
                group["lr"] = rate * factor

    def _normal(self, rows: int, columns: int) -> Tensor:
        # Drawn by numpy on every device, so that a run may change it and go on.
        drawn = self.rng.standard_normal((rows, columns)).astype(np.float32)
        return torch.from_numpy(drawn).to(self.device)

    def _note(self, **figures: float) -> None:
        for name, value in figures.items():
            total, count = self.sums.get(name, (0.0, 0.0))
            self.sums[name] = [total + value, count + 1]


def _descend(optimizer: torch.optim.Optimizer, loss: Tensor) -> None:
    optimizer.zero_grad()
    loss.backward()  # type: ignore[no-untyped-call]
    optimizer.step()


# -- losses --------------------------------------------------------------------------------


def discriminator_loss(name: str, real: Tensor, made: Tensor) -> Tensor:
    """Return the loss of the discriminator from its scores, shape (batch,), without penalty."""
    if name == "relativistic":
        return softplus(made - real).mean()
    if name.startswith("bce"):
        return (softplus(-real) + softplus(made)).mean()
    if name == "hinge-r1":
        return (relu(1 - real) + relu(1 + made)).mean()
    return (made - real).mean() + _DRIFT * real.square().mean()


def generator_loss(name: str, real: Tensor, made: Tensor) -> Tensor:
    """Return the loss of the generator; `real` counts for ``relativistic`` alone."""
    if name == "relativistic":
        return softplus(real - made).mean()
    return softplus(-made).mean() if name.startswith("bce") else -made.mean()


def gradient_penalty(name: str, score: Scorer, real: Tensor, made: Tensor) -> Tensor:
    """Return the penalty on the gradient at one-hot bars, shape (batch, SYMBOLS, steps)."""
    if name == "bce":
        return real.new_zeros(())
    if name == "wgan-gp":
        share = torch.rand(len(real), 1, 1, device=real.device)
        between = share * real + (1 - share) * made
        return (_slope(score, between).sqrt() - 1).square().mean()
    penalty = _slope(score, real).mean()
    return penalty + _slope(score, made).mean() if name == "relativistic" else penalty


def _slope(score: Scorer, bars: Tensor) -> Tensor:
    """Return the squared length of the gradient at each bar, shape (batch,)."""
    bars = bars.detach().requires_grad_(True)
    (gradient,) = torch.autograd.grad(score(bars).sum(), bars, create_graph=True)
    # The root of the Wasserstein penalty has no gradient at 0.
    return gradient.square().sum(dim=(1, 2)) + 1e-12
