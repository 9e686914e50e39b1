"""Where and how exactly to compute."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import torch

from symgen.system.errors import CheckpointError

__all__ = ["pick_device", "pick_precision"]


def pick_device(name: str) -> torch.device:
    """Choose CUDA where it is, else the CPU.

    Raises
    ------
    CheckpointError
        If CUDA is asked for and is not there.
    """
    if name == "cuda" and not torch.cuda.is_available():
        raise CheckpointError("device cuda: no CUDA device was found; use --device cpu")
    return torch.device("cuda" if name != "cpu" and torch.cuda.is_available() else "cpu")


def pick_precision(name: str, device: torch.device) -> Callable[[], AbstractContextManager[Any]]:
    """Choose bfloat16 autocast where it pays: on CUDA, and on CPUs that have instructions for it."""
    wanted = name == "bfloat16" or (
        name == "auto" and (device.type == "cuda" or _cpu_has_bfloat16())
    )
    if not wanted:
        return nullcontext
    return lambda: torch.autocast(device.type, dtype=torch.bfloat16)


def _cpu_has_bfloat16() -> bool:
    check = getattr(torch.cpu, "_is_avx512_bf16_supported", None)
    return bool(check and check())
