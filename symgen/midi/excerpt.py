"""Some bars or some parts of a file, with all that holds in them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from symgen.midi.channels import PARAMETERS, setting_of
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
    Event,
    MidiFile,
    Track,
)
from symgen.midi.notes import EventIndex, MidiNote
from symgen.midi.parts import EMPTY, LENGTH, MORE, SIGNED, find_parts
from symgen.music.score import Score
from symgen.music.sources import XmlDocument

__all__ = ["cut_out", "select_parts"]

_LASTING = frozenset((COPYRIGHT, NAME, INSTRUMENT, DEVICE, PORT, OFFSET))
"""Meta events that hold for the whole track, wherever in it they stand."""

_COMMON = frozenset((COPYRIGHT, MARKER, CUE, TEMPO, METER, KEY, OFFSET))
"""Meta events that concern all tracks, whichever they stand in."""


def cut_out(score: Score, start: int, end: int) -> Score:
    """Return the music whose onsets lie in ``[start, end)`` ticks, from time 0, and its source alike."""
    # Events before `start` are left out, but for what still holds there: names, ports and the
    # like, system exclusive messages, and of tempo, meter, key, program, controllers, bend and
    # pressure the last one of each, at time 0.
    part, source = score.slice_ticks(start, end), score.source
    if not isinstance(source, MidiFile):
        return part
    strokes = [
        stroke
        for one in find_parts(source)[0]
        for stroke in one.strokes
        if start <= stroke.onset < end
    ]
    cutter = _Cutter(start, end, strokes)
    tracks = tuple(
        cutter.track(index, track) if index in source.played else track
        for index, track in enumerate(source.tracks)
    )
    made = replace(source, tracks=tracks)
    programs = {one.place: one.program for one in find_parts(made)[0]}
    parts = list(part.parts)
    parts[: len(made.places)] = [
        replace(one, program=programs[place])
        for one, place in zip(parts, made.places, strict=False)
    ]
    return replace(part, parts=tuple(parts), source=made)


class _Cutter:
    """Cuts tracks to the notes that are to stay."""

    def __init__(self, start: int, end: int, strokes: Iterable[MidiNote]) -> None:
        self._start, self._end = start, end
        self._times: dict[EventIndex, int] = {}
        for stroke in strokes:
            self._times[stroke.on] = stroke.onset
            if stroke.off is not None:
                self._times[stroke.off] = min(stroke.onset + stroke.duration, end)

    def track(self, index: int, track: Track) -> Track:
        """Return what is left of a track."""
        events = [(0, *event[1:]) for event in _still_holding(track, self._start)]
        for number, event in enumerate(track.events):
            tick = self._times.get((index, number)) if _is_note(event) else event[0]
            if (
                tick is not None
                and (_is_note(event) or self._start <= tick < self._end)
                and not _is_length(event)
            ):
                events.append((tick - self._start, *event[1:]))
        events.sort(key=lambda event: event[0])
        last = events[-1][0] if events else 0
        return Track(tuple(events), max(last, min(track.end, self._end) - self._start))


def _is_note(event: Event) -> bool:
    return event[1] & 0xE0 == NOTE_OFF


def _is_length(event: Event) -> bool:
    return event[1:] == (META, PRIVATE, LENGTH)


def _still_holding(track: Track, start: int) -> list[Event]:
    """Return the events before a tick that still hold there, in their order."""
    last: dict[tuple[int, int, int], Event] = {}
    for number, event in enumerate(track.events):
        if event[0] >= start:
            break
        key = _lasting_meta(event, number) if event[1] >= SYSEX else _lasting_message(event, number)
        if key is not None:
            last.pop(key, None)  # it stands where it was said last
            last[key] = event
    return list(last.values())


def _lasting_meta(event: Event, number: int) -> tuple[int, int, int] | None:
    """Return by what an event that holds on is known: with its own number, if no later one replaces it."""
    tick, status, kind, payload = event
    if status != META:
        return status, 0, number
    if kind in (TEMPO, METER, KEY):
        return status, kind, 0
    signed = (
        kind == PRIVATE
        and isinstance(payload, bytes)
        and payload.startswith(SIGNED)
        and payload != LENGTH
    )
    return (
        (status, kind, number)
        if signed or kind in _LASTING or (kind == TEXT and not tick)
        else None
    )


def _lasting_message(event: Event, number: int) -> tuple[int, int, int] | None:
    """Return by what a channel message that holds on is known, as above."""
    _, status, first, _ = event
    if status & 0xF0 == CONTROLLER and first in PARAMETERS:
        return status, first, number
    setting = setting_of(event)
    return None if setting is None else (status, setting[1], 0)


def select_parts(score: Score, indices: Sequence[int]) -> Score:
    """Return a score of some of its parts, in the order given, with a source that has these alone."""
    # Of the tracks of other parts only what concerns all tracks stays (tempo, meter, key, markers,
    # copyright, system exclusive messages); tracks without notes stay, but for what they set on
    # other channels.
    chosen = replace(score, parts=tuple(score.parts[index] for index in indices), source=None)
    source = score.source
    if isinstance(source, XmlDocument) and len(source.places) == len(score.parts):
        return replace(chosen, source=source.of_parts(indices))
    if not isinstance(source, MidiFile) or any(index >= len(source.places) for index in indices):
        return chosen
    places = [source.places[index] for index in indices]
    found = [one for one in find_parts(source)[0] if one.place in places]
    owned = {(stroke.on[0], one.place[1]) for one in found for stroke in one.strokes} | set(places)
    ports = {(source.tracks[track].port, channel) for track, channel in places}
    kept = {
        index: _of_parts(track, {channel for at, channel in owned if at == index}, ports)
        for index, track in enumerate(source.tracks)
        if source.format != 2 or index in source.played
    }
    left = [index for index, track in kept.items() if track is not None]
    numbers = {index: number for number, index in enumerate(left)}
    tracks = tuple(_renumbered(track, numbers) for track in kept.values() if track is not None)
    made = MidiFile(
        source.format,
        source.division,
        tracks,
        tuple((numbers[at], channel) for at, channel in places),
    )
    return replace(chosen, source=made)


def _of_parts(track: Track, channels: set[int], ports: set[tuple[int, int]]) -> Track | None:
    """Return what chosen parts have of a track, whose channels those are; nothing if there is nothing."""
    is_other = not channels and (
        track.channels or any(mark == EMPTY for _, _, mark in track.metas(PRIVATE))
    )
    if is_other:
        events = [
            event
            for event in track.events
            if event[1] >= SYSEX and (event[1] != META or event[2] in _COMMON)
        ]
    else:
        mine = channels or {channel for port, channel in ports if port == track.port}
        events = [event for event in track.events if event[1] >= SYSEX or event[1] & 15 in mine]
    return None if is_other and not events else Track(tuple(events), track.end)


def _renumbered(track: Track, numbers: dict[int, int]) -> Track:
    """Let marks of tracks that belong to others name these by their new numbers."""

    def mark(event: Event) -> Event:
        payload = event[3]
        if (
            event[1] != META
            or not isinstance(payload, bytes)
            or not payload.startswith(MORE + b":")
        ):
            return event
        old = int(payload[len(MORE) + 1 :])
        return (*event[:3], MORE + b":%d" % numbers.get(old, old))

    return replace(track, events=tuple(map(mark, track.events)))
