"""Pages of Ogg streams, after RFC 3533."""

from __future__ import annotations

import struct
import zlib
from typing import NamedTuple

__all__ = ["OggPage", "ogg_checksum", "ogg_page", "with_serial"]

_HEAD = struct.Struct("<4sBBqIIIB")
_SERIAL, _CHECKSUM = slice(14, 18), slice(22, 26)
_LAST_PAGE = 4
_MIRROR = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))


class OggPage(NamedTuple):
    """Where a page ends, the checksum that it states, and whether it is the last one of its stream."""

    stop: int
    checksum: int
    is_last: bool


def ogg_page(data: bytes, at: int) -> OggPage | None:
    """Read the head of a page; None if there is none at that place, or not the whole of it."""
    head = data[at : at + _HEAD.size]
    if len(head) < _HEAD.size or not head.startswith(b"OggS\0"):
        return None
    _, _, flags, _, _, _, checksum, segments = _HEAD.unpack(head)
    body = at + _HEAD.size + segments
    if len(data) < body:
        return None
    return OggPage(body + sum(data[at + _HEAD.size : body]), checksum, bool(flags & _LAST_PAGE))


def ogg_checksum(page: bytes) -> int:
    """Return the CRC of a page: the polynomial of zlib, but from the highest bit on and without complements."""
    blank = page[: _CHECKSUM.start] + bytes(4) + page[_CHECKSUM.stop :]
    mirrored = zlib.crc32(blank.translate(_MIRROR), 0xFFFFFFFF) ^ 0xFFFFFFFF
    return int.from_bytes(mirrored.to_bytes(4, "little").translate(_MIRROR), "big")


def with_serial(page: bytes, serial: int) -> bytes:
    """Return a page with another serial number of its stream."""
    data = bytearray(page)
    data[_SERIAL] = serial.to_bytes(4, "little")
    data[_CHECKSUM] = ogg_checksum(bytes(data)).to_bytes(4, "little")
    return bytes(data)
