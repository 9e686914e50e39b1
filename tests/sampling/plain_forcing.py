"""Notes that are given, plainly: each call starts from nothing."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from copy import copy

import numpy as np
from numpy.typing import NDArray
from plain_keeping import PartLimits

from symgen.sampling.filters import Draft, Filter
from symgen.sampling.forcing import Plan, Span
from symgen.tokens import Events, Vocabulary
from symgen.tokens.events import event_notes
from symgen.tokens.prefix import Prefix
from symgen.tokens.vocabulary import DURATION, PITCH, TIME, VELOCITY

Mask = NDArray[np.bool_]
_HIGHEST = 127
_COLUMNS = {"pitch": PITCH, "duration": DURATION, "velocity": VELOCITY}


class FixedNotes:
    """Some notes are given, others may be drawn where parts are free."""

    def __init__(
        self,
        events: Events,
        kept: Mask,
        free: Mapping[int, Sequence[Span]],
        vocabulary: Vocabulary,
        *,
        plans: Sequence[Plan],
        monophonic_parts: bool,
        refused: frozenset[tuple[int, int, int]] = frozenset(),
    ) -> None:
        notes = event_notes(events.fields, events.header, vocabulary)
        rows = events.fields[events.fields[:, TIME] < vocabulary.skip].astype(np.int64)
        columns = (notes.onset, notes.part, notes.pitch, notes.onset + notes.duration)
        onset, part, pitch, end = (column[kept].tolist() for column in columns)
        self._keys = list(zip(onset, part, pitch, strict=True))
        self._ends = frozenset(zip(end, pitch, part, strict=True))
        self._rows = rows[kept]
        self._plans = tuple(plans)
        steps = int(events.header.bar_starts[-1]) + 1
        self._room = {part: _Room(spans, steps) for part, spans in sorted(free.items())}
        self._refused: dict[tuple[int, int], list[int]] = {}
        for step, owner, pitch in refused:
            self._refused.setdefault((step, owner), []).append(pitch)
        self._vocabulary, self._monophonic_parts = vocabulary, monophonic_parts
        self._limits: PartLimits | None = None
        self.yielding: tuple[Filter, ...] = ()

    def within(self, limits: PartLimits | None, filters: Sequence[Filter] = ()) -> FixedNotes:
        """Return the same whose new notes keep to the limits of their parts."""
        # What is given is not held to them. `yielding` filters are asked last, so that they give
        # way to what is given: the limits, as far as pitches and durations go, and others.
        twin = copy(self)
        twin._limits, twin.yielding = limits, (*filters, limits) if limits else tuple(filters)
        return twin

    def allow(self, field: str, prefix: Prefix, draft: Draft, allowed: Mask) -> None:
        """Set ``allowed[class]`` to false for what is out; what is given stays, whatever other filters say."""
        if field in ("form", "goal"):
            self._plan(field, prefix, allowed)
            return
        place = self.passed(prefix)
        onset = self._keys[place][0] if place < len(self._keys) else None
        if field == "time":
            self._time(prefix, onset, allowed)
            return
        here = prefix.now + draft.time
        mine = onset == here and (field == "part" or self._keys[place][1] == draft.part)
        if field == "part":
            self._part(prefix, here, self._keys[place][1] if mine else None, allowed)
        elif mine:
            _only(allowed, int(self._rows[place][_COLUMNS[field]]))
        elif field == "pitch":
            refused = [
                pitch for pitch in self._refused.get((here, draft.part), ()) if allowed[pitch]
            ]
            if len(refused) < allowed.sum():
                allowed[refused] = False
        elif field == "duration":
            allowed[self._longest(prefix, draft.part, here) + 1 : self._vocabulary.longest + 1] = (
                False
            )

    def passed(self, prefix: Prefix) -> int:
        """Return how many given notes a piece has passed, which is the place of the next one."""
        if not prefix.notes:
            return 0
        part, pitch = prefix.notes[-1][:2]
        return bisect_right(self._keys, (prefix.onsets[-1], part, pitch))

    def _plan(self, field: str, prefix: Prefix, allowed: Mask) -> None:
        plan = (
            self._plans[prefix.bar + 1][field == "goal"]
            if prefix.bar + 1 < len(self._plans)
            else None
        )
        if plan is not None:
            _only(allowed, plan)

    def _time(self, prefix: Prefix, onset: int | None, allowed: Mask) -> None:
        """Up to the next given note, at which time stops; else only where a part is free."""
        v, left = self._vocabulary, prefix.bar_end - prefix.now
        latest = prefix.starts[-1] if onset is None else onset
        wanted = np.zeros(len(allowed), dtype=bool)
        steps = min(v.longest, max(0, latest - prefix.now) + 1, left)
        wanted[:steps] = allowed[:steps] & self._some_free(prefix, steps)
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
        if (
            not allowed.any()
        ):  # what is given goes on, also where a control asks for more than there is room for
            allowed[v.end if prefix.bars_left == 0 else v.bar] = True

    def _part(self, prefix: Prefix, step: int, given: int | None, allowed: Mask) -> None:
        """Leave the free parts before that of the given note, and that one."""
        last = len(allowed) if given is None else given
        free = [
            part
            for part in self._room
            if part < last and allowed[part] and self._is_free(prefix, part, step)
        ]
        allowed[:] = False
        allowed[free] = True
        if given is not None:
            allowed[given] = True

    def _some_free(self, prefix: Prefix, steps: int) -> Mask:
        """Whether a part may begin a note of its own, at each of so many steps from now on."""
        now, found = prefix.now, np.zeros(steps, dtype=bool)
        stacked = bool(prefix.notes) and prefix.onsets[-1] == now
        for part, room in self._room.items():
            left = room.count[now : now + steps]
            if not left.any():
                continue
            free = left > 0
            if self._monophonic_parts:
                free[: max(0, prefix.parts.end(part) - now)] = False
            elif ends := self._new_ends(prefix, part, now):
                free = left > _sounding(ends, now, steps)
            if self._limits is not None:
                free = free & self._limits.times(prefix, part)[:steps]
                free[0] = free[0] and self._limits.may_strike(prefix, part, now)
            if stacked and part < prefix.notes[-1][0] + (
                self._monophonic_parts or prefix.last_pitch == _HIGHEST
            ):
                free[0] = False
            found |= free
        return found

    def _is_free(self, prefix: Prefix, part: int, step: int) -> bool:
        """Whether a part may begin a note of its own at a step, one after another at one onset."""
        if self._limits is not None and not self._limits.may_strike(prefix, part, step):
            return False
        if self._monophonic_parts:
            return bool(self._room[part].count[step]) and prefix.parts.end(part) <= step
        return len(self._new_ends(prefix, part, step)) < int(self._room[part].count[step])

    def _longest(self, prefix: Prefix, part: int, step: int) -> int:
        """How long a new note may last: to the end of its span, and not beside more others than have room."""
        room = self._room[part]
        steps = int(room.end[step]) - step
        if self._monophonic_parts or not (ends := self._new_ends(prefix, part, step)):
            return steps
        full = np.flatnonzero(room.count[step : step + steps] <= _sounding(ends, step, steps))
        return int(full[0]) if len(full) else steps

    def _new_ends(self, prefix: Prefix, part: int, step: int) -> list[int]:
        """Return the ends of the notes of a part that are not given and sound at a step."""
        return [note[0] for note in prefix.parts.active(part, step) if note not in self._ends]


class _Room:
    """How many spans lie at each step, and where the last of them ends."""

    def __init__(self, spans: Sequence[Span], steps: int) -> None:
        self.count = np.zeros(steps, dtype=np.int16)
        self.end = np.zeros(steps, dtype=np.int64)
        for start, stop in spans:
            self.count[start:stop] += 1
            self.end[start:stop] = np.maximum(self.end[start:stop], stop)


def _sounding(ends: Sequence[int], step: int, steps: int) -> NDArray[np.int64]:
    """How many of some notes sound at each step."""
    sounds = np.array(ends)[:, None] > np.arange(step, step + steps)
    counts: NDArray[np.int64] = sounds.sum(axis=0)
    return counts


def _only(allowed: Mask, value: int) -> None:
    allowed[:] = False
    allowed[value] = True
