"""How a piece closes by itself, where nobody asks for it: as often on the tonic as pieces of its style do."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from symgen.tokens import Header
from symgen.tokens.prefix import Prefix

__all__ = ["ClosingWatch", "closing_watch"]

# The choice has chances of its own: the notes of a seed do not change with it.
_CLOSE = 17


class ClosingWatch:
    """The first part ends on the tonic."""

    # A network draws note by note, and the last note of a part is one among many: without a look at
    # it pieces end on the tonic less often than the network has seen.

    def __init__(self, tonic: int) -> None:
        self._tonic = tonic

    def accepts(self, prefix: Prefix, bar: int) -> bool:
        """Return whether the bar is not the last one, or the piece ends on the tonic there."""
        if bar + 1 < prefix.bars:
            return True
        last = next((note[1] for note in reversed(prefix.notes) if note[0] == 0), None)
        return last is None or last % 12 == self._tonic


def closing_watch(info: Mapping[str, Any], header: Header, seed: int) -> ClosingWatch | None:
    """Let a piece with a plan end on the tonic, as often as the training pieces of its style do."""
    shares = info.get("closes", {})
    if not (header.chords and header.key and shares):
        return None
    share = shares.get(header.style, shares.get("", 0.0))
    chance = np.random.Generator(np.random.PCG64([seed, _CLOSE])).random()
    return ClosingWatch(header.key.tonic) if chance < share else None
