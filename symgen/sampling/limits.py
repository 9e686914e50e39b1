"""Limits that must hold: which pitches, how many notes at once, where notes may stand, how many a bar."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from symgen.music.constraints import Density, NoteGrid
from symgen.music.meter import Meter
from symgen.sampling.charting import PlacedTones
from symgen.sampling.filters import Draft, narrow_to
from symgen.tokens import Vocabulary
from symgen.tokens.prefix import Prefix

__all__ = [
    "BarDensity",
    "ChordTones",
    "MostNotes",
    "OnGrid",
    "PitchRule",
    "Pitches",
    "Tones",
    "closing_steps",
    "strong_steps",
]

Mask = NDArray[np.bool_]
_EVERY_PITCH = np.ones(128, dtype=bool)
# Patterns of bar lines that a grid remembers.
_PATTERNS = 64


class PitchRule(Protocol):
    """Says which pitches are allowed."""

    def pitches(self, prefix: Prefix, onset: int) -> Mask:
        """Return what is allowed at a step, shape (128,)."""
        ...


class Tones:
    """Always the same pitches, such as a range or a scale."""

    def __init__(self, allowed: Sequence[int]) -> None:
        self.always = np.isin(np.arange(128), np.array(allowed, dtype=np.int64))

    def pitches(self, prefix: Prefix, onset: int) -> Mask:  # noqa: ARG002
        """Return what is allowed at a step, shape (128,)."""
        return self.always


class ChordTones:
    """On strong beats, and where a chord begins, tones of the chord."""

    def __init__(
        self, placed: PlacedTones, meters: Sequence[Meter], vocabulary: Vocabulary, first: int
    ) -> None:
        self._placed, self._begins = placed, frozenset(placed.starts)
        steps = {meter: strong_steps(meter, vocabulary) for meter in set(meters)}
        self._strong = [steps[meter] for meter in meters]
        self._first = first

    def pitches(self, prefix: Prefix, onset: int) -> Mask:
        """Return what is allowed at a step, shape (128,)."""
        bar = max(prefix.bar, 0)
        if bar < self._first:
            return _EVERY_PITCH
        if onset not in self._begins and onset - prefix.starts[bar] not in self._strong[bar]:
            return _EVERY_PITCH
        tones = self._placed.masks[self._placed.number(onset)]
        return _EVERY_PITCH if tones is None else tones


def strong_steps(meter: Meter, vocabulary: Vocabulary) -> frozenset[int]:
    """Return the strong beats of a bar in steps: the first, and the middle one of four beats or more if even."""
    beats = meter.quarters / meter.beat_quarters
    whole = beats.denominator == 1 and beats % 2 == 0 and beats >= 4
    return frozenset({0, int(meter.quarters * vocabulary.grid / 2)} if whole else {0})


def closing_steps(meter: Meter, vocabulary: Vocabulary) -> frozenset[int]:
    """Return the steps on which a piece may close: strong beats from which a note can last to the bar line."""
    # In a bar longer than any note that is the first beat from which one can.
    bar, beat = int(meter.quarters * vocabulary.grid), int(meter.beat_quarters * vocabulary.grid)
    found = frozenset(
        step for step in strong_steps(meter, vocabulary) if bar - step <= vocabulary.longest
    )
    return found or frozenset({-(-(bar - vocabulary.longest) // beat) * beat})


class Pitches:
    """Only pitches that all rules allow; and no note where they leave none."""

    fields = frozenset({"time", "part", "pitch"})

    def __init__(self, rules: Sequence[PitchRule]) -> None:
        # What never changes is one mask.
        self._always, self._rules = _EVERY_PITCH, []
        for rule in rules:
            if isinstance(rule, Tones):
                self._always = self._always & rule.always
            else:
                self._rules.append(rule)

    def allow(self, field: str, prefix: Prefix, draft: Draft, allowed: Mask) -> None:
        """Set ``allowed[class]`` to false for what is out."""
        if field == "pitch":
            allowed &= self._at(prefix, prefix.now + draft.time)
            return
        onsets, now = prefix.onsets, prefix.now
        if not onsets:
            return
        last, pitch, *_ = prefix.notes[-1]
        if field == "time" and onsets[-1] == now and last >= prefix.part_count - 1:
            # Parts come in their order, and the notes of a chord go up: is a place left at this onset?
            above = self._at(prefix, now)[pitch + 1 :]
            if not np.count_nonzero(above):
                allowed[0] = False
        elif field == "part" and onsets[-1] == now + max(0, draft.time):
            above = self._at(prefix, onsets[-1])[pitch + 1 :]
            if not np.count_nonzero(above):
                allowed[last] = False

    def _at(self, prefix: Prefix, onset: int) -> Mask:
        found = self._always
        for rule in self._rules:
            mask = rule.pitches(prefix, onset)
            found = mask if found is _EVERY_PITCH else found & mask
        return found


class MostNotes:
    """At most so many notes sound at once."""

    fields = frozenset({"time"})

    def __init__(self, most: int) -> None:
        self._most = most

    def allow(self, field: str, prefix: Prefix, draft: Draft, allowed: Mask) -> None:  # noqa: ARG002
        """Set ``allowed[class]`` to false for what is out."""
        now = prefix.now
        if field != "time" or prefix.sounding_end <= now:
            return
        ends = prefix.parts.ends(now)
        if len(ends) >= self._most:
            ends.sort()
            allowed[: min(ends[-self._most] - now, prefix.vocabulary.longest)] = False


class OnGrid:
    """Notes begin and end on a grid that starts anew on each bar line, and none is shorter than its unit."""

    fields = frozenset({"time", "duration"})

    def __init__(self, grid: NoteGrid, vocabulary: Vocabulary) -> None:
        self._units = [int(unit * vocabulary.grid) for unit in grid.units]
        self._shortest, self._longest = min(self._units), vocabulary.longest
        # Which steps from a bar line on lie on the grid: by the bar lines ahead of it, and of the bar
        # that was asked about last.
        self._masks: dict[tuple[int, ...], Mask] = {}
        self._bar: tuple[Sequence[int], int, Mask] = ((), 0, _EVERY_PITCH)

    @property
    def unit(self) -> int:
        """The longest of the steps, which is room enough for one note anywhere."""
        return max(self._units)

    def allow(self, field: str, prefix: Prefix, draft: Draft, allowed: Mask) -> None:
        """Set ``allowed[class]`` to false for what is out."""
        if field == "time" and prefix.bar >= 0:
            times = allowed[: self._longest]
            np.logical_and(times, self._fits(prefix, prefix.now, self._longest), times)
        elif field == "duration":
            kept = allowed.copy()
            lengths = kept[: self._longest + 1]
            fits = self._fits(prefix, prefix.now + draft.time, len(lengths))
            np.logical_and(lengths, fits, lengths)
            kept[: self._shortest] = False
            if np.count_nonzero(kept):
                allowed[:] = kept

    def _fits(self, prefix: Prefix, onset: int, size: int) -> Mask:
        """Which of so many steps from one in the open bar on lie on the grid."""
        starts, bar = prefix.starts, max(prefix.bar, 0)
        if self._bar[0] is not starts or self._bar[1] != bar:
            self._bar = (starts, bar, self._ahead(starts, bar))
        place = onset - starts[bar]
        return self._bar[2][place : place + size]

    def _ahead(self, starts: Sequence[int], bar: int) -> Mask:
        """Which steps from a bar line on lie on the grid, as far as a note that begins in the bar may reach."""
        reach = starts[bar + 1] + 3 * self._longest
        stop = bisect_left(starts, reach, bar + 1)
        lines = tuple(start - starts[bar] for start in starts[bar : stop + 1])
        is_last = stop >= len(starts) - 1
        key = (is_last, *lines)
        if key not in self._masks:
            if len(self._masks) >= _PATTERNS:
                self._masks.clear()
            self._masks[key] = self._mask(np.array(lines), reach - starts[bar], is_last=is_last)
        return self._masks[key]

    def _mask(self, lines: NDArray[np.int64], size: int, *, is_last: bool) -> Mask:
        """Which steps lie on the grid; triplets stand three in two units, as far as a bar has room for all three."""
        steps = np.arange(size)
        bars = np.minimum(np.searchsorted(lines, steps, side="right") - 1, len(lines) - 2)
        places, group = steps - lines[bars], 2 * self._units[0]
        found: Mask = places % self._units[0] == 0
        if len(self._units) > 1:
            whole = (places // group + 1) * group <= (lines[bars + 1] - lines[bars])
            found |= (places % self._units[1] == 0) & whole
        if is_last:
            found |= steps == lines[-1]  # the end of the piece
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
        self.fields = frozenset({"time", "duration"} if monophonic_parts else {"time"})

    def _fewest(self, bar: int) -> int:
        return 0 if bar in self._closing else self._low

    def allow(self, field: str, prefix: Prefix, draft: Draft, allowed: Mask) -> None:
        """Set ``allowed[class]`` to false for what is out."""
        bar = prefix.bar
        if field == "time" and bar >= self._first:
            longest, count = prefix.vocabulary.longest, prefix.bar_notes
            if count >= self._high and bar not in self._closing:
                allowed[:longest] = False
            missing = self._fewest(bar) - count
            if missing > 0:
                latest = prefix.starts[bar + 1] - prefix.now - missing * self._unit
                narrow_to(allowed, 0, max(0, min(latest, longest - 1)) + 1)
        elif field == "duration" and self._monophonic_parts:
            self._leave_room(prefix, prefix.now + draft.time, allowed)

    def _leave_room(self, prefix: Prefix, onset: int, allowed: Mask) -> None:
        """End in time for the notes that are missing in this bar, or in the next one that the note reaches."""
        starts, bar, latest = prefix.starts, prefix.bar, onset + len(allowed)
        if bar >= self._first and (missing := self._fewest(bar) - prefix.bar_notes - 1) > 0:
            latest = starts[bar + 1] - missing * self._unit
        after = max(bar + 1, self._first)
        if after < len(starts) - 1 and starts[after] - onset <= prefix.vocabulary.longest:
            latest = min(latest, starts[after + 1] - self._fewest(after) * self._unit)
        if (stop := max(1, latest - onset) + 1) < len(allowed):
            narrow_to(allowed, 0, stop)
