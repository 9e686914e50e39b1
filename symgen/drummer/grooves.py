"""Drums bar by bar on their grid, as the network sees them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from symgen.music.drum_kit import CYMBALS, DRUMS, TOMS

__all__ = [
    "BEAT",
    "BREAK",
    "EVENTS",
    "FILL",
    "GROOVE",
    "LEVELS",
    "PLACES",
    "Groove",
    "bar_events",
    "kept_share",
    "slots_of_beat",
]

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

BEAT = 12
"""Steps of a quarter."""
PLACES = (0, 3, 6, 9), (0, 2, 4, 6, 8, 10)
"""Where drums are struck in a quarter, by its feel: sixteenths, or triplets of them."""
EVENTS = ("groove", "fill", "break")
"""What a bar may be: its like goes on, something else leads on, or most of it falls silent."""
GROOVE, FILL, BREAK = range(len(EVENTS))
LEVELS = 8
"""Classes of velocity; 0 is no hit, and class n is loudest at 16 n - 1."""

# Bars before and behind it with which a bar is compared.
_NEAR = 4
# Less of a fill stands near it at the same places; less of a break is struck than in half of the bars near it.
_STRANGE, _SPARSE = 0.7, 0.5
_FEWEST = 4


@dataclass(frozen=True)
class Groove:
    """Bars of drums of one meter; a slot is a place where something may be struck."""

    meter: str
    # Steps of a bar.
    steps: int
    bpm: float
    style: str
    # Bar of each slot, and its step in the bar; shape (slots,).
    bar: Ints
    place: Ints
    # 0 for sixteenths, 1 for triplets; shape (slots,).
    feel: Ints
    # Classes of velocity by drum, 0 where none is struck; shape (slots, drums).
    levels: Ints
    # How late each hit is, in 480ths of a quarter; shape (slots, drums).
    late: Ints
    # Whether the second sound of the drum is meant; shape (slots, drums).
    other: Ints
    # What each bar is; shape (bars,).
    events: Ints

    @property
    def bars(self) -> int:
        """How many bars there are."""
        return len(self.events)

    def laid(self) -> Ints:
        """Return the classes of velocity by bar, step and drum."""
        found = np.zeros((self.bars, self.steps, len(DRUMS)), dtype=np.int64)
        found[self.bar, self.place] = self.levels
        return found


def slots_of_beat(feel: int, length: int) -> tuple[int, ...]:
    """Return the places of a quarter, or of what a bar has left of it."""
    return tuple(place for place in PLACES[feel] if place < length)


def bar_events(laid: Ints) -> Ints:
    """Tell what bars are by the ones near them, from hits by bar, step and drum; shape (bars,)."""
    hits = _sixteenths(laid)
    count = hits.sum(axis=(1, 2))
    events = np.full(len(hits), GROOVE, dtype=np.int64)
    if len(hits) < _FEWEST:
        return events
    for bar in range(len(hits)):
        near = [i for i in range(bar - _NEAR, bar + _NEAR + 1) if 0 <= i < len(hits) and i != bar]
        usual = hits[near].mean(axis=0)
        if count[bar] < _SPARSE * np.median(count[near]):
            events[bar] = BREAK
        elif _likeness(hits[bar], usual) < _STRANGE and _leads_on(hits[bar], hits[near]):
            events[bar] = FILL
    return events


def kept_share(before: Ints, after: Ints) -> float:
    """Return which share of the hits of a bar is struck at the same place in the next one."""
    one, two = _sixteenths(before[None])[0], _sixteenths(after[None])[0]
    return float((one & two).sum() / max(1, one.sum()))


def _likeness(hits: NDArray[np.bool_], usual: Floats) -> float:
    """Compare a bar with the mean of others: 1 where they are equal, 0 where they share no hit."""
    shared = np.minimum(hits, usual).sum()
    return float(2 * shared / max(1e-9, hits.sum() + usual.sum()))


def _leads_on(hits: NDArray[np.bool_], near: NDArray[np.bool_]) -> bool:
    """Whether more is struck on toms, snare and crash than is usual, in the second half of a bar too."""
    drums = [1, *TOMS, CYMBALS[0]]
    half = hits.shape[0] // 2
    own = hits[half:, drums].sum()
    return bool(own > near[:, half:, drums].sum(axis=(1, 2)).mean())


def _sixteenths(laid: Ints) -> NDArray[np.bool_]:
    """Bring hits to the nearest sixteenth, so that feels can be compared."""
    bars, steps, drums = laid.shape
    nearest = np.minimum(np.round(np.arange(steps) / 3 - 1e-6).astype(np.int64), (steps - 1) // 3)
    found = np.zeros((bars, (steps - 1) // 3 + 1, drums), dtype=bool)
    for step, place in enumerate(nearest.tolist()):
        found[:, place] |= laid[:, step] > 0
    return found
