"""Device, precision, and the small things that all objectives do with the tensors of a network."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from symgen.system.errors import CheckpointError, ControlError

__all__ = ["check_machine", "numpy_weights", "pick_device", "pick_precision", "update_mean"]


def check_machine(device: str, precision: str) -> None:
    """Refuse words for device and precision that `pick_device` and `pick_precision` do not know."""
    if device not in ("auto", "cpu", "cuda"):
        raise ControlError(f"device {device!r}: use auto, cpu or cuda")
    if precision not in ("auto", "float32", "bfloat16"):
        raise ControlError(f"precision {precision!r}: use auto, float32 or bfloat16")


def pick_device(name: str) -> torch.device:
    """Choose CUDA where it is, else the CPU."""
    if name == "cuda" and not torch.cuda.is_available():
        raise CheckpointError("device cuda: no CUDA device was found; use --device cpu")
    return torch.device("cuda" if name != "cpu" and torch.cuda.is_available() else "cpu")


def pick_precision(name: str, device: torch.device) -> Callable[[], AbstractContextManager[Any]]:
    """Choose bfloat16 autocast where it pays: on CUDA, and on CPUs with instructions for it."""
    pays = device.type == "cuda" or _cpu_has_bfloat16()
    if name == "bfloat16" or (name == "auto" and pays):
        return lambda: torch.autocast(device.type, dtype=torch.bfloat16)
    return nullcontext


def _cpu_has_bfloat16() -> bool:
    check = getattr(torch.cpu, "_is_avx512_bf16_supported", None)
    return bool(check and check())


def numpy_weights(net: nn.Module) -> dict[str, NDArray[np.float32]]:
    """Copy the state of a network to float32 arrays that later updates leave alone."""
    state: Mapping[str, Tensor] = net.state_dict()
    return {name: value.float().cpu().numpy().copy() for name, value in state.items()}


def update_mean(mean: nn.Module, net: nn.Module, step: int, decay: float) -> None:
    """Let the running mean of a network's weights follow it after update number `step`, from 0."""
    # With few updates behind it a mean of long memory would still be the first, random weights.
    decay = min(decay, (1 + step) / (10 + step))
    values = net.state_dict()
    with torch.no_grad():
        for name, kept in mean.state_dict().items():
            kept.lerp_(values[name], 1 - decay)
