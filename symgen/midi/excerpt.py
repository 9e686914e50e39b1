"""Some bars or some parts of a file, with all that holds in them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from symgen.midi.channels import PARAMETERS, setting_of
from symgen.midi.chords import XF_CHORD
from symgen.midi.event_tables import Event
from symgen.midi.events import (
    CONTROLLER,
    COPYRIGHT,
    CUE,
    DEVICE,
    INSTRUMENT,
    KEY,
    MARKER,
    META,
    METER,
    NAME,
    NOTE_OFF,
    OFFSET,
    PORT,
    PRIVATE,
    SYSEX,
    TEMPO,
    TEXT,
    TICK,
    MidiFile,
    Track,
    TrackChannel,
)
from symgen.midi.keys import EventIndex
from symgen.midi.notes import MidiNote
from symgen.midi.parts import EMPTY, LENGTH, MORE, SIGNED, find_parts
from symgen.music.score import Score
from symgen.music.sources import XmlDocument

__all__ = ["cut_out", "select_parts"]

_MORE_OF = MORE + b":"
_LASTING = frozenset((COPYRIGHT, NAME, INSTRUMENT, DEVICE, PORT, OFFSET))
"""Meta events that hold for the whole track, wherever in it they stand."""

_COMMON = frozenset((COPYRIGHT, MARKER, CUE, TEMPO, METER, KEY, OFFSET))
"""Meta events that concern all tracks, whichever they stand in."""


def cut_out(score: Score, start: int, end: int) -> Score:
    """Return the music whose onsets lie in ``[start, end)`` ticks, from time 0, and its source alike."""
    part, source = score.slice_ticks(start, end), score.source
    if not isinstance(source, MidiFile):
        return part
    played, _ = find_parts(source)
    notes = [note for one in played for note in one.notes if start <= note.onset < end]
    cutter = _Cutter(start, end, notes)
    tracks = tuple(
        cutter.track(index, track) if index in source.played else track
        for index, track in enumerate(source.tracks)
    )
    made = replace(source, tracks=tracks)
    # the program that holds in the excerpt may be another one than the last one of the file
    programs = {one.place: one.program for one in find_parts(made)[0]}
    parts = list(part.parts)
    parts[: len(made.places)] = [
        replace(one, program=programs[place])
        for one, place in zip(parts, made.places, strict=False)
    ]
    return replace(part, parts=tuple(parts), source=made)


class _Cutter:
    """Cuts tracks to the notes that are to stay."""

    def __init__(self, start: int, end: int, notes: Iterable[MidiNote]) -> None:
        self._start, self._end = start, end
        self._times: dict[EventIndex, int] = {}
        for note in notes:
            self._times[note.on] = note.onset
            if note.off is not None:
                note_end = note.onset + note.duration
                self._times[note.off] = min(note_end, end)

    def track(self, index: int, track: Track) -> Track:
        """Return what is left of a track."""
        # Events before the excerpt are left out, but for what still holds there: names, ports and
        # the like, system exclusive messages, and of tempo, meter, key, program, controllers, bend
        # and pressure the last one of each, at time 0.
        events: list[Event] = [(0, *event[1:]) for event in _still_holding(track, self._start)]
        for number, event in enumerate(track.events):
            if event[1:] == (META, PRIVATE, LENGTH):
                continue
            if event[1] & 0xE0 == NOTE_OFF:  # or a note on
                tick = self._times.get((index, number))
            else:
                tick = event[0] if self._start <= event[0] < self._end else None
            if tick is not None:
                events.append((tick - self._start, *event[1:]))
        events.sort(key=TICK)
        last = events[-1][0] if events else 0
        end = min(track.end, self._end) - self._start
        return Track(tuple(events), max(last, end))


def _still_holding(track: Track, start: int) -> list[Event]:
    """Return the events before a tick that still hold there, in their order."""
    last: dict[tuple[int, int, int], Event] = {}
    for number, event in enumerate(track.events):
        if event[0] >= start:
            break
        name = _lasting_meta if event[1] >= SYSEX else _lasting_message
        key = name(event, number)
        if key is not None:
            last.pop(key, None)  # it stands where it was said last
            last[key] = event
    return list(last.values())


def _lasting_meta(event: Event, number: int) -> tuple[int, int, int] | None:
    """Return what an event sets, None if it does not last; with its own number nothing replaces it."""
    tick, status, kind, payload = event
    if status != META:
        return status, 0, number
    if kind in (TEMPO, METER, KEY):
        return status, kind, 0
    is_mark = kind == PRIVATE and isinstance(payload, bytes) and payload.startswith(SIGNED)
    is_comment = kind == TEXT and tick == 0  # at the start a text is about the file
    if kind in _LASTING or is_comment or (is_mark and payload != LENGTH):
        return status, kind, number
    return None


def _lasting_message(event: Event, number: int) -> tuple[int, int, int] | None:
    """Return what a channel message sets, as above."""
    _, status, first, _ = event
    if status & 0xF0 == CONTROLLER and first in PARAMETERS:
        return status, first, number
    setting = setting_of(event)
    return None if setting is None else (status, setting[1], 0)


def select_parts(score: Score, indices: Sequence[int]) -> Score:
    """Return a score of some of its parts, in the order given, with a source that has these alone."""
    parts = tuple(score.parts[index] for index in indices)
    chosen = replace(score, parts=parts, source=None)
    source = score.source
    if isinstance(source, XmlDocument) and len(source.places) == len(score.parts):
        return replace(chosen, source=source.of_parts(indices))
    if not isinstance(source, MidiFile):
        return chosen
    if any(index >= len(source.places) for index in indices):
        return chosen
    return replace(chosen, source=_of_places(source, [source.places[index] for index in indices]))


def _of_places(source: MidiFile, places: Sequence[TrackChannel]) -> MidiFile:
    """Return a file of the tracks and channels of some parts."""
    owned = set(places)  # a part may have more notes in tracks of their own
    for part in find_parts(source)[0]:
        if part.place in places:
            owned |= {(note.on[0], part.place[1]) for note in part.notes}
    ports = {(source.tracks[track].port, channel) for track, channel in places}
    kept: dict[int, Track] = {}
    for index, track in enumerate(source.tracks):
        if source.format == 2 and index not in source.played:
            continue
        mine = {channel for at, channel in owned if at == index}
        left = _of_parts(track, mine, ports)
        if left is not None:
            kept[index] = left
    numbers = {index: number for number, index in enumerate(kept)}
    tracks = tuple(_renumbered(track, numbers) for track in kept.values())
    renamed = tuple((numbers[at], channel) for at, channel in places)
    return MidiFile(source.format, source.division, tracks, renamed)


def _of_parts(track: Track, channels: set[int], ports: set[tuple[int, int]]) -> Track | None:
    """Return what chosen parts have of a track, whose channels those are; nothing if there is nothing."""
    is_empty_part = any(mark == EMPTY for _, _, mark in track.metas(PRIVATE))
    if not channels and (track.channels or is_empty_part):
        # a track of other parts: what concerns all tracks stays, such as tempos and markers
        common = [event for event in track.events if _is_common(event)]
        return Track(tuple(common), track.end) if common else None
    # a track without notes stays, but for what it sets on the channels of other parts
    mine = channels or {channel for port, channel in ports if port == track.port}
    events = [event for event in track.events if event[1] >= SYSEX or event[1] & 15 in mine]
    return Track(tuple(events), track.end)


def _is_common(event: Event) -> bool:
    _, status, kind, payload = event
    is_chord = kind == PRIVATE and isinstance(payload, bytes) and payload.startswith(XF_CHORD)
    return status >= SYSEX and (status != META or kind in _COMMON or is_chord)


def _renumbered(track: Track, numbers: dict[int, int]) -> Track:
    """Let marks of tracks that belong to others name these by their new numbers."""

    def renumbered(event: Event) -> Event:
        tick, status, kind, payload = event
        if status != META or not isinstance(payload, bytes) or not payload.startswith(_MORE_OF):
            return event
        old = int(payload.removeprefix(_MORE_OF))
        return tick, status, kind, _MORE_OF + b"%d" % numbers.get(old, old)

    return replace(track, events=tuple(map(renumbered, track.events)))
