"""The filters of the grammar, of voice leading and of forms, plainly: each call starts from nothing."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from symgen.music.constraints import Form
from symgen.sampling.filters import Draft
from symgen.tokens import Vocabulary
from symgen.tokens.prefix import Prefix

Mask = NDArray[np.bool_]


class Grammar:
    """What makes a piece whole: notes inside their bars, every bar opened, an end on the last bar line."""

    def __init__(
        self,
        vocabulary: Vocabulary,
        *,
        parts: int = 1,
        monophonic: bool = False,
        voices: bool = False,
    ) -> None:
        self._vocabulary, self._parts, self._monophonic, self._voices = (
            vocabulary,
            parts,
            monophonic,
            voices,
        )

    def allow(self, field: str, prefix: Prefix, draft: Draft, allowed: Mask) -> None:
        """Set ``allowed[class]``, a bool for each class of the field, to false for what is out."""
        if field == "time":
            self._time(prefix, allowed)
        elif field == "form":
            self._form(prefix, allowed)
        elif field == "part":
            allowed[self._parts :] = False
            if draft.time == 0 and self._is_chord(prefix):  # as encoded: by part, then by pitch
                allowed[: prefix.notes[-1][0]] = False
            if self._voices:
                free = self._free(prefix, draft.time)
                allowed[[part for part in range(self._parts) if part not in free]] = False
        elif field == "pitch" and draft.time == 0 and self._is_chord(prefix):
            part, pitch = prefix.notes[-1][:2]
            if draft.part == part:
                allowed[: pitch + 1] = False
        elif field == "duration":
            room = prefix.starts[-1] - prefix.now - draft.time
            allowed[0] = allowed[self._vocabulary.tie] = False
            allowed[room + 1 :] = False
        elif field == "velocity":
            allowed[0] = False

    def _is_chord(self, prefix: Prefix) -> bool:
        return bool(prefix.notes) and prefix.onsets[-1] == prefix.now

    def _time(self, prefix: Prefix, allowed: Mask) -> None:
        v = self._vocabulary
        if prefix.bar < 0:
            allowed[:] = False
            allowed[v.bar] = True
            return
        room = prefix.bar_end - prefix.now
        allowed[min(room, v.longest) : v.longest] = False
        allowed[v.skip] &= room > v.longest
        if self._monophonic:
            allowed[: max(0, min(prefix.sounding_end - prefix.now, v.longest))] = False
        if self._is_chord(prefix) and (self._monophonic or prefix.last_pitch == 127):
            allowed[0] = False
        if self._voices:
            first = min(prefix.parts.end(part) for part in range(self._parts)) - prefix.now
            allowed[: max(0, min(first, v.longest))] = False
            allowed[0] &= bool(self._free(prefix, 0))
        is_last = prefix.bars_left == 0
        allowed[v.bar] &= not is_last
        # The last bar sounds, so that a reader who counts notes finds every bar.
        heard = prefix.sounding_end > prefix.starts[prefix.bar] if is_last else False
        allowed[v.end] &= heard

    def _free(self, prefix: Prefix, advance: int) -> set[int]:
        """Return the parts that may begin a note: those that have ended, at one onset in their order."""
        first = prefix.notes[-1][0] + 1 if advance == 0 and self._is_chord(prefix) else 0
        return {
            part
            for part in range(first, self._parts)
            if prefix.parts.end(part) <= prefix.now + advance
        }

    def _form(self, prefix: Prefix, allowed: Mask) -> None:
        bar = prefix.bar + 1
        length = prefix.starts[bar + 1] - prefix.starts[bar]
        for form in range(1, len(allowed)):
            source = bar - self._vocabulary.form_lag(form)
            fits = source >= 0 and prefix.starts[source + 1] - prefix.starts[source] == length
            allowed[form] &= fits


class NoUnison:
    """No note on a pitch that its own part sounds already, as long as there is another."""

    def allow(self, field: str, prefix: Prefix, draft: Draft, allowed: Mask) -> None:
        """Set ``allowed[class]``, a bool for each class of the field, to false for what is out."""
        if field == "pitch":
            sounding = [
                q for q in prefix.parts.sounding(draft.part, prefix.now + draft.time) if allowed[q]
            ]
            if len(sounding) < allowed.sum():
                allowed[sounding] = False


class Differs:
    """One note of a bar has not the pitch that it had, if the other filters leave another one."""

    def __init__(self, bar: int, number: int, pitch: int) -> None:
        self._bar, self._number, self._pitch = bar, number, pitch

    def allow(self, field: str, prefix: Prefix, draft: Draft, allowed: Mask) -> None:
        """Set ``allowed[class]``, a bool for each class of the field, to false for what is out."""
        if field == "pitch" and prefix.bar == self._bar and prefix.bar_notes == self._number:
            narrow(allowed, np.arange(len(allowed)) != self._pitch)


class OnlyBarLine:
    """Nothing but a bar line."""

    def allow(self, field: str, prefix: Prefix, draft: Draft, allowed: Mask) -> None:
        """Set ``allowed[class]``, a bool for each class of the field, to false for what is out."""
        if field == "time":
            narrow(allowed, np.arange(len(allowed)) == prefix.vocabulary.bar)


def narrow(allowed: Mask, wanted: NDArray[np.bool_]) -> None:
    """Keep what is wanted, if the other filters left any of it."""
    if (allowed & wanted).any():
        allowed &= wanted


_PERFECT = (0, 7)
_PITCHES = np.arange(128)


class NoParallels:
    """No two voices move from a fifth to a fifth or from an octave to an octave, as long as there is another way."""

    def __init__(self, parts: int, coming: Mapping[tuple[int, int], int] | None = None) -> None:
        self._parts, self._coming = parts, coming or {}

    def allow(self, field: str, prefix: Prefix, draft: Draft, allowed: Mask) -> None:
        """Set ``allowed[class]`` to false for what is out."""
        if field != "pitch":
            return
        time = prefix.now + draft.time
        mine, _ = prefix.parts.motion(draft.part, time)
        kept = allowed.copy()
        for part in range(self._parts):
            before, after = prefix.parts.motion(part, time)
            after = self._coming.get((time, part), after)
            if part != draft.part and min(mine, before, after) >= 0 and before != after:
                interval = abs(before - mine) % 12
                if interval in _PERFECT:
                    kept &= (np.abs(after - _PITCHES) % 12 != interval) | (mine == _PITCHES)
        if kept.any():
            allowed[:] = kept


class FormPlan:
    """Sections that return: literal ones have the notes of their source, varied ones refer to it, new ones to none."""

    # The grammar and the copy memory of the network alone would let a section return by chance only.
    # So the form class of each bar, which says what bar it takes up, is narrowed to what the plan
    # says; in a literal return only the very next note of the source is left, field by field, so
    # that it comes note for note; in a varied one a single note must differ, else the network would
    # often repeat the source and the letters would lie. Notes end with their section, as a note that
    # hangs over could not return.

    def __init__(self, form: Form, vocabulary: Vocabulary, *, first: int, bars: int) -> None:
        self._form, self._vocabulary, self._first, self._bars = form, vocabulary, first, bars
        self._length = bars // len(form.sections)

    def allow(self, field: str, prefix: Prefix, draft: Draft, allowed: Mask) -> None:
        """Set ``allowed[class]`` to false for what is out; of a literal return only the next note is left."""
        if field == "form":
            self._plan(prefix.bar + 1 - self._first, allowed)
            return
        bar = prefix.bar - self._first
        if field == "goal" or bar < 0:
            return
        source = self._form.bar_source(bar, self._bars)
        if source is not None and not source[1]:
            self._copy(field, prefix, source[0] + self._first, draft, allowed)
        elif source is not None and field == "pitch" and bar % self._length == self._length // 2:
            self._differ(prefix, source[0] + self._first, allowed)
        elif field == "duration":
            end = prefix.starts[self._first + (bar // self._length + 1) * self._length]
            kept = allowed.copy()
            kept[end - prefix.now - draft.time + 1 :] = False
            narrow(allowed, kept)

    def _plan(self, bar: int, allowed: Mask) -> None:
        source = self._form.bar_source(bar, self._bars)
        wanted = np.zeros(len(allowed), dtype=bool)
        for form in range(len(allowed)):
            lag = self._vocabulary.form_lag(form)
            if source is None:
                wanted[form] = lag <= bar % self._length
            else:
                wanted[form] = (
                    lag == bar - source[0] and self._vocabulary.is_literal(form) != source[1]
                )
        narrow(allowed, wanted)

    def _differ(self, prefix: Prefix, source: int, allowed: Mask) -> None:
        """Let a note of a varied section differ from its source: the second of the middle bar, or its only one."""
        first, stop = prefix.bar_start_note(source), prefix.bar_start_note(source + 1)
        if stop > first and prefix.bar_notes == min(1, stop - first - 1):
            narrow(allowed, np.arange(len(allowed)) != prefix.notes[first + prefix.bar_notes][1])

    def _copy(self, field: str, prefix: Prefix, source: int, draft: Draft, allowed: Mask) -> None:
        v, note = self._vocabulary, prefix.bar_start_note(source) + prefix.bar_notes
        if field == "time":
            if note < prefix.bar_start_note(source + 1):
                advance = (
                    prefix.onsets[note]
                    - prefix.starts[source]
                    + prefix.starts[prefix.bar]
                    - prefix.now
                )
                value = min(advance, v.skip)
            else:
                value = v.end if prefix.bars_left == 0 else v.bar
        else:
            part, pitch, duration, velocity = prefix.notes[note]
            room = prefix.starts[-1] - prefix.now - draft.time
            value = {
                "part": part,
                "pitch": pitch,
                "duration": min(duration, room),
                "velocity": velocity,
            }[field]
        allowed[:] = np.arange(len(allowed)) == value


class FromBar:
    """No note before the first new bar."""

    def __init__(self, first: int) -> None:
        self._first = first

    def allow(self, field: str, prefix: Prefix, draft: Draft, allowed: Mask) -> None:
        """Set ``allowed[class]`` to false for what is out."""
        if field == "time" and prefix.bar < self._first:
            allowed[: prefix.vocabulary.longest + 1] = False
