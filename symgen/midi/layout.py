"""A score as a MIDI file of its own: its events, tracks and what spreads notes over tracks."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from heapq import heappush, heapreplace

import numpy as np

from symgen.midi.chords import chord_events
from symgen.midi.event_tables import Event, EventTable
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
    TICK,
    MidiFile,
    Track,
)
from symgen.midi.parts import EMPTY, LENGTH, MORE
from symgen.music.note_tables import Table, table_end
from symgen.music.score import KeyChange, MeterChange, Note, Part, Score, TempoChange

__all__ = [
    "MELODIC_CHANNELS",
    "key_event",
    "lanes",
    "lay_out",
    "meter_event",
    "name_event",
    "note_events",
    "part_tracks",
    "program_event",
    "tempo_event",
]

MELODIC_CHANNELS: tuple[int, ...] = (*range(DRUM_CHANNEL), *range(DRUM_CHANNEL + 1, 16))
_OFF_VELOCITY = 64


def lay_out(score: Score) -> MidiFile:
    """Write a score as a file of format 1; parts share channels when there are more than 15."""
    tracks, places = [_conductor(score)], []
    melodic = 0
    for part in score.parts:
        channel = DRUM_CHANNEL
        if not part.is_drum:
            channel = MELODIC_CHANNELS[melodic % len(MELODIC_CHANNELS)]
            melodic += 1
        places.append((len(tracks), channel))
        tracks += part_tracks(part, channel)
    return MidiFile(1, score.resolution, tuple(tracks), tuple(places))


def program_event(tick: int, channel: int, program: int) -> Event:
    """Choose the program of a channel."""
    return tick, PROGRAM | channel, program, program


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
    power = meter.denominator.bit_length() - 1
    return change.tick, META, METER, bytes((meter.numerator, power, clicks, 8))


def key_event(change: KeyChange) -> Event:
    """Write a key signature."""
    return change.tick, META, KEY, bytes((change.sharps & 0xFF, change.minor))


def note_events(notes: Iterable[Note], channel: int) -> tuple[list[Event], list[Event]]:
    """Return the note offs and the note ons of notes."""
    off, on = NOTE_OFF | channel, NOTE_ON | channel
    offs: list[Event] = [(note.end, off, note.pitch, _OFF_VELOCITY) for note in notes]
    ons: list[Event] = [(note.onset, on, note.pitch, note.velocity) for note in notes]
    return offs, ons


def _conductor(score: Score) -> Track:
    end = max(
        score.length,
        score.tempos[-1].tick,
        score.meters[-1].tick,
        *(key.tick for key in score.keys),
        *(chord.tick for chord in score.chords),
    )
    events = [name_event(0, score.title)] if score.title else []
    events += map(meter_event, score.meters)
    events += map(key_event, score.keys)
    events += map(tempo_event, score.tempos)
    for chord in score.chords:
        events += chord_events(chord)
    if score.length < end:
        events.append((score.length, META, PRIVATE, LENGTH))
    return Track(tuple(sorted(events, key=TICK)), end)


def part_tracks(part: Part, channel: int) -> list[Track]:
    """Return one track, and more for notes that overlap others on their key."""
    tracks = []
    for number, table in enumerate(_lane_tables(part.note_array().T)):
        head: list[Event] = [name_event(0, part.name)] if part.name else []
        if number:
            head = [(0, META, PRIVATE, MORE)]
        elif not table.size:
            head.append((0, META, PRIVATE, EMPTY))
        head.append(program_event(0, channel, part.program))
        tracks.append(
            Track.of_table(_struck(EventTable.of(head), table, channel), table_end(table))
        )
    return tracks


def _struck(head: EventTable, table: Table, channel: int) -> EventTable:
    """Return the events of a track that begins with some and plays notes."""
    onset, duration, pitch, velocity = table
    ends, starts = np.full(len(pitch), NOTE_OFF | channel), np.full(len(pitch), NOTE_ON | channel)
    columns = (
        (onset + duration, onset),
        (ends, starts),
        (pitch, pitch),
        (np.full(len(pitch), _OFF_VELOCITY), velocity),
    )
    ticks, *others = (np.concatenate(pair) for pair in columns)
    # at one tick the notes that end come first, so that a repeated note starts anew
    order = np.argsort(ticks, kind="stable")
    status, first, second = (column[order].astype(np.uint8) for column in others)
    return EventTable(
        np.concatenate([head.ticks, ticks[order]]),
        np.concatenate([head.status, status]),
        np.concatenate([head.first, first]),
        np.concatenate([head.second, second]),
        head.numbers,
        head.payloads,
    )


def lanes(notes: Iterable[Note]) -> list[list[Note]]:
    """Spread notes over lanes in each of which no two notes of a pitch sound at once."""
    found: list[list[Note]] = [[]]
    rows = list(notes)
    numbers = _lane_numbers((note.onset, note.end, note.pitch) for note in rows)
    for note, lane in zip(rows, numbers, strict=True):
        if lane == len(found):
            found.append([])
        found[lane].append(note)
    return found


def _lane_tables(table: Table) -> list[Table]:
    """Spread the notes of a table, most often over one lane."""
    onset, end, pitch = table[0], table[0] + table[1], table[2]
    order = np.argsort(pitch.astype(np.uint8), kind="stable")
    is_same = pitch[order][1:] == pitch[order][:-1]
    if not (is_same & (onset[order][1:] < end[order][:-1])).any():
        return [table]
    rows = zip(onset.tolist(), end.tolist(), pitch.tolist(), strict=True)
    numbers = np.fromiter(_lane_numbers(rows), np.int64, len(onset))
    return [table[:, numbers == lane] for lane in range(int(numbers.max()) + 1)]


def _lane_numbers(notes: Iterable[tuple[int, int, int]]) -> Iterator[int]:
    """Yield the lane of each note, of onset, end and pitch."""
    # by pitch a heap of the last end in each lane: the lane that is free longest is the first
    ends: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for onset, end, pitch in notes:
        last = ends[pitch]
        if last and last[0][0] <= onset:
            lane = last[0][1]
            heapreplace(last, (end, lane))
        else:
            lane = len(last)
            heappush(last, (end, lane))
        yield lane
