"""The options of training the bar GAN, refused in one place."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any

from symgen.gan.checkpoint import GanConfig
from symgen.system.errors import ControlError
from symgen.training.tensors import check_machine

__all__ = ["LOSSES", "GanOptions"]

LOSSES = ("bce", "bce-r1", "hinge-r1", "wgan-gp", "relativistic")
"""``bce``: Goodfellow et al. (2014), not saturating. ``-r1``: with the penalty of Mescheder, Geiger
and Nowozin (2018). ``hinge``: Lim and Ye (2017). ``wgan-gp``: Gulrajani et al. (2017).
``relativistic``: paired, with the penalty on real and made bars (Huang et al. 2024)."""

_POSITIVE = (
    "minutes",
    "batch",
    "rate",
    "critic_rate",
    "penalty_every",
    "critic_steps",
    "validations",
)
_NOT_NEGATIVE = ("penalty", "mode_seeking", "mode_limit", "noise")


@dataclass(frozen=True)
class GanOptions:
    """How to train a generator against a discriminator."""

    net: GanConfig = field(default_factory=GanConfig)
    # The learning rates fall to their end by this time.
    minutes: float = 14.0
    # Bars an update, an even number: two after the same bars.
    batch: int = 64
    loss: str = "bce-r1"
    # Peak learning rates of generator and discriminator. On disk and on the command line the latter
    # is a critic.
    rate: float = 1e-3
    critic_rate: float = 5e-4
    betas: tuple[float, float] = (0.0, 0.99)
    # Weight of the penalty on the gradient of the discriminator, and updates between two; each
    # counts for all of them.
    penalty: float = 1.0
    penalty_every: int = 8
    # Updates of the discriminator for one of the generator.
    critic_steps: int = 1
    # How much it counts that two bars after the same bars differ, and up to which share of their
    # steps.
    mode_seeking: float = 0.03
    mode_limit: float = 0.3
    # Scale of the Gumbel noise at the start, and share of the time after which there is none.
    noise: float = 0.0
    noise_until: float = 0.5
    # Share of a batch that goes on from bars of the generator instead of real ones.
    own_share: float = 0.0
    # Of the running mean of the generator's weights, which is what is kept.
    mean_decay: float = 0.999
    validations: int = 20
    seed: int = 0
    device: str = "auto"
    precision: str = "auto"

    def __post_init__(self) -> None:
        if self.loss not in LOSSES:
            raise ControlError(f"loss {self.loss!r}: use {', '.join(LOSSES)}")
        for name in _POSITIVE:
            value = getattr(self, name)
            if not (math.isfinite(value) and value > 0):
                raise ControlError(f"{name.replace('_', '-')} {value}: must be above 0")
        if self.batch % 2 or self.batch < 4 or self.batch > 512:
            raise ControlError(f"batch {self.batch}: use an even number, 4..512")
        for name in _NOT_NEGATIVE:
            value = getattr(self, name)
            if not (math.isfinite(value) and value >= 0):
                raise ControlError(f"{name.replace('_', '-')} {value}: must be 0 or more")
        shares_fit = 0 <= self.own_share <= 0.9 and 0 < self.noise_until <= 1
        if not (shares_fit and 0 <= self.mean_decay < 1):
            raise ControlError(
                "own-share, noise-until and mean-decay: use 0..0.9, above 0 to 1, and 0 to below 1"
            )
        if not 0 <= self.seed < 2**63:
            raise ControlError(f"seed {self.seed}: must be 0 or more, and below 2**63")
        check_machine(self.device, self.precision)

    def noise_at(self, share: float) -> float:
        """Return the scale of the noise when so much of the time is spent."""
        return self.noise * max(0.0, 1.0 - share / self.noise_until)

    def to_json(self) -> dict[str, Any]:
        """Return what a resumed run goes on with: all but the device."""
        return {name: value for name, value in asdict(self).items() if name != "device"}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> GanOptions:
        """Rebuild from `to_json`; what this version does not know is left out."""
        known = {each.name for each in fields(cls)} - {"net", "betas", "device"}
        given: dict[str, Any] = {name: value for name, value in data.items() if name in known}
        return cls(net=GanConfig.from_json(data["net"]), betas=tuple(data["betas"]), **given)
