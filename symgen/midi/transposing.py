"""A file at other pitches: its keys move, and all that is said of single keys moves with them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from symgen.midi.event_tables import Event
from symgen.midi.events import KEY_PRESSURE, NOTE_OFF, NOTE_ON, MidiFile, Track, TrackChannel
from symgen.midi.parts import drum_channels, find_parts

__all__ = ["transposed_file"]

_OF_A_KEY = (NOTE_OFF, NOTE_ON, KEY_PRESSURE)
_HIGHEST = 127


def transposed_file(
    file: MidiFile, semitones: int, parts: Collection[int] | None = None
) -> MidiFile:
    """Move the keys of some parts by semitones, of all but the drums if none are named."""
    # Event by event: what lets a key go, and how it is let go, stays with the key that was struck.
    places = _melodic_places(file) if parts is None else _places_of(file, parts)
    tracks = tuple(
        _moved(track, {channel for at, channel in places if at == index}, semitones)
        for index, track in enumerate(file.tracks)
    )
    return replace(file, tracks=tracks)


def _melodic_places(file: MidiFile) -> set[TrackChannel]:
    drums = drum_channels(file)
    return {
        (index, channel)
        for index, track in enumerate(file.tracks)
        for channel in range(16)
        if (track.port, channel) not in drums
    }


def _places_of(file: MidiFile, parts: Collection[int]) -> set[TrackChannel]:
    """Return the tracks and channels in which the notes of parts begin and end."""
    chosen = {file.places[part] for part in parts}
    found = set(chosen)
    for part in find_parts(file)[0]:
        if part.place in chosen:
            ends = (note.on if note.off is None else note.off for note in part.notes)
            tracks = {note.on[0] for note in part.notes} | {track for track, _ in ends}
            found |= {(track, part.place[1]) for track in tracks}
    return found


def _moved(track: Track, channels: Collection[int], semitones: int) -> Track:
    if not channels:
        return track

    def moved(event: Event) -> Event | None:
        tick, status, key, value = event
        if status & 0xF0 not in _OF_A_KEY or status & 15 not in channels:
            return event
        # What is said of a key that nobody strikes has nowhere to go at the ends of the range.
        inside = 0 <= key + semitones <= _HIGHEST
        return (tick, status, key + semitones, value) if inside else None

    events = tuple(event for old in track.events if (event := moved(old)) is not None)
    return replace(track, events=events)
