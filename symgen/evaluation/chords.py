"""Naming chords by their pitch classes."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

__all__ = ["CHORDS", "NO_ROOT", "name_chords"]

Ints = NDArray[np.int64]

NO_ROOT = -1

_SHAPES: dict[str, tuple[tuple[int, ...], ...]] = {
    "silent": (),
    "single": ((0,),),
    "fifth": ((0, 7),),
    "major": ((0, 4, 7), (0, 4)),
    "minor": ((0, 3, 7), (0, 3)),
    "diminished": ((0, 3, 6),),
    "augmented": ((0, 4, 8),),
    "dominant_seventh": ((0, 4, 7, 10), (0, 4, 10)),
    "minor_seventh": ((0, 3, 7, 10), (0, 3, 10)),
    "major_seventh": ((0, 4, 7, 11), (0, 4, 11)),
    "half_diminished": ((0, 3, 6, 10),),
    "diminished_seventh": ((0, 3, 6, 9),),
    "suspended": ((0, 5, 7),),
    "other": (),
}
"""Semitones above the root; of two shapes of one set of pitch classes the first counts."""

CHORDS = tuple(_SHAPES)
"""Names of the kinds of chord."""


@lru_cache(maxsize=1)
def _tables() -> tuple[Ints, Ints]:
    """Kind and root of each of the 4096 sets of pitch classes, a set as a number of 12 bits."""
    kinds = np.full(4096, CHORDS.index("other"), dtype=np.int64)
    roots = np.full(4096, NO_ROOT, dtype=np.int64)
    kinds[0] = CHORDS.index("silent")
    for kind in reversed(range(len(CHORDS))):
        for shape in reversed(_SHAPES[CHORDS[kind]]):
            for root in reversed(range(12)):
                number = sum(1 << (root + step) % 12 for step in shape)
                kinds[number], roots[number] = kind, root
    return kinds, roots


def name_chords(classes: NDArray[np.bool_]) -> tuple[Ints, Ints]:
    """Name sets of pitch classes.

    `classes` has shape (sets, 12); returns shape (sets,), indices of `CHORDS`. A third counts as
    the triad without its fifth; returns shape (sets,), pitch classes; -1 where nothing sounds and
    for ``"other"``. Of sets that divide the octave evenly, the lowest.
    """
    kind_of, root_of = _tables()
    numbers = classes @ (1 << np.arange(12))
    return kind_of[numbers], root_of[numbers]
