"""A file whose music begins later."""

from __future__ import annotations

from symgen.midi.chords import XF_CHORD
from symgen.midi.event_tables import Event
from symgen.midi.events import (
    CUE,
    LYRIC,
    MARKER,
    META,
    NOTE_OFF,
    PRIVATE,
    MidiFile,
    Track,
)
from symgen.midi.parts import LENGTH

__all__ = ["delayed_file"]

_AT_NOTES = frozenset((LYRIC, MARKER, CUE))


def delayed_file(file: MidiFile, ticks: int) -> MidiFile:
    """Return a file that plays everything so many ticks later; what it sets at its start, it sets at once."""
    tracks = tuple(
        _delayed(track, ticks) if index in file.played else track
        for index, track in enumerate(file.tracks)
    )
    return MidiFile(file.format, file.division, tracks, file.places)


def _delayed(track: Track, ticks: int) -> Track:
    stays = [event for event in track.events if not _moves(event)]
    moved = [(event[0] + ticks, *event[1:]) for event in track.events if _moves(event)]
    return Track((*stays, *moved), track.end + ticks)


def _moves(event: Event) -> bool:
    tick, status, kind, payload = event
    if tick > 0:
        return True
    if status != META:
        # Note offs and note ons are the two kinds that differ in bit 4 only.
        return status & 0xE0 == NOTE_OFF
    marks = isinstance(payload, bytes) and (payload.startswith(XF_CHORD) or payload == LENGTH)
    return kind in _AT_NOTES or (kind == PRIVATE and marks)
