"""Rows of tokens as one sequence of numbers: of each row the fields that it uses, each in a range of its own."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from symgen.system.errors import FormatError
from symgen.tokens.heading import Kinds
from symgen.tokens.vocabulary import FIELDS, TIME

__all__ = ["flatten", "unflatten"]

Ints = NDArray[np.int64]


def flatten(rows: Ints, kinds: Kinds, sizes: Sequence[int]) -> Ints:
    """Return the used fields of rows, one after the other."""
    used = np.array([kinds.uses(time) for time in range(sizes[TIME])])
    found: Ints = (rows + _offsets(sizes))[used[rows[:, TIME]]]
    return found


def unflatten(flat: Ints, kinds: Kinds, sizes: Sequence[int]) -> Ints:
    """Return the rows of such a sequence; one that breaks off inside a row loses that row."""
    offsets = _offsets(sizes)
    field = np.searchsorted(offsets, flat, side="right") - 1
    starts = np.flatnonzero(field == TIME)
    if flat.size and (not starts.size or starts[0]):
        raise FormatError("token id 0: a row begins with its time")
    stops = np.append(starts, flat.size)[1:]
    made = np.zeros((len(starts), len(FIELDS)), dtype=np.int64)
    for row, start, stop in zip(made, starts.tolist(), stops.tolist(), strict=True):
        wanted = np.flatnonzero(kinds.uses(int(flat[start])))
        found = field[start:stop].tolist()
        if found == wanted.tolist():
            row[wanted] = flat[start:stop] - offsets[wanted]
        elif stop == flat.size and found == wanted[: len(found)].tolist():
            return made[:-1]
        else:
            raise FormatError(f"token id {start}: the row that begins here has other fields")
    return made


def _offsets(sizes: Sequence[int]) -> Ints:
    """Return the first number of each field."""
    return np.cumsum([0, *sizes])[:-1].astype(np.int64)
