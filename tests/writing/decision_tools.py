"""Parts and events for the tests of what writing decides."""

from __future__ import annotations

from small import V

from symgen.music.score import Note, Part, Score
from symgen.tokens import Events, encode


def part(*rows: tuple[int, int, int], program: int = 0, name: str = "") -> Part:
    """Notes of onset, pitch and duration."""
    return Part(tuple(Note(*row) for row in rows), program, name=name)


def events_of(*parts: Part, bars: int = 4) -> Events:
    return encode(Score(parts, 12, length=48 * bars), V, whole=True)[0]
