"""The features of `symgen.tokens.features` step by step, in Python: a few look-ups a note."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from copy import copy

import numpy as np
from numpy.typing import NDArray

from symgen.music.degrees import scale_steps
from symgen.tokens.events import Header
from symgen.tokens.followed import CODE_BITS, Followed, Runs
from symgen.tokens.form import NO_GOAL, beat_lengths
from symgen.tokens.layout import FORM_LAGS, MAX_BARS_LEFT, PLACES, SUFFIXES, WINDOW, Layout
from symgen.tokens.moving import moved_pitches
from symgen.tokens.plans import plan_tables
from symgen.tokens.vocabulary import DURATION, FORM, PART, PITCH, TIME, VELOCITY, Vocabulary

__all__ = ["PlainFeatures"]

Ints = NDArray[np.int64]
_NO_SPOT = (-(1 << 40), 0, 0)
"""Of a bar that is not there: so far back that every step lies before the piece."""


class PlainFeatures:
    """What `symgen.tokens.stepping.StepFeatures` says, by the methods of Python alone."""

    def __init__(
        self,
        header: Header,
        vocabulary: Vocabulary,
        voices: int,
        hide_end: bool,
        columns: Layout,
    ) -> None:
        self._vocabulary, self._hides_end = vocabulary, hide_end
        self._slices, self._goal_source = columns.slices, columns.names.index("goal_source")
        self._starts: list[int] = header.bar_starts.tolist()
        self._beats: list[int] = beat_lengths(header, vocabulary).tolist()
        self._pickup, self._bass = int(header.pickup), len(header.programs) - 1
        self._followed = Followed(header, voices, vocabulary.longest) if voices else None
        self._has_plan = bool(columns.plan)
        if self._has_plan:
            self._by_step, self._by_bar = plan_tables(header, vocabulary)
            self._scale = scale_steps(header.key)
        # Step of the last event, the open bar (-1 before the first), and until when notes sound.
        self._now, self._bar, self._sounding_end = 0, -1, 0
        # Of each bar that was opened: its form, its goal, the number of its first note.
        self._forms: list[int] = []
        self._goals: list[int] = []
        self._first: list[int] = []
        self._onsets: list[int] = []
        self._notes: list[tuple[int, int, int]] = []  # part, pitch, duration
        self._velocity = 0
        # How many notes stand at the last onset, and the end and pitch of the last notes of all.
        self._standing = 0
        self._recent: list[tuple[int, int]] = []
        self._runs, self._run = Runs(), 0
        self._matches = [-1] * len(SUFFIXES)  # the last notes of equal runs
        self._sources: list[int] = []
        # What stays for a bar, and the places that were looked up last, for which step.
        self._set_bar()
        self._placed: list[tuple[int, int, int]] = []
        self._placed_at = -1

    def copy(self) -> PlainFeatures:
        """Return an independent twin."""
        twin = copy(self)
        for name in ("_forms", "_goals", "_first", "_onsets", "_notes", "_runs"):
            setattr(twin, name, getattr(self, name).copy())
        twin._followed = self._followed and self._followed.copy()
        return twin

    def replan(self, by_step: NDArray[np.int16], by_bar: NDArray[np.int16]) -> None:
        """Let another plan hold from here on; twins keep theirs."""
        self._by_step, self._by_bar = by_step, by_bar

    def read(self, rows: Ints) -> None:
        """Add many events."""
        for row in rows.tolist():
            self.push(row)

    def push(self, row: Sequence[int]) -> None:
        """Add an event."""
        time = row[TIME]
        vocabulary = self._vocabulary
        if time == vocabulary.bar:
            self._bar += 1
            self._now = self._starts[self._bar]
            self._forms.append(row[FORM])
            self._goals.append(row[PITCH])
            self._first.append(len(self._notes))
            self._set_bar()
        elif time < vocabulary.skip:
            self._now += time
            self._velocity = row[VELOCITY] + 1
            self._add_note(row[PART], row[PITCH], min(row[DURATION], vocabulary.longest))
        elif time == vocabulary.skip:
            self._now += vocabulary.longest
        self._placed_at = -1

    def _set_bar(self) -> None:
        """Note what stays for the open bar."""
        starts, first, bar, opened = self._starts, self._first, max(self._bar, 0), self._bar >= 0
        self._start, self._end = starts[bar : bar + 2] if self._beats else (0, 0)
        self._beat = self._beats[bar] if self._beats else 1
        number = self._bar - self._pickup
        bars_left = len(starts) - self._bar - 2
        self._numbers = [
            number % 8 if number >= 0 else 8,
            min(number // 8, 7) if number >= 0 else 8,
            0 if self._hides_end else min(bars_left, MAX_BARS_LEFT) + 1,
        ]
        earlier = [self._bar + 1 - lag if opened else -1 for lag in FORM_LAGS]
        self._plans = [
            self._forms[bar] + 1 if opened else 0,
            *(self._forms[index] + 1 if index >= 0 else 0 for index in earlier),
            *(self._closing_pitch(index) if index >= 0 else 0 for index in earlier),
            _pitch_column(self._goals[bar]) if opened else 0,
            0,
        ]
        lags = [*PLACES, self._vocabulary.form_lag(self._forms[bar]) if opened else 0]
        # Of the bars whose places are looked up: how far back, their first note, the one after them.
        self._spots = [
            (starts[bar - lag] - self._start, first[bar - lag], first[bar - lag + 1])
            if 0 < lag <= self._bar
            else _NO_SPOT
            for lag in lags
        ]

    def _add_note(self, part: int, pitch: int, duration: int) -> None:
        now, number = self._now, len(self._notes)
        end = now + duration
        self._standing = self._standing + 1 if number and self._onsets[-1] == now else 1
        self._onsets.append(now)
        self._notes.append((part, pitch, duration))
        self._sounding_end = max(self._sounding_end, end)
        code = 1 << CODE_BITS - 1 | part << 16 | pitch << 9 | duration
        self._run, self._matches = self._runs.follow(self._run << CODE_BITS | code, number)
        if self._followed:
            self._followed.add(now, part, pitch, duration, code)
        else:
            self._recent = [*self._recent[1 - WINDOW :], (end, pitch)]

    # -- before an event -------------------------------------------------------------

    def context(self, out: Ints) -> None:
        """Fill the columns that are known before the next event, and make all others 0."""
        longest, now = self._vocabulary.longest, self._now
        position = now - self._start
        times = self._times_after()
        times += self._times_in_place()
        out[:] = 0
        out[: self._slices["time_candidates"].stop] = [
            min(position, longest),
            min(position % self._beat, longest),
            min(self._end - now, longest) if self._bar >= 0 else 0,
            min(max(self._sounding_end - now, 0), longest),
            *self._numbers,
            self._pitch_column(self._notes[-1]) if self._notes else 0,
            *self._plans,
            *times,
        ]
        if self._followed:
            out[self._slices["state"]] = self._followed.state(now)
        if self._has_plan:
            rows = (self._by_step[now], self._by_bar[self._bar + 1])
            out[self._slices["plan"]] = np.concatenate(rows)

    def _closing_pitch(self, bar: int) -> int:
        """Pitch column of the last note of a bar that was closed."""
        note = self._first[bar + 1] - 1
        return self._pitch_column(self._notes[note]) if note >= self._first[bar] else 0

    def _pitch_column(self, note: tuple[int, int, int]) -> int:
        """Pitch column of a note; 0 of a drum."""
        part, pitch, _ = note
        return 0 if self._followed and self._followed.is_drum(part) else pitch + 1

    def _times_after(self) -> list[int]:
        """Return time columns: as far on as it went after the last equal runs."""
        onsets, now, found = self._onsets, self._now, []
        for match in self._matches:
            if match < 0 or self._bar < 0:
                found.append(0)
                continue
            target = onsets[-1] + onsets[match + 1] - onsets[match]
            found.append(self._time(target) if target >= now else 0)
        return found

    def _time(self, target: int) -> int:
        """Time column of what goes on at a step."""
        if target >= self._end:
            return self._vocabulary.bar + 1
        return min(target - self._now, self._vocabulary.skip) + 1

    def _places(self, time: int) -> list[tuple[int, int, int]]:
        """Return the places of a step in earlier bars: first note, step (-1: no such bar), note after the bar."""
        if time != self._placed_at:
            onsets = self._onsets
            self._placed_at = time
            self._placed = [
                (bisect_left(onsets, time + back, first, stop), time + back, stop)
                for back, first, stop in self._spots
            ]
        return self._placed

    def _already(self, time: int) -> int:
        """Return how many notes stand at a step already; in its place as many are passed over."""
        return self._standing if self._onsets and self._onsets[-1] == time else 0

    def _times_in_place(self) -> list[int]:
        """Return time columns: as far on as it went at the same places some bars back."""
        onsets, now, found = self._onsets, self._now, []
        already = self._already(now)
        for note, then, stop in self._places(now):
            if then < 0:
                found.append(0)
                continue
            last = min(note + already, stop)
            while note < last and onsets[note] == then:
                note += 1
            found.append(self._time(now + onsets[note] - then if note < stop else self._end))
        return found

    def form(self, out: Ints, form: int) -> None:
        """Fill what the form of the bar that opens says: the goal of the bar that it takes up."""
        lag = self._vocabulary.form_lag(form)
        source = self._bar + 1 - lag
        out[self._goal_source] = self._goal(source) if lag and source >= 0 else 0

    def _goal(self, source: int) -> int:
        """Pitch column of the goal of a bar that was opened."""
        stop = self._first[source + 1] if source < self._bar else len(self._notes)
        on_beat, beat = self._followed or self._pickup, self._beats[source]
        onset = found = -1
        # Backwards to the last onset that fits; its lowest note comes last.
        for note in range(stop - 1, self._first[source] - 1, -1):
            part, pitch, _ = self._notes[note]
            now = self._onsets[note]
            if found >= 0 and now < onset:
                break
            leads = part == self._bass or not self._followed
            if leads and (not on_beat or (now - self._starts[source]) % beat == 0):
                onset, found = now, pitch
        return _pitch_column(max(found, NO_GOAL))

    # -- once the time is known ------------------------------------------------------

    def time(self, out: Ints, advance: int) -> None:
        """Fill the columns of a note that begins so many steps on."""
        time, longest, slices = self._now + advance, self._vocabulary.longest, self._slices
        position = time - self._start
        if self._followed:
            sonority, out[slices["chord"]] = self._followed.chord(time)
        else:
            pitches = [pitch for end, pitch in self._recent if end > time]
            lowest, highest = (min(pitches) + 1, max(pitches) + 1) if pitches else (0, 0)
            sonority = len(pitches), lowest, highest
        sources = [match + 1 if match >= 0 else -1 for match in self._matches]
        already, onsets = self._already(time), self._onsets
        for first, then, stop in self._places(time):
            note = first + already
            sources.append(note if then >= 0 and note < stop and onsets[note] == then else -1)
        out[slices["onset"].start : slices["part_candidates"].stop] = [
            min(position, longest),
            min(position % self._beat, longest),
            min(max(self._end - time, 0), longest),
            *sonority,
            self._velocity,
            *self._looked_up(sources, PART),
        ]
        if self._has_plan:
            out[slices["at_plan"]] = self._by_step[time]
        if not self._followed:
            self._sources = sources
            out[slices["pitch_candidates"]] = self._looked_up(sources, PITCH)
            if self._has_plan:
                before = [source - 1 for source in sources]
                self._move(out, time, before, len(self._notes) - 1)

    def _looked_up(self, sources: Sequence[int], field: int) -> list[int]:
        """Return part or pitch of notes, plus 1; 0: none."""
        notes = self._notes
        return [notes[source][field - PART] + 1 if source >= 0 else 0 for source in sources]

    # -- once the part is known, and once the pitch is known -----------------------------

    def part(self, out: Ints, part: int, advance: int) -> None:
        """Fill the columns of the part of a note that begins so many steps on."""
        if not self._followed:
            return
        time = self._now + advance
        out[self._slices["voice"]] = self._followed.voice(part, time)
        struck = self._followed.struck(part, time)
        self._sources = self._followed.after(part)
        self._sources += self._own_in_place(time, part, struck)
        out[self._slices["pitch_candidates"]] = self._looked_up(self._sources, PITCH)
        if self._has_plan and not self._followed.is_drum(part):
            before = [self._followed.previous(source) for source in self._sources]
            self._move(out, time, before, self._followed.last(part))

    def _move(self, out: Ints, time: int, before: Sequence[int], last: int) -> None:
        """Fill the candidates that are moved; `before` are the notes before the sources, -1 for none."""
        sources = self._sources[len(SUFFIXES) :]
        pitch, earlier = (
            np.array([self._notes[n][1] if n >= 0 else -1 for n in numbers], dtype=np.int64)
            for numbers in (sources, before[len(SUFFIXES) :])
        )
        earlier[pitch < 0] = -1
        now = np.full(len(pitch), self._notes[last][1] if last >= 0 else -1, dtype=np.int64)
        then = self._by_step[[self._onsets[n] if n >= 0 else 0 for n in sources]]
        rows = (
            then.astype(np.int64),
            np.tile(self._by_step[time].astype(np.int64), (len(pitch), 1)),
        )
        found = moved_pitches(self._scale, pitch, earlier, now, *rows)
        out[self._slices["moved_candidates"]] = found.ravel()

    def _own_in_place(self, time: int, part: int, struck: int) -> list[int]:
        """Return the notes of a part, behind so many of its chord, at the same places some bars back, or -1."""
        onsets, notes, found = self._onsets, self._notes, []
        for note, then, stop in self._places(time):
            left, source = struck, -1
            while note < stop and onsets[note] == then:
                if notes[note][0] == part:
                    if not left:
                        source = note
                        break
                    left -= 1
                note += 1
            found.append(source)
        return found

    def pitch(self, out: Ints, part: int, pitch: int) -> None:
        """Fill the candidates for the duration of a note."""
        size, values = self._vocabulary.sizes[DURATION], []
        for source in self._sources:
            if source < 0:
                values.append(0)
                continue
            owner, same, duration = self._notes[source]
            values.append(duration + 1 + (owner == part and same == pitch) * size)
        out[self._slices["duration_candidates"]] = values


def _pitch_column(goal: int) -> int:
    return goal + 1 if goal != NO_GOAL else 0
