"""How well notes agree with those of a reference: precision, recall and F1, as MIREX counts them.

Note tracking after Bay, Ehmann and Downie (ISMIR 2009): an onset within 50 ms, a pitch within 50 cents, an offset
within 50 ms or a fifth of the note. mir_eval counts the same; a test compares them.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["count_matches", "f_measure"]

Floats = NDArray[np.float64]

_ONSET = 0.05
_PITCH = 0.5
_OFFSET_SHARE, _OFFSET_LEAST = 0.2, 0.05


def count_matches(reference: Floats, found: Floats, *, offsets: bool = False) -> int:
    """Count the most notes that can be paired one to one, by ends too if `offsets`."""
    partners = [_near(row, found, offsets=offsets) for row in reference]
    taken: dict[int, int] = {}

    def place(index: int, seen: set[int]) -> bool:
        """Give a note a partner, moving others where need be (Kuhn's algorithm)."""
        for other in partners[index]:
            if other in seen:
                continue
            seen.add(other)
            if other not in taken or place(taken[other], seen):
                taken[other] = index
                return True
        return False

    return sum(place(index, set()) for index in range(len(reference)))


def _near(row: Floats, found: Floats, *, offsets: bool) -> list[int]:
    fits = np.round(np.abs(found[:, 0] - row[0]), 4) <= _ONSET
    fits &= np.abs(found[:, 2] - row[2]) <= _PITCH
    if offsets:
        allowed = max(_OFFSET_LEAST, _OFFSET_SHARE * (row[1] - row[0]))
        fits &= np.round(np.abs(found[:, 1] - row[1]), 4) <= allowed
    return [int(i) for i in np.flatnonzero(fits)]


def f_measure(matches: int, reference: int, found: int) -> float:
    """Return the harmonic mean of precision and recall; 1 where there was nothing to find and nothing was found."""
    return 2 * matches / (reference + found) if reference + found else 1.0
