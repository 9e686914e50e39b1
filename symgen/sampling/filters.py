"""Small filters on the logits: the grammar, and the controls that must hold.

A filter is asked before each field of each event is drawn, and says which classes are out.
Filters are applied one after the other; the grammar leaves at least one class, always.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from symgen.music.constraints import Form
from symgen.tokens import Vocabulary
from symgen.tokens.prefix import Prefix
from symgen.tokens.vocabulary import FORM

__all__ = [
    "Differs",
    "Draft",
    "Filter",
    "FormPlan",
    "FromBar",
    "Grammar",
    "NoParallels",
    "NoUnison",
    "OnlyBarLine",
    "filters_of",
    "narrow",
    "narrow_to",
    "only",
    "without",
]

Mask = NDArray[np.bool_]
_Either = TypeVar("_Either")


class Draft:
    """The event that is being drawn, as far as it is known."""

    def __init__(self) -> None:
        self.time = self.part = self.pitch = -1


class Filter(Protocol):
    """Says which classes of a field may be drawn next."""

    # A filter may name the fields that it looks at, as a frozenset `fields`; it is not asked about
    # others then. So may a guide.

    def allow(self, field: str, prefix: Prefix, draft: Draft, allowed: Mask) -> None:
        """Set ``allowed[class]``, a bool for each class of the field, to false for what is out."""
        ...


def filters_of(filters: Iterable[_Either], field: str) -> tuple[_Either, ...]:
    """Return the filters, or the guides, that look at a field, in their order."""
    return tuple(each for each in filters if field in getattr(each, "fields", (field,)))


class Grammar:
    """What makes a piece whole: notes inside their bars, every bar opened, an end on the last bar line."""

    fields = frozenset({"time", "form", "part", "pitch", "duration", "velocity"})

    def __init__(
        self,
        vocabulary: Vocabulary,
        *,
        parts: int = 1,
        monophonic: bool = False,
        voices: bool = False,
    ) -> None:
        self._parts, self._monophonic, self._voices = parts, monophonic, voices
        self._longest, self._skip, self._tie = vocabulary.longest, vocabulary.skip, vocabulary.tie
        self._bar, self._end, self._lags = vocabulary.bar, vocabulary.end, vocabulary.lags
        self._forms = [vocabulary.forms_of(place) for place in range(len(vocabulary.lags))]

    def allow(self, field: str, prefix: Prefix, draft: Draft, allowed: Mask) -> None:
        """Set ``allowed[class]``, a bool for each class of the field, to false for what is out."""
        if field == "time":
            self._time(prefix, allowed)
        elif field == "part":
            self._part(prefix, draft.time, allowed)
        elif field == "pitch":
            if draft.time == 0 and _is_chord(prefix):
                part, pitch, *_ = prefix.notes[-1]
                if draft.part == part:
                    allowed[: pitch + 1] = False
        elif field == "duration":
            room = prefix.starts[-1] - prefix.now - draft.time
            allowed[0] = allowed[self._tie] = False
            if room <= self._longest:
                allowed[room + 1 :] = False
        elif field == "velocity":
            allowed[0] = False
        elif field == "form":
            self._form(prefix, allowed)

    def _time(self, prefix: Prefix, allowed: Mask) -> None:
        bar, now, longest = prefix.bar, prefix.now, self._longest
        if bar < 0:
            only(allowed, self._bar)
            return
        starts, sounds = prefix.starts, prefix.sounding_end - now
        if (room := starts[bar + 1] - now) <= longest:
            allowed[room:longest] = allowed[self._skip] = False
        if self._monophonic and sounds > 0:
            allowed[: min(sounds, longest)] = False
        if (is_chord := _is_chord(prefix)) and (self._monophonic or prefix.last_pitch == 127):
            allowed[0] = False
        if self._voices:
            ends = [prefix.parts.end(part) for part in range(self._parts)]
            if (first := min(ends) - now) > 0:
                allowed[: min(first, longest)] = False
            elif is_chord and min(ends[prefix.notes[-1][0] + 1 :], default=now + 1) > now:
                allowed[0] = False
        if bar + 2 < len(starts):
            allowed[self._end] = False
            return
        allowed[self._bar] = False
        # The last bar sounds, so that a reader who counts notes finds every bar.
        if prefix.sounding_end <= starts[bar]:
            allowed[self._end] = False

    def _part(self, prefix: Prefix, advance: int, allowed: Mask) -> None:
        """Leave the parts that there are: at one onset in their order, and of voices those that have ended."""
        allowed[self._parts :] = False
        first = 0
        if advance == 0 and _is_chord(prefix):
            last = prefix.notes[-1][0]
            allowed[:last] = False
            first = last + 1
        if self._voices:
            time = prefix.now + advance
            for part in range(self._parts):
                if part < first or prefix.parts.end(part) > time:
                    allowed[part] = False

    def _form(self, prefix: Prefix, allowed: Mask) -> None:
        starts, bar = prefix.starts, prefix.bar + 1
        length = starts[bar + 1] - starts[bar]
        for i, lag in enumerate(self._lags):
            source = bar - lag
            if source < 0 or starts[source + 1] - starts[source] != length:
                for form in self._forms[i]:
                    allowed[form] = False


def _is_chord(prefix: Prefix) -> bool:
    """Whether a note begins at this step already."""
    onsets = prefix.onsets
    return bool(onsets) and onsets[-1] == prefix.now


class NoUnison:
    """No note on a pitch that its own part sounds already, as long as there is another."""

    fields = frozenset({"pitch"})

    def allow(self, field: str, prefix: Prefix, draft: Draft, allowed: Mask) -> None:
        """Set ``allowed[class]``, a bool for each class of the field, to false for what is out."""
        if field == "pitch":
            found = prefix.parts.sounding(draft.part, prefix.now + draft.time)
            without(allowed, [pitch for pitch in found if allowed[pitch]])


class Differs:
    """One note of a bar has not the pitch that it had, if the other filters leave another one."""

    fields = frozenset({"pitch"})

    def __init__(self, bar: int, number: int, pitch: int) -> None:
        self._bar, self._number, self._pitch = bar, number, pitch

    def allow(self, field: str, prefix: Prefix, draft: Draft, allowed: Mask) -> None:  # noqa: ARG002
        """Set ``allowed[class]``, a bool for each class of the field, to false for what is out."""
        if field == "pitch" and prefix.bar == self._bar and prefix.bar_notes == self._number:
            without(allowed, [self._pitch] if allowed[self._pitch] else [])


class OnlyBarLine:
    """Nothing but a bar line."""

    fields = frozenset({"time"})

    def allow(self, field: str, prefix: Prefix, draft: Draft, allowed: Mask) -> None:  # noqa: ARG002
        """Set ``allowed[class]``, a bool for each class of the field, to false for what is out."""
        if field == "time":
            bar = prefix.vocabulary.bar
            if allowed[bar]:
                only(allowed, bar)


# What most filters do with a mask. They are called for each field of each note: a slice and
# `count_nonzero` cost a fraction of what a new mask, a list of indices or `any` cost.


def narrow(allowed: Mask, wanted: Mask) -> None:
    """Keep what is wanted, if the other filters left any of it."""
    kept = allowed & wanted
    if np.count_nonzero(kept):
        allowed[:] = kept


def narrow_to(allowed: Mask, start: int, stop: int) -> None:
    """Keep the classes in ``[start, stop)``, if the other filters left any of them."""
    if np.count_nonzero(allowed[start:stop]):
        allowed[:start] = allowed[stop:] = False


def without(allowed: Mask, classes: Sequence[int]) -> None:
    """Leave out classes, all of them allowed so far and each named once, if there are others."""
    if classes and len(classes) < np.count_nonzero(allowed):
        for each in classes:
            allowed[each] = False


def only(allowed: Mask, value: int) -> None:
    """Allow one class, whatever the other filters say."""
    allowed.fill(False)
    allowed[value] = True


_PERFECT = (0, 7)
_NOTE_FIELDS = {"part": 0, "pitch": 1, "duration": 2, "velocity": 3}
# Of each perfect interval: which pitches, from 127 below a given one to 127 above, do not form it.
_CLEAR = {
    interval: np.abs(np.arange(-127, 128)) % 12 != interval  # as `motion` compares them
    for interval in _PERFECT
}


class NoParallels:
    """No two voices move from a fifth to a fifth or from an octave to an octave, as long as there is another way."""

    fields = frozenset({"pitch"})

    def __init__(self, parts: int, coming: Mapping[tuple[int, int], int] | None = None) -> None:
        self._parts, self._coming = parts, coming or {}

    def allow(self, field: str, prefix: Prefix, draft: Draft, allowed: Mask) -> None:
        """Set ``allowed[class]`` to false for what is out."""
        if field != "pitch":
            return
        time = prefix.now + draft.time
        mine, _ = prefix.parts.motion(draft.part, time)
        if mine < 0:
            return
        kept = None
        for part in range(self._parts):
            if part == draft.part:
                continue
            before, after = prefix.parts.motion(part, time)
            if self._coming:
                after = self._coming.get((time, part), after)
            interval = abs(before - mine) % 12
            if before >= 0 and 0 <= after != before and interval in _PERFECT:
                clear = _CLEAR[interval][127 - after : 255 - after]
                kept = allowed & clear if kept is None else kept & clear
        if kept is None:
            return
        kept[mine] = allowed[mine]  # who stays moves to nothing
        if np.count_nonzero(kept):
            allowed[:] = kept


class FormPlan:
    """Sections that return: literal ones have the notes of their source, varied ones refer to it, new ones to none."""

    # The grammar and the copy memory of the network alone would let a section return by chance only.
    # So the form class of each bar, which says what bar it takes up, is narrowed to what the plan
    # says; in a literal return only the very next note of the source is left, field by field, so
    # that it comes note for note; in a varied one a single note must differ, else the network would
    # often repeat the source and the letters would lie. Notes end with their section, as a note that
    # hangs over could not return.

    fields = frozenset({"time", "form", "part", "pitch", "duration", "velocity"})

    def __init__(self, form: Form, vocabulary: Vocabulary, *, first: int, bars: int) -> None:
        self._form, self._vocabulary, self._first, self._bars = form, vocabulary, first, bars
        self._length = bars // len(form.sections)
        self._lags = [vocabulary.form_lag(each) for each in range(vocabulary.sizes[FORM])]
        # Of bars what they take up, and of what they take up the classes that say so.
        self._sources: dict[int, tuple[int, bool] | None] = {}
        self._plans: dict[tuple[int, bool | None], Mask] = {}

    def allow(self, field: str, prefix: Prefix, draft: Draft, allowed: Mask) -> None:
        """Set ``allowed[class]`` to false for what is out; of a literal return only the next note is left."""
        bar = prefix.bar - self._first
        if field == "form":
            self._plan(bar + 1, allowed)
        elif bar < 0 or field == "goal":
            return
        elif (source := self._source(bar)) is not None and not source[1]:
            self._copy(field, prefix, source[0] + self._first, draft, allowed)
        elif source and field == "pitch" and bar % self._length == self._length // 2:
            self._differ(prefix, source[0] + self._first, allowed)
        elif field == "duration":
            end = prefix.starts[self._first + (bar // self._length + 1) * self._length]
            room = end - prefix.now - draft.time
            if room + 1 < len(allowed):
                narrow_to(allowed, 0, room + 1)

    def _source(self, bar: int) -> tuple[int, bool] | None:
        """Return the bar that a bar takes up, and whether varied."""
        if bar not in self._sources:
            self._sources[bar] = self._form.bar_source(bar, self._bars)
        return self._sources[bar]

    def _plan(self, bar: int, allowed: Mask) -> None:
        source = self._source(bar)
        key = (bar - source[0], source[1]) if source else (bar % self._length, None)
        if key not in self._plans:
            self._plans[key] = np.array([self._fits(form, *key) for form in range(len(allowed))])
        narrow(allowed, self._plans[key])

    def _fits(self, form: int, lag: int, is_varied: bool | None) -> bool:
        """Whether a form class stays inside a section of so many bars so far, or takes up the bar so many back."""
        if is_varied is None:
            return self._lags[form] <= lag
        return self._lags[form] == lag and self._vocabulary.is_literal(form) != is_varied

    def _differ(self, prefix: Prefix, source: int, allowed: Mask) -> None:
        """Let a note of a varied section differ from its source: the second of the middle bar, or its only one."""
        first, stop = prefix.bar_start_note(source), prefix.bar_start_note(source + 1)
        if stop > first and prefix.bar_notes == min(1, stop - first - 1):
            pitch = prefix.notes[first + prefix.bar_notes][1]
            without(allowed, [pitch] if allowed[pitch] else [])

    def _copy(self, field: str, prefix: Prefix, source: int, draft: Draft, allowed: Mask) -> None:
        note, starts = prefix.bar_start_note(source) + prefix.bar_notes, prefix.starts
        if field == "time":
            v = self._vocabulary
            if note < prefix.bar_start_note(source + 1):
                there = prefix.onsets[note] - starts[source]
                value = min(there + starts[prefix.bar] - prefix.now, v.skip)
            else:
                value = v.end if prefix.bars_left == 0 else v.bar
        else:
            value = prefix.notes[note][_NOTE_FIELDS[field]]
            if field == "duration":
                value = min(value, starts[-1] - prefix.now - draft.time)
        allowed.fill(False)
        if value >= 0:  # else no note returns here any more
            allowed[value] = True


class FromBar:
    """No note before the first new bar."""

    fields = frozenset({"time"})

    def __init__(self, first: int) -> None:
        self._first = first

    def allow(self, field: str, prefix: Prefix, draft: Draft, allowed: Mask) -> None:  # noqa: ARG002
        """Set ``allowed[class]`` to false for what is out."""
        if field == "time" and prefix.bar < self._first:
            allowed[: prefix.vocabulary.skip + 1] = False
