"""Products, sums of rows and dropout give what torch's layers give, with their gradients."""

from __future__ import annotations

import pytest
import torch
from torch.nn import functional as F  # noqa: N812 - the usual name

from symgen.nets.products import Dropout, linear, plus_product, product, summed_rows


def numbers(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed))


@pytest.mark.parametrize("rows", [0, 1, 7, 300])
@pytest.mark.parametrize("with_bias", [True, False])
def test_a_product_is_that_of_torch(rows: int, *, with_bias: bool) -> None:
    signal = numbers(rows, 5).requires_grad_()
    weight, bias = numbers(3, 5, seed=1).requires_grad_(), numbers(3, seed=2).requires_grad_()
    given = [signal, weight, *([bias] if with_bias else [])]
    found, expected = linear(*given), F.linear(*given)
    assert torch.allclose(found, expected, atol=1e-5)
    outer = numbers(rows, 3, seed=3)
    for one, other in zip(
        torch.autograd.grad(found, given, outer),
        torch.autograd.grad(expected, given, outer),
        strict=True,
    ):
        assert torch.allclose(one, other, atol=1e-4)


def test_a_product_takes_turned_numbers_and_adds() -> None:
    one, other = numbers(4, 6), numbers(6, 3, seed=1)
    assert torch.allclose(product(one, other.t()), one @ other, atol=1e-5)
    assert torch.allclose(product(other.t(), one), other.t() @ one.t(), atol=1e-5)
    start = numbers(4, 3, seed=2)
    wanted = start + one @ other
    assert torch.allclose(plus_product(start.clone(), one, other.t()), wanted, atol=1e-5)


def test_products_follow_autocast() -> None:
    with torch.autocast("cpu", dtype=torch.bfloat16):
        assert linear(numbers(4, 6), numbers(3, 6)).dtype == torch.bfloat16
        assert summed_rows(torch.zeros(2, 1, dtype=torch.int64), numbers(3, 6)).dtype == (
            torch.bfloat16
        )
    assert linear(numbers(4, 6), numbers(3, 6)).dtype == torch.float32


@pytest.mark.parametrize("height", [11, 40_000])
@pytest.mark.parametrize("columns", [1, 4])
def test_sums_of_rows_are_those_of_torch(height: int, columns: int) -> None:
    table = numbers(height, 8).requires_grad_()
    generator = torch.Generator().manual_seed(1)
    rows = torch.randint(height, (200, columns), generator=generator)
    found, expected = summed_rows(rows, table), F.embedding_bag(rows, table, mode="sum")
    assert torch.allclose(found, expected, atol=1e-5)
    outer = numbers(200, 8, seed=2)
    (one,), (other,) = (torch.autograd.grad(sums, table, outer) for sums in (found, expected))
    assert torch.allclose(one, other, atol=1e-4)


# -- dropout -----------------------------------------------------------------------------


def test_dropout_keeps_the_mean_and_drops_its_share() -> None:
    for dtype in (torch.float32, torch.bfloat16, torch.float64):
        torch.manual_seed(5)
        signal = torch.full((400, 501), 2.0, dtype=dtype, requires_grad=True)
        dropped = Dropout(0.3)(signal)
        kept = dropped != 0
        assert float(kept.float().mean()) == pytest.approx(0.7, abs=0.005)
        assert torch.allclose(dropped[kept], torch.tensor(2 / 0.7, dtype=dtype), rtol=5e-3)
        (gradient,) = torch.autograd.grad(dropped.sum(), signal)
        assert torch.equal(gradient != 0, kept)
        assert float(kept[:200].float().mean()) == pytest.approx(0.7, abs=0.01)


def test_dropout_follows_the_generator_of_torch() -> None:
    signal, layer = torch.ones(1000), Dropout(0.5)
    torch.manual_seed(5)
    first, second = layer(signal), layer(signal)
    torch.manual_seed(5)
    assert torch.equal(layer(signal), first)
    assert not torch.equal(second, first)


def test_dropout_does_nothing_while_nothing_is_learned() -> None:
    signal = torch.ones(10)
    assert Dropout(0.0)(signal) is signal
    assert Dropout(0.5).eval()(signal) is signal


@pytest.mark.parametrize("turned", [True, False])
def test_dropout_of_earlier_runs_is_that_of_torch(*, turned: bool) -> None:
    signal, layer = numbers(5, 3, 4), Dropout(0.4)
    layer.as_before = True
    torch.manual_seed(7)
    found = layer(signal, turned=turned)
    torch.manual_seed(7)
    pieces = signal.transpose(0, 1).contiguous() if turned else signal
    expected = F.dropout(pieces, 0.4)
    assert torch.equal(found, expected.transpose(0, 1) if turned else expected)
