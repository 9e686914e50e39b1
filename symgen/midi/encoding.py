"""MIDI files as bytes."""

from __future__ import annotations

from symgen.midi.events import CHANNEL_PRESSURE, END, META, PROGRAM, TEXT, Event, MidiFile, Track
from symgen.system.errors import FormatError

__all__ = ["encode_midi", "encode_vlq"]

_MAX_DELTA = 0x0FFFFFFF
_MOST_TRACKS = 0xFFFF


def encode_vlq(value: int) -> bytes:
    """Encode 0..0x0FFFFFFF as a variable-length quantity, seven bits a byte."""
    if not 0 <= value <= _MAX_DELTA:
        raise ValueError(f"{value} is no variable-length quantity")
    out = [value & 0x7F]
    while value := value >> 7:
        out.append(0x80 | value & 0x7F)
    return bytes(reversed(out))


def encode_midi(file: MidiFile) -> bytes:
    """Write a MIDI file, without running status."""
    if len(file.tracks) > _MOST_TRACKS:
        raise FormatError(
            f"the score has {len(file.tracks)} tracks, a MIDI file at most {_MOST_TRACKS}; merge parts"
        )
    head = b"".join(
        value.to_bytes(2, "big") for value in (file.format, len(file.tracks), file.division)
    )
    return _chunk(b"MThd", head) + b"".join(map(_encode_track, file.tracks))


def _encode_track(track: Track) -> bytes:
    body = bytearray()
    last = 0
    for event in (*track.events, (track.end, META, END, b"")):
        tick = event[0]
        while tick - last > _MAX_DELTA:  # a longer wait is made of empty texts
            body += encode_vlq(_MAX_DELTA) + bytes((META, TEXT, 0))
            last += _MAX_DELTA
        body += encode_vlq(tick - last) + _encode_event(event)
        last = tick
    return _chunk(b"MTrk", bytes(body))


def _encode_event(event: Event) -> bytes:
    _, status, first, second = event
    if isinstance(second, bytes):
        head = bytes((status, first)) if status == META else bytes((status,))
        return head + encode_vlq(len(second)) + second
    if status & 0xF0 in (PROGRAM, CHANNEL_PRESSURE):
        return bytes((status, first))
    return bytes((status, first, second))


def _chunk(tag: bytes, body: bytes) -> bytes:
    return tag + len(body).to_bytes(4, "big") + body
