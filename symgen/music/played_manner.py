"""How a prompt is played: how loud and how late each part is at each place of the bar, and in each bar.

A new bar is played as a bar of the prompt was. Where that bar has a chord at the same place, the new
one is as loud and as late as that. Elsewhere it is as the part usually is there, plus what the
nearest chord of that bar was more or less than usual. So means, spread, swells and what parts do
together are those of the prompt, and what was typed evenly goes on evenly.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from symgen.music.meter import Bar
from symgen.music.score import Note

__all__ = ["PartManner", "Placing", "Touch", "Usual"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

# Bits of a voice and of a place in the number of a cell.
_VOICE_BITS, _PLACE_BITS = 8, 24


class Touch(NamedTuple):
    """How one note is played."""

    velocity: int
    # Ticks behind its written onset; negative is early.
    late: int


@dataclass(frozen=True, eq=False)
class Usual:
    """What a value usually is by kind of beat, place and voice, as far as they tell it apart."""

    mean: float
    # Of each level the additions to the coarser ones, by number of the cell.
    effects: tuple[dict[int, float], ...] = ()

    @classmethod
    def of(cls, values: Floats, cells: Ints) -> Usual:
        """Fit means that back off from the finest cells to the mean of all.

        Each level is shrunk by how much its cells differ beside the spread inside them (one-way
        analysis of variance, one level after the other). Where one level explains all values, it
        and those before it are exact.

        Parameters
        ----------
        values : ndarray, shape (notes,)
        cells : ndarray of int, shape (levels, notes)
            Numbers of the cells that each note is in, coarse levels first.
        """
        if not len(values):
            return cls(0.0)
        mean = float(values.mean())
        rest, effects = values - mean, list[dict[int, float]]()
        exact = _exact_level(values, cells)
        for row in cells[: None if exact is None else exact + 1]:
            numbers, which, counts = np.unique(row, return_inverse=True, return_counts=True)
            means = np.bincount(which, rest) / counts
            if exact is None:
                means = means * _weights(rest, which, counts, means)
            rest = rest - means[which]
            effects.append(dict(zip(numbers.tolist(), means.tolist(), strict=True)))
        return cls(mean, tuple(effects))

    def at(self, cells: Sequence[int]) -> float:
        """Return the value of a note in these cells."""
        return self.mean + sum(
            effect.get(cell, 0.0) for effect, cell in zip(self.effects, cells, strict=False)
        )


def _exact_level(values: Floats, cells: Ints) -> int | None:
    """Return the coarsest level that explains all values; -1 if they are all one."""
    if bool((values == values[0]).all()):
        return -1
    for level, row in enumerate(cells):
        order = np.lexsort((values, row))
        same = np.diff(row[order]) == 0
        if same.any() and not (np.diff(values[order])[same] != 0).any():
            return level
    return None


def _weights(rest: Floats, which: Ints, counts: Ints, means: Floats) -> Floats:
    """Return how far the mean of each cell is believed, 0 to 1."""
    cells, total = len(counts), len(rest)
    if cells in (1, total):
        return np.zeros(cells)
    inside = float(np.square(rest - means[which]).sum()) / (total - cells)
    spread = float((counts * np.square(means - rest.mean())).sum()) / (cells - 1)
    size = (total - float(np.square(counts).sum()) / total) / (cells - 1)
    between = max(0.0, (spread - inside) / size)
    if not between:
        return np.zeros(cells)
    weights: Floats = counts * between / (counts * between + inside)
    return weights


class Placing:
    """Places of written onsets in the bars of a score, in grid steps."""

    def __init__(self, bars: Sequence[Bar], resolution: int, grid: int) -> None:
        self._starts = np.array([bar.start for bar in bars] or [0], dtype=np.int64)
        meters = {bar.meter for bar in bars}
        full = {meter: round(meter.quarters * resolution) for meter in meters}
        beats = {meter: max(1, round(meter.beat_quarters * grid)) for meter in meters}
        # A pickup is counted from its end, so that its places are those of a full bar.
        self._origins = np.array(
            [bar.start if bar.number else bar.end - full[bar.meter] for bar in bars] or [0]
        )
        self._beats = np.array([beats[bar.meter] for bar in bars] or [grid])
        self._resolution, self._grid = resolution, grid

    def __call__(self, onsets: Ints) -> tuple[Ints, Ints, Ints]:
        """Return the bars, the places in them and what of a beat they stand on: its number in three kinds."""
        bars = np.maximum(0, np.searchsorted(self._starts, onsets, side="right") - 1)
        ticks = onsets - self._origins[bars]
        places = (2 * ticks * self._grid + self._resolution) // (2 * self._resolution)
        inside = places % self._beats[bars]
        # The first beat, the other beats by what they are, and all else by its place in the beat.
        kinds = np.where(places == 0, 0, np.where(inside == 0, 1, 2))
        return bars, places, kinds << _PLACE_BITS | inside


def _cells(places: Ints, kinds: Ints, voices: Ints) -> Ints:
    """Return the cells of notes, coarse levels first, shape (levels, notes)."""
    return np.stack(
        [
            kinds >> _PLACE_BITS,
            kinds,
            places,
            voices,
            places << _VOICE_BITS | voices,
        ]
    )


def _voices(sizes: Sequence[int]) -> Iterable[int]:
    """Yield what each note is in its chord: alone, the lowest, the highest, or between them."""
    for size in sizes:
        yield from [0] if size == 1 else [1, *[2] * (size - 2), 3]


@dataclass(eq=False)
class _Heard:
    """Chords of a bar in order: their places, and how much louder and later than usual each note was."""

    places: list[int] = field(default_factory=list)
    # From the lowest up.
    notes: list[list[tuple[float, float]]] = field(default_factory=list)

    def nearest(self, place: int) -> list[tuple[float, float]]:
        after = bisect_left(self.places, place)
        around = range(max(0, after - 1), min(len(self.places), after + 1))
        return self.notes[min(around, key=lambda i: abs(self.places[i] - place))]


class PartManner:
    """How one part, or one hand of it, is played."""

    def __init__(self, rows: Ints, placing: Placing, *, is_drum: bool = False) -> None:
        """Learn from notes.

        Parameters
        ----------
        rows : ndarray of int, shape (notes, 4)
            Written onset, pitch, velocity and ticks behind the written onset of each, in any order.
        placing : Placing
            Places in the bars that they are in.
        is_drum : bool
            Whether each pitch is a drum, played by itself; else they are chords.
        """
        # Where the bars of a chord's source have none of its line, others are looked for; kept for each.
        self._is_drum, self._sources = is_drum, dict[tuple[int, int], _Heard | None]()
        rows = rows[np.lexsort((rows[:, 1], rows[:, 0]))]
        bars, places, kinds = placing(rows[:, 0])
        lines = rows[:, 1] if is_drum else np.zeros(len(rows), dtype=np.int64)
        voices = self._voices_of(rows[:, 0], rows[:, 1])
        cells = _cells(places, kinds, voices)
        velocity, late = rows[:, 2].astype(np.float64), rows[:, 3].astype(np.float64)
        self._velocity, self._late = Usual.of(velocity, cells), Usual.of(late, cells)
        self._heard = dict[int, dict[int, _Heard]]()
        columns = cells.T.tolist()
        mores = [
            (loud - self._velocity.at(column), behind - self._late.at(column))
            for loud, behind, column in zip(velocity.tolist(), late.tolist(), columns, strict=True)
        ]
        notes = zip(
            lines.tolist(), bars.tolist(), rows[:, 0].tolist(), places.tolist(), mores, strict=True
        )
        for (line, bar, _, place), chord in groupby(notes, key=lambda note: note[:4]):
            heard = self._heard.setdefault(line, {}).setdefault(bar, _Heard())
            heard.places.append(place)
            heard.notes.append([more for *_, more in chord])

    def _voices_of(self, onsets: Ints, pitches: Ints) -> Ints:
        if self._is_drum:
            return pitches
        sizes = np.unique(onsets, return_counts=True)[1].tolist()
        return np.array(list(_voices(sizes)), dtype=np.int64)

    def touches(
        self, notes: Sequence[Note], placing: Placing, sources: Sequence[int]
    ) -> list[Touch]:
        """Return how new notes are played, in their order.

        Parameters
        ----------
        notes : sequence of Note
            Sorted, at their written onsets.
        placing : Placing
            Places in the bars that they are in.
        sources : sequence of int
            For each of these bars, the bar of the prompt as which it is played.
        """
        onsets = np.array([note.onset for note in notes], dtype=np.int64)
        pitches = np.array([note.pitch for note in notes], dtype=np.int64)
        bars, places, kinds = placing(onsets)
        columns = _cells(places, kinds, self._voices_of(onsets, pitches)).T.tolist()
        found = list[Touch]()
        rows = zip(
            bars.tolist(), onsets.tolist(), places.tolist(),
            pitches.tolist() if self._is_drum else [0] * len(notes), columns, strict=True,
        )  # fmt: skip
        for (bar, _, place, line), group in groupby(rows, key=lambda row: row[:4]):
            chord = [column for *_, column in group]
            heard = self._source(line, sources[min(bar, len(sources) - 1)])
            more = heard.nearest(place) if heard else [(0.0, 0.0)]
            # A chord of another size is played in the same way, its outer notes as the outer ones were.
            last, size = len(more) - 1, max(1, len(chord) - 1)
            for i, column in enumerate(chord):
                louder, later = more[round(i * last / size)]
                velocity = round(self._velocity.at(column) + louder)
                found.append(
                    Touch(min(127, max(1, velocity)), round(self._late.at(column) + later))
                )
        return found

    def _source(self, line: int, bar: int) -> _Heard | None:
        """Return what a line played in a bar, or in the nearest one in which it did."""
        if (line, bar) not in self._sources:
            heard = self._heard.get(line, {})
            nearest = min(heard, key=lambda other: (abs(other - bar), other), default=None)
            self._sources[line, bar] = None if nearest is None else heard[nearest]
        return self._sources[line, bar]
