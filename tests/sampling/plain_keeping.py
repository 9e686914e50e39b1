"""What keeps the parts of a continuation as they were, plainly: each call starts from nothing."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from plain_filters import narrow

from symgen.sampling.filters import Draft
from symgen.sampling.part_limits import PartLimit
from symgen.tokens import Vocabulary
from symgen.tokens.prefix import Prefix
from symgen.tokens.vocabulary import DURATION, PART, TIME

Mask = NDArray[np.bool_]
Floats = NDArray[np.float64]
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


class PartLimits:
    """No part leaves its limits: where one cannot strike another note, another part or a later time is drawn."""

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
        self._hands = [
            [other for other, owner in enumerate(lanes) if owner == mine] for mine in lanes
        ]
        pitch = np.arange(128)
        self._pitches = [(pitch >= each.low) & (pitch <= each.high) for each in self._limits]
        self._masks: dict[tuple[int, int, int], Mask] = {}

    def allow(self, field: str, prefix: Prefix, draft: Draft, allowed: Mask) -> None:
        """Set ``allowed[class]`` to false for what is out."""
        if not self._first <= prefix.bar < self._stop:
            return
        if field == "time":
            self._time(prefix, allowed)
        elif field == "part":
            onset = prefix.now + draft.time
            free = np.zeros(len(allowed), dtype=bool)
            free[
                [part for part in range(len(self._limits)) if self.may_strike(prefix, part, onset)]
            ] = True
            narrow(allowed, free)
        elif field == "pitch":
            narrow(allowed, self._reach(prefix, draft.part, prefix.now + draft.time))
        elif field == "duration":
            limit, lengths = self._limits[draft.part], np.arange(len(allowed))
            narrow(allowed, (lengths >= limit.shortest) & (lengths <= limit.longest))

    def _time(self, prefix: Prefix, allowed: Mask) -> None:
        longest = self._vocabulary.longest
        kept = allowed.copy()
        kept[:longest] &= np.any(
            [self.times(prefix, part) for part in range(len(self._limits))], axis=0
        )
        if kept[0] and prefix.onsets and prefix.onsets[-1] == prefix.now:
            parts = range(prefix.notes[-1][0], len(self._limits))
            kept[0] = any(self.may_strike(prefix, part, prefix.now) for part in parts)
        narrow(allowed, kept)

    def times(self, prefix: Prefix, part: int) -> Mask:
        """Return how many steps from now a part may strike, shape (longest,)."""
        if self._has_enough(prefix, part):
            return np.zeros(self._vocabulary.longest, dtype=bool)
        place = prefix.now - prefix.starts[prefix.bar]
        mask = self._places(part, place % (2 * prefix.beat(prefix.bar)), prefix.beat(prefix.bar))
        wait = prefix.parts.free_from(part, self._limits[part].polyphony) - prefix.now
        mask = mask.copy()
        mask[: max(0, wait)] = False
        if self._limits[part].player is not None:
            for step in range(len(mask)):
                mask[step] &= self._reach(prefix, part, prefix.now + step).any()
        return mask

    def _reach(self, prefix: Prefix, part: int, onset: int) -> Mask:
        """Return what a part may strike at a step beside what it sounds."""
        player, sounding = self._limits[part].player, prefix.parts.sounding(part, onset)
        if player is None:
            return self._pitches[part]
        together = [
            pitch not in sounding and player.plays_together([*sounding, pitch])
            for pitch in range(128)
        ]
        return self._pitches[part] & np.array(together)

    def _has_enough(self, prefix: Prefix, part: int) -> bool:
        """Whether a part has begun as many notes as it may up to the end of the open bar."""
        rate = self._limits[part].rate
        if rate is None:
            return False
        most = rate * (prefix.bar - self._first + 1) + _AT_ONCE
        return prefix.parts.count(part, prefix.starts[self._first]) >= most

    def _places(self, part: int, place: int, beat: int) -> Mask:
        key = (part, place, beat)
        if key not in self._masks:
            steps = (place + np.arange(self._vocabulary.longest)) % (2 * beat)
            places = self._limits[part].places
            self._masks[key] = (
                np.ones(len(steps), dtype=bool) if places is None else np.isin(steps, list(places))
            )
        return self._masks[key]

    def may_strike(self, prefix: Prefix, part: int, onset: int) -> bool:
        """Return whether a part may strike a note more at a step of the open bar."""
        limit = self._limits[part]
        struck, top = prefix.parts.struck(part, onset)
        if struck >= limit.chord or top >= limit.high or self._has_enough(prefix, part):
            return False
        if sum(prefix.parts.struck(hand, onset)[0] for hand in self._hands[part]) >= limit.together:
            return False
        if prefix.parts.free_from(part, limit.polyphony) > onset:
            return False
        if limit.player is not None and not self._reach(prefix, part, onset)[top + 1 :].any():
            return False
        place = (onset - prefix.starts[prefix.bar]) % (2 * prefix.beat(prefix.bar))
        return limit.places is None or place in limit.places


class ToneGuide:
    """Pitch classes that the prompt uses are likelier."""

    # The network is told the key, but draws note by note: a foreign one now and then is taken
    # for a modulation by all that follow, and in eight bars a tune may end in another key. A bias of
    # one nat is weak beside what the network knows of a note (real accidentals still come), and is
    # enough to bring it home.

    def __init__(self, tones: frozenset[int], first: int, strength: float = _IN_TONE) -> None:
        is_tone = np.isin(np.arange(128) % 12, list(tones))
        self._bias = np.where(is_tone, np.float64(strength), 0.0)
        self._first = first

    def bias(self, field: str, prefix: Prefix, draft: Draft) -> Floats | None:
        """Return what is added to the logits of a field, shape (classes,), or nothing."""
        return self._bias if field == "pitch" and prefix.bar >= self._first else None


class RhythmGuide:
    """What strikes at the same place of the bar that is taken up is likelier; pitches stay free."""

    # A bar takes up the one that its form names, and a new one the bar a phrase earlier. The fewer
    # notes a part has had beside its usual number, the more it is led; one that had far too few is
    # not passed over (as a filter), and where it has fallen silent the last bar in which it played
    # leads it.

    def __init__(self, phrase: int, first: int, rates: Sequence[float], stop: int = _NEVER) -> None:
        self._phrase, self._first, self._rates, self._stop = phrase, first, tuple(rates), stop

    def bias(self, field: str, prefix: Prefix, draft: Draft) -> Floats | None:
        """Return what is added to the logits of a field, shape (classes,), or nothing."""
        if field not in _LED or not self._first <= prefix.bar < self._stop:
            return None
        slots = self._next(prefix)
        onset, part, _, duration = slots[0] if slots else (prefix.bar_end, -1, 0, 0)
        vocabulary = prefix.vocabulary
        advance = onset - prefix.now
        led = field == "time" or (part >= 0 and draft.time == advance)
        classes = np.zeros(vocabulary.sizes[_LED[field]])
        if field == "time":
            wanted = (
                [vocabulary.bar, vocabulary.end] if part < 0 else [min(advance, vocabulary.skip)]
            )
        else:
            wanted = [part] if field == "part" else [duration] if draft.part == part else []
        if led:
            classes[wanted] = _STRENGTH + (
                _BALANCE * self._missing(prefix, part) if part >= 0 else 0.0
            )
        return classes

    def allow(self, field: str, prefix: Prefix, draft: Draft, allowed: Mask) -> None:
        """Let nothing pass over the next note of a part that had far too few."""
        if field not in ("time", "part") or not self._first <= prefix.bar < self._stop:
            return
        starved = next(
            (slot for slot in self._next(prefix) if self._is_starved(prefix, slot[1])), None
        )
        if starved is None:
            return
        onset, part, *_ = starved
        if field == "time":
            narrow(
                allowed, np.arange(len(allowed)) <= min(onset - prefix.now, prefix.vocabulary.skip)
            )
        elif draft.time == onset - prefix.now:
            narrow(allowed, np.arange(len(allowed)) <= part)

    def _missing(self, prefix: Prefix, part: int) -> float:
        """Return how much a part lags behind its usual number of notes, as the log of a ratio."""
        had, usual = self._had_and_usual(prefix, part)
        return float(np.log((usual + 1) / (had + 1)))

    def _is_starved(self, prefix: Prefix, part: int) -> bool:
        had, usual = self._had_and_usual(prefix, part)
        return had < _FEWEST * usual - 1

    def _had_and_usual(self, prefix: Prefix, part: int) -> tuple[int, float]:
        """Return how many new notes a part has begun, and how many are usual up to now."""
        place, length = (
            prefix.now - prefix.starts[prefix.bar],
            prefix.bar_end - prefix.starts[prefix.bar],
        )
        usual = self._rates[part] * (prefix.bar - self._first + place / length)
        return prefix.parts.count(part, prefix.starts[self._first]), usual

    def _source(self, prefix: Prefix) -> int:
        """Return the index of the bar that the open bar takes up."""
        lag = prefix.vocabulary.form_lag(prefix.form(prefix.bar)) or self._phrase
        sources = (prefix.bar - lag, prefix.bar - self._phrase, prefix.bar - 1)
        return next(
            (source for source in sources if source >= 0 and self._fits(prefix, source)),
            prefix.bar - 1,
        )

    def _fits(self, prefix: Prefix, source: int) -> bool:
        starts = prefix.starts
        return starts[source + 1] - starts[source] == starts[prefix.bar + 1] - starts[prefix.bar]

    def _slots(self, prefix: Prefix) -> list[tuple[int, int, int, int]]:
        """Return onset, part, number in its chord and duration of what stands there, in order."""
        source, here = self._source(prefix), prefix.starts[prefix.bar]
        found: list[tuple[int, int, int, int]] = []
        # A part without a rate has no notes, or is to be silent.
        for part in (part for part, rate in enumerate(self._rates) if rate):
            start, stop = prefix.starts[source], prefix.starts[source + 1]
            notes = prefix.parts.between(part, start, stop)
            if not notes and self._is_starved(prefix, part):
                start, stop = self._last_bar(prefix, part)
                notes = prefix.parts.between(part, start, stop)
            seen, number = -1, 0
            for onset, duration in notes:
                number = number + 1 if onset == seen else 1
                seen = onset
                found.append((onset - start + here, part, number, duration))
        return sorted(found)

    def _last_bar(self, prefix: Prefix, part: int) -> tuple[int, int]:
        """Return start and end of the last earlier bar in which a part begins notes; an empty span if there is none."""
        for bar in range(prefix.bar - 1, -1, -1):
            start, stop = prefix.starts[bar], prefix.starts[bar + 1]
            if self._fits(prefix, bar) and prefix.parts.between(part, start, stop):
                return start, stop
        return 0, 0

    def _next(self, prefix: Prefix) -> list[tuple[int, int, int, int]]:
        """Return what stands there behind the last note of the open bar."""
        done = (-1, -1, 0)
        if prefix.bar_notes:
            onset, part = prefix.onsets[-1], prefix.notes[-1][0]
            done = (onset, part, prefix.parts.struck(part, onset)[0])
        return [slot for slot in self._slots(prefix) if slot[:3] > done]
