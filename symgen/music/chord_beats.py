"""What sounds in each beat of a piece: pitch classes, and the lowest tone."""

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
    # Whether each pitch class sounds as it begins.
    begun: Floats
    # The lowest pitch as it begins, or `SILENT`; shape (beats,).
    lowest: Ints


def hear(notes: Ints, beats: Beats) -> Heard:
    """Lay notes, rows that begin with onset, duration and pitch, into the beats in which they sound."""
    count = len(beats.starts)
    if not count or not len(notes):
        return Heard(np.zeros((count, 12)), np.zeros((count, 12)), np.full(count, SILENT))
    onset, end = notes[:, 0], notes[:, 0] + notes[:, 1]
    first = np.maximum(np.searchsorted(beats.starts, onset, side="right") - 1, 0)
    spans = np.maximum(np.searchsorted(beats.starts, end, side="left") - first, 0)
    row = np.repeat(np.arange(len(notes)), spans)
    beat = np.arange(len(row)) + np.repeat(first - np.cumsum(spans) + spans, spans)
    onset, end, pitch = onset[row], end[row], notes[row, 2]
    opened, closed = beats.starts[beat], beats.ends[beat]
    length = closed - opened
    sounding = np.maximum(np.minimum(end, closed) - np.maximum(onset, opened), 0)
    place = 12 * beat + pitch % 12
    begins = (onset <= opened + length / _LATE) & (end > opened + length / _LATE)
    begun = np.bincount(place[begins], minlength=12 * count) > 0
    lowest = np.full(count, SILENT)
    np.minimum.at(lowest, beat[begins], pitch[begins])
    filled: Floats = np.bincount(place, sounding / length, 12 * count).astype(np.float64)
    return Heard(filled.reshape(-1, 12), begun.reshape(-1, 12).astype(np.float64), lowest)
