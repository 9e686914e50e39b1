"""A score as a MIDI file: laid out anew, or woven into the file that it was read from.

We edit the source and leave the score pure: a score holds notes and maps, and keeps the file that it
was read from as it is. What the score does not know (controllers, bends, lyrics, the order of events
at one tick) so needs no place in it, and comes back event for event; only what differs is changed.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import cached_property
from itertools import chain
from typing import TypeAlias

import numpy as np

from symgen.midi.chords import chord_events, find_chords, says_chord
from symgen.midi.edits import Edits, Spans
from symgen.midi.event_tables import Event
from symgen.midi.events import (
    DRUM_CHANNEL,
    KEY,
    META,
    METER,
    NAME,
    NOTE_OFF,
    NOTE_ON,
    PRIVATE,
    PROGRAM,
    SYSEX,
    TEMPO,
    TICK,
    MidiFile,
    Track,
    TrackChannel,
)
from symgen.midi.keys import EventIndex
from symgen.midi.layout import (
    MELODIC_CHANNELS,
    key_event,
    lanes,
    lay_out,
    meter_event,
    name_event,
    note_events,
    part_tracks,
    program_event,
    tempo_event,
)
from symgen.midi.notes import MidiNote
from symgen.midi.parts import (
    LENGTH,
    MORE,
    PlayedPart,
    find_length,
    find_parts,
    find_title,
    title_track,
)
from symgen.music.changes import clean_map
from symgen.music.note_tables import sorted_table
from symgen.music.score import Note, Part, Score, TempoChange

__all__ = ["map_value", "weave"]

_Compared: TypeAlias = "tuple[list[MidiNote], list[MidiNote], list[Note]]"
"""Notes of a file that stay, that go, and notes that come."""


def weave(score: Score) -> MidiFile:
    """Return every event of the file that a score writes."""
    source = score.source
    if not isinstance(source, MidiFile) or source.timing[0] != score.resolution:
        return lay_out(score)
    weaver = _Weaver(score, source)
    made = weaver.woven()
    misread = weaver.misread(made)
    return _Weaver(score, source, misread).woven() if misread else made


class _Weaver:
    """A score and its source, and what differs."""

    def __init__(
        self, score: Score, source: MidiFile, anew: frozenset[TrackChannel] = frozenset()
    ) -> None:
        # `anew`: places of parts of which no note event stays.
        self._score, self._source, self._edits = score, source, Edits(source)
        self._anew, self._has_other_notes = anew, False

    def woven(self) -> MidiFile:
        """Collect what differs, and make the file."""
        source, score = self._source, self._score
        found, pairing = find_parts(source)
        played = {part.place: part for part in found}
        pairs = [
            (played[place], part) for place, part in zip(source.places, score.parts, strict=False)
        ]
        if any(old.is_drum != part.is_drum for old, part in pairs):
            # The parts stand in another order: what is on the channel of drums must stay drums.
            return lay_out(score)
        if pairing.hanging or not all(_is_same(old, part) for old, part in pairs):
            self._has_other_notes = True
            self._weave_notes(pairs)
        for old, part in pairs:
            self._weave_program(old, part)
        self._weave_names(pairs)
        places = [self._add_part(part) for part in score.parts[len(source.places) :]]
        division = self._weave_maps()
        self._weave_chords()
        made = self._edits.made()
        made = replace(made, division=division, places=(*source.places, *places))
        return _ended(made, score.length)

    def misread(self, made: MidiFile) -> frozenset[TrackChannel]:
        """Return the places of parts that are read from a file with other notes than the score has."""
        # Where a key is struck while it is down, notes that go may leave others with another end.
        if not self._has_other_notes:
            return frozenset()
        read = {part.place: part for part in find_parts(made)[0]}
        return frozenset(
            place
            for place, part in zip(self._source.places, self._score.parts, strict=False)
            if place in read and not _is_same(read[place], part)
        )

    # -- notes -----------------------------------------------------------------------

    def _weave_notes(self, pairs: Sequence[tuple[PlayedPart, Part]]) -> None:
        compared = [
            self._all_anew(old, part)
            if old.place in self._anew
            else _compare(old.notes, part.notes)
            for old, part in pairs
        ]
        # notes struck at once share a note off, which stays as long as one of them does
        used = {note.off for kept, _, _ in compared for note in kept}
        for (old, _), (kept, gone, fresh) in zip(pairs, compared, strict=True):
            for note in gone:
                self._edits.remove(note.on)
                if note.off is not None and note.off not in used:
                    self._edits.remove(note.off)
            self._end_kept(kept, gone, old.place[1])
            if fresh:
                self._put(fresh, kept, old)

    def _all_anew(self, old: PlayedPart, part: Part) -> _Compared:
        """Take out all that ends a note of a part, and return that all its notes go and come."""
        off = NOTE_OFF | old.place[1]
        for track in {old.place[0], *(note.on[0] for note in old.notes)}:
            for number, event in enumerate(self._source.tracks[track].events):
                is_silent_on = event[1] == NOTE_ON | old.place[1] and event[3] == 0
                if event[1] == off or is_silent_on:
                    self._edits.remove((track, number))
        return [], old.notes, list(part.notes)

    def _end_kept(self, kept: Sequence[MidiNote], gone: Sequence[MidiNote], channel: int) -> None:
        """Give a note off to notes that hang, or whose key is no longer struck again."""
        struck = {(note.on[0], note.pitch, note.onset) for note in gone}
        for note in kept:
            track = note.on[0]
            end = note.onset + note.duration
            is_cut = note.off is None and (track, note.pitch, end) in struck
            if note.hangs or is_cut:
                offs, _ = note_events([Note(*note[:4])], channel)
                self._edits.add(track, early=offs)

    def _put(self, fresh: list[Note], kept: Sequence[MidiNote], old: PlayedPart) -> None:
        """Put notes on the track of their part, and those that would cut others off into tracks of their own."""
        track, channel = old.place
        # A note off ends whatever sounds on its key, so of two notes that overlap on one key one
        # needs another track. A file of format 0 cannot have one: there the first note is cut.
        fitting, others = fresh, list[Note]()
        if self._source.format == 1:
            busy = {} if old.place in self._anew else self._busy(kept, old)
            first, *more = lanes(fresh)
            fitting = [note for note in first if not _overlaps(busy, note)]
            others = [note for note in first if _overlaps(busy, note)]
            others = sorted(chain(others, *more))
        offs, ons = note_events(fitting, channel)
        self._edits.add(track, early=offs, late=ons)
        for lane in lanes(others) if others else ():
            offs, ons = note_events(lane, channel)
            mark: Event = (0, META, PRIVATE, MORE + b":%d" % track)
            timed = sorted(offs + ons, key=TICK)
            self._edits.add_track(Track((mark, *timed), max(note.end for note in lane)))

    def _busy(self, kept: Sequence[MidiNote], old: PlayedPart) -> dict[int, Spans]:
        """Return by pitch when a key of the track is down, and when a note off stands there that ends nothing."""
        track, channel = old.place
        spans: dict[int, list[tuple[int, int]]] = defaultdict(list)
        for note in kept:
            if note.on[0] == track:
                spans[note.pitch].append((note.onset, note.onset + note.duration))
        known = {note.off for note in old.notes}
        events = self._source.tracks[track].events
        for number, (tick, status, pitch, velocity) in enumerate(events):
            is_silent_on = status == NOTE_ON | channel and velocity == 0
            is_off = is_silent_on or status == NOTE_OFF | channel
            if is_off and (track, number) not in known:
                spans[pitch].append((tick, tick))
        return {pitch: Spans(found) for pitch, found in spans.items()}

    # -- what parts and the piece are called -----------------------------------------

    def _weave_program(self, old: PlayedPart, part: Part) -> None:
        if part.program == old.program:
            return
        track, channel = old.place
        changes = [
            (n, event)
            for n, event in self._source.tracks[track].patches
            if event[1] == PROGRAM | channel
        ]
        for number, _ in changes:
            self._edits.remove((track, number))
        first = min((note.onset for note in old.notes), default=0)
        if changes and changes[0][1][0] <= first:
            number, event = changes[0]
            self._edits.replace((track, number), program_event(event[0], channel, part.program))
        else:
            self._edits.add(track, early=[program_event(0, channel, part.program)])

    def _weave_names(self, pairs: Sequence[tuple[PlayedPart, Part]]) -> None:
        """Name tracks that hold one part, and the piece where a track bears its name."""
        source, title = self._source, self._score.title
        shared = Counter(old.place[0] for old, _ in pairs)
        for old, part in pairs:
            track = old.place[0]
            if part.name != old.name and shared[track] == 1 and source.format == 1:
                self._rename(track, part.name)
        bearer = title_track(source)
        if bearer is not None and title != find_title(source):
            self._rename(bearer, title)

    def _rename(self, track: int, name: str) -> None:
        names = [(number, tick) for number, tick, _ in self._source.tracks[track].metas(NAME)]
        if not names:
            self._edits.add(track, early=[name_event(0, name)])
            return
        number, tick = names[0]
        if name:
            self._edits.replace((track, number), name_event(tick, name))
        else:
            self._edits.remove((track, number))

    def _add_part(self, part: Part) -> TrackChannel:
        """Give a part that the source does not have a track of its own, or a channel where there is one track only."""
        channel = DRUM_CHANNEL if part.is_drum else self._free_channel()
        self._taken.add(channel)
        first, *more = part_tracks(part, channel)
        if self._source.format == 1:
            place = self._edits.add_track(first), channel
            for track in more:
                self._edits.add_track(track)
            return place
        index = self._source.played[0]
        for track in (first, *more):
            offs = [event for event in track.events if event[1] & 0xF0 == NOTE_OFF]
            ons = [event for event in track.events if event[1] & 0xF0 == NOTE_ON]
            self._edits.add(index, early=offs, late=ons)
        self._edits.add(index, early=[program_event(0, channel, part.program)])
        return index, channel

    @cached_property
    def _taken(self) -> set[int]:
        """Channels that the source uses."""
        events = (event for track in self._source.tracks for event in track.events)
        return {status & 15 for _, status, _, _ in events if status < SYSEX}

    def _free_channel(self) -> int:
        free = [channel for channel in MELODIC_CHANNELS if channel not in self._taken]
        return free[0] if free else MELODIC_CHANNELS[-1]

    # -- maps ------------------------------------------------------------------------

    def _weave_maps(self) -> int:
        """Weave tempos, meters and keys, and return the division: film frames know no tempo of their own."""
        score, source = self._score, self._source
        # by default a file is in 4/4 at 120 quarters a minute, and has no key
        self._weave_map(METER, map(meter_event, score.meters), b"\x04\x02")
        self._weave_map(KEY, map(key_event, score.keys), b"")
        resolution, tempo = source.timing
        if tempo is not None and score.tempos == (TempoChange(0, tempo),):
            return source.division
        self._weave_map(TEMPO, map(tempo_event, score.tempos), b"\x07\xa1\x20")
        return resolution

    def _weave_chords(self) -> None:
        """Let the file say the chords of the score; one that it says again where it still holds stays."""
        written, chords = find_chords(self._source), self._score.chords
        if clean_map((each.chord for each in written), None) == chords:
            return
        fresh = {chord.tick: chord for chord in chords}
        ticks = list(fresh)
        track = written[-1].events[0][0] if written else next(iter(self._source.played), 0)
        for chord, events in written:
            place = bisect_right(ticks, chord.tick)
            if place and chords[place - 1].name == chord.name:
                fresh.pop(chord.tick, None)
                if not says_chord(self._source, events):
                    # Beside chord events texts alone would count as no chords any more.
                    self._edits.add(events[0][0], behind=chord_events(chord)[:1])
            else:
                for event in events:
                    self._edits.remove(event)
        for chord in fresh.values():
            self._edits.add(track, behind=chord_events(chord))

    def _weave_map(self, kind: int, wanted: Iterable[Event], default: bytes) -> None:
        """Let the file say what a map says: of events at one tick the last one counts."""
        groups: dict[int, list[tuple[EventIndex, bytes]]] = defaultdict(list)
        for index, number, tick, payload in self._source.metas(kind):
            value = map_value((tick, META, kind, payload))
            groups[tick].append(((index, number), value))
        changes = {event[0]: event for event in wanted}
        said = right = default  # what the file says by now, and what it is to say
        track = next(iter(self._source.played), 0)
        for tick in sorted(groups.keys() | changes.keys()):
            event = changes.get(tick)
            if event is not None:
                right = map_value(event)
            group = groups.get(tick, [])
            if group and group[-1][1] == right:
                (track, _), said = group[-1]
                continue
            for place, _ in group:
                self._edits.remove(place)
            if said != right and event is not None:
                self._edits.add(track, behind=[event])
                said = right


def map_value(event: Event) -> bytes:
    """Return what counts of an event of a map: clicks of a metronome are no meter."""
    payload = event[3]
    if not isinstance(payload, bytes):
        return b""
    return payload[:2] if event[2] == METER else payload


def _overlaps(busy: dict[int, Spans], note: Note) -> bool:
    return note.pitch in busy and busy[note.pitch].overlap(note.onset, note.end)


def _is_same(old: PlayedPart, part: Part) -> bool:
    """Tell whether a part has just the notes that it was read with."""
    return np.array_equal(sorted_table(old.table).T, part.note_array())


def _compare(played: Sequence[MidiNote], notes: Sequence[Note]) -> _Compared:
    """Return which notes of a file a part still has, which no longer, and which ones it has more."""
    wanted = Counter((note.onset, note.pitch, note.duration, note.velocity) for note in notes)
    kept: list[MidiNote] = []
    gone: list[MidiNote] = []
    for note in played:
        values = note[:4]
        if wanted[values] > 0:
            wanted[values] -= 1
            kept.append(note)
        else:
            gone.append(note)
    fresh = sorted(Note(*values) for values in wanted.elements())
    return kept, gone, fresh


def _ended(file: MidiFile, length: int) -> MidiFile:
    """Let a file end at a tick, or at its last event with a mark where the music ends."""
    played = file.played
    tracks = list(file.tracks)
    if not played or find_length(file) == length:
        return file
    for index in played:
        track = tracks[index]
        last = track.events[-1][0] if track.events else 0
        end = max(last, min(track.end, length))
        if index == played[0]:
            end = max(end, length)
        tracks[index] = replace(track, end=end)
    made = replace(file, tracks=tuple(tracks))
    if find_length(made) == length:
        return made
    return _marked(made, length)


def _marked(file: MidiFile, length: int) -> MidiFile:
    """Mark the end of the music; marks behind it go."""
    edits = Edits(file)
    for index, number, tick, payload in file.metas(PRIVATE):
        if payload == LENGTH and tick > length:
            edits.remove((index, number))
    edits.add(file.played[0], behind=[(length, META, PRIVATE, LENGTH)])
    return edits.made()
