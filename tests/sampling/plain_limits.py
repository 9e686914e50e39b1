"""The limits that must hold, plainly: each call starts from nothing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from plain_filters import narrow

from symgen.music.constraints import Density, NoteGrid
from symgen.music.meter import Meter
from symgen.sampling.charting import PlacedTones
from symgen.sampling.filters import Draft
from symgen.sampling.limits import strong_steps
from symgen.tokens import Vocabulary
from symgen.tokens.prefix import Prefix

Mask = NDArray[np.bool_]


class PitchRule(Protocol):
    """Says which pitches are allowed."""

    def pitches(self, prefix: Prefix, onset: int) -> Mask:
        """Return what is allowed at a step, shape (128,)."""
        ...


class Tones:
    """Always the same pitches, such as a range or a scale."""

    def __init__(self, allowed: Sequence[int]) -> None:
        self._allowed = np.isin(np.arange(128), np.array(allowed, dtype=np.int64))

    def pitches(self, prefix: Prefix, onset: int) -> Mask:
        """Return what is allowed at a step, shape (128,)."""
        return self._allowed


class ChordTones:
    """On strong beats, and where a chord begins, tones of the chord."""

    def __init__(
        self, placed: PlacedTones, meters: Sequence[Meter], vocabulary: Vocabulary, first: int
    ) -> None:
        self._placed = list(zip(placed.starts, placed.chords, strict=True))
        self._strong = [strong_steps(meter, vocabulary) for meter in meters]
        self._first = first

    def pitches(self, prefix: Prefix, onset: int) -> Mask:
        """Return what is allowed at a step, shape (128,)."""
        bar = max(prefix.bar, 0)
        begins = any(start == onset for start, _ in self._placed)
        is_strong = onset - prefix.starts[bar] in self._strong[bar]
        if bar < self._first or not (is_strong or begins):
            return np.ones(128, dtype=bool)
        chord = [chord for start, chord in self._placed if start <= onset][-1]
        classes = set(range(12)) if chord is None else chord.tones
        return np.isin(np.arange(128) % 12, list(classes))


class Pitches:
    """Only pitches that all rules allow; and no note where they leave none."""

    def __init__(self, rules: Sequence[PitchRule]) -> None:
        self._rules = tuple(rules)

    def allow(self, field: str, prefix: Prefix, draft: Draft, allowed: Mask) -> None:
        """Set ``allowed[class]`` to false for what is out."""
        stacked = bool(prefix.notes) and prefix.onsets[-1] == prefix.now + max(0, draft.time)
        if field == "pitch":
            allowed &= self._at(prefix, prefix.now + draft.time)
        elif field == "time" and prefix.notes and prefix.onsets[-1] == prefix.now:
            # Parts come in their order, and the notes of a chord go up: is a place left at this onset?
            above = self._at(prefix, prefix.now)[prefix.last_pitch + 1 :].any()
            allowed[0] &= bool(above) or prefix.notes[-1][0] < prefix.part_count - 1
        elif field == "part" and stacked:
            last, pitch = prefix.notes[-1][:2]
            allowed[last] &= bool(self._at(prefix, prefix.now + draft.time)[pitch + 1 :].any())

    def _at(self, prefix: Prefix, onset: int) -> Mask:
        found = np.ones(128, dtype=bool)
        for rule in self._rules:
            found &= rule.pitches(prefix, onset)
        return found


class MostNotes:
    """At most so many notes sound at once."""

    def __init__(self, most: int) -> None:
        self._most = most

    def allow(self, field: str, prefix: Prefix, draft: Draft, allowed: Mask) -> None:
        """Set ``allowed[class]`` to false for what is out."""
        if field != "time" or not prefix.notes:
            return
        reach = prefix.vocabulary.longest
        ends = []
        for note, onset in zip(reversed(prefix.notes), reversed(prefix.onsets), strict=True):
            if prefix.now - onset >= reach:
                break
            if onset + note[2] > prefix.now:
                ends.append(onset + note[2] - prefix.now)
        if len(ends) >= self._most:
            allowed[: min(sorted(ends)[len(ends) - self._most], reach)] = False


class OnGrid:
    """Notes begin and end on a grid that starts anew on each bar line, and none is shorter than its unit."""

    def __init__(self, grid: NoteGrid, vocabulary: Vocabulary) -> None:
        self._units = [int(unit * vocabulary.grid) for unit in grid.units]
        self._longest = vocabulary.longest

    @property
    def unit(self) -> int:
        """The longest of the steps, which is room enough for one note anywhere."""
        return max(self._units)

    def allow(self, field: str, prefix: Prefix, draft: Draft, allowed: Mask) -> None:
        """Set ``allowed[class]`` to false for what is out."""
        if field == "time" and prefix.bar >= 0:
            allowed[: self._longest] &= self._fits(prefix, prefix.now + np.arange(self._longest))
        elif field == "duration":
            onset, size = prefix.now + draft.time, min(len(allowed), self._longest + 1)
            fits = self._fits(prefix, onset + np.arange(size))
            fits[: min(self._units)] = False
            kept = allowed.copy()
            kept[:size] &= fits
            narrow(allowed, kept)

    def _fits(self, prefix: Prefix, steps: NDArray[np.int64]) -> Mask:
        """Which steps lie on the grid; triplets stand three in two units, as far as a bar has room for all three."""
        starts = np.array(prefix.starts)
        bars = np.minimum(np.searchsorted(starts, steps, side="right") - 1, len(starts) - 2)
        places, group = steps - starts[bars], 2 * self._units[0]
        found: Mask = places % self._units[0] == 0
        if len(self._units) > 1:
            whole = (places // group + 1) * group <= (starts[bars + 1] - starts[bars])
            found |= (places % self._units[1] == 0) & whole
        found |= steps == starts[-1]
        return found


class BarDensity:
    """So many notes begin in each bar, no fewer and no more."""

    # Room is kept for those that are still missing, a unit each. Bars in which the piece closes are
    # not counted.

    def __init__(
        self,
        density: Density,
        *,
        unit: int,
        first: int,
        monophonic_parts: bool,
        closing: frozenset[int],
    ) -> None:
        self._low, self._high, self._unit, self._first, self._monophonic_parts = (
            density.low,
            density.high,
            unit,
            first,
            monophonic_parts,
        )
        self._closing = closing

    def _fewest(self, bar: int) -> int:
        return 0 if bar in self._closing else self._low

    def allow(self, field: str, prefix: Prefix, draft: Draft, allowed: Mask) -> None:
        """Set ``allowed[class]`` to false for what is out."""
        longest, bar = prefix.vocabulary.longest, prefix.bar
        if field == "time" and bar >= self._first:
            count = prefix.bar_notes
            if count >= self._high and bar not in self._closing:
                allowed[:longest] = False
            missing = self._fewest(bar) - count
            if missing > 0:
                latest = prefix.bar_end - prefix.now - missing * self._unit
                kept = allowed.copy()
                kept[max(0, min(latest, longest - 1)) + 1 :] = False
                narrow(allowed, kept)
        elif field == "duration" and self._monophonic_parts:
            self._leave_room(prefix, prefix.now + draft.time, allowed)

    def _leave_room(self, prefix: Prefix, onset: int, allowed: Mask) -> None:
        """End in time for the notes that are missing in this bar, or in the next one that the note reaches."""
        kept = allowed.copy()
        if (
            prefix.bar >= self._first
            and (missing := self._fewest(prefix.bar) - prefix.bar_notes - 1) > 0
        ):
            kept[max(1, prefix.bar_end - missing * self._unit - onset) + 1 :] = False
        for bar in range(max(prefix.bar + 1, self._first), prefix.bars):
            if prefix.starts[bar] - onset > prefix.vocabulary.longest:
                break
            latest = prefix.starts[bar + 1] - self._fewest(bar) * self._unit
            kept[max(1, latest - onset) + 1 :] = False
            break
        narrow(allowed, kept)
