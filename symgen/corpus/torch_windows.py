"""Arrays by index as a data set of PyTorch; the only module of the room that needs it."""

from __future__ import annotations

from typing import Any, Protocol

import torch
from numpy.typing import NDArray

__all__ = ["TorchWindows"]


class _Windows(Protocol):
    """Arrays of one shape, by index."""

    def __len__(self) -> int: ...

    def __getitem__(self, index: int) -> NDArray[Any]: ...


class TorchWindows(torch.utils.data.Dataset[torch.Tensor]):
    """The same arrays as tensors."""

    def __init__(self, windows: _Windows) -> None:
        self.windows = windows

    def __len__(self) -> int:
        return len(self.windows)

    def __getitem__(self, index: int) -> torch.Tensor:
        """Return one of them."""
        return torch.from_numpy(self.windows[index])
