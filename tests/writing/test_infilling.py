"""Bars that are written anew, with more variation than the network would give by itself."""

from __future__ import annotations

import symgen


def test_more_variation_takes_up_less_of_the_tune() -> None:
    """Bars 5 to 8 of this tune return: left alone, the network writes most of their notes once more."""
    tune = symgen.generate(bars=16, seed=11)
    old = set(tune.parts[0].notes)

    def new(**asked: float) -> int:
        takes = symgen.infill(tune, (5, 8), count=4, seed=3, **asked)
        return sum(note not in old for take in takes for note in take.parts[0].notes)

    assert new(variation=1.0) > 2 * new()
