"""Lines that move by step as often as real ones, where a network that follows chords would leap among their tones."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from symgen.sampling.filters import Draft
from symgen.tokens.prefix import Prefix

__all__ = ["StepGuide", "step_guide"]

Floats = NDArray[np.float64]


class StepGuide:
    """A step from the last note of the part is likelier; in a chord, from the last note before it, not inside of it."""

    fields = frozenset({"pitch"})

    def __init__(self, strength: float) -> None:
        self._strength = strength

    def bias(self, field: str, prefix: Prefix, draft: Draft) -> Floats | None:
        """Return what is added to the logits of a field, shape (classes,), or nothing."""
        if field != "pitch" or prefix.parts.struck(draft.part, prefix.now + draft.time)[0]:
            return None
        last = prefix.parts.last_pitch(draft.part)
        return None if last < 0 else _steps(last, self._strength)


@lru_cache(maxsize=1024)
def _steps(last: int, strength: float) -> Floats:
    away = np.abs(np.arange(128) - last)
    found: Floats = np.where((away > 0) & (away < 3), strength, 0.0)
    return found


def step_guide(info: Mapping[str, Any]) -> StepGuide | None:
    """Let lines move by step, as far as a model says how."""
    strength = float(info.get("steps", 0.0))
    return StepGuide(strength) if strength else None
