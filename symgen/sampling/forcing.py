"""Notes that are given: what is drawn goes around them."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from symgen.sampling.filters import Draft
from symgen.tokens import Events, Vocabulary
from symgen.tokens.notes import event_notes
from symgen.tokens.prefix import Prefix
from symgen.tokens.vocabulary import DURATION, FORM, PART, PITCH, TIME, VELOCITY

__all__ = ["Given", "Span"]

Mask = NDArray[np.bool_]
Span = tuple[int, int]
"""First step, and first step after it."""


class Given:
    """Some notes are given, others may be drawn where parts are free.

    Parameters
    ----------
    events : Events
        A whole piece.
    kept : ndarray of bool, shape (notes,)
        Which of its notes are given.
    free : mapping of int to sequence of Span
        Where each part may have other notes; they end in the span in which they begin.
    vocabulary : Vocabulary
    alone : bool
        Parts play one note at a time.
    bars : ndarray of bool, shape (bars,)
        Bars whose form and goal are those of the piece.
    refused : frozenset of (step, part, pitch), optional
        Notes that must not be drawn.
    """

    def __init__(
        self,
        events: Events,
        kept: Mask,
        free: Mapping[int, Sequence[Span]],
        vocabulary: Vocabulary,
        *,
        bars: Mask,
        alone: bool,
        refused: frozenset[tuple[int, int, int]] = frozenset(),
    ) -> None:
        notes = event_notes(events.fields, events.header, vocabulary)
        rows = events.fields[events.fields[:, TIME] < vocabulary.skip].astype(np.int64)
        self._keys = [
            (int(onset), int(row[PART]), int(row[PITCH]))
            for onset, row, keep in zip(notes.onset, rows, kept, strict=True)
            if keep
        ]
        self._rows = rows[kept]
        opened = events.fields[events.fields[:, TIME] == vocabulary.bar]
        plans = [(int(row[FORM]), int(row[PITCH])) for row in opened]
        self._plans = [plan if is_given else None for plan, is_given in zip(plans, bars, strict=False)]
        self._free = {part: sorted(spans) for part, spans in free.items()}
        self._refused, self._vocabulary, self._alone = refused, vocabulary, alone

    def allow(self, field: str, prefix: Prefix, draft: Draft, allowed: Mask) -> None:
        """Set ``allowed[class]`` to false for what is out; what is given stays, whatever other filters say."""
        if field in ("form", "goal"):
            self._plan(field, prefix, allowed)
            return
        place = self._next(prefix)
        onset = self._keys[place][0] if place < len(self._keys) else None
        if field == "time":
            self._time(prefix, onset, allowed)
            return
        here = prefix.now + draft.time
        mine = onset == here and (field == "part" or self._keys[place][1] == draft.part)
        if field == "part":
            last = self._keys[place][1] if mine else len(allowed)
            parts = [part for part in self._free if part < last and self._end(part, here) and allowed[part]]
            allowed[:] = np.isin(np.arange(len(allowed)), [*parts, *([last] if mine else [])])
        elif mine:
            value = self._rows[place][{"pitch": PITCH, "duration": DURATION, "velocity": VELOCITY}[field]]
            allowed[:] = np.arange(len(allowed)) == value
        elif field == "pitch":
            for step, part, pitch in self._refused:
                if (step, part) == (here, draft.part) and allowed.sum() > 1:
                    allowed[pitch] = False
        elif field == "duration":
            room = self._end(draft.part, here) - here
            allowed[room + 1 : self._vocabulary.longest + 1] = False

    def _plan(self, field: str, prefix: Prefix, allowed: Mask) -> None:
        plan = self._plans[prefix.bar + 1] if prefix.bar + 1 < len(self._plans) else None
        if plan is not None:
            allowed[:] = np.arange(len(allowed)) == plan[field == "goal"]

    def _time(self, prefix: Prefix, onset: int | None, allowed: Mask) -> None:
        """Up to the next given note, at which time stops; else only where a part is free."""
        v = self._vocabulary
        latest = prefix.starts[-1] if onset is None else onset
        wanted = np.zeros(len(allowed), dtype=bool)
        for time in range(min(v.longest, max(0, min(latest, prefix.bar_end) - prefix.now) + 1)):
            here = prefix.now + time
            wanted[time] = allowed[time] and here < prefix.bar_end and self._some_free(prefix, here)
        inside = onset is not None and onset < prefix.bar_end and prefix.bar >= 0
        if inside and onset is not None and onset - prefix.now < v.longest:
            wanted[onset - prefix.now] = True
        wanted[v.bar] = allowed[v.bar] and not inside
        wanted[v.end] = onset is None
        wanted[v.skip] = prefix.now + v.longest <= min(latest, prefix.bar_end) and prefix.bar >= 0
        if onset is None and prefix.bars_left == 0:
            allowed[v.end] = True  # the last bar of a given piece may be silent
        else:
            allowed[v.skip] |= wanted[v.skip]
        if inside and onset is not None and onset - prefix.now < v.longest:
            allowed[onset - prefix.now] = True
        allowed &= wanted

    def _some_free(self, prefix: Prefix, step: int) -> bool:
        """Whether a part may begin a note of its own."""
        first = prefix.notes[-1][0] + self._alone if prefix.notes and prefix.onsets[-1] == step else 0
        return any(
            part >= first and self._end(part, step) and not (self._alone and prefix.parts.end(part) > step)
            for part in self._free
        )

    def _end(self, part: int, step: int) -> int:
        """Return the end of the free span of a part in which a step lies, 0: none."""
        spans = self._free.get(part, ())
        place = bisect_right(spans, (step, 1 << 40)) - 1
        return spans[place][1] if place >= 0 and spans[place][0] <= step < spans[place][1] else 0

    def _next(self, prefix: Prefix) -> int:
        """Return which given note comes next."""
        if not prefix.notes:
            return 0
        part, pitch = prefix.notes[-1][:2]
        return bisect_right(self._keys, (prefix.onsets[-1], part, pitch))
