"""A score as a file of its own: the first track holds the maps, each part has its own track."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from heapq import heappush, heapreplace

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
    TEMPO,
    Event,
    MidiFile,
    Track,
)
from symgen.midi.parts import EMPTY, LENGTH, MORE
from symgen.music.score import KeyChange, MeterChange, Note, Part, Score, TempoChange

__all__ = [
    "MELODIC_CHANNELS", "key_event", "lanes", "lay_out", "meter_event", "name_event", "note_events", "part_tracks",
    "tempo_event",
]  # fmt: skip

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
