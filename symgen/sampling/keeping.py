"""What keeps the parts of a continuation as they were: limits that hold, and the rhythm of earlier bars as a lead."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import chain, islice
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from symgen.music.controls import Controls
from symgen.music.instruments import compass
from symgen.sampling.bits import bits_from, bits_of, mask_of
from symgen.sampling.filters import Draft, narrow, narrow_to
from symgen.sampling.moments import Recent
from symgen.tokens import Header, Vocabulary
from symgen.tokens.prefix import Prefix
from symgen.tokens.vocabulary import DURATION, PART, TIME

if TYPE_CHECKING:
    from symgen.sampling.inference import PartHabits

__all__ = ["REACH", "PartLimit", "PartLimits", "RhythmGuide", "make_limits", "phrase_bars"]

Mask = NDArray[np.bool_]
Floats = NDArray[np.float64]
Span = tuple[int, int]
"""First step, and first step after it."""

_LED = {"time": TIME, "part": PART, "duration": DURATION}
# What a note that stands in the bar that is taken up adds to its logits, and what the lag of its
# part adds to that.
_STRENGTH, _BALANCE = 3.0, 2.0
# A part has at least and at most so many times its usual notes, give or take what it strikes at
# once.
_FEWEST, _MOST = 0.7, 1.6
_AT_ONCE = 3
_NEVER = 1 << 24
# What pitch classes of the prompt add to their logits: of 49 development prompts, one seed each, 3
# leave their key without it and none with it.
_IN_TONE = 1.0
# New notes may leave the range of their part by so many semitones: 95 % of real second halves do
# not go farther.
REACH = 7
# Bars after which a rhythm comes round, the longest that the prompt holds.
_PHRASES = (8, 4, 2, 1)


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

    @classmethod
    def of(cls, habits: PartHabits | None, program: int, *, rhythm: bool) -> PartLimit:
        """Make limits out of what a part usually does; its pitches may go farther, as far as its instrument goes."""
        if habits is None:
            return cls()
        low, high = compass(program)
        pitches = cls(
            max(min(low, habits.range.low), habits.range.low - REACH),
            min(max(high, habits.range.high), habits.range.high + REACH),
            habits.chord,
            habits.polyphony,
            habits.together,
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
        self._pitches = [(pitch >= each.low) & (pitch <= each.high) for each in self._limits]
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
            narrow(allowed, self._pitches[draft.part])
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
                if limit.rate is not None
                and parts.count(part, start) >= limit.rate * bars + _AT_ONCE
                else parts.free_from(part, limit.polyphony)
                for part, limit in limits
            ]
            self._recent.keep(note, (prefix.bar,), found)
        return found

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
            replace(each, low=controls.range.low, high=controls.range.high) for each in limits
        ]
    if controls.max_polyphony is not None:
        limits = [replace(each, chord=128, polyphony=128, together=128) for each in limits]
    return limits


def phrase_bars(bars: int) -> int:
    """Return after how many bars the rhythm of a prompt of so many bars comes round."""
    return next((length for length in _PHRASES if length <= bars), 1)


class ToneGuide:
    """Pitch classes that the prompt uses are likelier."""

    # The network is told the key, but draws note by note: a foreign one now and then is taken
    # for a modulation by all that follow, and in eight bars a tune may end in another key. A bias of
    # one nat is weak beside what the network knows of a note (real accidentals still come), and is
    # enough to bring it home.

    fields = frozenset({"pitch"})

    def __init__(self, tones: frozenset[int], first: int, strength: float = _IN_TONE) -> None:
        is_tone = np.isin(np.arange(128) % 12, list(tones))
        self._bias = np.where(is_tone, np.float64(strength), 0.0)
        self._first = first

    def bias(self, field: str, prefix: Prefix, draft: Draft) -> Floats | None:  # noqa: ARG002
        """Return what is added to the logits of a field, shape (classes,), or nothing."""
        return self._bias if field == "pitch" and prefix.bar >= self._first else None


# A note of the bar that is taken up: its onset in the open bar, its part, which one it is of those
# that the part strikes there, from 1 on, and its duration.
_Slot = tuple[int, int, int, int]


class _Source(NamedTuple):
    """What stands in the bar that an open bar takes up."""

    # Its notes in order, and the parts that have none there.
    slots: Sequence[_Slot]
    silent: Sequence[int]


class _Next(NamedTuple):
    """What comes next there, at a moment of a piece."""

    # Onset, part (-1: nothing comes) and duration of the next note, and what it adds to its logits.
    onset: int
    part: int
    duration: int
    strength: float
    # Onset and part of the next note of a part that had far too few.
    starved: tuple[int, int] | None


class RhythmGuide:
    """What strikes at the same place of the bar that is taken up is likelier; pitches stay free."""

    # A bar takes up the one that its form names, and a new one the bar a phrase earlier. The fewer
    # notes a part has had beside its usual number, the more it is led; one that had far too few is
    # not passed over (as a filter), and where it has fallen silent the last bar in which it played
    # leads it.

    fields = frozenset(_LED)

    def __init__(self, phrase: int, first: int, rates: Sequence[float], stop: int = _NEVER) -> None:
        self._phrase, self._first, self._rates, self._stop = phrase, first, tuple(rates), stop
        self._sources: Recent[_Source] = Recent()
        self._recent: Recent[_Next] = Recent()

    def bias(self, field: str, prefix: Prefix, draft: Draft) -> Floats | None:
        """Return what is added to the logits of a field, shape (classes,), or nothing."""
        if field not in _LED or not self._first <= prefix.bar < self._stop:
            return None
        onset, part, duration, strength, _ = self._next(prefix)
        vocabulary = prefix.vocabulary
        classes = np.zeros(vocabulary.sizes[_LED[field]])
        if field == "time" and part < 0:
            classes[vocabulary.bar] = classes[vocabulary.end] = strength
        elif field == "time":
            classes[min(onset - prefix.now, vocabulary.skip)] = strength
        elif part >= 0 and draft.time == onset - prefix.now:
            if field == "part":
                classes[part] = strength
            elif draft.part == part:
                classes[duration] = strength
        return classes

    def allow(self, field: str, prefix: Prefix, draft: Draft, allowed: Mask) -> None:
        """Let nothing pass over the next note of a part that had far too few."""
        if field not in ("time", "part") or not self._first <= prefix.bar < self._stop:
            return
        if (starved := self._next(prefix).starved) is None:
            return
        onset, part = starved
        if field == "time":
            advance = min(onset - prefix.now, prefix.vocabulary.skip)
            narrow_to(allowed, 0, max(0, advance + 1))
        elif draft.time == onset - prefix.now:
            narrow_to(allowed, 0, part + 1)

    def _missing(self, prefix: Prefix, part: int) -> float:
        """Return how much a part lags behind its usual number of notes, as the log of a ratio."""
        had = prefix.parts.count(part, prefix.starts[self._first])
        usual = self._rates[part] * self._bars_so_far(prefix)
        return float(np.log((usual + 1) / (had + 1)))

    def _starved(self, prefix: Prefix) -> list[int]:
        """Return the parts that had far too few notes."""
        bars, start, count = (
            self._bars_so_far(prefix),
            prefix.starts[self._first],
            prefix.parts.count,
        )
        return [
            part
            for part, rate in enumerate(self._rates)
            if (fewest := _FEWEST * (rate * bars) - 1) > 0 and count(part, start) < fewest
        ]

    def _bars_so_far(self, prefix: Prefix) -> float:
        """Return how many new bars have passed up to now."""
        bar, starts = prefix.bar, prefix.starts
        return bar - self._first + (prefix.now - starts[bar]) / (starts[bar + 1] - starts[bar])

    def _next(self, prefix: Prefix) -> _Next:
        """Return what comes next in the bar that is taken up."""
        note = prefix.notes[-1] if prefix.notes else None
        key = (prefix.bar, prefix.now, prefix.form(prefix.bar))
        found = self._recent.get(note, key)
        return found or self._recent.keep(note, key, self._find_next(prefix))

    def _find_next(self, prefix: Prefix) -> _Next:
        source, starved = self._source(prefix), self._starved(prefix)
        slots, here, place = source.slots, prefix.starts[prefix.bar], 0
        if fallen := [part for part in source.silent if part in starved]:
            more = (_slots(prefix, part, _last_bar(prefix, part), here) for part in fallen)
            slots = sorted(chain(slots, *more))
        if prefix.bar_notes:
            onset, part = prefix.onsets[-1], prefix.notes[-1][0]
            struck, _ = prefix.parts.struck(part, onset)
            place = bisect_right(slots, (onset, part, struck, _NEVER))
        lacking = (slot[:2] for slot in islice(slots, place, None) if slot[1] in starved)
        lacks = next(lacking, None) if starved else None
        if place == len(slots):
            return _Next(0, -1, 0, _STRENGTH, lacks)
        onset, part, _, duration = slots[place]
        strength = _STRENGTH + _BALANCE * self._missing(prefix, part)
        return _Next(onset, part, duration, strength, lacks)

    def _source(self, prefix: Prefix) -> _Source:
        """Return what stands in the bar that the open bar takes up."""
        bar, form, first = prefix.bar, prefix.form(prefix.bar), prefix.bar_start_note(prefix.bar)
        note = prefix.notes[first - 1] if first else None
        return self._sources.get(note, (bar, form)) or self._sources.keep(
            note, (bar, form), self._find_source(prefix, form)
        )

    def _find_source(self, prefix: Prefix, form: int) -> _Source:
        bar, parts = self._source_bar(prefix, form), range(len(self._rates))
        span, here = (prefix.starts[bar], prefix.starts[bar + 1]), prefix.starts[prefix.bar]
        slots = [_slots(prefix, part, span, here) for part in parts]
        return _Source(sorted(chain(*slots)), [part for part in parts if not slots[part]])

    def _source_bar(self, prefix: Prefix, form: int) -> int:
        """Return the index of the bar that the open bar takes up."""
        lag = prefix.vocabulary.form_lag(form) or self._phrase
        for source in (prefix.bar - lag, prefix.bar - self._phrase):
            if source >= 0 and _fits(prefix, source):
                return source
        return prefix.bar - 1


def _fits(prefix: Prefix, source: int) -> bool:
    """Whether a bar is as long as the open one."""
    starts = prefix.starts
    return starts[source + 1] - starts[source] == starts[prefix.bar + 1] - starts[prefix.bar]


def _slots(prefix: Prefix, part: int, span: Span, here: int) -> list[_Slot]:
    """Return the notes of a part that begin in a span, as they stand from a step on."""
    found: list[_Slot] = []
    seen, number = -1, 0
    for onset, duration in prefix.parts.between(part, *span):
        number = number + 1 if onset == seen else 1
        seen = onset
        found.append((onset - span[0] + here, part, number, duration))
    return found


def _last_bar(prefix: Prefix, part: int) -> Span:
    """Return start and end of the last earlier bar of this length in which a part begins notes; else an empty span."""
    stop = prefix.starts[prefix.bar]
    while (onset := prefix.parts.last_onset(part, stop)) >= 0:
        bar = bisect_right(prefix.starts, onset) - 1
        if _fits(prefix, bar):
            return prefix.starts[bar], prefix.starts[bar + 1]
        stop = prefix.starts[bar]
    return 0, 0
