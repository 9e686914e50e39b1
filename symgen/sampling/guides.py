"""What leads the drawing without forbidding anything: values that are added to the logits."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from symgen.harmony import Chord
from symgen.sampling.filters import Draft
from symgen.tokens.prefix import Prefix

__all__ = ["ChordGuide", "Guide", "VariationGuide"]

Floats = NDArray[np.float64]


class Guide(Protocol):
    """Adds to logits."""

    def bias(self, field: str, prefix: Prefix, draft: Draft) -> Floats | None:
        """Return what is added to the logits of a field, shape (classes,), or nothing."""
        ...


class VariationGuide:
    """Earlier bars are taken up more often or less often than learned.

    Parameters
    ----------
    variation : float
        0..1; 0.5 leaves things as they are.
    """

    def __init__(self, variation: float) -> None:
        self._strength = 8.0 * (0.5 - variation)

    def bias(self, field: str, prefix: Prefix, draft: Draft) -> Floats | None:  # noqa: ARG002
        """Return what is added to the logits of a field, shape (classes,), or nothing."""
        if field != "form":
            return None
        return np.append(0.0, np.full(2 * len(prefix.vocabulary.lags), self._strength))


class ChordGuide:
    """Tones of the chord of the bar are likelier, the more so on the beats.

    Parameters
    ----------
    chords : sequence of Chord
        One a bar, from the first new one on; they come round.
    first : int
        Index of the first new bar.
    strength : float
        What is added to the logits of the tones on a beat; half as much elsewhere.
    """

    def __init__(self, chords: Sequence[Chord], first: int, strength: float = 3.0) -> None:
        classes = [np.isin(np.arange(128) % 12, list(chord.pitch_classes)) for chord in chords]
        self._tones = [np.where(tones, np.float64(strength), 0.0) for tones in classes]
        self._first = first

    def bias(self, field: str, prefix: Prefix, draft: Draft) -> Floats | None:
        """Return what is added to the logits of a field, shape (classes,), or nothing."""
        bar = prefix.bar + (field == "goal")
        if field not in ("pitch", "goal") or bar < self._first:
            return None
        tones: Floats = self._tones[(bar - self._first) % len(self._tones)]
        if field == "goal":
            return tones / 2
        place = prefix.now + draft.time - prefix.starts[bar]
        return tones if place % prefix.beat(bar) == 0 else tones / 2
