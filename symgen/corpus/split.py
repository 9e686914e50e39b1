"""Which pieces train, which choose the checkpoint, which are only tested."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence

from symgen.system.errors import ControlError

__all__ = ["SPLITS", "check_ratios", "fill_split", "split_of"]

SPLITS = ("train", "valid", "test")
_FEWEST = {"train": 1, "valid": 2, "test": 10}
"""From so many groups on, a split holds at least one."""


def check_ratios(ratios: Sequence[float]) -> None:
    """Refuse shares that are not three numbers of 0..1 with sum 1.

    Raises
    ------
    ControlError
        Otherwise.
    """
    if len(ratios) != len(SPLITS) or min(ratios) < 0 or abs(sum(ratios) - 1) > 1e-6:
        raise ControlError(
            f"split ratios {tuple(ratios)}: give three shares for {', '.join(SPLITS)} that add up to 1"
        )


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
    point = _point(group)
    for name, share in zip(SPLITS, ratios, strict=True):
        if point < share:
            return name
        point -= share
    return SPLITS[0]


def fill_split(
    name: str,
    splits: Mapping[str, str],
    ratios: Sequence[float],
    leaks: Callable[[str], bool] = lambda _: False,
) -> str | None:
    """Choose a group for a split that chance has left empty.

    Parameters
    ----------
    name : str
        The split, in `SPLITS`.
    splits : mapping of str to str
        The split of each group.
    ratios : sequence of float
        Shares; a split without a share stays empty.
    leaks : callable
        Whether a group is much like another one. Such a group is chosen only if all are.

    Returns
    -------
    str or None
        A group, the same for the same groups; None if the split needs none.
    """
    values = list(splits.values())
    if not ratios[SPLITS.index(name)] or name in values or len(values) < _FEWEST[name]:
        return None
    largest = max(reversed(SPLITS), key=values.count)
    groups = sorted((key for key in splits if splits[key] == largest), key=_point)
    if largest == SPLITS[0] and len(groups) < 2:
        return None
    return next((group for group in groups if not leaks(group)), groups[0])


def _point(key: str) -> float:
    """Place a key in 0..1."""
    return (
        int.from_bytes(hashlib.sha256(key.encode(errors="surrogateescape")).digest()[:8], "big")
        / 2**64
    )
