"""What kind of a close the end of a phrase is."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence

from symgen.music.theory import Chord, Key

__all__ = ["cadence_kind"]

_TONIC, _DOMINANT, _SUBDOMINANT = 0, 7, 5


def cadence_kind(pitch: int, end: int, key: Key, chords: Sequence[tuple[int, Chord]] = ()) -> str:
    """Name the close that a melody makes on a pitch: full, plagal, half, deceptive or open.

    With chords, each from a tick on, the two last ones before the tick `end` at which the note is over decide, without
    them the degree of the melody.
    """
    degree = (pitch - key.tonic) % 12
    if not chords:
        if degree == _TONIC:
            return "full"
        return "half" if degree in (2, _DOMINANT, 11) else "open"
    # The chord may come after the note that it carries.
    place = bisect_right([tick for tick, _ in chords], end - 1) - 1
    if place < 0:
        return "open"
    roots = [(chord.root - key.tonic) % 12 for _, chord in chords[max(0, place - 1) : place + 1]]
    last, before = roots[-1], roots[0]
    if last == _TONIC:
        return "plagal" if before == _SUBDOMINANT else "full"
    if last == _DOMINANT:
        return "half"
    return "deceptive" if before == _DOMINANT and last in (8, 9) else "open"
