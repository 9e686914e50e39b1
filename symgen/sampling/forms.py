"""Sections that return: the form that was asked for, bar by bar."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from symgen.music.constraints import Form
from symgen.sampling.filters import Draft, narrow
from symgen.tokens import Vocabulary
from symgen.tokens.prefix import Prefix

__all__ = ["FormPlan", "FromBar"]

Mask = NDArray[np.bool_]


class FormPlan:
    """New sections refer to no earlier one; a literal return has the notes of its source; a varied one refers to it.

    Notes end with their section.

    Parameters
    ----------
    form : Form
    vocabulary : Vocabulary
    first, bars : int
        Index of the first new bar, and how many there are.
    """

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
    """No note before the first new bar.

    Parameters
    ----------
    first : int
        Its index.
    """

    def __init__(self, first: int) -> None:
        self._first = first

    def allow(self, field: str, prefix: Prefix, draft: Draft, allowed: Mask) -> None:  # noqa: ARG002
        """Set ``allowed[class]`` to false for what is out."""
        if field == "time" and prefix.bar < self._first:
            allowed[: prefix.vocabulary.longest + 1] = False
