"""What a generator and a discriminator are told of each other: the losses of generative adversarial networks."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn.functional import relu, softplus

__all__ = ["LOSSES", "critic_loss", "generator_loss", "gradient_penalty"]

LOSSES = ("bce", "bce-r1", "hinge-r1", "wgan-gp", "relativistic")
"""``bce``: Goodfellow et al. (2014), not saturating. ``-r1``: with the penalty of Mescheder, Geiger and Nowozin (2018).
``hinge``: Lim and Ye (2017). ``wgan-gp``: Gulrajani et al. (2017). ``relativistic``: paired, with the penalty on real
and made bars (Huang et al. 2024)."""

_DRIFT = 1e-3
Score = Callable[[Tensor], Tensor]


def critic_loss(name: str, real: Tensor, made: Tensor) -> Tensor:
    """Return the loss of the discriminator, without penalty.

    Parameters
    ----------
    name : str
        One of `LOSSES`.
    real, made : Tensor, shape (batch,)
        Its scores.
    """
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


def gradient_penalty(name: str, score: Score, real: Tensor, made: Tensor) -> Tensor:
    """Return the penalty on the gradient of the discriminator.

    Parameters
    ----------
    name : str
        One of `LOSSES`; 0 for ``bce``.
    score : callable
        Scores one-hot bars.
    real, made : Tensor, shape (batch, SYMBOLS, steps)
    """
    if name == "bce":
        return real.new_zeros(())
    if name == "wgan-gp":
        share = torch.rand(len(real), 1, 1, device=real.device)
        return (_slope(score, share * real + (1 - share) * made).sqrt() - 1).square().mean()
    penalty = _slope(score, real).mean()
    return penalty + _slope(score, made).mean() if name == "relativistic" else penalty


def _slope(score: Score, bars: Tensor) -> Tensor:
    """Return the squared length of the gradient at each bar, shape (batch,)."""
    bars = bars.detach().requires_grad_(True)
    (gradient,) = torch.autograd.grad(score(bars).sum(), bars, create_graph=True)
    return gradient.square().sum(dim=(1, 2)) + 1e-12
