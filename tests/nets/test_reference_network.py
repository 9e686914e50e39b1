"""The network that training runs gives the losses and gradients of its plain formulation, which stands here."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
import torch
from small import PIECES, TINY, V, random_events, random_net
from torch import Tensor
from torch.nn import functional as F  # noqa: N812 - the usual name

from symgen.nets.batches import Chunk, Masking, chunks, prepare
from symgen.nets.event import IGNORED, EventNet, HeadBatch, _used
from symgen.nets.inputs import FROM_CLASS

FREE = replace(TINY, fixed=())
CONFIGS = {
    "melody": replace(FREE, goals=True),
    "two layers": replace(FREE, layers=2),
    "plain": replace(FREE, features=False, copy=False),
    "voices": replace(FREE, voices=3, timing=True, periods=("baroque",)),
    "bass": replace(FREE, voices=2, timing=True, goals=True, layers=2),
    "plans": replace(FREE, voices=3, timing=True, goals=True, plans=True),
}
MASKS = [Masking(), Masking(shift=3), Masking(key=True, bars_left=True, plan=True)]


def plain_states(net: EventNet, rows: Tensor, start: Tensor | None) -> tuple[Tensor, Tensor]:
    """The states as torch's own layers compute them."""
    batch, steps, columns = rows.shape
    signal = F.embedding_bag(rows.reshape(-1, columns), net.table.weight, mode="sum")
    signal, last = signal.view(batch, steps, -1), []
    for i, layer in enumerate(net.gru):
        out, end = layer(signal, None if start is None else start[i : i + 1])
        signal = out if i == 0 else signal + out
        last.append(end)
    return signal, torch.cat(last)


def plain_logits(head: Any, state: Tensor, batch: HeadBatch) -> Tensor:
    """The logits of a head, product by product."""
    hidden = head.state(state)
    if head.table is not None:
        hidden = hidden + F.embedding_bag(batch.rows, head.table.weight, mode="sum")
    hidden = F.silu(hidden)
    logits: Tensor = head.logits(hidden).float()
    if head.degree is not None:
        assert batch.degree is not None
        assert batch.interval is not None
        degrees = F.pad(head.degree(hidden).float(), (0, 1))
        intervals = F.pad(head.interval(hidden).float(), (1, 0))
        logits = logits + degrees.gather(1, batch.degree) + intervals.gather(1, batch.interval)
    for layer, classes in ((head.rooted, batch.rooted), (head.bassed, batch.bassed)):
        if layer is not None:
            assert classes is not None
            logits = logits + F.pad(layer(hidden).float(), (0, 1)).gather(1, classes)
    if head.chord is not None:
        assert batch.chord is not None
        assert batch.sounding is not None
        chord = F.pad(head.chord(hidden).float(), (1, 0))
        logits = logits + chord.gather(1, batch.chord)
        turned = head.consonance(hidden).float()[:, FROM_CLASS]
        by_class = (turned * batch.sounding[:, None, :]).sum(2)
        logits = logits + by_class.repeat(1, 11)[:, :128]
    if head.gates is not None:
        wider = F.pad(logits, (1, 0))
        logits = wider.scatter_add(1, batch.pointers, head.gates(hidden).float())[:, 1:]
    return logits


def plain_losses(net: EventNet, states: Tensor, heads: dict[str, HeadBatch]) -> dict[str, Tensor]:
    """The losses, head by head."""
    flat = states.reshape(-1, states.shape[-1])
    return {
        name: F.cross_entropy(
            plain_logits(net.heads[name], flat[batch.place], batch),
            batch.target,
            ignore_index=IGNORED,
            reduction="sum",
        )
        for name, batch in heads.items()
    }


def learned(net: EventNet, made: list[Chunk], *, plain: bool) -> tuple[dict[str, float], Any]:
    """The losses by field of all chunks, and the gradients of their sum."""
    net.zero_grad()
    state, nats = None, {}
    for chunk in made:
        if plain:
            states, state = plain_states(net, chunk.rows, state)
            losses = plain_losses(net, states, chunk.heads)
        else:
            states, state = net.states(chunk.rows, state)
            losses = net.losses(states, chunk.heads)
        state = state.detach()
        torch.stack(list(losses.values())).sum().backward()  # type: ignore[no-untyped-call]
        for name, value in losses.items():
            nats[name] = nats.get(name, 0.0) + float(value.detach())
    return nats, {name: p.grad.clone() for name, p in net.named_parameters() if p.grad is not None}


def batch_of(net: EventNet, steps: int) -> list[Chunk]:
    events = [random_events(**{**arguments, "bars": 6}) for arguments in PIECES[: len(MASKS)]]
    pieces = [prepare(one, net.inputs) for one in events]
    return list(chunks(pieces, MASKS, net.inputs, steps))


@pytest.mark.parametrize("steps", [9, 10_000])
@pytest.mark.parametrize("name", CONFIGS)
def test_losses_and_gradients_are_those_of_the_plain_network(name: str, steps: int) -> None:
    net = random_net(replace(CONFIGS[name], dropout=0.0)).train()
    made = batch_of(net, steps)
    nats, gradients = learned(net, made, plain=False)
    wanted, expected = learned(net, made, plain=True)
    assert nats == pytest.approx(wanted, rel=1e-5)
    assert gradients.keys() == expected.keys() == dict(net.named_parameters()).keys()
    for key, gradient in gradients.items():
        scale = max(1.0, float(expected[key].abs().max()))
        assert torch.allclose(gradient / scale, expected[key] / scale, atol=1e-4), key


@pytest.mark.parametrize("name", CONFIGS)
def test_sixteen_bits_cost_little_precision(name: str) -> None:
    net = random_net(replace(CONFIGS[name], dropout=0.0)).train()
    made = batch_of(net, 10_000)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        nats, gradients = learned(net, made, plain=False)
    wanted, expected = learned(net, made, plain=True)
    assert nats == pytest.approx(wanted, rel=0.02)
    for key, gradient in gradients.items():
        scale = max(1e-3, float(expected[key].norm()))
        assert float((gradient - expected[key]).norm()) < 0.1 * scale, key


def test_what_is_dropped_by_a_run_of_before_is_what_it_dropped() -> None:
    """With torch's draws, in the order in which the plain network draws them."""
    net = random_net(replace(CONFIGS["two layers"], dropout=0.3)).train()
    assert V.hash == net.inputs.vocabulary.hash
    made = batch_of(net, 10_000)
    found = []
    for as_before in (True, True, False):
        for part in net.modules():
            if hasattr(part, "as_before"):
                part.as_before = as_before
        torch.manual_seed(4)
        states, _ = net.states(made[0].rows)
        found.append(net.losses(states, made[0].heads))
    assert all(torch.equal(found[0][name], found[1][name]) for name in found[0])
    assert not all(torch.equal(found[0][name], found[2][name]) for name in found[0])


def test_steps_of_padding_alone_are_left_out() -> None:
    net = random_net(replace(CONFIGS["two layers"], dropout=0.0))
    (chunk,) = batch_of(net, 10_000)
    real = int(chunk.rows.any(2).any(0).sum())
    assert _used(chunk.rows) == real < chunk.rows.shape[1]
    assert _used(chunk.rows[:, :real]) == real
    assert _used(torch.zeros_like(chunk.rows)) == chunk.rows.shape[1]
    states, _ = net.states(chunk.rows)
    short, _ = net.states(chunk.rows[:, :real])
    assert states.shape[1] == chunk.rows.shape[1]
    assert torch.equal(states[:, :real], short)
