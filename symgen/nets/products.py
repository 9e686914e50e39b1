"""What training on a CPU spends its time in, written for it: products, sums of table rows, and dropout.

Each gives what torch's own layer gives, to the rounding of floats; on a GPU torch's own are used.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.autograd.function import once_differentiable
from torch.nn import functional as F  # noqa: N812 - the usual name

__all__ = ["Dropout", "autocast_dtype", "linear", "plus_product", "product", "summed_rows"]

_INTEGERS = {2: torch.int16, 4: torch.int32, 8: torch.int64}
"""Integers by their bytes."""
_SHORT = 1 << 15
"""Numbers of rows below this are sorted as 16-bit ones, which takes a third of the time."""


def autocast_dtype(like: Tensor) -> torch.dtype:
    """Return the numbers that products are computed in: those of `like`, or those of autocast."""
    device = like.device.type
    return torch.get_autocast_dtype(device) if torch.is_autocast_enabled(device) else like.dtype


# -- products ----------------------------------------------------------------------------


def _is_for_onednn(rows: Tensor) -> bool:
    # torch sends products of 32-bit floats to MKL, which leaves half of the vector units of
    # processors by other makers idle; oneDNN, which is in torch as well, uses them on all.
    return (
        rows.dtype == torch.float32
        and rows.device.type == "cpu"
        and rows.numel() > 0
        and torch.backends.mkldnn.is_available()  # type: ignore[no-untyped-call]
        and hasattr(torch.ops.mkldnn, "_linear_pointwise")
    )


def product(rows: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    """Return what ``F.linear`` does, without a gradient."""
    if not _is_for_onednn(rows):
        return F.linear(rows, weight, bias)
    found: Tensor = torch.ops.mkldnn._linear_pointwise(rows, weight, bias, "none", [], "")
    return found


def plus_product(start: Tensor, rows: Tensor, weight: Tensor) -> Tensor:
    """Return ``start + rows @ weight.T``, without a gradient; `start` may hold it afterwards."""
    if not _is_for_onednn(rows):
        return start.addmm_(rows, weight.t())
    add = torch.ops.mkldnn._linear_pointwise.binary
    found: Tensor = add(rows, start, weight, None, "add")
    return found


class _Linear(torch.autograd.Function):
    """A product in 32-bit floats, forward and backward."""

    @staticmethod
    def forward(ctx: Any, rows: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
        ctx.save_for_backward(rows, weight)
        return product(rows, weight, bias)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, ...]:
        rows, weight = ctx.saved_tensors
        of_rows, of_weight, of_bias = ctx.needs_input_grad
        return (
            product(gradient, weight.t()) if of_rows else None,
            product(gradient.t(), rows.t()) if of_weight else None,
            gradient.sum(0) if of_bias else None,
        )


def linear(rows: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    """Return what ``F.linear`` does, for rows of shape (n, width)."""
    if _is_for_onednn(rows) and autocast_dtype(rows) == rows.dtype:
        found: Tensor = _Linear.apply(rows, weight, bias)  # type: ignore[no-untyped-call]
        return found
    return F.linear(rows, weight, bias)


# -- sums of rows ------------------------------------------------------------------------


class _SummedRows(torch.autograd.Function):
    """The sum of some rows of a table, whose gradient is a sum of rows too: of the gradient's."""

    @staticmethod
    def forward(ctx: Any, rows: Tensor, table: Tensor) -> Tensor:
        ctx.save_for_backward(rows)
        ctx.height = len(table)
        return F.embedding_bag(rows, table, mode="sum")

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[None, Tensor]:
        (rows,) = ctx.saved_tensors
        # torch walks through the rows of the table with one small call each; this looks up, for
        # each of them, the rows of the gradient that it was added to: a fifth of the time.
        numbers = rows.reshape(-1)
        short = numbers.to(torch.int16 if ctx.height < _SHORT else torch.int32)
        places = torch.sort(short, stable=True).indices
        counts = torch.bincount(numbers, minlength=ctx.height)
        sources = places.div_(max(rows.shape[1], 1), rounding_mode="floor")
        starts = counts.cumsum(0) - counts
        return None, F.embedding_bag(sources, gradient.contiguous(), starts, mode="sum")


def summed_rows(rows: Tensor, table: Tensor) -> Tensor:
    """Sum the rows of a table that each row of numbers names, shape (n, width); none may come twice in a row."""
    # On CUDA as one product with a matrix of zeros and ones: look-ups there spend most of the time on
    # sorting the rows for the gradient. Padding is all zeros, but its sum is not used.
    table = table.to(autocast_dtype(table))
    if not rows.is_cuda:
        found: Tensor = _SummedRows.apply(rows, table)  # type: ignore[no-untyped-call]
        return found
    return _hot(rows, len(table), table.dtype) @ table


def _hot(rows: Tensor, classes: int, dtype: torch.dtype) -> Tensor:
    """Return ones at the places that each row names, shape (n, classes)."""
    hot = torch.zeros(len(rows), classes, dtype=dtype, device=rows.device)
    return hot.scatter_(1, rows, 1.0)


# -- dropout -----------------------------------------------------------------------------


class Dropout(nn.Module):
    """Sets a share of the numbers to zero at random and raises the others, so that their mean stays."""

    as_before: bool = False
    """Whether it draws the numbers that it drew in earlier versions, as a run of theirs goes on."""

    def __init__(self, share: float) -> None:
        super().__init__()
        self.share = share
        self.drawn: deque[Tensor] = deque()
        """What stays of the next signals, where it was drawn before them: see `draw`."""

    def forward(self, signal: Tensor, *, turned: bool = False) -> Tensor:
        """Drop numbers while training; `turned` where earlier versions had the first two axes the other way round."""
        if not self.training or not self.share:
            return signal
        if self.drawn:
            return signal * self._factors(self.drawn.popleft(), signal)
        if signal.device.type != "cpu":
            return F.dropout(signal, self.share)
        if self.as_before:
            if turned:
                return F.dropout(signal.transpose(0, 1).contiguous(), self.share).transpose(0, 1)
            return F.dropout(signal, self.share)
        # The factors as bits: numpy knows no bfloat16, and torch makes floats of truths slowly.
        raised = torch.tensor([(1 << 16) / self._kept], dtype=signal.dtype)
        bits = raised.view(_INTEGERS[signal.element_size()]).numpy()
        factors = torch.from_numpy(np.multiply(self._bits(signal.numel()), bits)).view(signal.dtype)
        return signal * factors.view(signal.shape)

    def draw(self, shape: Sequence[int], device: torch.device, *, turned: bool = False) -> Tensor:
        """Draw which numbers of a signal stay, as `forward` would do; see `drawn`."""
        if device.type == "cpu" and not self.as_before:
            return torch.from_numpy(self._bits(math.prod(shape))).view(*shape)
        if turned and device.type == "cpu":
            whole = torch.ones(shape[1], shape[0], *shape[2:])
            return F.dropout(whole, self.share).transpose(0, 1) != 0
        return F.dropout(torch.ones(*shape, device=device), self.share) != 0

    @property
    def _kept(self) -> int:
        return max(1, round((1 - self.share) * (1 << 16)))

    def _bits(self, count: int) -> NDArray[np.bool_]:
        # torch draws a double for each number, which took a tenth of the time of training. Sixteen
        # bits say the same to a thousandth of a percent, and its generator seeds them.
        seed = int(torch.randint(torch.iinfo(torch.int64).max, ()))
        drawn: NDArray[np.bool_] = _bits(count, seed) < self._kept - (1 << 15)
        return drawn

    def _factors(self, drawn: Tensor, signal: Tensor) -> Tensor:
        exact = signal.device.type == "cpu" and not self.as_before
        return drawn * signal.new_tensor((1 << 16) / self._kept if exact else 1 / (1 - self.share))


def _bits(count: int, seed: int) -> NDArray[np.int16]:
    """Draw so many numbers of 16 bits."""
    words = np.random.SFC64(seed).random_raw(-(-count // 4))
    numbers: NDArray[np.int16] = words.view(np.int16)[:count]
    return numbers
