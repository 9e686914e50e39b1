"""What each part of a prompt usually does, as the network reads it: the measure for what goes on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from symgen.music.constraints import PitchRange
from symgen.tokens import Events, Vocabulary
from symgen.tokens.codec import whole_notes

__all__ = ["PartHabits", "find_habits"]

Ints = NDArray[np.int64]


@dataclass(frozen=True)
class PartHabits:
    """What a part usually does.

    Parameters
    ----------
    range : PitchRange
        Its lowest and its highest note.
    chord : int
        Most notes that it strikes at once.
    together : int
        Most notes that both hands strike at once; the same for a part that is not played by two.
    polyphony : int
        Most notes that it sounds at once.
    notes_per_bar : float
    rests : float
        Share of the time in which it is silent.
    shortest, longest : int
        Its shortest and its longest note in grid steps.
    places : frozenset of int
        Where its notes begin, in grid steps from the start of every second beat.
    grid : int
        Grid steps a quarter.
    """

    range: PitchRange
    chord: int
    together: int
    polyphony: int
    notes_per_bar: float
    rests: float
    shortest: int
    longest: int
    places: frozenset[int]
    grid: int

    def __str__(self) -> str:
        return (
            f"{self.range}, {self.chord} at once, {self.notes_per_bar:.3g} notes a bar, "
            f"{self.rests:.0%} rests, from {self.shortest / self.grid:.3g} quarters on"
        )

    def to_json(self) -> dict[str, Any]:
        """Return plain data; lengths of notes in quarters."""
        return {
            "range": str(self.range),
            "chord": self.chord,
            "polyphony": self.polyphony,
            "notes_per_bar": round(self.notes_per_bar, 2),
            "rests": round(self.rests, 3),
            "shortest": round(self.shortest / self.grid, 3),
            "longest": round(self.longest / self.grid, 3),
        }


def find_habits(
    events: Events, vocabulary: Vocabulary, *, bars: int, lanes: Sequence[int]
) -> tuple[PartHabits | None, ...]:
    """Say of each part what it usually does.

    Parameters
    ----------
    events : Events
    vocabulary : Vocabulary
    bars : int
        Bars that hold its music, from the first one on; the header may hold more.
    lanes : sequence of int
        For each part whom it belongs to: both hands of a keyboard have the same number.

    Returns
    -------
    tuple of PartHabits or None
        None for a part without notes.
    """
    rows = whole_notes(events, vocabulary)
    starts = events.header.bar_starts[: bars + 1]
    beats = [int(meter.beat_quarters * vocabulary.grid) for meter in events.header.bar_meters]
    bar = np.clip(np.searchsorted(starts, rows[:, 0], side="right") - 1, 0, bars - 1)
    places = (rows[:, 0] - starts[bar]) % (2 * np.array(beats, dtype=np.int64)[bar])
    owners = np.array(lanes, dtype=np.int64)[rows[:, 1]]
    found = []
    for part, owner in enumerate(lanes):
        mine = rows[:, 1] == part
        habits = _habits(rows[mine], places[mine], starts, vocabulary.grid)
        found.append(
            replace(habits, together=_most_struck(rows[owners == owner, 0])) if habits else None
        )
    return tuple(found)


def _habits(rows: Ints, places: Ints, starts: Ints, grid: int) -> PartHabits | None:
    if not len(rows):
        return None
    onset, pitch, duration = rows[:, 0], rows[:, 2], rows[:, 3]
    chord = _most_struck(onset)
    return PartHabits(
        PitchRange(int(pitch.min()), int(pitch.max())),
        chord,
        chord,
        most_at_once(onset, onset + duration),
        len(rows) / (len(starts) - 1),
        1 - _sounding_time(onset, onset + duration) / int(starts[-1]),
        int(duration.min()),
        int(duration.max()),
        frozenset(places.tolist()),
        grid,
    )


def _most_struck(onsets: Ints) -> int:
    return int(np.unique(onsets, return_counts=True)[1].max())


def most_at_once(starts: Sequence[int] | Ints, ends: Sequence[int] | Ints) -> int:
    """Return how many spans overlap at most; one that ends where another begins does not."""
    times = np.concatenate([ends, starts])
    change = np.concatenate(
        [-np.ones(len(ends), dtype=np.int64), np.ones(len(starts), dtype=np.int64)]
    )
    return int(np.cumsum(change[np.lexsort((change, times))]).max(initial=0))


def _sounding_time(starts: Ints, ends: Ints) -> int:
    """Return how many steps any of the notes sounds; they are sorted by onset."""
    reached = np.maximum.accumulate(ends)
    before = np.concatenate([[0], reached[:-1]])
    return int(np.maximum(0, ends - np.maximum(starts, before)).sum())
