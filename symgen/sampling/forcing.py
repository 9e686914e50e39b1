"""Notes that are given: what is drawn goes around them."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from copy import copy

import numpy as np
from numpy.typing import NDArray

from symgen.sampling.bits import bits_from, bits_of, bits_up_to, mask_of
from symgen.sampling.filters import Draft, Filter, only, without
from symgen.sampling.part_limits import PartLimits
from symgen.tokens import Events, Vocabulary
from symgen.tokens.events import event_notes
from symgen.tokens.prefix import Prefix
from symgen.tokens.vocabulary import DURATION, FORM, PITCH, TIME, VELOCITY

__all__ = ["FixedNotes", "Plan", "Span", "bar_plans"]

Mask = NDArray[np.bool_]
# First step, and first step after it.
Span = tuple[int, int]

# The form and the goal of a bar, where they are given.
Plan = tuple[int | None, int | None]

_HIGHEST = 127
_COLUMNS = {"pitch": PITCH, "duration": DURATION, "velocity": VELOCITY}


def bar_plans(
    events: Events, vocabulary: Vocabulary, *, forms: Mask, goals: Mask | None = None
) -> list[Plan]:
    """Return which forms and goals of the bars of a piece are given."""
    opened = events.fields[events.fields[:, TIME] == vocabulary.bar]
    goals = forms if goals is None else goals
    plans: list[Plan] = []
    for row, form, goal in zip(opened.tolist(), forms.tolist(), goals.tolist(), strict=True):
        plans.append((row[FORM] if form else None, row[PITCH] if goal else None))
    return plans


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
        self._rows = rows[kept].tolist()
        self._plans = tuple(plans)
        steps = int(events.header.bar_starts[-1]) + 1
        self._room = {part: _Room(spans, steps) for part, spans in sorted(free.items())}
        self._refused: dict[tuple[int, int], list[int]] = {}
        for step, owner, pitch in refused:
            self._refused.setdefault((step, owner), []).append(pitch)
        self._vocabulary, self._monophonic_parts = vocabulary, monophonic_parts
        self._longest_note, self._skip = vocabulary.longest, vocabulary.skip
        self._limits: PartLimits | None = None
        self.yielding: tuple[Filter, ...] = ()
        self._closes = False

    def closing(self, wait: Filter) -> FixedNotes:
        """Return the same for a piece that ends only where the filters let it; `wait` is asked after what is given."""
        twin = copy(self)
        twin._closes, twin.yielding = True, (wait, *self.yielding)
        return twin

    def fixed_parts(self, parts: int) -> frozenset[int]:
        """Return which of so many parts have no notes but those that are given."""
        return frozenset(range(parts)) - self._room.keys()

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
        given = self._keys[place] if place < len(self._keys) else None
        if field == "time":
            self._time(prefix, given[0] if given else None, allowed)
            return
        here = prefix.now + draft.time
        if given and given[0] != here:
            given = None
        if field == "part":
            self._part(prefix, here, given[1] if given else None, allowed)
        elif given and given[1] == draft.part:
            only(allowed, self._rows[place][_COLUMNS[field]])
        elif field == "pitch":
            if refused := self._refused.get((here, draft.part)):
                without(allowed, [pitch for pitch in refused if allowed[pitch]])
        elif field == "duration":
            stop = self._longest(prefix, draft.part, here) + 1
            if stop <= self._longest_note:
                allowed[stop : self._longest_note + 1] = False

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
            only(allowed, plan)

    def _time(self, prefix: Prefix, onset: int | None, allowed: Mask) -> None:
        """Up to the next given note, at which time stops; else only where a part is free."""
        v, now, bar_end, longest = self._vocabulary, prefix.now, prefix.bar_end, self._longest_note
        latest = prefix.starts[-1] if onset is None else onset
        steps = min(longest, max(0, latest - now) + 1, bar_end - now)
        times = allowed[:steps]
        np.logical_and(times, self._some_free(prefix, times), times)
        allowed[steps:longest] = False
        is_last = prefix.bars_left == 0
        if onset is not None:
            allowed[v.end] = False
            if onset < bar_end and prefix.bar >= 0:
                allowed[v.bar] = False
                if onset - now < longest:
                    allowed[onset - now] = True
        elif is_last and not self._closes:
            allowed[v.end] = True  # the last bar of a given piece may be silent
        if prefix.bar < 0 or now + longest > min(latest, bar_end):
            allowed[v.skip] = False
        elif onset is not None or not is_last:
            allowed[v.skip] = True
        # What is given goes on, also where a control asks for more than there is room for.
        if not np.count_nonzero(allowed):
            allowed[v.end if is_last else v.bar] = True

    def _part(self, prefix: Prefix, step: int, given: int | None, allowed: Mask) -> None:
        """Leave the free parts before that of the given note, and that one."""
        last = len(allowed) if given is None else given
        free = [
            part
            for part in self._room
            if part < last and allowed[part] and self._is_free(prefix, part, step)
        ]
        allowed.fill(False)
        for part in free:
            allowed[part] = True
        if given is not None:
            allowed[given] = True

    def _some_free(self, prefix: Prefix, times: Mask) -> Mask:
        """Whether a part may begin a note of its own, at each of the steps from now on of which some are allowed."""
        now, bar, found = prefix.now, max(prefix.bar, 0), 0
        start, stop = prefix.starts[bar], prefix.starts[bar + 1]
        # At the onset of the last note only parts from there on, and of those that play alone not its own.
        first = 0
        if prefix.onsets and prefix.onsets[-1] == now:
            is_full = self._monophonic_parts or prefix.last_pitch == _HIGHEST
            first = prefix.notes[-1][0] + is_full
        for part, room in self._room.items():
            levels = room.levels(start, stop)
            free = self._room_left(prefix, part, [level >> (now - start) for level in levels])
            if free and self._limits is not None:
                free &= self._limits.times(prefix, part)
                if free & 1 and times[0] and not self._limits.may_strike(prefix, part, now):
                    free ^= 1
            found |= free >> 1 << 1 if part < first else free
        return mask_of(bits_up_to(found, self._longest_note - 1), self._longest_note)[: len(times)]

    def _room_left(self, prefix: Prefix, part: int, levels: Sequence[int]) -> int:
        """Return from now on where a part has room for a note more, of where it has room for 1, 2 and more."""
        if not levels:
            return 0
        if self._monophonic_parts:
            return bits_from(levels[0], prefix.parts.end(part) - prefix.now)
        # Where j notes sound on, there must be room for j + 1.
        ends = sorted(self._new_ends(prefix, part, prefix.now), reverse=True)
        found = levels[len(ends)] if len(ends) < len(levels) else 0
        for level, end in zip(levels, ends, strict=False):
            found |= bits_from(level, end - prefix.now)
        return found

    def _is_free(self, prefix: Prefix, part: int, step: int) -> bool:
        """Whether a part may begin a note of its own at a step, one after another at one onset."""
        if self._limits is not None and not self._limits.may_strike(prefix, part, step):
            return False
        room = self._room[part]
        if self._monophonic_parts:
            return bool(room.count[step]) and prefix.parts.end(part) <= step
        return len(self._new_ends(prefix, part, step)) < int(room.count[step])

    def _longest(self, prefix: Prefix, part: int, step: int) -> int:
        """How long a new note may last: to the end of its span, and not beside more others than have room."""
        room = self._room[part]
        steps = int(room.end[step]) - step
        if self._monophonic_parts or steps <= 0:
            return steps
        if not (ends := self._new_ends(prefix, part, step)):
            return steps
        left = room.count[step : step + steps].copy()
        for end in ends:
            left[: end - step] -= 1
        full = int((left <= 0).argmax())
        return full if left[full] <= 0 else steps

    def _new_ends(self, prefix: Prefix, part: int, step: int) -> list[int]:
        """Return the ends of the notes of a part that are not given and sound at a step."""
        return [note[0] for note in prefix.parts.active(part, step) if note not in self._ends]


class _Room:
    """How many spans lie at each step, and where the last of them ends."""

    def __init__(self, spans: Sequence[Span], steps: int) -> None:
        self.count = np.zeros(steps, dtype=np.int16)
        self.end = np.zeros(steps, dtype=np.int64)
        self._levels: dict[tuple[int, int], list[int]] = {}
        for start, stop in spans:
            self.count[start:stop] += 1
            self.end[start:stop] = np.maximum(self.end[start:stop], stop)

    def levels(self, start: int, stop: int) -> list[int]:
        """Return at which steps of a bar there is room for one note, for two and so on, as bits."""
        if (start, stop) not in self._levels:
            counts = self.count[start:stop]
            most = int(counts.max(initial=0))
            rows = [np.flatnonzero(counts > number).tolist() for number in range(most)]
            self._levels[start, stop] = [bits_of(row) for row in rows]
        return self._levels[start, stop]
