"""Text that goes on one line."""

from __future__ import annotations

from collections.abc import Iterable

__all__ = ["did_you_mean", "one_line"]


def one_line(text: str, most: int | None = None) -> str:
    """Return a text as one line of printable characters, cut after so many."""
    cut = text if most is None else text[: 4 * most]
    if not cut.isprintable():
        cut = "".join(c if c.isprintable() else " " for c in cut)
    return " ".join(cut.split())[:most]


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return `` (did you mean NAME?)`` for the known word that is nearest, or nothing where none is near."""
    import difflib

    names = {name.casefold(): name for name in known}
    near = difflib.get_close_matches(word.casefold(), names, n=1, cutoff=0.6)
    return f" (did you mean {names[near[0]]}?)" if near else ""
