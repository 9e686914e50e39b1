"""What was found out about a piece lately, for who asks again before it goes on."""

from __future__ import annotations

from typing import Generic, TypeVar

__all__ = ["Recent"]

_Value = TypeVar("_Value")
# As many as takes may be drawn side by side, and more.
_MOST = 2048


class Recent(Generic[_Value]):
    """What was found by the last note of a piece, and by what else it depends on."""

    # A note is made once, and copies of a piece share it. So pieces that end with the same object
    # are the same up to it: takes that are drawn side by side and bars that are drawn again may
    # share a filter, and none is told what holds for another. Before the first note nothing is kept.

    def __init__(self) -> None:
        self._found: dict[tuple[int, ...], tuple[object, _Value]] = {}

    def get(self, note: object, key: tuple[int, ...]) -> _Value | None:
        """Return what was kept for a note and a key, if it is still known."""
        found = self._found.get((id(note), *key))
        return None if found is None else found[1]

    def keep(self, note: object, key: tuple[int, ...], value: _Value) -> _Value:
        """Keep what was found, and return it."""
        if note is None:
            return value
        if len(self._found) >= _MOST:
            self._found.clear()
        # The note is kept too, so that no other gets its id.
        self._found[(id(note), *key)] = (note, value)
        return value
