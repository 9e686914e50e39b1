"""Where the chords of a chart hold in a piece that is being drawn, and which pitches are tones of them."""

from __future__ import annotations

from bisect import bisect_right

import numpy as np
from numpy.typing import NDArray

from symgen.music.charts import ChordChart
from symgen.music.laid_charts import chart_places
from symgen.music.theory import Chord
from symgen.system.errors import ControlError
from symgen.tokens import Header, Vocabulary
from symgen.tokens.plans import header_bars

__all__ = ["PlacedTones"]

Mask = NDArray[np.bool_]


class PlacedTones:
    """The chords of a chart from a bar on, by the step."""

    def __init__(
        self, chart: ChordChart, header: Header, vocabulary: Vocabulary, first: int
    ) -> None:
        placed = chart_places(chart, header_bars(header, first), vocabulary.grid)
        self.starts = [step for step, _ in placed]
        self.chords = [chord for _, chord in placed]
        masks = {chord: _tones(chord) for chord in dict.fromkeys(self.chords)}
        # Of each chord its tones, shape (128,); None where no chord sounds.
        self.masks: list[Mask | None] = [masks[chord] for chord in self.chords]

    def number(self, step: int) -> int:
        """Return which of the chords holds at a step, -1 before the first one."""
        return bisect_right(self.starts, step) - 1

    def at(self, step: int) -> Chord | None:
        """Return the chord that holds at a step, if any."""
        number = self.number(step)
        return self.chords[number] if number >= 0 else None


def checked_chart(
    chart: ChordChart, header: Header, vocabulary: Vocabulary, new_bars: int
) -> PlacedTones:
    """Lay a chart over the new bars, and refuse one that is longer than these."""
    count = len(chart.bars)
    if count > new_bars:
        each = f"{count} of them, one a bar" if chart.is_plain else f"{count} bars of them"
        raise ControlError(f"chords: {each}, but bars {new_bars}; name fewer or ask for more")
    return PlacedTones(chart, header, vocabulary, header.bars - new_bars)


def _tones(chord: Chord | None) -> Mask | None:
    return None if chord is None else np.isin(np.arange(128) % 12, list(chord.tones))
