"""Which weights of a network learn: all, all but some layers, or a narrow change of each matrix."""

from __future__ import annotations

from collections.abc import Collection

import torch
from torch import nn

from symgen.system.errors import ControlError

__all__ = ["LAYERS", "Adapter", "LowRank", "check_adapting", "make_adapter"]

LAYERS = {"input": "table.", "gru": "gru.", "heads": "heads."}
"""What may be frozen, and how the names of its weights begin."""


class Adapter(nn.Module):
    """The weights that learn are the network's own."""

    def __init__(self, weights: Collection[nn.Parameter]) -> None:
        super().__init__()
        # In a tuple, which hides them: they belong to the network, and are stored with it.
        self.learned = tuple(weights)

    def take_gradients(self) -> None:
        """Bring the gradients of the network to the weights that learn."""

    def put_weights(self) -> None:
        """Bring what was learned into the network."""


class LowRank(Adapter):
    """Each matrix learns a change that is the product of two narrow ones: LoRA (Hu et al. 2021)."""

    # The network stays as it is: the change is added into its matrices after each update, and its
    # gradient follows from that of the matrix. So what is stored is a network like any other.

    def __init__(self, weights: Collection[nn.Parameter], rank: int) -> None:
        super().__init__(())
        self._matrices = tuple(weight for weight in weights if weight.dim() == 2)
        self._first = tuple(weight.detach().clone() for weight in self._matrices)
        down, up = nn.ParameterList(), nn.ParameterList()
        for rows, columns in (weight.shape for weight in self._matrices):
            narrow = min(rank, rows, columns)
            # As usual the product is zero at first, so that the network is the one it was.
            down.append(nn.Parameter(torch.randn(narrow, columns) / columns**0.5))
            up.append(nn.Parameter(torch.zeros(rows, narrow)))
        self.down, self.up = down, up
        if self._matrices:
            self.to(self._matrices[0].device)
        self.learned = tuple(self.parameters())

    def take_gradients(self) -> None:
        """Turn the gradient of each matrix into those of its narrow ones."""
        for weight, down, up in zip(self._matrices, self.down, self.up, strict=True):
            if weight.grad is not None:
                down.grad, up.grad = up.detach().t() @ weight.grad, weight.grad @ down.detach().t()
                weight.grad = None

    def put_weights(self) -> None:
        """Add the changes to the matrices as they were."""
        with torch.no_grad():
            pairs = zip(self._matrices, self._first, self.down, self.up, strict=True)
            for weight, first, down, up in pairs:
                weight.copy_(torch.addmm(first, up, down))


def make_adapter(net: nn.Module, frozen: Collection[str] = (), rank: int = 0) -> Adapter:
    """Choose the weights of a network that learn; the others want no gradient."""
    still = tuple(LAYERS[layer] for layer in frozen)
    weights = []
    for name, weight in net.named_parameters():
        learns = not name.startswith(still)
        weight.requires_grad_(learns and (not rank or weight.dim() == 2))
        if learns:
            weights.append(weight)
    return LowRank(weights, rank) if rank else Adapter(weights)


def check_adapting(frozen: Collection[str], rank: int, start: str) -> None:
    """Refuse layers that do not exist, and what makes sense with a trained model alone."""
    if unknown := [layer for layer in frozen if layer not in LAYERS]:
        raise ControlError(f"freeze {unknown[0]!r}: use {', '.join(LAYERS)}")
    if len(set(frozen)) == len(LAYERS):
        raise ControlError("freeze: nothing is left to learn; leave one of the layers out")
    if rank < 0:
        raise ControlError(f"lora {rank}: must be 0 or more")
    if (frozen or rank) and not start:
        raise ControlError("freeze and lora need a trained model; name one with --from")
