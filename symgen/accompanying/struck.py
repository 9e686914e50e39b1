"""Notes of an example in the time of a tune, before they have its chords."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from symgen.accompanying.bar_fitting import Piece
from symgen.music.score import Note

__all__ = ["Struck", "clipped", "cut_at", "joined"]


@dataclass(frozen=True, slots=True)
class Struck:
    """A note, or what a bar or a chord has of one."""

    start: int
    end: int
    pitch: int
    velocity: int
    # Where in the example it begins, which tells it from others, and how much of it went before.
    source: int
    # First tick after the whole note, -1 if it is cut with intent.
    whole_end: int
    goes_on: bool = False


def clipped(notes: Sequence[Note], piece: Piece, end: int, *, splits: bool) -> Iterator[Struck]:
    """Yield what lies of notes in a piece of a bar that ends at a tick; `splits`: held ones go on in the next one."""
    length = (piece.end - piece.start) / (piece.source_end - piece.source)
    for note in notes:
        if note.onset >= piece.source_end:
            break
        if note.onset >= piece.source:
            start = piece.tick(note.onset)
        elif splits and note.end > piece.source:
            start = piece.start
        else:
            continue
        if start >= min(end, piece.end):
            continue
        whole_end = start + max(1, round((note.end - max(note.onset, piece.source)) * length))
        stop = min(whole_end, end, piece.end)
        goes_on = note.onset < piece.source
        yield Struck(start, stop, note.pitch, note.velocity, note.onset, whole_end, goes_on)


def cut_at(struck: Struck, tick: int) -> tuple[Struck, ...]:
    """Return a note in two where a tick lies within it."""
    if not struck.start < tick < struck.end:
        return (struck,)
    return replace(struck, end=tick), replace(struck, start=tick, goes_on=True)


def joined(struck: Iterable[Struck]) -> list[Struck]:
    """Return notes with those parts of one that have one pitch and follow each other as one again."""
    found: list[Struck] = []
    open_ends: dict[tuple[int, int, int], int] = {}
    for each in sorted(struck, key=lambda one: (one.start, one.pitch)):
        place = open_ends.pop((each.start, each.pitch, each.source), None) if each.goes_on else None
        if place is None:
            place = len(found)
            found.append(each)
        else:
            found[place] = replace(found[place], end=each.end)
        open_ends[each.end, each.pitch, each.source] = place
    return found
