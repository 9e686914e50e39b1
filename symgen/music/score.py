"""The score: notes, parts and the maps of tempo, meter and key, in whole ticks.

A score is frozen. Two scores are equal when they are the same music: the same notes, parts and
maps at the same musical times, whatever their resolution.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from math import gcd
from operator import attrgetter, index
from typing import Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from symgen.music.actions import ScoreActions, part_line
from symgen.music.changes import clean_map
from symgen.music.chord_symbols import ChordChange
from symgen.music.meter import COMMON_TIME, Bar, Meter, convert_ticks, lay_bars
from symgen.music.note_tables import (
    MAX_TICK,
    NOTE_RULE,
    NoteTable,
    Table,
    checked_table,
    clipped_table,
    join_tables,
    scaled_table,
    sorted_table,
)
from symgen.music.sources import Source
from symgen.system.errors import ControlError, FormatError
from symgen.system.text import one_line
from symgen.system.words import check_whole, of_kinds

__all__ = [
    "FASTEST",
    "SLOWEST",
    "KeyChange",
    "MeterChange",
    "Note",
    "Part",
    "Score",
    "TempoChange",
    "part_of_table",
]


FASTEST, SLOWEST = 6_000, 15_000_000
"""Tempos in microseconds per quarter note: 10,000 and 4 quarter notes a minute."""


@dataclass(frozen=True, slots=True, order=True)
class TempoChange:
    """A tempo from a tick on, in microseconds per quarter note (6,000..15,000,000)."""

    tick: int
    microseconds: int = 500_000

    def __post_init__(self) -> None:
        if self.tick < 0 or not FASTEST <= self.microseconds <= SLOWEST:
            raise FormatError(f"{self}: tick must be >= 0 and microseconds {FASTEST}..{SLOWEST}")

    @classmethod
    def of_bpm(cls, tick: int, bpm: float) -> TempoChange:
        """Make one from quarter notes per minute, to the nearest microsecond."""
        if not 60_000_000 / SLOWEST <= bpm <= 60_000_000 / FASTEST:
            raise FormatError(f"tempo {bpm}: must be 4..10000 quarters a minute")
        return cls(tick, round(60_000_000 / bpm))

    @property
    def bpm(self) -> float:
        """Quarter notes per minute."""
        return 60_000_000 / self.microseconds


@dataclass(frozen=True, slots=True, order=True)
class MeterChange:
    """A meter from a tick on; a bar line stands there."""

    tick: int
    meter: Meter = COMMON_TIME

    def __post_init__(self) -> None:
        if self.tick < 0:
            raise FormatError(f"{self}: tick must be >= 0")


@dataclass(frozen=True, slots=True, order=True)
class KeyChange:
    """A key signature from a tick on: -7 (flats) .. 7 (sharps), major or minor."""

    tick: int
    sharps: int = 0
    minor: bool = False

    def __post_init__(self) -> None:
        if self.tick < 0 or not -7 <= self.sharps <= 7:
            raise FormatError(f"{self}: tick must be >= 0 and sharps -7..7")


_MAPS = ("tempos", "meters", "keys")
_TIMED = (*_MAPS, "chords")
_USUAL = {"tempos": TempoChange(0), "meters": MeterChange(0), "keys": None, "chords": None}


@dataclass(frozen=True, slots=True, order=True)
class Note:
    """A note.

    Parameters
    ----------
    onset, duration : int
        Ticks; the onset is 0 or more, the duration at least 1.
    pitch, velocity : int
        MIDI numbers: pitch 0..127, velocity 1..127.

    Raises
    ------
    FormatError
        If a value is out of range.
    """

    onset: int
    pitch: int
    duration: int
    velocity: int = 80

    def __post_init__(self) -> None:
        try:
            in_time = self.onset >= 0 and self.duration >= 1
            in_time = in_time and self.onset + self.duration <= MAX_TICK
            is_legal = in_time and 0 <= self.pitch <= 127 and 1 <= self.velocity <= 127
            # whole numbers alone have bits
            _ = self.onset | self.duration | self.pitch | self.velocity
        except TypeError:  # no whole numbers
            is_legal = False
        if not is_legal:
            raise FormatError(f"{self}: {NOTE_RULE}")

    @property
    def end(self) -> int:
        """First tick after the note."""
        return self.onset + self.duration


# As notes compare, many times faster.
_ORDER = attrgetter("onset", "pitch", "duration", "velocity")
_PLAYER = attrgetter("program", "is_drum", "name")


@dataclass(frozen=True, slots=True)
class Part(NoteTable):
    """The notes of one instrument, sorted by onset, pitch, duration and velocity.

    Parameters
    ----------
    notes : iterable of Note
        Any order; stored sorted.
    program : int
        General MIDI program, 0..127.
    is_drum : bool
        Whether the pitches are drums (MIDI channel 10).
    name : str
        Of the player or track; stored as one line of printable text, may be empty.
    """

    notes: tuple[Note, ...] = ()
    program: int = 0
    is_drum: bool = False
    name: str = ""
    _kind: ClassVar = Note

    @of_kinds("Part: notes are Note objects, program is 0..127, name a text")
    def __post_init__(self) -> None:
        object.__setattr__(self, "notes", tuple(sorted(self.notes, key=_ORDER)))
        object.__setattr__(self, "name", one_line(self.name))
        if not 0 <= index(self.program) <= 127:
            raise FormatError(f"program {self.program}: must be 0..127")

    @staticmethod
    def from_array(
        notes: ArrayLike, program: int = 0, is_drum: bool = False, name: str = ""
    ) -> Part:
        """Make a part of an array, many times faster than of `Note` objects.

        Parameters
        ----------
        notes : array_like of int, shape (notes, 4)
            Rows ``(onset, duration, pitch, velocity)`` in any order, in the ranges of `Note`.
        program, is_drum, name : int, bool, str
            As of the class.

        Raises
        ------
        FormatError
            If the array has another shape or type, or a value is out of range.
        """
        return part_of_table(checked_table(notes), program, is_drum, name)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Part):
            return NotImplemented
        return _PLAYER(self) == _PLAYER(other) and np.array_equal(self._table, other._table)

    def __hash__(self) -> int:
        return hash((self.notes, *_PLAYER(self)))

    def __repr__(self) -> str:
        return part_line(self.name, self.program, self.is_drum, self.note_count)

    def with_notes(self, notes: Iterable[Note]) -> Part:
        """Return the part with other notes and the same instrument and name."""
        return Part(tuple(notes), self.program, self.is_drum, self.name)

    def _changed(self, change: Callable[..., Table], *ticks: int) -> Part:
        return part_of_table(change(self._table, *ticks), self.program, self.is_drum, self.name)


def part_of_table(
    table: Table, program: int, is_drum: bool, name: str, *, is_sorted: bool = False
) -> Part:
    """Make a part of notes that are known to be legal; see `symgen.music.note_tables`."""
    part = Part((), program, is_drum, name)
    object.__delattr__(part, "notes")
    object.__setattr__(part, "_table", table if is_sorted else sorted_table(table))
    return part


@dataclass(frozen=True, eq=False, repr=False)
class Score(ScoreActions):
    """A piece of music.

    Parameters
    ----------
    parts : iterable of Part
        Kept in order.
    resolution : int
        Ticks per quarter note, 1..32767.
    tempos, meters : iterable
        Sorted on construction; repeats of the value that holds already are dropped and 120 quarters a minute and 4/4
        stand at tick 0 where nothing else does.
    keys : iterable
        Key signatures; may be empty.
    length : int
        Ticks to the end of the file; at least to the end of the last note.
    title : str
        Stored as one line of printable text, may be empty.
    source : Source, optional
        The file that it was read from, into which `symgen.midi.weave` or
        `symgen.formats.musicxml.writing` writes it; no part of what makes scores equal. It goes along
        with `dataclasses.replace` unless parts are taken away; slices and other resolutions have
        none.
    chords : iterable of ChordChange
        Chord symbols, which ABC and MusicXML hold; like `source` no part of what makes scores equal.

    Notes
    -----
    A pickup (anacrusis) is a first meter that lasts exactly one bar and is shorter than the bar that follows, as
    notation programs write it. It is bar 0. A slice that begins with the only bar before a longer meter therefore
    begins with a pickup.
    """

    parts: tuple[Part, ...] = ()
    resolution: int = 480
    tempos: tuple[TempoChange, ...] = ()
    meters: tuple[MeterChange, ...] = ()
    keys: tuple[KeyChange, ...] = ()
    length: int = 0
    title: str = ""
    source: Source | None = None
    chords: tuple[ChordChange, ...] = ()

    @of_kinds(
        "Score: parts are Part objects; resolution and length are whole numbers; title a text"
    )
    def __post_init__(self) -> None:
        if not 1 <= index(self.resolution) <= 32767:
            raise FormatError(f"resolution {self.resolution}: must be 1..32767 ticks a quarter")
        put = object.__setattr__
        put(self, "parts", tuple(self.parts))
        if not all(isinstance(part, Part) for part in self.parts):
            raise TypeError
        for name, usual in _USUAL.items():
            put(self, name, clean_map(getattr(self, name), usual))
        if not 0 <= index(self.length) <= MAX_TICK:
            raise FormatError(f"length {self.length}: must be 0..{MAX_TICK} ticks")
        put(self, "length", max(self.length, self.music_end))
        if self.source is not None and len(self.source.places) > len(self.parts):
            # Which of its parts is gone cannot be told.
            put(self, "source", None)
        put(self, "title", one_line(self.title))

    @property
    def note_count(self) -> int:
        """Notes in all parts."""
        return sum(part.note_count for part in self.parts)

    @property
    def music_end(self) -> int:
        """First tick after the last sounding note."""
        return max((part.end for part in self.parts), default=0)

    @property
    def has_pickup(self) -> bool:
        """Whether the first bar is a pickup (see Notes of the class)."""
        if len(self.meters) < 2:
            return False
        # Files have no word for a pickup: notation programs write a short first bar and the meter
        # after it.
        first, second = self.meters[:2]
        try:
            length = first.meter.bar_ticks(self.resolution)
        except ControlError:  # a bar that is no whole number of ticks is no pickup
            return False
        return second.tick == length and first.meter.quarters < second.meter.quarters

    @cached_property
    def bars(self) -> tuple[Bar, ...]:
        """The bars that cover the file up to `length`, at least one if there is music.

        A meter change cuts the running bar short, as a bar line stands there.
        """
        starts = [(change.tick, change.meter) for change in self.meters]
        return lay_bars(starts, self.resolution, self.length, has_pickup=self.has_pickup)

    def note_array(self) -> NDArray[np.int64]:
        """All notes as rows ``(onset, duration, pitch, velocity, part)``.

        Returns
        -------
        ndarray of int64, shape (note_count, 5)
            Sorted by onset, part, pitch and duration.
        """
        return join_tables([part._table for part in self.parts])

    @of_kinds("seconds: tick is a number")
    def seconds(self, tick: int) -> float:
        """Time of a tick in seconds, through the tempo map."""
        time, last, tempo = 0.0, 0, self.tempos[0].microseconds
        for change in self.tempos:
            if change.tick >= tick:
                break
            time += (change.tick - last) * tempo
            last, tempo = change.tick, change.microseconds
        return (time + (tick - last) * tempo) / self.resolution / 1e6

    @of_kinds("with_parts: parts are Part objects, length is a whole number")
    def with_parts(self, parts: Sequence[Part], *, length: int | None = None) -> Score:
        """Return the score with other parts and the same maps."""
        return replace(self, parts=tuple(parts), length=self.length if length is None else length)

    def with_resolution(self, resolution: int) -> Score:
        """Return the score at another number of ticks a quarter, times to the nearest tick.

        Its source goes along if a tick becomes a whole number of ticks.
        """
        check_whole("resolution", resolution)
        if resolution == self.resolution:
            return self

        before = self.resolution

        def at(tick: int) -> int:
            return convert_ticks(tick, before, resolution)

        parts = [part._changed(scaled_table, before, resolution) for part in self.parts]
        maps: dict[str, Any] = {}
        for name in _TIMED:
            maps[name] = tuple(replace(c, tick=at(c.tick)) for c in getattr(self, name))
        source = None if self.source is None else self.source.scaled(resolution)
        return Score(
            tuple(parts),
            resolution,
            **maps,
            length=at(self.length),
            title=self.title,
            source=source,
        )

    def slice_ticks(self, start: int, end: int) -> Score:
        """Return the music whose onsets lie in ``[start, end)``, moved to time 0; notes are cut at `end`.

        Raises
        ------
        FormatError
            If `start` is negative or after `end`.
        """
        check_whole("start", start)
        check_whole("end", end)
        if not 0 <= start <= end:
            raise FormatError(f"ticks {start}..{end}: the start must be >= 0 and not after the end")

        maps: dict[str, Any] = {}
        alone = start == 0 and self.has_pickup and end == self.meters[1].tick
        for name in _TIMED:
            # A pickup alone keeps the meter after it, without which it would be no pickup.
            stop = end + 1 if alone and name == "meters" else end
            inside = [c for c in getattr(self, name) if start < c.tick < stop]
            before = [c for c in getattr(self, name) if c.tick <= start][-1:]
            maps[name] = tuple(replace(c, tick=max(0, c.tick - start)) for c in before + inside)
        parts = tuple(part._changed(clipped_table, start, end) for part in self.parts)
        return Score(parts, self.resolution, **maps, length=end - start, title=self.title)

    def slice_bars(self, first: int, last: int) -> Score:
        """Return bars `first` to `last`; see `bar_ticks`."""
        return self.slice_ticks(*self.bar_ticks(first, last))

    def bar_ticks(self, first: int, last: int) -> tuple[int, int]:
        """Return the ticks at which bar `first` begins and bar `last` ends (numbers as counted).

        Raises
        ------
        FormatError
            If the piece has no such bars.
        """
        check_whole("first", first)
        check_whole("last", last)
        chosen = [bar for bar in self.bars if first <= bar.number <= last]
        if not chosen or chosen[0].number != first or chosen[-1].number != last:
            have = f"{self.bars[0].number}-{self.bars[-1].number}" if self.bars else "none"
            raise FormatError(f"bars {first}-{last}: the piece has bars {have}")
        return chosen[0].start, chosen[-1].end

    def _canonical(self) -> tuple[Any, ...]:
        """Return what makes scores equal, in the largest unit of time that divides all times."""
        ticks = [c.tick for name in _MAPS for c in getattr(self, name)]
        ticks += [int(np.gcd.reduce(part._table[:2], axis=None)) for part in self.parts]
        unit = gcd(self.resolution, self.length, *ticks)
        scale = np.array([[unit], [unit], [1], [1]])
        parts = tuple(
            (part.program, part.is_drum, part.name, (part._table // scale).tobytes())
            for part in self.parts
        )
        maps = [
            tuple(replace(c, tick=c.tick // unit) for c in getattr(self, name)) for name in _MAPS
        ]
        return parts, self.resolution // unit, tuple(maps), self.length // unit, self.title

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Score):
            return NotImplemented
        return self._canonical() == other._canonical()

    def __hash__(self) -> int:
        return hash(self._canonical())
