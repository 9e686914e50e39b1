"""Which pieces train, which choose the checkpoint, which are only tested."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from symgen.errors import ControlError

__all__ = ["SPLITS", "check_ratios", "split_of"]

SPLITS = ("train", "valid", "test")


def check_ratios(ratios: Sequence[float]) -> None:
    """Refuse shares that are not three numbers of 0..1 with sum 1.

    Raises
    ------
    ControlError
        Otherwise.
    """
    if len(ratios) != len(SPLITS) or min(ratios) < 0 or abs(sum(ratios) - 1) > 1e-6:
        raise ControlError(f"split ratios {tuple(ratios)}: give three shares for {', '.join(SPLITS)} that add up to 1")


def split_of(group: str, ratios: Sequence[float] = (0.9, 0.05, 0.05)) -> str:
    """Name the split of a group of works, from nothing but its key.

    Parameters
    ----------
    group : str
        Key of the group; the same key always gives the same split.
    ratios : sequence of float
        Shares of train, valid and test.

    Returns
    -------
    str
        A name in `SPLITS`.
    """
    point = int.from_bytes(hashlib.sha256(group.encode()).digest()[:8], "big") / 2**64
    for name, share in zip(SPLITS, ratios, strict=True):
        if point < share:
            return name
        point -= share
    return SPLITS[0]
