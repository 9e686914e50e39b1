"""MIDI files out of bytes."""

from __future__ import annotations


def track(*events: bytes) -> bytes:
    body = b"".join(events)
    return b"MTrk" + len(body).to_bytes(4, "big") + body


def midi(*tracks: bytes, kind: int = 1, division: int = 96) -> bytes:
    head = b"".join(v.to_bytes(2, "big") for v in (kind, len(tracks), division))
    return b"MThd" + (6).to_bytes(4, "big") + head + b"".join(tracks)


END = b"\x00\xff\x2f\x00"
