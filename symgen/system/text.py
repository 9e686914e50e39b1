"""Text that goes on one line."""

from __future__ import annotations

__all__ = ["one_line"]


def one_line(text: str, most: int | None = None) -> str:
    """Return a text as one line of printable characters, cut after so many."""
    cut = text if most is None else text[: 4 * most]
    return " ".join("".join(c if c.isprintable() else " " for c in cut).split())[:most]
