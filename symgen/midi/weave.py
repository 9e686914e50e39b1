"""A score as a MIDI file: laid out anew, or woven into the file that it was read from."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import cached_property
from heapq import heappush, heapreplace

from symgen.midi.edits import Edits, Spans
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
    Event,
    MidiFile,
    Track,
    TrackChannel,
)
from symgen.midi.notes import EventIndex, MidiNote
from symgen.midi.parts import (
    EMPTY,
    LENGTH,
    MORE,
    PlayedPart,
    find_length,
    find_parts,
    find_title,
    title_track,
)
from symgen.music.score import KeyChange, MeterChange, Note, Part, Score, TempoChange

__all__ = [
    "MELODIC_CHANNELS",
    "key_event",
    "lanes",
    "lay_out",
    "map_value",
    "meter_event",
    "name_event",
    "note_events",
    "part_tracks",
    "tempo_event",
    "weave",
]

# -- a file of its own -----------------------------------------------------------------

MELODIC_CHANNELS: tuple[int, ...] = (*range(DRUM_CHANNEL), *range(DRUM_CHANNEL + 1, 16))
_OFF_VELOCITY = 64


def lay_out(score: Score) -> MidiFile:
    """Write a score as a file of format 1; parts share channels when there are more than 15."""
    tracks, places = [_conductor(score)], []
    melodic = 0
    for part in score.parts:
        channel = (
            DRUM_CHANNEL if part.is_drum else MELODIC_CHANNELS[melodic % len(MELODIC_CHANNELS)]
        )
        melodic += not part.is_drum
        places.append((len(tracks), channel))
        tracks += part_tracks(part, channel)
    return MidiFile(1, score.resolution, tuple(tracks), tuple(places))


def name_event(tick: int, name: str) -> Event:
    """Name a track."""
    return tick, META, NAME, name.encode("utf-8", "replace")


def tempo_event(change: TempoChange) -> Event:
    """Write a tempo."""
    return change.tick, META, TEMPO, change.microseconds.to_bytes(3, "big")


def meter_event(change: MeterChange) -> Event:
    """Write a meter, with a click on each felt beat."""
    meter = change.meter
    clicks = max(1, min(255, int(24 * meter.beat_quarters)))
    return (
        change.tick,
        META,
        METER,
        bytes((meter.numerator, meter.denominator.bit_length() - 1, clicks, 8)),
    )


def key_event(change: KeyChange) -> Event:
    """Write a key signature."""
    return change.tick, META, KEY, bytes((change.sharps & 0xFF, change.minor))


def note_events(notes: Iterable[Note], channel: int) -> tuple[list[Event], list[Event]]:
    """Return the note offs and the note ons of notes."""
    offs: list[Event] = [
        (note.end, NOTE_OFF | channel, note.pitch, _OFF_VELOCITY) for note in notes
    ]
    return offs, [(note.onset, NOTE_ON | channel, note.pitch, note.velocity) for note in notes]


def _conductor(score: Score) -> Track:
    end = max(
        score.length,
        score.tempos[-1].tick,
        score.meters[-1].tick,
        *(key.tick for key in score.keys),
    )
    events = [name_event(0, score.title)] if score.title else []
    events += map(meter_event, score.meters)
    events += map(key_event, score.keys)
    events += map(tempo_event, score.tempos)
    if score.length < end:
        events.append((score.length, META, PRIVATE, LENGTH))
    return Track(tuple(sorted(events, key=lambda event: event[0])), end)


def part_tracks(part: Part, channel: int) -> list[Track]:
    """Return one track, and more for notes that overlap others on their key."""
    tracks = []
    for number, notes in enumerate(lanes(part.notes)):
        head: list[Event] = [name_event(0, part.name)] if part.name else []
        if number:
            head = [(0, META, PRIVATE, MORE)]
        elif not notes:
            head.append((0, META, PRIVATE, EMPTY))
        head.append((0, PROGRAM | channel, part.program, part.program))
        offs, ons = note_events(notes, channel)
        # at one tick the notes that end come first, so that a repeated note starts anew
        timed = sorted(offs + ons, key=lambda event: event[0])
        tracks.append(Track((*head, *timed), max((note.end for note in notes), default=0)))
    return tracks


def lanes(notes: Iterable[Note]) -> list[list[Note]]:
    """Spread notes over lanes in each of which no two notes of a pitch sound at once."""
    found: list[list[Note]] = [[]]
    ends: dict[int, list[tuple[int, int]]] = defaultdict(
        list
    )  # by pitch a heap of the last end in each lane
    for note in notes:
        last = ends[note.pitch]
        if last and last[0][0] <= note.onset:
            lane = last[0][1]
            heapreplace(last, (note.end, lane))
        else:
            lane = len(last)
            heappush(last, (note.end, lane))
        if lane == len(found):
            found.append([])
        found[lane].append(note)
    return found


# -- the file that it was read from ----------------------------------------------------


def weave(score: Score) -> MidiFile:
    """Return every event of the file that a score writes."""
    source = score.source
    if not isinstance(source, MidiFile) or source.timing[0] != score.resolution:
        return lay_out(score)
    return _Weaver(score, source).woven()


class _Weaver:
    """A score and its source, and what differs."""

    def __init__(self, score: Score, source: MidiFile) -> None:
        self._score, self._source, self._edits = score, source, Edits(source)

    def woven(self) -> MidiFile:
        """Collect what differs, and make the file."""
        source, score = self._source, self._score
        there = {part.place: part for part in find_parts(source)[0]}
        pairs = [
            (there[place], part) for place, part in zip(source.places, score.parts, strict=False)
        ]
        self._weave_notes(pairs)
        for old, part in pairs:
            self._weave_program(old, part)
        self._weave_names(pairs)
        places = [self._add_part(part) for part in score.parts[len(source.places) :]]
        division = self._weave_maps()
        made = replace(self._edits.made(), division=division, places=(*source.places, *places))
        return _ended(made, score.length)

    # -- notes -----------------------------------------------------------------------

    def _weave_notes(self, pairs: Sequence[tuple[PlayedPart, Part]]) -> None:
        compared = [_compare(old.strokes, part.notes) for old, part in pairs]
        used = {stroke.off for kept, _, _ in compared for stroke in kept}
        for (old, _), (kept, gone, fresh) in zip(pairs, compared, strict=True):
            for stroke in gone:
                self._edits.remove(stroke.on)
                if stroke.off is not None and stroke.off not in used:
                    self._edits.remove(stroke.off)
            self._end_kept(kept, gone, old.place[1])
            if fresh:
                self._put(fresh, kept, old)

    def _end_kept(self, kept: Sequence[MidiNote], gone: Sequence[MidiNote], channel: int) -> None:
        """Give a note off to notes that hang, or whose key is no longer struck again."""
        struck = {(stroke.on[0], stroke.pitch, stroke.onset) for stroke in gone}
        for stroke in kept:
            end = stroke.onset + stroke.duration
            if stroke.hangs or (stroke.off is None and (stroke.on[0], stroke.pitch, end) in struck):
                offs, _ = note_events([Note(*stroke[:4])], channel)
                self._edits.add(stroke.on[0], early=offs)

    def _put(self, fresh: list[Note], kept: Sequence[MidiNote], old: PlayedPart) -> None:
        """Put notes on the track of their part, and those that would cut others off into tracks of their own."""
        track, channel = old.place
        first, *more = lanes(fresh)
        if self._source.format == 1:
            busy = self._busy(kept, old)
            fitting = [
                n for n in first if n.pitch not in busy or not busy[n.pitch].overlap(n.onset, n.end)
            ]
            others = sorted(
                [*(note for lane in more for note in lane), *(set(first) - set(fitting))]
            )
            first, more = fitting, lanes(others) if others else []
        else:
            first, more = fresh, []
        offs, ons = note_events(first, channel)
        self._edits.add(track, early=offs, late=ons)
        for lane in more:
            offs, ons = note_events(lane, channel)
            mark: Event = (0, META, PRIVATE, MORE + b":%d" % track)
            timed = sorted(offs + ons, key=lambda event: event[0])
            self._edits.add_track(Track((mark, *timed), max(note.end for note in lane)))

    def _busy(self, kept: Sequence[MidiNote], old: PlayedPart) -> dict[int, Spans]:
        """Return by pitch when a key of the track is down, and when a note off stands there that ends nothing."""
        track, channel = old.place
        spans: dict[int, list[tuple[int, int]]] = defaultdict(list)
        for stroke in kept:
            if stroke.on[0] == track:
                spans[stroke.pitch].append((stroke.onset, stroke.onset + stroke.duration))
        known = {stroke.off for stroke in old.strokes}
        for number, (tick, status, pitch, velocity) in enumerate(self._source.tracks[track].events):
            is_off = status == NOTE_OFF | channel or (status == NOTE_ON | channel and velocity == 0)
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
        first = min((stroke.onset for stroke in old.strokes), default=0)
        if changes and changes[0][1][0] <= first:
            number, event = changes[0]
            self._edits.replace((track, number), (*event[:2], part.program, part.program))
        else:
            self._edits.add(track, early=[(0, PROGRAM | channel, part.program, part.program)])

    def _weave_names(self, pairs: Sequence[tuple[PlayedPart, Part]]) -> None:
        """Name tracks that hold one part, and the piece where a track bears its name."""
        source, title = self._source, self._score.title
        shared = Counter(old.place[0] for old, _ in pairs)
        for old, part in pairs:
            if part.name != old.name and shared[old.place[0]] == 1 and source.format == 1:
                self._rename(old.place[0], part.name)
        bearer = title_track(source)
        if bearer is not None and title != find_title(source):
            self._rename(bearer, title)

    def _rename(self, track: int, name: str) -> None:
        first = next(self._source.tracks[track].metas(NAME), None)
        if first is None:
            self._edits.add(track, early=[name_event(0, name)])
        elif name:
            self._edits.replace((track, first[0]), name_event(first[1], name))
        else:
            self._edits.remove((track, first[0]))

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
        self._edits.add(index, early=[(0, PROGRAM | channel, part.program, part.program)])
        return index, channel

    @cached_property
    def _taken(self) -> set[int]:
        """Channels that the source uses."""
        return {e[1] & 15 for track in self._source.tracks for e in track.events if e[1] < SYSEX}

    def _free_channel(self) -> int:
        free = [channel for channel in MELODIC_CHANNELS if channel not in self._taken]
        return free[0] if free else MELODIC_CHANNELS[-1]

    # -- maps ------------------------------------------------------------------------

    def _weave_maps(self) -> int:
        """Weave tempos, meters and keys, and return the division: film frames know no tempo of their own."""
        score, source = self._score, self._source
        self._weave_map(METER, [meter_event(change) for change in score.meters], b"\x04\x02")
        self._weave_map(KEY, [key_event(change) for change in score.keys], b"")
        resolution, tempo = source.timing
        if tempo is not None and score.tempos == (TempoChange(0, tempo),):
            return source.division
        self._weave_map(TEMPO, [tempo_event(change) for change in score.tempos], b"\x07\xa1\x20")
        return resolution

    def _weave_map(self, kind: int, wanted: Sequence[Event], default: bytes) -> None:
        """Let the file say what a map says: of events at one tick the last one counts."""
        groups: dict[int, list[tuple[EventIndex, bytes]]] = defaultdict(list)
        for index in self._source.played:
            for number, tick, value in self._source.tracks[index].metas(kind):
                groups[tick].append(((index, number), map_value((tick, META, kind, value))))
        changes = {event[0]: event for event in wanted}
        running, right, track = default, default, (self._source.played or (0,))[0]
        for tick in sorted(groups.keys() | changes.keys()):
            event = changes.get(tick)
            if event is not None:
                right = map_value(event)
            group = groups.get(tick, [])
            if group and group[-1][1] == right:
                running, track = right, group[-1][0][0]
                continue
            for place, _ in group:
                self._edits.remove(place)
            if running != right and event is not None:
                self._edits.add(track, behind=[event])
                running = right


def map_value(event: Event) -> bytes:
    """Return what counts of an event of a map: clicks of a metronome are no meter."""
    payload = event[3]
    if not isinstance(payload, bytes):
        return b""
    return payload[:2] if event[2] == METER else payload


def _compare(
    strokes: Sequence[MidiNote], notes: Sequence[Note]
) -> tuple[list[MidiNote], list[MidiNote], list[Note]]:
    """Return which notes of a file a part still has, which no longer, and which ones it has more."""
    wanted = Counter((note.onset, note.pitch, note.duration, note.velocity) for note in notes)
    kept: list[MidiNote] = []
    gone: list[MidiNote] = []
    for stroke in strokes:
        values = stroke[:4]
        if wanted[values] > 0:
            wanted[values] -= 1
            kept.append(stroke)
        else:
            gone.append(stroke)
    return kept, gone, sorted(Note(*values) for values in wanted.elements())


def _ended(file: MidiFile, length: int) -> MidiFile:
    """Let a file end at a tick, or at its last event with a mark where the music ends."""
    played = file.played
    tracks = list(file.tracks)
    if not played or find_length(file) == length:
        return file
    for index in played:
        track = tracks[index]
        last = track.events[-1][0] if track.events else 0
        tracks[index] = replace(track, end=max(last, min(track.end, length)))
    first = played[0]
    tracks[first] = replace(tracks[first], end=max(tracks[first].end, length))
    made = replace(file, tracks=tuple(tracks))
    if find_length(made) == length:
        return made
    return _marked(made, length)


def _marked(file: MidiFile, length: int) -> MidiFile:
    """Mark the end of the music; marks behind it go."""
    edits = Edits(file)
    for index in file.played:
        for number, tick, payload in file.tracks[index].metas(PRIVATE):
            if payload == LENGTH and tick > length:
                edits.remove((index, number))
    edits.add(file.played[0], behind=[(length, META, PRIVATE, LENGTH)])
    return edits.made()
