"""Batches made where the network computes are those that numpy makes, number for number."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from small import PIECES, TINY, V, random_events, random_net

from symgen.nets.batches import Chunk, Masking, chunks, mover, prepare
from symgen.nets.event import HeadBatch
from symgen.nets.inputs import Inputs
from symgen.nets.products import _hot, summed_rows

CPU = torch.device("cpu")
HIDDEN = dict.fromkeys(("style", "key", "bars_left", "period", "ensemble"), True)
MASKS = [
    Masking(),
    Masking(shift=-3),
    Masking(shift=5, **HIDDEN),
    Masking(**HIDDEN),
    Masking(shift=1, key=True, plan=True),
]
NETS = {
    "melody": replace(TINY, fixed=(), goals=True),
    "voices": replace(TINY, fixed=(), voices=3, timing=True, periods=("baroque",)),
    "bass": replace(TINY, fixed=(), voices=2, timing=True, goals=True),
    "plans": replace(TINY, fixed=(), voices=2, timing=True, goals=True, plans=True),
}


def assert_equal(one: Chunk, other: Chunk) -> None:
    assert one.events == other.events
    assert torch.equal(one.rows, other.rows)
    assert one.heads.keys() == other.heads.keys()
    for name, head in one.heads.items():
        for of, tensor in vars(head).items():
            found = getattr(other.heads[name], of)
            assert (tensor is None and found is None) or torch.equal(tensor, found), (name, of)


@pytest.mark.parametrize("steps", [1, 7, 10_000])
@pytest.mark.parametrize("name", NETS)
def test_they_are_the_same(name: str, steps: int) -> None:
    inputs = Inputs(NETS[name], V)
    events = [random_events(**{**arguments, "bars": 6}) for arguments in PIECES[: len(MASKS)]]
    pieces = [prepare(one, inputs) for one in events]
    there = [piece.as_tensors(CPU) for piece in pieces]
    made = list(chunks(there, MASKS, inputs.moved(mover(CPU)), steps))
    assert len(made) > 10_000 // (steps * 1000)
    for one, other in zip(chunks(pieces, MASKS, inputs, steps), made, strict=True):
        assert_equal(one, other)


@pytest.mark.parametrize("name", NETS)
def test_a_product_sums_rows_as_a_look_up_does(name: str) -> None:
    """CUDA sums rows so; no number comes twice, but in padding."""
    net = random_net(NETS[name])
    events = [random_events(**arguments) for arguments in PIECES[:3]]
    (chunk,) = chunks([prepare(one, net.inputs) for one in events], MASKS[:3], net.inputs, 10_000)
    tables = {"input": (net.table, chunk.rows.reshape(-1, chunk.rows.shape[-1]))}
    tables |= {
        name: (net.heads[name].table, head.rows)
        for name, head in chunk.heads.items()
        if head.rows.shape[1]
    }
    for table, rows in tables.values():
        real = rows[(rows > 0).any(dim=1)]
        hot = _hot(real, table.num_embeddings, torch.float32)
        assert int(hot.sum()) == real.numel()
        assert torch.allclose(hot @ table.weight, summed_rows(real, table.weight), atol=1e-5)


def test_a_batch_of_a_head_can_be_moved() -> None:
    head = HeadBatch(*(torch.zeros(1) for _ in range(4)))
    assert all(
        (a is None) == (b is None)
        for a, b in zip(vars(head).values(), vars(head.to(CPU)).values(), strict=True)
    )
