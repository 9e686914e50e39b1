"""A GRU for training on a CPU, with a gradient of its own.

torch runs its GRU there as some twenty small calls a step, and adds up the gradient of the weights step by
step. This one keeps what the gradient needs, and multiplies for the weights once, for all steps.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, cast

import torch
from torch import Tensor, nn
from torch.autograd.function import once_differentiable

from symgen.nets.products import autocast_dtype, plus_product, product

__all__ = ["run_gru", "run_weights"]

_tanh_backward = torch.ops.aten.tanh_backward.grad_input

_BLOCK = 1024
"""Rows of a product, about: what these give stays in the cache until it is used."""


def run_gru(layer: nn.GRU, signal: Tensor, start: Tensor | None) -> tuple[Tensor, Tensor]:
    """Run a GRU of one layer over shape (steps, batch, width).

    Returns all states, shape (steps, batch, hidden), as products see them; returns the last one, shape
    (1, batch, hidden), to the last bit.
    """
    weights = (layer.weight_ih_l0, layer.weight_hh_l0, layer.bias_ih_l0, layer.bias_hh_l0)
    return run_weights(cast("Sequence[Tensor]", weights), signal, start)


def run_weights(
    weights: Sequence[Tensor], signal: Tensor, start: Tensor | None
) -> tuple[Tensor, Tensor]:
    """Run the GRU of these weights, in the order of torch's own; see `run_gru`."""
    states, last = _Gru.apply(signal, start, *weights)  # type: ignore[no-untyped-call]
    return states, last


class _Gru(torch.autograd.Function):
    """All steps of a layer; products are computed as autocast says, the state keeps its own numbers."""

    @staticmethod
    def forward(
        ctx: Any,
        signal: Tensor,
        start: Tensor | None,
        signal_weight: Tensor,
        state_weight: Tensor,
        signal_bias: Tensor,
        state_bias: Tensor,
    ) -> tuple[Tensor, Tensor]:
        dtype, both = autocast_dtype(signal), 2 * state_weight.shape[1]
        bias = signal_bias.clone()
        bias[:both] += state_bias[:both]
        signal_weight, state_weight = signal_weight.to(dtype), state_weight.to(dtype)
        rows = signal.to(dtype)
        states = bias.new_empty((len(signal) + 1, signal.shape[1], both // 2))
        states[0] = 0 if start is None else start
        seen = states if dtype == states.dtype else states.to(dtype)
        kept: list[Tensor] = []
        with torch.autocast(signal.device.type, enabled=False):
            for begin, end in _blocks(signal):
                given = product(rows[begin:end].flatten(0, 1), signal_weight, bias.to(dtype))
                given = given.view(end - begin, signal.shape[1], -1)
                ahead = states[begin : end + 1], seen[begin : end + 1]
                kept += _forward(given, state_bias[both:], *ahead, state_weight)
        ctx.dtype = signal.dtype
        ctx.save_for_backward(rows, states, seen, signal_weight, state_weight, *kept)
        ctx.set_materialize_grads(False)
        return seen[1:], states[-1:]

    @staticmethod
    @once_differentiable
    def backward(
        ctx: Any, of_states: Tensor | None, of_last: Tensor | None
    ) -> tuple[Tensor | None, ...]:
        rows, states, seen, signal_weight, state_weight, *kept = ctx.saved_tensors
        both = 2 * states.shape[2]
        # Turned, as their products are then faster.
        of_signal_weight = states.new_zeros(signal_weight.shape[::-1])
        of_state_weight = states.new_zeros(state_weight.shape[::-1])
        of_signal_bias, of_state_bias = states.new_zeros((2, len(state_weight)))
        of_signal = torch.empty_like(rows)
        of_states = torch.zeros_like(states[1:]) if of_states is None else of_states
        carried = torch.zeros_like(states[0]) if of_last is None else of_last[0].clone()
        with torch.autocast(of_states.device.type, enabled=False):
            for begin, end in reversed(list(_blocks(of_states))):
                own = slice(begin, end)
                outer = of_states[own].to(states.dtype)
                steps = kept[2 * begin : 2 * end]
                gates, new = _backward(steps, states[own], outer, carried, state_weight)
                of_state_weight += _outer(seen[own], gates)
                of_state_bias += gates.sum((0, 1), dtype=states.dtype)
                # The signal gives to the new state directly, not through the reset gate.
                gates[..., both:] = new
                of_signal_weight += _outer(rows[own], gates)
                of_signal_bias[both:] += new.sum((0, 1))
                flat = product(gates.flatten(0, 1), signal_weight.t())
                of_signal[own] = flat.view(end - begin, *of_signal.shape[1:])
        of_signal_bias[:both] = of_state_bias[:both]
        return (
            of_signal.to(ctx.dtype),
            carried[None] if ctx.needs_input_grad[1] else None,
            of_signal_weight.t(),
            of_state_weight.t(),
            of_signal_bias,
            of_state_bias,
        )


def _outer(rows: Tensor, gates: Tensor) -> Tensor:
    """Sum the outer products of rows with the gradients of the gates, shape (width, 3 x hidden)."""
    return product(rows.flatten(0, 1).t(), gates.flatten(0, 1).t())


def _blocks(signal: Tensor) -> Iterator[tuple[int, int]]:
    """Cut the steps of a signal into blocks of about so many rows."""
    steps, batch = signal.shape[:2]
    size = max(1, _BLOCK // max(batch, 1))
    yield from ((begin, min(begin + size, steps)) for begin in range(0, steps, size))


def _forward(
    given: Tensor, recalled_bias: Tensor, states: Tensor, seen: Tensor, weight: Tensor
) -> list[Tensor]:
    """Run some steps, and return for each its gates and its new state, which the gradient needs."""
    # `given`, shape (steps, batch, 3 x hidden), is what the signal gives to the gates: the reset gate,
    # the update gate (how much of the state before stays), and the new state. In place of the last
    # one comes what the new state hears of the one before, ahead of the reset gate.
    both = given.shape[2] * 2 // 3
    # tanh(x) is 2 sigmoid(2 x) - 1, and torch's sigmoid takes a quarter of the time of its tanh.
    news = given[..., both:].to(states.dtype, copy=True).mul_(2)
    given[..., both:] = recalled_bias
    kept, one = [], states.new_ones(())
    before, before_seen = states.unbind(), seen.unbind()
    for t, (start, new) in enumerate(zip(given.unbind(), news.unbind(), strict=True)):
        gates = plus_product(start, before_seen[t], weight).to(states.dtype)
        gates[:, :both].sigmoid_()
        reset, update, recalled = gates.chunk(3, 1)
        torch.sub(new.addcmul_(reset, recalled, value=2).sigmoid_().mul_(2), one, out=new)
        torch.lerp(new, before[t], update, out=before[t + 1])
        if seen.dtype != states.dtype:
            before_seen[t + 1].copy_(before[t + 1])
        kept += [gates, new]
    return kept


def _backward(
    kept: Sequence[Tensor], states: Tensor, outer: Tensor, carried: Tensor, weight: Tensor
) -> tuple[Tensor, Tensor]:
    """Return the gradients of what the state gives to the gates, and of what the signal gives to the new state."""
    # `states` are those before each step. `carried` is the gradient of the state after the last
    # step, and becomes that of the one before the first.
    count, batch, hidden = states.shape
    of_gates = weight.new_empty((count, batch, 3 * hidden))
    of_new = torch.empty_like(states)
    exact, spare = states.new_empty((batch, 3 * hidden)), torch.empty_like(carried)
    rounds, turned = weight.dtype != states.dtype, weight.t()
    earlier, outers, all_gates, news = (x.unbind() for x in (states, outer, of_gates, of_new))
    for t in range(count - 1, -1, -1):
        (reset, update, recalled), drawn = kept[2 * t].chunk(3, 1), kept[2 * t + 1]
        gates, new = exact if rounds else all_gates[t], news[t]
        of_reset, of_update, of_recalled = gates.chunk(3, 1)
        carried.add_(outers[t])
        torch.sub(earlier[t], drawn, out=spare).mul_(carried).mul_(update)
        torch.addcmul(spare, spare, update, value=-1, out=of_update)
        torch.addcmul(carried, carried, update, value=-1, out=spare)
        _tanh_backward(spare, drawn, grad_input=new)
        torch.mul(new, reset, out=of_recalled)
        torch.mul(of_recalled, recalled, out=spare)
        torch.addcmul(spare, spare, reset, value=-1, out=of_reset)
        if rounds:
            all_gates[t].copy_(exact)
        carried.mul_(update).add_(product(all_gates[t], turned))
    return of_gates, of_new
