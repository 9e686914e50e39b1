"""How voices may move together."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from symgen.sampling.filters import Draft
from symgen.tokens.prefix import Prefix

__all__ = ["NoParallels"]

_PERFECT = (0, 7)
_PITCHES = np.arange(128)


class NoParallels:
    """No two voices move from a fifth to a fifth or from an octave to an octave, as long as there is another way.

    Parameters
    ----------
    parts : int
        Parts of one note at a time.
    coming : mapping of (step, part) to int, optional
        Pitches that are known before they are struck.
    """

    def __init__(self, parts: int, coming: Mapping[tuple[int, int], int] | None = None) -> None:
        self._parts, self._coming = parts, coming or {}

    def allow(self, field: str, prefix: Prefix, draft: Draft, allowed: NDArray[np.bool_]) -> None:
        """Set ``allowed[class]`` to false for what is out."""
        if field != "pitch":
            return
        time = prefix.now + draft.time
        mine, _ = prefix.parts.motion(draft.part, time)
        kept = allowed.copy()
        for part in range(self._parts):
            before, after = prefix.parts.motion(part, time)
            after = self._coming.get((time, part), after)
            if part != draft.part and min(mine, before, after) >= 0 and before != after:
                interval = abs(before - mine) % 12
                if interval in _PERFECT:
                    kept &= (np.abs(after - _PITCHES) % 12 != interval) | (mine == _PITCHES)
        if kept.any():
            allowed[:] = kept
