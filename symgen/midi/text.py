"""Names and texts of MIDI files, which do not say how they are encoded.

What is UTF-8 is UTF-8. UTF-16 shows by its byte order mark, or by every other byte being zero. Shift-JIS is told from
Latin-1 by pairs of bytes: Japanese writes most characters with a first byte of 0x81..0x9F, where Latin-1 has control
codes and Windows a few quotation marks, and it writes them in a row; half-width katakana shows by a voicing mark behind
a letter that can bear one. All else is Latin-1, with the quotation marks of Windows.
"""

from __future__ import annotations

import re
from contextlib import suppress
from functools import lru_cache

from symgen.system.text import one_line

__all__ = ["LONGEST_NAME", "decode_text"]

LONGEST_NAME = 1 << 16
"""Bytes of a name that are read."""

_PAIR = rb"[\x81-\x9f][\x40-\x7e\x80-\xfc]|[\xe0-\xfc][\x40-\x7e\x80-\xfc]"
_SHIFT_JIS = rb"(?:" + _PAIR + rb"|[\xa1-\xdf])+"
"""Characters in a row that are not ASCII."""

_VOICED = rb"[\xb6-\xc4\xca-\xce]\xde|[\xca-\xce]\xdf"
"""A half-width katakana of the rows ka to to or ha to ho with its mark."""

_FIRST_OF_MOST = range(0x81, 0xA0)
_HIGH = 0x80


@lru_cache(maxsize=64)
def decode_text(payload: bytes) -> str:
    """Return the text of a meta event as one printable line; more than `LONGEST_NAME` bytes are cut."""
    payload = payload[:LONGEST_NAME]
    for encoding in _encodings(payload):
        with suppress(UnicodeDecodeError):
            return one_line(payload.decode(encoding))
    return one_line(payload.decode("latin-1"))


def _encodings(payload: bytes) -> tuple[str, ...]:
    """Return the encodings to be tried, the likeliest first."""
    # every byte string is Latin-1, so that comes last; UTF-8 and Shift-JIS refuse most others
    if payload[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return ("utf-16", "utf-8")
    even, odd = payload[::2].rstrip(b"\0"), payload[1::2].rstrip(b"\0")
    if bool(even) != bool(odd) and len(even or odd) > 1:
        return ("utf-16-le",) if even else ("utf-16-be",)
    if payload.isascii():
        return ("utf-8-sig",)
    return ("utf-8-sig", "cp932", "cp1252") if _is_shift_jis(payload) else ("utf-8-sig", "cp1252")


def _is_shift_jis(payload: bytes) -> bool:
    """Tell whether a text that is no UTF-8 is Japanese; see above."""
    try:
        text = payload.decode("cp932")
    except UnicodeDecodeError:
        return False
    if any("\ue000" <= c <= "\uf8ff" for c in text):  # no character, but room for some of one's own
        return False
    likely = unlikely = 0
    for run in re.findall(_SHIFT_JIS, payload):
        pairs = re.findall(_PAIR, run)
        for pair in pairs:
            if pair[0] in _FIRST_OF_MOST and (pair[1] >= _HIGH or len(pairs) > 1):
                likely += 1
            else:
                unlikely += 1
        if not pairs and re.search(_VOICED, run):
            likely += 1
    return likely > unlikely
