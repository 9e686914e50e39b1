"""The GRU for the CPU is torch's, forward and backward."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from symgen.nets import recurrence
from symgen.nets.recurrence import run_gru


def outcome(
    layer: nn.GRU, signal: torch.Tensor, start: torch.Tensor | None, *, own: bool
) -> list[torch.Tensor]:
    """The states, the last one, and all gradients of a sum that weighs each number differently."""
    given = [signal, *([] if start is None else [start]), *layer.parameters()]
    states, last = run_gru(layer, signal, start) if own else layer(signal, start)
    outer = torch.linspace(-1, 1, states.numel()).view(states.shape)
    whole = (states.float() * outer).sum() + last.float().square().sum()
    return [states.detach(), last.detach(), *torch.autograd.grad(whole, given)]


@pytest.mark.parametrize("block", [1, 6, 1024])
@pytest.mark.parametrize("steps", [1, 2, 9])
@pytest.mark.parametrize("with_start", [True, False])
def test_it_is_that_of_torch(
    block: int, steps: int, monkeypatch: pytest.MonkeyPatch, *, with_start: bool
) -> None:
    monkeypatch.setattr(recurrence, "_BLOCK", block)
    torch.manual_seed(0)
    layer, signal = nn.GRU(5, 7), torch.randn(steps, 3, 5, requires_grad=True)
    start = torch.randn(1, 3, 7, requires_grad=True) if with_start else None
    for one, other in zip(
        outcome(layer, signal, start, own=True),
        outcome(layer, signal, start, own=False),
        strict=True,
    ):
        assert torch.allclose(one, other, atol=2e-5)


def test_its_gradient_is_exact_in_double() -> None:
    torch.manual_seed(0)
    layer = nn.GRU(3, 4, dtype=torch.float64)
    signal, start = torch.randn(5, 2, 3).double(), torch.randn(1, 2, 4).double()
    given = (signal.requires_grad_(), start.requires_grad_())
    assert torch.autograd.gradcheck(lambda *args: run_gru(layer, *args), given)


def test_in_sixteen_bits_it_is_close_and_its_state_keeps_its_own() -> None:
    torch.manual_seed(0)
    layer, signal = nn.GRU(16, 16), torch.randn(40, 3, 16, requires_grad=True)
    exact = outcome(layer, signal, None, own=True)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        states, last = run_gru(layer, signal, None)
        rounded = outcome(layer, signal, None, own=True)
    assert (states.dtype, last.dtype) == (torch.bfloat16, torch.float32)
    for one, other in zip(rounded, exact, strict=True):
        assert torch.allclose(one.float(), other, atol=0.02 * max(1.0, float(other.abs().max())))


def test_it_runs_where_nothing_is_learned() -> None:
    layer, signal = nn.GRU(5, 5), torch.randn(6, 2, 5)
    with torch.no_grad():
        states, last = run_gru(layer, signal, None)
    assert torch.equal(states[-1:], last)
    assert not states.requires_grad
