"""Small MIDI files, each of which says one thing."""

from __future__ import annotations

import io
from pathlib import Path

import mido

from symgen.formats.midi import read_midi
from symgen.music.score import Score

DATA = Path(__file__).parent / "data"

Say = tuple[int, mido.Message | mido.MetaMessage]
"""A tick, of which there are 480 a quarter and 960 a second, and what is said then."""


def say(tick: int, kind: str, **values: int) -> Say:
    return tick, mido.Message(kind, **values)


def notes(*pitches: int, start: int = 0, length: int = 480, channel: int = 0) -> list[Say]:
    said = []
    for place, pitch in enumerate(pitches):
        said.append(
            say(start + place * length, "note_on", note=pitch, velocity=90, channel=channel)
        )
        said.append(
            say(start + (place + 1) * length, "note_off", note=pitch, velocity=64, channel=channel)
        )
    return said


def controls(
    number: int, *values: int, start: int = 0, every: int = 480, channel: int = 0
) -> list[Say]:
    return [say(start + i * every, "control_change", control=number, value=value, channel=channel)
            for i, value in enumerate(values)]  # fmt: skip


def program(number: int, tick: int = 0, channel: int = 0) -> Say:
    return say(tick, "program_change", program=number, channel=channel)


def midi(*tracks: list[Say], end: int = 0) -> bytes:
    """Write tracks; what is said at one tick stays in order."""
    file, data = mido.MidiFile(ticks_per_beat=480, type=1), io.BytesIO()
    for said in tracks:
        track, last = mido.MidiTrack(), 0
        for tick, message in sorted(said, key=lambda one: one[0]):
            track.append(message.copy(time=tick - last))
            last = tick
        track.append(mido.MetaMessage("end_of_track", time=max(0, end - last)))
        file.tracks.append(track)
    file.save(file=data)
    return data.getvalue()


def piece(*tracks: list[Say], end: int = 0) -> Score:
    return read_midi(midi(*tracks, end=end))


def case(name: str) -> Score:
    return read_midi((DATA / name).read_bytes())
