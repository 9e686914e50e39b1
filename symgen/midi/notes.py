"""Which note off ends which note on.

A key is struck and let go. What ends a note is, whichever comes first:

* a note off of its track, channel and pitch. If several notes sound on the key, it ends the oldest as long as there
  is one note off for each of them before the key is struck again (two voices that share a key); if there are fewer,
  what is older ends where the key was struck again, and the note off ends the last one. Notes on at one tick are one;
* "all sound off", "all notes off" and the four mode messages that mean it too (controllers 120 and 123..127), in
  any track of the channel;
* a note off of the channel and pitch in another track, where its own track has none.

A note that nothing ends lasts to the end of its track, at most four quarters: what hangs is no music.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import NamedTuple, overload

import numpy as np
from numpy.typing import NDArray

from symgen.midi.events import (
    CONTROLLER,
    KEY_PRESSURE,
    NOTE_ON,
    MidiFile,
    TrackChannel,
    longest_hanging,
)
from symgen.midi.keys import EventIndex, KeyEvent, TrackKey, count_odd, read_keys
from symgen.music.note_tables import Table

__all__ = ["SILENCING", "MidiNote", "Pairing", "PlayedNotes", "pair_notes"]

SILENCING = frozenset((120, 123, 124, 125, 126, 127))

Flags = NDArray[np.bool_]
Ints = NDArray[np.int64]


class MidiNote(NamedTuple):
    """A note of a file, in ticks, with the events that begin and end it."""

    onset: int
    pitch: int
    duration: int
    velocity: int
    on: EventIndex
    # None where something else than a note off ends it; notes struck at once share one
    off: EventIndex | None
    # nothing ends it
    hangs: bool


class _Columns(NamedTuple):
    """Notes of a file, key by key; the last axis is the note."""

    # track, channel and pitch as one number
    code: Ints
    table: Table
    # track and number of the events that begin and end the notes; -1: no note off does
    ons: Ints
    offs: Ints
    hangs: Flags

    def some(self, which: slice | Ints) -> _Columns:
        """Return some of the notes."""
        ons, offs = self.ons[:, which], self.offs[:, which]
        return _Columns(self.code[which], self.table[:, which], ons, offs, self.hangs[which])


@dataclass(frozen=True, eq=False)
class PlayedNotes(Sequence[MidiNote]):
    """What a channel of a track plays; the notes are made when they are asked for."""

    # rows of onset, duration, pitch and velocity
    table: Table
    place: TrackChannel
    # of the whole file
    pairs: _Pairs
    # as a part sorts its notes
    is_sorted: bool = False

    @cached_property
    def _notes(self) -> list[MidiNote]:
        columns = self.pairs.by_place[self.place]
        order = np.argsort(self._ranks()[columns.table[2]], kind="stable")
        _, table, ons, offs, hangs = columns.some(order)
        onset, duration, pitch, velocity = table.tolist()
        starts = zip(*ons.tolist(), strict=True)
        stops = zip(*offs.tolist(), strict=True)
        ends = (stop if stop[1] >= 0 else None for stop in stops)
        rows = zip(onset, pitch, duration, velocity, starts, ends, hangs.tolist(), strict=True)
        return list(map(MidiNote._make, rows))

    def _ranks(self) -> Ints:
        """Return of each pitch in which order the track first speaks of it."""
        index, channel = self.place
        events = self.pairs.file.tracks[index].table
        is_mine = (events.status < KEY_PRESSURE) & (events.status & 15 == channel)
        mine = events.first[is_mine]
        ranks = np.zeros(1 << _PITCH_BITS, dtype=np.int64)
        ranks[mine[::-1]] = np.arange(len(mine))[::-1]
        return ranks

    def __len__(self) -> int:
        return len(self.table[0])

    @overload
    def __getitem__(self, index: int) -> MidiNote: ...
    @overload
    def __getitem__(self, index: slice) -> list[MidiNote]: ...
    def __getitem__(self, index: int | slice) -> MidiNote | list[MidiNote]:
        return self._notes[index]

    def __iter__(self) -> Iterator[MidiNote]:
        return iter(self._notes)


class Pairing(NamedTuple):
    """The notes of each track and channel, and how many were odd."""

    notes: dict[TrackChannel, PlayedNotes]
    # never end, and how many of these are cut at four quarters
    hanging: int = 0
    cut: int = 0
    # end as their key is struck again
    restruck: int = 0
    # are struck while another one begins on their key
    doubled: int = 0
    # end as they begin, and are given one tick
    empty: int = 0


_CHANNEL_BITS, _PITCH_BITS = 4, 7
_KEY_BITS = _CHANNEL_BITS + _PITCH_BITS
_PITCHES = (1 << _PITCH_BITS) - 1
_NEVER = 2**62
_SHORT = 1 << 16 - _KEY_BITS
"""Tracks whose keys are numbers of 16 bits, which numpy sorts by their digits."""


def pair_notes(file: MidiFile) -> Pairing:
    """Find the notes of the tracks that are played."""
    pairs, longest = _Pairs(file), longest_hanging(file.division)
    found: dict[TrackChannel, PlayedNotes] = {}
    straying: set[int] = set()
    waiting: set[int] = set()
    hanging = cut = restruck = doubled = empty = 0
    for index in file.played:
        plain = file.tracks[index].plain_notes(longest)
        if plain is None:
            break
        for channel, table in plain.tables.items():
            place = index, channel
            found[place] = PlayedNotes(table, place, pairs, is_sorted=True)
        hanging, cut = hanging + plain.hanging, cut + plain.cut
        restruck, doubled = restruck + plain.restruck, doubled + plain.doubled
        empty += plain.empty
        if plain.strays:
            straying.add(index)
        if plain.restruck or plain.hanging:
            waiting.add(index)
    else:
        # a note off of one track may end a note of another that hangs, or is struck again
        if not straying or not waiting or len(straying | waiting) == 1:
            return Pairing(found, hanging, cut, restruck, doubled, empty)
    found = {
        place: PlayedNotes(columns.table, place, pairs) for place, columns in pairs.by_place.items()
    }
    return Pairing(found, **pairs.counts)


class _Pairs:
    """The notes of a file with the events that begin and end them."""

    def __init__(self, file: MidiFile) -> None:
        self.file = file
        self.counts: Counter[str] = Counter()

    @cached_property
    def by_place(self) -> dict[TrackChannel, _Columns]:
        """The notes of each track and channel; what is odd is counted on the way."""
        # Most keys are struck and let go in turn, in one track, and are read all at once. The others
        # have events that do not say by themselves what they mean.
        if not self.file.played:
            return {}
        events = _KeyEvents(self.file)
        odd = events.odd_keys()
        notes, self.counts = events.plain_notes(odd)
        if odd.any():
            longest = longest_hanging(self.file.division)
            others, counts = events.odd_notes(odd, self.file, longest)
            self.counts += counts
            both = (np.concatenate(pair, axis=-1) for pair in zip(notes, others, strict=True))
            notes = _Columns(*both)
            notes = notes.some(np.argsort(notes.code, kind="stable"))
        code, onset = notes.code, notes.table[0]
        doubled = (code[1:] == code[:-1]) & (onset[1:] == onset[:-1])
        self.counts.update(doubled=int(np.count_nonzero(doubled)))
        return events.by_place(notes)


class _KeyEvents:
    """The events of all tracks that are played in a row, and those of keys, key by key."""

    def __init__(self, file: MidiFile) -> None:
        self.played = file.played
        self.tables = [file.tracks[index].table for index in self.played]
        columns = [table.columns for table in self.tables]
        if len(columns) == 1:
            self.ticks, status, first, second = columns[0]
        else:
            self.ticks, status, first, second = map(np.concatenate, zip(*columns, strict=True))
        sizes = [len(table) for table in self.tables]
        self.starts = np.concatenate([[0], np.cumsum(sizes)])
        self.track = np.repeat(np.arange(len(sizes)), sizes)
        places = self.track << _CHANNEL_BITS | status & 15
        at = np.flatnonzero(status < KEY_PRESSURE)
        code = places[at] << _PITCH_BITS | first[at]
        short = code.astype(np.uint16) if len(sizes) <= _SHORT else code
        order = np.argsort(short, kind="stable")
        self.at, self.code = at[order], code[order]
        self.velocity = np.where(status[self.at] >= NOTE_ON, second[self.at], 0).astype(np.int64)
        commands = np.flatnonzero((status & 0xF0 == CONTROLLER) & (first >= min(SILENCING)))
        self.silences = commands[[value in SILENCING for value in first[commands].tolist()]]
        self.places = places[self.silences]

    def odd_keys(self) -> Flags:
        """Return of each key whether it must be read by itself."""
        code, is_down = self.code, self.velocity > 0
        odd = np.zeros(len(self.tables) << _KEY_BITS, dtype=np.bool_)
        if not len(code):
            return odd
        is_edge = code[1:] != code[:-1]
        is_same = is_down[1:] == is_down[:-1]
        odd[code[1:][is_same & ~is_edge]] = True
        # a key begins with a note on, and ends with a note off
        odd[code[1:][is_edge & ~is_down[1:]]] = True
        odd[code[:-1][is_edge & is_down[:-1]]] = True
        odd[code[0]] |= not is_down[0]
        odd[code[-1]] |= is_down[-1]
        if len(self.silences):
            on, off = self._pairs(odd)
            # whatever the channel: a command that has nothing to do with a key costs time only
            silent = np.sort(self.ticks[self.silences])
            begins, ends = self.ticks[self.at[on]], self.ticks[self.at[off]]
            place = np.searchsorted(silent, begins)
            odd[code[on][np.append(silent, _NEVER)[place] <= ends]] = True
        return odd

    def _pairs(self, odd: Flags) -> tuple[Ints, Ints]:
        """Return the events that begin and end the notes of all other keys."""
        plain = np.flatnonzero(~odd[self.code])
        return plain[::2], plain[1::2]

    def plain_notes(self, odd: Flags) -> tuple[_Columns, Counter[str]]:
        """Return the notes of all keys but the odd ones, and count what there is to tell of them."""
        on, off = self._pairs(odd)
        code, velocity = self.code[on], self.velocity[on]
        begin, end = self.at[on], self.at[off]
        onset = self.ticks[begin]
        length = self.ticks[end] - onset
        empty = length == 0
        table = np.empty((4, len(on)), dtype=np.int64)
        table[0], table[1], table[2], table[3] = onset, length + empty, code & _PITCHES, velocity
        hangs = np.zeros(len(on), dtype=np.bool_)
        columns = _Columns(code, table, self._indices(begin), self._indices(end), hangs)
        return columns, Counter(empty=int(np.count_nonzero(empty)))

    def _indices(self, at: Ints) -> Ints:
        """Return track and number of events."""
        found = np.empty((2, len(at)), dtype=np.int64)
        track = self.track[at]
        found[0], found[1] = np.array(self.played)[track], at - self.starts[track]
        return found

    def odd_notes(self, odd: Flags, file: MidiFile, longest: int) -> tuple[_Columns, Counter[str]]:
        """Return the notes of the odd keys, as above."""
        chosen = np.flatnonzero(odd[self.code])
        keys: dict[TrackKey, list[KeyEvent]] = defaultdict(list)
        track, number = self._indices(self.at[chosen])
        columns = (
            self.code[chosen],
            track,
            self.ticks[self.at[chosen]],
            number,
            self.velocity[chosen],
        )
        for code, index, *event in zip(*(column.tolist() for column in columns), strict=True):
            tick, place, velocity = event
            keys[index, code >> _PITCH_BITS & 15, code & _PITCHES].append((tick, place, velocity))
        codes = dict.fromkeys(columns[0].tolist())
        counts, rows = Counter[str](), list[tuple[int, ...]]()
        opened = read_keys(file, keys, self._silences(), longest)
        for code, ((index, _, pitch), notes) in zip(codes, opened.items(), strict=True):
            end = file.tracks[index].end
            counts.update(count_odd(notes, end - longest))
            for note in notes:
                hangs = note.end is None
                stop = min(end, note.onset + longest) if note.end is None else note.end
                table = note.onset, max(1, stop - note.onset), pitch, note.velocity
                rows.append((code, *table, *note.on, *(note.off or (-1, -1)), hangs))
        found = np.array(rows, dtype=np.int64).reshape(-1, 10).T
        made = _Columns(found[0], found[1:5], found[5:7], found[7:9], found[9].astype(np.bool_))
        return made, counts

    def _silences(self) -> dict[TrackChannel, list[tuple[int, int]]]:
        """Return number and tick of the commands that end all notes of a channel."""
        found: dict[TrackChannel, list[tuple[int, int]]] = defaultdict(list)
        index, number = self._indices(self.silences).tolist()
        ticks = self.ticks[self.silences].tolist()
        channels = (self.places & 15).tolist()
        for track, channel, *command in zip(index, channels, number, ticks, strict=True):
            found[track, channel].append((command[0], command[1]))
        return found

    def by_place(self, notes: _Columns) -> dict[TrackChannel, _Columns]:
        """Return the notes of each track and channel."""
        place = notes.code >> _PITCH_BITS
        bounds = np.flatnonzero(np.diff(place, prepend=-1, append=-1)).tolist()
        found = {}
        for start, stop in pairwise(bounds):
            track, channel = divmod(int(place[start]), 1 << _CHANNEL_BITS)
            found[self.played[track], channel] = notes.some(slice(start, stop))
        return found
