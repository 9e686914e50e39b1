"""Sets of steps or pitches as one whole number, a bit for each, and as masks."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

__all__ = ["bits_from", "bits_of", "bits_up_to", "mask_of"]

Mask = NDArray[np.bool_]


def bits_of(values: Iterable[int]) -> int:
    """Return a set of whole numbers from 0 on."""
    found = 0
    for value in values:
        found |= 1 << value
    return found


def bits_from(bits: int, lowest: int) -> int:
    """Return what a set holds from a number on, which may be below 0."""
    return bits >> lowest << lowest if lowest > 0 else bits


def bits_up_to(bits: int, highest: int) -> int:
    """Return what a set holds up to a number, -1 or more."""
    return bits & ((2 << highest) - 1) if highest >= 0 else 0


@lru_cache(maxsize=4096)
def mask_of(bits: int, size: int) -> Mask:
    """Return a set as a bool for each of so many, which is not to be written to."""
    rows = np.frombuffer(bits.to_bytes(-(-size // 8), "little"), dtype=np.uint8)
    mask = np.unpackbits(rows, count=size, bitorder="little").view(np.bool_)
    mask.setflags(write=False)
    return mask
