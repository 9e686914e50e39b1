"""What keeps the parts of a continuation as they were: limits that hold, and the rhythm of earlier bars as a lead."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import chain, islice
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from symgen.music.controls import Controls
from symgen.music.instruments import compass
from symgen.sampling.filters import Draft, narrow, narrow_to
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
        # Of each part where it may strike from a place of two beats on.
        self._places: dict[tuple[int, int, int], Mask] = {}

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
        free = self._free_times(prefix, range(len(self._limits)))
        times = kept[:longest]
        np.logical_and(times, free, times)
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

    def times(self, prefix: Prefix, part: int) -> Mask:
        """Return how many steps from now a part may strike, shape (longest,)."""
        return self._free_times(prefix, (part,))

    def _free_times(self, prefix: Prefix, parts: Iterable[int]) -> Mask:
        """Return how many steps from now any of some parts may strike."""
        found = np.zeros(self._vocabulary.longest, dtype=bool)
        now, bar, free_from = prefix.now, prefix.bar, prefix.parts.free_from
        beat = prefix.beat(bar)
        place = (now - prefix.starts[bar]) % (2 * beat)
        for part in parts:
            if self._has_enough(prefix, part):
                continue
            mask = self._from_place(part, place, beat)
            if (wait := free_from(part, self._limits[part].polyphony) - now) > 0:
                late = found[wait:]
                np.logical_or(late, mask[wait:], late)
            else:
                np.logical_or(found, mask, found)
        return found

    def _has_enough(self, prefix: Prefix, part: int) -> bool:
        """Whether a part has begun as many notes as it may up to the end of the open bar."""
        rate = self._limits[part].rate
        if rate is None:
            return False
        most = rate * (prefix.bar - self._first + 1) + _AT_ONCE
        return prefix.parts.count(part, prefix.starts[self._first]) >= most

    def _from_place(self, part: int, place: int, beat: int) -> Mask:
        key = (part, place, beat)
        if key not in self._places:
            steps = (place + np.arange(self._vocabulary.longest)) % (2 * beat)
            places = self._limits[part].places
            self._places[key] = (
                np.ones(len(steps), dtype=bool) if places is None else np.isin(steps, list(places))
            )
        return self._places[key]

    def may_strike(self, prefix: Prefix, part: int, onset: int) -> bool:
        """Return whether a part may strike a note more at a step of the open bar."""
        limit, parts = self._limits[part], prefix.parts
        if limit.places is not None:
            place = (onset - prefix.starts[prefix.bar]) % (2 * prefix.beat(prefix.bar))
            if place not in limit.places:
                return False
        struck, top = parts.struck(part, onset)
        if struck >= limit.chord or top >= limit.high:
            return False
        for other in self._others[part]:
            struck += parts.struck(other, onset)[0]
        if struck >= limit.together or self._has_enough(prefix, part):
            return False
        return parts.free_from(part, limit.polyphony) <= onset


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

    # What it was found by: the bar lines, the open bar, its form, and the notes of the other.
    starts: Sequence[int]
    bar: int
    form: int
    span: tuple[int, int]
    onsets: Sequence[int]
    notes: Sequence[tuple[int, ...]]
    # Its notes in order, and the parts that have none there.
    slots: Sequence[_Slot]
    silent: Sequence[int]


class RhythmGuide:
    """What strikes at the same place of the bar that is taken up is likelier; pitches stay free."""

    # A bar takes up the one that its form names, and a new one the bar a phrase earlier. The fewer
    # notes a part has had beside its usual number, the more it is led; one that had far too few is
    # not passed over (as a filter), and where it has fallen silent the last bar in which it played
    # leads it.

    fields = frozenset(_LED)

    def __init__(self, phrase: int, first: int, rates: Sequence[float], stop: int = _NEVER) -> None:
        self._phrase, self._first, self._rates, self._stop = phrase, first, tuple(rates), stop
        self._last_source = _Source((), -1, -1, (0, 0), (), (), (), ())

    def bias(self, field: str, prefix: Prefix, draft: Draft) -> Floats | None:
        """Return what is added to the logits of a field, shape (classes,), or nothing."""
        if field not in _LED or not self._first <= prefix.bar < self._stop:
            return None
        slots, place = self._next(prefix, None)
        vocabulary = prefix.vocabulary
        classes = np.zeros(vocabulary.sizes[_LED[field]])
        if place == len(slots):
            if field == "time":
                classes[vocabulary.bar] = classes[vocabulary.end] = _STRENGTH
            return classes
        onset, part, _, duration = slots[place]
        advance = onset - prefix.now
        if field == "time":
            wanted = min(advance, vocabulary.skip)
        elif draft.time != advance or (field == "duration" and draft.part != part):
            return classes
        else:
            wanted = part if field == "part" else duration
        classes[wanted] = _STRENGTH + _BALANCE * self._missing(prefix, part)
        return classes

    def allow(self, field: str, prefix: Prefix, draft: Draft, allowed: Mask) -> None:
        """Let nothing pass over the next note of a part that had far too few."""
        if field not in ("time", "part") or not self._first <= prefix.bar < self._stop:
            return
        if not (starved := self._starved(prefix)):
            return
        slots, place = self._next(prefix, starved)
        for onset, part, *_ in islice(slots, place, None):
            if part in starved:
                advance = onset - prefix.now
                if field == "time":
                    narrow_to(allowed, 0, max(0, min(advance, prefix.vocabulary.skip) + 1))
                elif draft.time == advance:
                    narrow_to(allowed, 0, part + 1)
                return

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

    def _next(self, prefix: Prefix, starved: Sequence[int] | None) -> tuple[Sequence[_Slot], int]:
        """Return what stands in the bar that is taken up, and the place of what comes after the last note there."""
        source = self._source(prefix)
        slots = source.slots
        if source.silent:
            starved = self._starved(prefix) if starved is None else starved
            if fallen := [part for part in source.silent if part in starved]:
                here = prefix.starts[prefix.bar]
                more = (_slots(prefix, part, _last_bar(prefix, part), here) for part in fallen)
                slots = sorted(chain(slots, *more))
        if not prefix.bar_notes:
            return slots, 0
        onset, part = prefix.onsets[-1], prefix.notes[-1][0]
        struck, _ = prefix.parts.struck(part, onset)
        return slots, bisect_right(slots, (onset, part, struck, _NEVER))

    def _source(self, prefix: Prefix) -> _Source:
        """Return what stands in the bar that the open bar takes up."""
        # It is found once a bar. Takes that are drawn side by side share a guide, and a bar may be
        # drawn again: so the notes themselves are compared.
        last, bar, form = self._last_source, prefix.bar, prefix.form(prefix.bar)
        if last.bar != bar or last.form != form or last.starts is not prefix.starts:
            return self._find_source(prefix, form)
        onsets, notes = _notes_in(prefix, last.span)
        if onsets != last.onsets or notes != last.notes:
            return self._find_source(prefix, form)
        return last

    def _find_source(self, prefix: Prefix, form: int) -> _Source:
        span = _bar_span(prefix, self._source_bar(prefix, form))
        parts = range(len(self._rates))
        slots = [_slots(prefix, part, span, prefix.starts[prefix.bar]) for part in parts]
        self._last_source = _Source(
            prefix.starts,
            prefix.bar,
            form,
            span,
            *_notes_in(prefix, span),
            sorted(chain(*slots)),
            [part for part in parts if not slots[part]],
        )
        return self._last_source

    def _source_bar(self, prefix: Prefix, form: int) -> int:
        """Return the index of the bar that the open bar takes up."""
        lag = prefix.vocabulary.form_lag(form) or self._phrase
        for source in (prefix.bar - lag, prefix.bar - self._phrase):
            if source >= 0 and _fits(prefix, source):
                return source
        return prefix.bar - 1


def _notes_in(prefix: Prefix, span: Span) -> tuple[Sequence[int], Sequence[tuple[int, ...]]]:
    """Return the onsets of the notes that begin in a span, and the notes."""
    low, high = bisect_left(prefix.onsets, span[0]), bisect_left(prefix.onsets, span[1])
    return prefix.onsets[low:high], prefix.notes[low:high]


def _bar_span(prefix: Prefix, bar: int) -> Span:
    return prefix.starts[bar], prefix.starts[bar + 1]


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
            return _bar_span(prefix, bar)
        stop = prefix.starts[bar]
    return 0, 0
