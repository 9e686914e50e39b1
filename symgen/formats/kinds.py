"""Which format a file is in: its first bytes decide, its suffix only where they say nothing."""

from __future__ import annotations

import codecs
import re

__all__ = [
    "DATA_SUFFIX",
    "HEAD",
    "MIDI_SUFFIXES",
    "MUSICXML_SUFFIXES",
    "NOTATION_SUFFIXES",
    "TOKENIZER",
    "kind_of",
    "plain_text",
]

MIDI_SUFFIXES = (".mid", ".midi", ".kar", ".smf", ".rmi", ".rmid")
MUSICXML_SUFFIXES = (".musicxml", ".xml", ".mxl")
NOTATION_SUFFIXES = (*MUSICXML_SUFFIXES, ".abc", ".krn")
DATA_SUFFIX = ".json"
"""Of the files of data sets of MusPy, and of the tokens of MidiTok."""
TOKENIZER = "tokenizer.json"
"""The file in which MidiTok says what the numbers of the others mean."""

HEAD = 4096
"""Bytes that are looked at."""
_TEXTS = (
    (r"\s*<(?:\?xml|!DOCTYPE|!--|score-(?:partwise|timewise))", ".musicxml"),
    (r"(?:!!.*\n|\s*\n)*\*\*(?:kern|[a-z]+\t(?:.*\t)?\*\*kern)", ".krn"),
    (r"(?:%.*\n|\s*\n)*(?:%abc|[ \t]*X:[ \t]*\d)", ".abc"),
)
_CHARSETS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
    (b"<\0", "utf-16-le"),
    (b"\0<", "utf-16-be"),
)


def kind_of(data: bytes, suffix: str) -> str:
    """Name the format of a file by a suffix."""
    riff = data[8:12] if data.startswith(b"RIFF") else b""
    if data.startswith(b"MThd") or riff == b"RMID":
        return ".mid"
    if data.startswith(b"PK\x03\x04"):
        return ".mxl"
    if data.startswith((b"fLaC", b"OggS")) or riff == b"WAVE":
        return ".wav"
    head = plain_text(data[:HEAD])
    return next((kind for pattern, kind in _TEXTS if re.match(pattern, head)), suffix)


def plain_text(data: bytes) -> str:
    """Decode a text: UTF-8 or UTF-16 by its first bytes, else UTF-8, and Latin-1 where it is none."""
    charset = next((name for mark, name in _CHARSETS if data.startswith(mark)), "utf-8")
    if charset.startswith("utf-16"):
        return data.decode(charset, errors="replace").removeprefix("\ufeff")
    try:
        return data.decode(charset)
    except UnicodeDecodeError as error:
        if error.end >= len(data) - 3 and len(data) == HEAD:  # a character that the head cuts
            return data[: error.start].decode(charset)
        return data.decode("latin-1")
