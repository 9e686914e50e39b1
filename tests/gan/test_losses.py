"""The losses of the GAN beside numbers worked out by hand."""

from __future__ import annotations

from math import exp, log

import pytest
import torch
from torch import Tensor

from symgen.gan.fitting import discriminator_loss, generator_loss, gradient_penalty
from symgen.gan.options import LOSSES
from symgen.gan.steps import SYMBOLS

STEPS = 3


def soft(x: float) -> float:
    return log(1 + exp(x))


def scores(*values: float) -> Tensor:
    return torch.tensor(values, dtype=torch.float32)


REAL, MADE = scores(2.0, -0.5), scores(-1.0, 0.25)
BCE = ((soft(-2.0) + soft(-1.0)) + (soft(0.5) + soft(0.25))) / 2
PAIRED = (soft(-3.0) + soft(0.75)) / 2

CRITIC = {
    "bce": BCE,
    "bce-r1": BCE,
    "hinge-r1": (0 + 1.5) / 2 + (0 + 1.25) / 2,
    "wgan-gp": (-3 + 0.75) / 2 + 0.001 * (4 + 0.25) / 2,
    "relativistic": PAIRED,
}
GENERATOR = {
    "bce": (soft(1.0) + soft(-0.25)) / 2,
    "bce-r1": (soft(1.0) + soft(-0.25)) / 2,
    "hinge-r1": 0.75 / 2,
    "wgan-gp": 0.75 / 2,
    "relativistic": (soft(3.0) + soft(-0.75)) / 2,
}


def test_all_losses_are_worked_out() -> None:
    assert set(CRITIC) == set(GENERATOR) == set(LOSSES)


@pytest.mark.parametrize("name", LOSSES)
def test_losses_are_those_on_paper(name: str) -> None:
    assert float(discriminator_loss(name, REAL, MADE)) == pytest.approx(CRITIC[name], rel=1e-5)
    assert float(generator_loss(name, REAL, MADE)) == pytest.approx(GENERATOR[name], rel=1e-5)


@pytest.mark.parametrize("name", LOSSES)
def test_both_pull_the_scores_of_made_bars_apart(name: str) -> None:
    real, made = scores(0.3, 0.1).requires_grad_(True), scores(0.2, -0.1).requires_grad_(True)
    down, up = torch.autograd.grad(discriminator_loss(name, real, made), (made, real))
    assert (down > 0).all()
    assert (up < 0).all()
    (lift,) = torch.autograd.grad(generator_loss(name, real, made), made)
    assert (lift < 0).all()


@pytest.mark.parametrize("name", LOSSES)
def test_large_scores_stay_numbers(name: str) -> None:
    for real, made in ((1e4, -1e4), (-1e4, 1e4)):
        assert torch.isfinite(discriminator_loss(name, scores(real), scores(made)))
        assert torch.isfinite(generator_loss(name, scores(real), scores(made)))


# -- the penalty on the gradient ---------------------------------------------------------


def bars(seed: int, count: int = 5) -> Tensor:
    return torch.softmax(
        torch.randn(count, SYMBOLS, STEPS, generator=torch.Generator().manual_seed(seed)), dim=1
    )


def linear(length: float) -> tuple[Tensor, Tensor]:
    """Weights of a critic whose slope is as long as asked everywhere."""
    weight = torch.randn(SYMBOLS, STEPS, generator=torch.Generator().manual_seed(9))
    weight = (weight * length / weight.norm()).requires_grad_(True)
    return weight, weight.detach()


def penalty(name: str, weight: Tensor) -> Tensor:
    return gradient_penalty(
        name, lambda some: (some * weight).sum(dim=(1, 2)) + 3, bars(1), bars(2)
    )


@pytest.mark.parametrize(("name", "times"), [("bce-r1", 1), ("hinge-r1", 1), ("relativistic", 2)])
def test_r1_is_the_squared_slope(name: str, times: int) -> None:
    weight, _ = linear(1.7)
    found = penalty(name, weight)
    assert float(found.detach()) == pytest.approx(times * 1.7**2, rel=1e-5)
    (slope,) = torch.autograd.grad(found, weight)
    torch.testing.assert_close(slope, times * 2 * weight.detach())


def test_r1_looks_at_real_bars_alone() -> None:
    """The slope of a sum of squares is twice the bar: real and made bars have other ones."""

    def score(some: Tensor) -> Tensor:
        return some.square().sum(dim=(1, 2))

    real, made = bars(1), bars(2)
    own, others = (float(4 * some.square().sum(dim=(1, 2)).mean()) for some in (real, made))
    assert float(gradient_penalty("bce-r1", score, real, made).detach()) == pytest.approx(
        own, rel=1e-5
    )
    assert float(gradient_penalty("hinge-r1", score, real, made).detach()) == pytest.approx(
        own, rel=1e-5
    )
    both = float(gradient_penalty("relativistic", score, real, made).detach())
    assert both == pytest.approx(own + others, rel=1e-5)


@pytest.mark.parametrize(("slope", "wanted"), [(1.0, 0.0), (3.0, 4.0), (0.5, 0.25)])
def test_wgan_gp_wants_a_slope_of_one(slope: float, wanted: float) -> None:
    torch.manual_seed(0)
    assert float(penalty("wgan-gp", linear(slope)[1]).detach()) == pytest.approx(wanted, abs=1e-5)


def test_wgan_gp_looks_between_real_and_made_bars() -> None:
    seen: list[Tensor] = []

    def score(some: Tensor) -> Tensor:
        seen.append(some.detach())
        return some.sum(dim=(1, 2))

    torch.manual_seed(0)
    real, made = torch.zeros(6, SYMBOLS, STEPS), torch.ones(6, SYMBOLS, STEPS)
    gradient_penalty("wgan-gp", score, real, made)
    (some,) = seen
    shares = some[:, 0, 0]
    assert torch.equal(some, shares[:, None, None].expand_as(some))
    assert len(set(shares.tolist())) == 6
    assert 0 <= float(shares.min()) < float(shares.max()) <= 1


def test_bce_has_none() -> None:
    assert float(penalty("bce", linear(5.0)[1])) == 0


@pytest.mark.parametrize("name", LOSSES)
def test_a_critic_without_slope_keeps_a_gradient_that_is_a_number(name: str) -> None:
    weight = torch.zeros(SYMBOLS, STEPS, requires_grad=True)
    found = penalty(name, weight)
    if found.requires_grad:
        (slope,) = torch.autograd.grad(found, weight)
        assert torch.isfinite(slope).all()
