"""Bars that return where the plan of chords does: what was there returns with the chords, or moves with them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from symgen.sampling.filters import Draft
from symgen.tokens import Header, Vocabulary
from symgen.tokens.plans import BAR_COLUMNS, MOVED, SAME, plan_tables
from symgen.tokens.prefix import Prefix
from symgen.tokens.vocabulary import FORM

__all__ = ["ReturnGuide", "return_guide"]

Floats = NDArray[np.float64]


class ReturnGuide:
    """Bars are likelier to take up those that had the same chords, and moved ones those whose chords have moved."""

    # Drawn bar by bar, motifs return more seldom than in real pieces: each bar that goes its own way
    # takes from all later ones what they could take up.

    fields = frozenset({"form"})

    def __init__(self, header: Header, vocabulary: Vocabulary, strength: float) -> None:
        _, by_bar = plan_tables(header, vocabulary)
        alike = by_bar[:, BAR_COLUMNS:]
        self._biases = np.zeros((len(alike), vocabulary.sizes[FORM]))
        for place in range(len(vocabulary.lags)):
            literal, varied, *moved = vocabulary.forms_of(place)
            self._biases[:, [literal, varied]] = strength * (alike[:, place] == SAME)[:, None]
            if moved:
                self._biases[:, moved[0]] = strength * (alike[:, place] == MOVED)

    def bias(self, field: str, prefix: Prefix, draft: Draft) -> Floats | None:  # noqa: ARG002
        """Return what is added to the logits of a field, shape (classes,), or nothing."""
        if field != "form" or prefix.bar + 1 >= len(self._biases):
            return None
        found: Floats = self._biases[prefix.bar + 1]
        return found


def return_guide(
    info: Mapping[str, Any], header: Header, vocabulary: Vocabulary
) -> ReturnGuide | None:
    """Let bars of a piece with a plan return as often as real ones, as far as a model says how."""
    strength = float(info.get("returns", 0.0))
    return ReturnGuide(header, vocabulary, strength) if strength and header.chords else None
