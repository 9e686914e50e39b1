"""Names and texts of MIDI files, which do not say how they are encoded."""

from __future__ import annotations

__all__ = ["LONGEST_NAME", "decode_text", "one_line"]

LONGEST_NAME = 1 << 16
"""Bytes of a name that are read."""


def decode_text(payload: bytes) -> str:
    """Return the text of a meta event: UTF-8, else Latin-1."""
    payload = payload[:LONGEST_NAME]
    try:
        return payload.decode("utf-8")
    except UnicodeDecodeError:
        return payload.decode("latin-1")


def one_line(text: str, most: int | None = None) -> str:
    """Return a text as one line of printable characters, cut after so many."""
    cut = text if most is None else text[: 4 * most]
    return " ".join("".join(c if c.isprintable() else " " for c in cut).split())[:most]
