"""What sounds in each beat of a piece: pitch classes, and the lowest tones."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

__all__ = ["SILENT", "Beats", "Heard", "hear"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

SILENT = 128
"""The lowest pitch where nothing sounds."""

# Players are late on the beat, and hold the last tone over it, by up to this part of it.
_LATE = 8


class Beats(NamedTuple):
    """Where beats begin and end, and whether they open a bar (0), its second half (1), or neither (2)."""

    starts: Ints
    ends: Ints
    levels: Ints


class Heard(NamedTuple):
    """What sounds in each beat."""

    # How many times over each pitch class fills it; shape (beats, 12).
    filled: Floats
    # How many notes of each pitch class sound as it begins, and how many begin in it.
    begun: Floats
    struck: Floats
    # The lowest pitch as it begins, and in the whole of it, or `SILENT`; shape (beats,).
    lowest: Ints
    deepest: Ints

    def between(self, first: int, end: int) -> Heard:
        """Return some of the beats."""
        filled, begun, struck, lowest, deepest = self
        beats = slice(first, end)
        return Heard(filled[beats], begun[beats], struck[beats], lowest[beats], deepest[beats])


def hear(notes: Ints, beats: Beats) -> Heard:
    """Lay notes, rows that begin with onset, duration and pitch, into the beats in which they sound."""
    count = len(beats.starts)
    lowest, deepest = np.full(count, SILENT), np.full(count, SILENT)
    if not count or not len(notes):
        nothing = np.zeros((count, 12))
        return Heard(nothing, nothing, nothing, lowest, deepest)
    inside = (notes[:, 0] < beats.ends[-1]) & (notes[:, 0] + notes[:, 1] > beats.starts[0])
    notes = notes[inside]
    onset, end = notes[:, 0], notes[:, 0] + notes[:, 1]
    first = np.maximum(np.searchsorted(beats.starts, onset, side="right") - 1, 0)
    spans = np.maximum(np.searchsorted(beats.starts, end, side="left") - first, 0)
    row = np.repeat(np.arange(len(notes)), spans)
    beat = np.arange(len(row)) + np.repeat(first - np.cumsum(spans) + spans, spans)
    is_new = beat == first[row]
    onset, end, pitch = onset[row], end[row], notes[row, 2]
    opened, closed = beats.starts[beat], beats.ends[beat]
    length = closed - opened
    sounding = np.maximum(np.minimum(end, closed) - np.maximum(onset, opened), 0)
    begins = (onset <= opened + length / _LATE) & (end > opened + length / _LATE)
    np.minimum.at(lowest, beat[begins], pitch[begins])
    np.minimum.at(deepest, beat, pitch)
    place = 12 * beat + pitch % 12
    counts = [
        np.bincount(places, weights, 12 * count).reshape(-1, 12).astype(np.float64)
        for places, weights in (
            (place, sounding / length),
            (place[begins], None),
            (place[is_new], None),
        )
    ]
    return Heard(counts[0], counts[1], counts[2], lowest, deepest)
