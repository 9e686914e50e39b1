"""What leads the parts of a continuation to what they did: the rhythm of earlier bars, and the tones of the prompt."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain, islice
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from symgen.sampling.filters import Draft, narrow_to
from symgen.sampling.moments import Recent
from symgen.tokens.prefix import Prefix
from symgen.tokens.vocabulary import DURATION, PART, TIME

__all__ = ["FIRM", "LOOSE", "Lead", "RhythmGuide", "ToneGuide", "phrase_bars"]

Mask = NDArray[np.bool_]
Floats = NDArray[np.float64]
Span = tuple[int, int]
"""First step, and first step after it."""

_LED = {"time": TIME, "part": PART, "duration": DURATION}


@dataclass(frozen=True)
class Lead:
    """How strongly the rhythm of earlier bars leads."""

    # What a note that stands in the bar that is taken up adds to its logits, and what the lag of its
    # part adds to that.
    strength: float = 3.0
    balance: float = 2.0
    # A part has at least so many times its usual notes.
    fewest: float = 0.7


FIRM, LOOSE = Lead(), Lead(1.5, 1.0, 0.35)
"""For a network that must be told how bands repeat and pause, and for one that has learned from bands."""

_NEVER = 1 << 24
# What pitch classes of the prompt add to their logits: of 49 development prompts, one seed each, 3
# leave their key without it and none with it.
_IN_TONE = 1.0
# Bars after which a rhythm comes round, the longest that the prompt holds.
_PHRASES = (8, 4, 2, 1)


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

    def __init__(
        self,
        tones: frozenset[int],
        first: int,
        *,
        drums: Sequence[bool] = (),
        strength: float = _IN_TONE,
    ) -> None:
        self._drums = {part for part, is_drum in enumerate(drums) if is_drum}
        is_tone = np.isin(np.arange(128) % 12, list(tones))
        self._bias = np.where(is_tone, np.float64(strength), 0.0)
        self._first = first

    def bias(self, field: str, prefix: Prefix, draft: Draft) -> Floats | None:
        """Return what is added to the logits of a field, shape (classes,), or nothing."""
        leads = field == "pitch" and prefix.bar >= self._first and draft.part not in self._drums
        return self._bias if leads else None


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

    def __init__(
        self,
        phrase: int,
        first: int,
        rates: Sequence[float],
        stop: int = _NEVER,
        *,
        lead: Lead = FIRM,
    ) -> None:
        self._phrase, self._first, self._rates, self._stop = phrase, first, tuple(rates), stop
        self._lead = lead
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
            if (fewest := self._lead.fewest * (rate * bars) - 1) > 0 and count(part, start) < fewest
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
            return _Next(0, -1, 0, self._lead.strength, lacks)
        onset, part, _, duration = slots[place]
        strength = self._lead.strength + self._lead.balance * self._missing(prefix, part)
        return _Next(onset, part, duration, strength, lacks)

    def _source(self, prefix: Prefix) -> _Source:
        """Return what stands in the bar that the open bar takes up."""
        bar, form, first = prefix.bar, prefix.form(prefix.bar), prefix.bar_start_note(prefix.bar)
        note = prefix.notes[first - 1] if first else None
        return self._sources.get(note, (bar, form)) or self._sources.keep(
            note, (bar, form), self._find_source(prefix, form)
        )

    def _find_source(self, prefix: Prefix, form: int) -> _Source:
        # A part without a rate has no notes, or is to be silent.
        bar = self._source_bar(prefix, form)
        parts = [part for part, rate in enumerate(self._rates) if rate]
        span, here = (prefix.starts[bar], prefix.starts[bar + 1]), prefix.starts[prefix.bar]
        slots = {part: _slots(prefix, part, span, here) for part in parts}
        return _Source(sorted(chain(*slots.values())), [part for part in parts if not slots[part]])

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
