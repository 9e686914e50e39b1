"""What a part may not do: limits on its pitches, on its notes at once, and where and how long they stand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from symgen.music.controls import Controls
from symgen.music.instruments import compass
from symgen.music.players import Player
from symgen.sampling.bits import bits_from, bits_of, mask_of
from symgen.sampling.filters import Draft, narrow, narrow_to
from symgen.sampling.moments import Recent
from symgen.tokens import Header, Vocabulary
from symgen.tokens.prefix import Prefix

if TYPE_CHECKING:
    from symgen.sampling.inference import PartHabits

__all__ = ["REACH", "PartLimit", "PartLimits", "make_limits"]

Mask = NDArray[np.bool_]

# A part has at most so many times its usual notes, give or take what it strikes at once.
_MOST = 1.6
_AT_ONCE = 3
_NEVER = 1 << 24
# New notes may leave the range of their part by so many semitones: 95 % of real second halves do
# not go farther.
REACH = 7


@dataclass(frozen=True)
class PartLimit:
    """What a part may not do."""

    # Lowest and highest pitch.
    low: int = 0
    high: int = 127
    # Most notes that it strikes, and that it sounds, at once.
    chord: int = 128
    polyphony: int = 128
    # Most notes that it strikes at once with the other hand.
    together: int = 128
    # Where notes may begin, in grid steps from the start of every second beat; anywhere if left
    # out.
    places: frozenset[int] | None = None
    # Shortest and longest duration in grid steps.
    shortest: int = 1
    longest: int = 1 << 24
    # Most notes a bar that it may reach from the first bar on, a few more at a time; any number if
    # left out.
    rate: float | None = None
    # Who plays it, where not all that it may sound at once lies in the hands.
    player: Player | None = None
    # The drums that it may strike, if it is one of drums.
    kit: frozenset[int] | None = None
    # Whether it strikes nothing at all.
    silent: bool = False

    @classmethod
    def of(cls, habits: PartHabits | None, program: int, *, rhythm: bool) -> PartLimit:
        """Make limits out of what a part usually does; its pitches may go farther, as far as its instrument goes."""
        if habits is None:
            return cls()
        low, high = compass(program)
        if habits.kit is not None:
            low, high = min(habits.kit), max(habits.kit)
        pitches = cls(
            max(min(low, habits.range.low), habits.range.low - REACH),
            min(max(high, habits.range.high), habits.range.high + REACH),
            habits.chord,
            habits.polyphony,
            habits.together,
            player=habits.player,
            kit=habits.kit,
        )
        if not rhythm:
            return pitches
        return replace(
            pitches,
            places=habits.places,
            shortest=habits.shortest,
            longest=habits.longest,
            rate=_MOST * habits.notes_per_bar,
        )


class PartLimits:
    """No part leaves its limits: where one cannot strike another note, another part or a later time is drawn."""

    fields = frozenset({"time", "part", "pitch", "duration"})

    def __init__(
        self,
        limits: Sequence[PartLimit],
        vocabulary: Vocabulary,
        *,
        lanes: Sequence[int],
        first: int,
        stop: int = _NEVER,
    ) -> None:
        self._limits, self._vocabulary, self._first, self._stop = (
            tuple(limits),
            vocabulary,
            first,
            stop,
        )
        # The other parts of the same hands.
        self._others = [
            [i for i, other in enumerate(lanes) if other == mine and i != part]
            for part, mine in enumerate(lanes)
        ]
        pitch = np.arange(128)
        self._pitches = [
            np.isin(pitch, list(each.kit))
            if each.kit is not None
            else (pitch >= each.low) & (pitch <= each.high)
            for each in self._limits
        ]
        # Of each part and length of a beat where it may strike from the start of two beats on, as bits.
        self._places: dict[tuple[int, int], int] = {}
        self._every_step = (1 << vocabulary.longest) - 1
        self._recent: Recent[list[int]] = Recent()

    def allow(self, field: str, prefix: Prefix, draft: Draft, allowed: Mask) -> None:
        """Set ``allowed[class]`` to false for what is out."""
        if not self._first <= prefix.bar < self._stop:
            return
        if field == "time":
            self._time(prefix, allowed)
        elif field == "part":
            self._part(prefix, prefix.now + draft.time, allowed)
        elif field == "pitch":
            narrow(allowed, self._reachable(prefix, draft.part, prefix.now + draft.time))
        elif field == "duration":
            limit = self._limits[draft.part]
            narrow_to(allowed, limit.shortest, limit.longest + 1)

    def _time(self, prefix: Prefix, allowed: Mask) -> None:
        kept, longest = allowed.copy(), self._vocabulary.longest
        free = 0
        for part in range(len(self._limits)):
            free |= self.times(prefix, part)
        times = kept[:longest]
        np.logical_and(times, mask_of(free, longest), times)
        if kept[0] and prefix.onsets and prefix.onsets[-1] == prefix.now:
            parts = range(prefix.notes[-1][0], len(self._limits))
            kept[0] = any(self.may_strike(prefix, part, prefix.now) for part in parts)
        if np.count_nonzero(kept):
            allowed[:] = kept

    def _part(self, prefix: Prefix, onset: int, allowed: Mask) -> None:
        parts = range(len(self._limits))
        free = [part for part in parts if allowed[part] and self.may_strike(prefix, part, onset)]
        if free:
            allowed.fill(False)
            for part in free:
                allowed[part] = True

    def times(self, prefix: Prefix, part: int) -> int:
        """Return how many steps from now a part may strike, up to the longest, as bits."""
        now, bar, longest = prefix.now, prefix.bar, self._vocabulary.longest
        wait = self._free_from(prefix)[part] - now
        if wait >= longest:
            return 0
        beat = prefix.beat(bar)
        if (part, beat) not in self._places:
            self._places[part, beat] = self._two_beats(part, beat)
        place = (now - prefix.starts[bar]) % (2 * beat)
        return bits_from(self._places[part, beat] >> place & self._every_step, wait)

    def _two_beats(self, part: int, beat: int) -> int:
        places, steps = self._limits[part].places, range(2 * beat + self._vocabulary.longest)
        return bits_of(step for step in steps if places is None or step % (2 * beat) in places)

    def _free_from(self, prefix: Prefix) -> list[int]:
        """Return of each part the step from which on it may strike, as far as its number of notes goes."""
        note = prefix.notes[-1] if prefix.notes else None
        found = self._recent.get(note, (prefix.bar,))
        if found is None:
            parts, limits = prefix.parts, enumerate(self._limits)
            start, bars = prefix.starts[self._first], prefix.bar - self._first + 1
            found = [
                _NEVER
                if limit.silent
                or (
                    limit.rate is not None
                    and parts.count(part, start) >= limit.rate * bars + _AT_ONCE
                )
                else self._in_reach_from(prefix, part, parts.free_from(part, limit.polyphony))
                for part, limit in limits
            ]
            self._recent.keep(note, (prefix.bar,), found)
        return found

    def _reachable(self, prefix: Prefix, part: int, onset: int) -> Mask:
        """Return the pitches that a part may strike at a step, beside what it sounds."""
        player = self._limits[part].player
        if player is None:
            return self._pitches[part]
        return self._pitches[part] & player.beside(prefix.parts.sounding(part, onset))

    def _in_reach_from(self, prefix: Prefix, part: int, step: int) -> int:
        """Return the first step from one on at which a pitch can be reached beside what sounds on."""
        if self._limits[part].player is None or not prefix.onsets:
            return step
        last = max(step, prefix.onsets[-1])
        ends = sorted(end for end, *_ in prefix.parts.active(part, last))
        return next(
            (
                place
                for place in (step, *ends)
                if np.count_nonzero(self._reachable(prefix, part, max(place, last)))
            ),
            step,
        )

    def may_strike(self, prefix: Prefix, part: int, onset: int) -> bool:
        """Return whether a part may strike a note more at a step of the open bar."""
        if self._free_from(prefix)[part] > onset:
            return False
        limit = self._limits[part]
        if limit.places is not None:
            place = (onset - prefix.starts[prefix.bar]) % (2 * prefix.beat(prefix.bar))
            if place not in limit.places:
                return False
        if not prefix.onsets or prefix.onsets[-1] != onset:
            return True
        struck, top = prefix.parts.struck(part, onset)
        if struck >= limit.chord or top >= limit.high:
            return False
        # Notes of a chord come from below.
        if limit.player and not np.count_nonzero(self._reachable(prefix, part, onset)[top + 1 :]):
            return False
        for other in self._others[part]:
            struck += prefix.parts.struck(other, onset)[0]
        return struck < limit.together


def make_limits(
    habits: Sequence[PartHabits | None], controls: Controls, header: Header, *, rhythm: bool
) -> list[PartLimit]:
    """Put together what holds the parts of a tune near to what they do."""
    rhythm = rhythm and controls.grid is None and controls.density is None
    limits = [
        PartLimit.of(each, program, rhythm=rhythm)
        for each, program in zip(habits, header.programs, strict=True)
    ]
    if controls.range:
        limits = [
            each
            if each.kit is not None
            else replace(each, low=controls.range.low, high=controls.range.high)
            for each in limits
        ]
    if controls.max_polyphony is not None:
        limits = [replace(each, chord=128, polyphony=128, together=128) for each in limits]
    return limits
