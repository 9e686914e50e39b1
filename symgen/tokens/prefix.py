"""The events of a piece so far, as those ask who hold or steer what is drawn next."""

from __future__ import annotations

from collections.abc import Sequence

from symgen.tokens.events import Header
from symgen.tokens.form import beat_lengths
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
        self.parts = Voices()
        # Step of the last event, the open bar (-1 before the first), and until when notes sound.
        self.now = 0
        self.bar = -1
        self.sounding_end = 0
        self.onsets: list[int] = []
        self.notes: list[tuple[int, int, int, int]] = []  # part, pitch, duration, velocity
        self._beats: list[int] = beat_lengths(header, vocabulary).tolist()
        # Of each bar that was opened: its form, the number of its first note.
        self._forms: list[int] = []
        self._first: list[int] = []

    def copy(self) -> Prefix:
        """Return the events so far, to go on from them more than once."""
        twin = Prefix.__new__(Prefix)
        twin.__dict__.update(self.__dict__)
        twin.parts = self.parts.copy()
        twin._forms, twin._first = self._forms.copy(), self._first.copy()
        twin.onsets, twin.notes = self.onsets.copy(), self.notes.copy()
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
        time = row[TIME]
        vocabulary = self.vocabulary
        if time == vocabulary.bar:
            self.bar += 1
            self.now = self.starts[self.bar]
            self._forms.append(row[FORM])
            self._first.append(len(self.notes))
        elif time < vocabulary.skip:
            self.now = now = self.now + time
            part, pitch = row[PART], row[PITCH]
            duration = min(row[DURATION], vocabulary.longest)
            self.onsets.append(now)
            self.notes.append((part, pitch, duration, row[VELOCITY]))
            self.parts.add(now, part, pitch, duration)
            self.sounding_end = max(self.sounding_end, now + duration)
        elif time == vocabulary.skip:
            self.now += vocabulary.longest
