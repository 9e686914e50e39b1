"""Arguments of functions that make no sense, refused in one line."""

from __future__ import annotations

from collections.abc import Iterable

from symgen.system.errors import ControlError
from symgen.system.text import did_you_mean

__all__ = ["check_whole", "check_words"]


def check_words(verb: str, given: Iterable[str], known: Iterable[str]) -> None:
    """Refuse keywords that a function does not know."""
    names = list(known)
    for word in given:
        if word not in names:
            hint = did_you_mean(word, names) or f"; it knows {', '.join(names)}"
            raise ControlError(f"{verb}: no keyword {word}{hint}")


def check_whole(name: str, value: object) -> None:
    """Refuse what is no whole number."""
    if isinstance(value, bool) or not hasattr(value, "__index__"):
        raise ControlError(f"{name} {value!r}: must be a whole number")
