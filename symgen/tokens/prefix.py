"""The features of `symgen.tokens.features` step by step, for sampling: a few look-ups a note."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from copy import copy

from symgen.tokens.events import Header
from symgen.tokens.form import NO_GOAL, beat_lengths
from symgen.tokens.layout import FORM_LAGS, MAX_BARS_LEFT, PLACES, SUFFIXES, WINDOW
from symgen.tokens.vocabulary import DURATION, FORM, PART, PITCH, TIME, VELOCITY, Vocabulary
from symgen.tokens.voices import Voices

__all__ = ["Prefix"]


class Prefix:
    """The events of a piece so far; the header holds all its bars, those to come included."""

    def __init__(
        self, header: Header, vocabulary: Vocabulary, *, voices: int = 0, hide_end: bool = False
    ) -> None:
        self.vocabulary = vocabulary
        # Parts that are followed one by one, 0 for melodies; whether the network is told the end.
        self.voices, self.hides_end = voices, hide_end
        self.part_count = len(header.programs)
        self.starts: list[int] = header.bar_starts.tolist()
        self.parts = Voices(header, voices, vocabulary.longest)
        # Step of the last event, the open bar (-1 before the first), and until when notes sound.
        self.now = 0
        self.bar = -1
        self.sounding_end = 0
        self.onsets: list[int] = []
        self.notes: list[tuple[int, int, int, int]] = []  # part, pitch, duration, velocity
        self._pickup = int(header.pickup)
        self._bass = self.part_count - 1
        self._beats: list[int] = beat_lengths(header, vocabulary).tolist()
        # Of each bar that was opened: its form, its goal, the number of its first note.
        self._forms: list[int] = []
        self._goals: list[int] = []
        self._first: list[int] = []
        # Number of the note after each run of notes, and those after the runs that end here.
        self._grams: dict[tuple[tuple[int, int, int], ...], int] = {}
        self._matches = [-1] * len(SUFFIXES)

    def copy(self) -> Prefix:
        """Return the events so far, to go on from them more than once."""
        twin = copy(self)
        twin.parts = self.parts.copy()
        for name in ("_forms", "_goals", "_first", "onsets", "notes", "_grams", "_matches"):
            setattr(twin, name, getattr(self, name).copy())
        return twin

    @property
    def bars(self) -> int:
        """Bars of the whole piece."""
        return len(self.starts) - 1

    @property
    def bars_left(self) -> int:
        """Bars that are still to be opened."""
        return self.bars - self.bar - 1

    def bar_start_note(self, bar: int) -> int:
        """Return the number of the first note of a bar that was opened, or of notes before the next one."""
        return self._first[bar] if bar < len(self._first) else len(self.notes)

    def form(self, bar: int) -> int:
        """Form class of a bar that was opened."""
        return self._forms[bar]

    def beat(self, bar: int) -> int:
        """Length of a beat of a bar in steps."""
        return self._beats[bar]

    @property
    def bar_notes(self) -> int:
        """How many notes began in the open bar."""
        return len(self.notes) - self._first[self.bar] if self.bar >= 0 else 0

    @property
    def closes(self) -> bool:
        """Whether the bar that opens next is the last one, and the network is told so."""
        return self.bars_left == 1 and not self.hides_end

    @property
    def bar_end(self) -> int:
        """Step of the next bar line."""
        return self.starts[max(self.bar, 0) + 1]

    @property
    def last_pitch(self) -> int:
        """Pitch of the last note, -1 before the first."""
        return self.notes[-1][1] if self.notes else -1

    def push(self, row: Sequence[int]) -> None:
        """Add an event."""
        time = int(row[TIME])
        if time == self.vocabulary.bar:
            self.bar += 1
            self.now = self.starts[self.bar]
            self._forms.append(int(row[FORM]))
            self._goals.append(int(row[PITCH]))
            self._first.append(len(self.notes))
        elif time < self.vocabulary.skip:
            self.now += time
            part, pitch = int(row[PART]), int(row[PITCH])
            self._add_note(part, pitch, int(row[DURATION]), int(row[VELOCITY]))
        elif time == self.vocabulary.skip:
            self.now += self.vocabulary.longest

    def _add_note(self, part: int, pitch: int, duration: int, velocity: int) -> None:
        duration = min(duration, self.vocabulary.longest)
        self.onsets.append(self.now)
        self.notes.append((part, pitch, duration, velocity))
        self.parts.add(self.now, part, pitch, duration)
        self.sounding_end = max(self.sounding_end, self.now + duration)
        for i, n in enumerate(SUFFIXES):
            self._matches[i] = -1
            if len(self.notes) >= n:
                gram = tuple((p, q, d) for p, q, d, _ in self.notes[-n:])
                self._matches[i] = self._grams.get(gram, -1)
                self._grams[gram] = len(self.notes)

    # -- before an event -------------------------------------------------------------

    def context(self) -> list[int]:
        """Return the context columns and the candidates for the time, in the order of the layout."""
        longest = self.vocabulary.longest
        bar = max(self.bar, 0)
        opened = self.bar >= 0
        position = self.now - self.starts[bar]
        number = self.bar - self._pickup
        values = [
            min(position, longest),
            min(position % self._beats[bar], longest) if bar < len(self._beats) else 0,
            min(self.bar_end - self.now, longest) if opened else 0,
            min(max(self.sounding_end - self.now, 0), longest),
            number % 8 if number >= 0 else 8,
            min(number // 8, 7) if number >= 0 else 8,
            0 if self.hides_end else min(self.bars_left, MAX_BARS_LEFT) + 1,
            self.last_pitch + 1,
            self._forms[bar] + 1 if opened else 0,
        ]
        for lag in FORM_LAGS:
            index = self.bar + 1 - lag
            values.append(self._forms[index] + 1 if opened and index >= 0 else 0)
        values += [self._closing_pitch(self.bar + 1 - lag) for lag in FORM_LAGS]
        goal = self._goals[bar] if opened else NO_GOAL
        values += [goal + 1 if goal != NO_GOAL else 0, 0]
        values += [self._time_after(source) for source in self._matches]
        return values + [self._time_in_place(lag) for lag in self._lags()]

    def _closing_pitch(self, bar: int) -> int:
        """Pitch column of the last note of an earlier bar."""
        if self.bar < 0 or bar < 0:
            return 0
        note = self._first[bar + 1] - 1
        return self.notes[note][1] + 1 if note >= self._first[bar] else 0

    def goal_source(self, form: int) -> int:
        """Pitch column of the goal of the bar that a form of the next bar takes up."""
        lag = self.vocabulary.form_lag(form)
        source = self.bar + 1 - lag
        if not lag or source < 0:
            return 0
        stop = self._first[source + 1] if source < self.bar else len(self.notes)
        on_beat, beat = self.voices or self._pickup, self._beats[source]
        onset = found = -1
        # Backwards to the last onset that fits; its lowest note comes last.
        for note in range(stop - 1, self._first[source] - 1, -1):
            part, pitch, *_ = self.notes[note]
            now = self.onsets[note]
            if found >= 0 and now < onset:
                break
            leads = part == self._bass or not self.voices
            if leads and (not on_beat or (now - self.starts[source]) % beat == 0):
                onset, found = now, pitch
        return found + 1

    def _lags(self) -> list[int]:
        form = self._forms[self.bar] if self.bar >= 0 else 0
        return [*PLACES, self.vocabulary.form_lag(form)]

    def _time_after(self, source: int) -> int:
        if source < 0 or self.bar < 0:
            return 0
        target = self.onsets[-1] + self.onsets[source] - self.onsets[source - 1]
        if target < self.now:
            return 0
        if target >= self.bar_end:
            return self.vocabulary.bar + 1
        return min(target - self.now, self.vocabulary.skip) + 1

    def _time_in_place(self, lag: int) -> int:
        source = self.bar - lag
        if lag <= 0 or source < 0 or self.bar < 0:
            return 0
        then = self.starts[source] + self.now - self.starts[self.bar]
        stop = self._first[source + 1]
        # Of notes that stand at this step already, as many are passed over there.
        already = len(self.onsets) - bisect_left(self.onsets, self.now)
        note = bisect_left(self.onsets, then)
        last = note + already
        while note < min(last, len(self.onsets)) and self.onsets[note] == then:
            note += 1
        if note >= stop:
            return self.vocabulary.bar + 1
        advance = self.onsets[note] - then
        if self.now + advance >= self.bar_end:
            return self.vocabulary.bar + 1
        return min(advance, self.vocabulary.skip) + 1

    # -- once the time is known ------------------------------------------------------

    def at(self, advance: int) -> tuple[list[int], list[int]]:
        """Return the onset columns, and per slot the note that is a candidate for the part, or -1."""
        time, longest = self.now + advance, self.vocabulary.longest
        bar = max(self.bar, 0)
        position = time - self.starts[bar]
        recent = range(max(0, len(self.notes) - WINDOW), len(self.notes))
        ends = ((i, self.onsets[i] + self.notes[i][2]) for i in recent)
        sounding = [self.notes[i][1] for i, end in ends if end > time]
        onset = [
            min(position, longest),
            min(position % self._beats[bar], longest),
            min(max(self.bar_end - time, 0), longest),
            len(sounding),
            min(sounding) + 1 if sounding else 0,
            max(sounding) + 1 if sounding else 0,
            self.notes[-1][3] + 1 if self.notes else 0,
        ]
        if self.voices:
            onset[3:6] = self.parts.chord(time)[0]
        in_place = [self._source_in_place(lag, time) for lag in self._lags()]
        return onset, [*self._matches, *in_place]

    def sources(self, advance: int, part: int) -> list[int]:
        """Return the notes of a part that are candidates for its pitch and duration, or -1, per slot."""
        bar = max(self.bar, 0)
        return self.parts.sources(part, self.now + advance, self._lags(), self.starts, bar)

    def _source_in_place(self, lag: int, time: int) -> int:
        source = self.bar - lag
        if lag <= 0 or source < 0 or self.bar < 0:
            return -1
        then = self.starts[source] + time - self.starts[self.bar]
        already = len(self.onsets) - bisect_left(self.onsets, time)
        note = bisect_left(self.onsets, then) + already
        inside = note < self._first[source + 1] and self.onsets[note] == then
        return note if inside else -1

    # -- once the pitch is known -----------------------------------------------------

    def lengths(self, sources: Sequence[int], part: int, pitch: int) -> list[int]:
        """Return the candidates for the duration, in the order of the layout."""
        size = self.vocabulary.sizes[DURATION]
        values = []
        for source in sources:
            if source < 0:
                values.append(0)
                continue
            same = self.notes[source][:2] == (part, pitch)
            values.append(self.notes[source][2] + 1 + same * size)
        return values
