"""The notes of an event array, as columns."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from symgen.tokens.events import Header
from symgen.tokens.vocabulary import DURATION, PART, PITCH, TIME, Vocabulary

__all__ = ["Notes", "event_notes"]

Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Notes:
    """Notes in event order, one array a property.

    Parameters
    ----------
    onset, duration : ndarray of int64, shape (notes,)
        Grid steps.
    part, pitch : ndarray of int64, shape (notes,)
    bar : ndarray of int64, shape (notes,)
        Index of the bar of the onset, a pickup counted.
    """

    onset: Ints
    part: Ints
    pitch: Ints
    duration: Ints
    bar: Ints

    def __len__(self) -> int:
        return len(self.onset)


def event_notes(fields: NDArray[np.uint8], header: Header, vocabulary: Vocabulary) -> Notes:
    """Return the notes of an event array with absolute times.

    Parameters
    ----------
    fields : ndarray of uint8, shape (events, 6)
    header : Header
        Its bars give the times of the bar lines.
    vocabulary : Vocabulary
    """
    time = fields[:, TIME].astype(np.int64)
    is_bar = time == vocabulary.bar
    is_note = time < vocabulary.skip
    bar = np.cumsum(is_bar) - 1
    advance = np.where(is_bar | (time == vocabulary.end), 0, np.minimum(time, vocabulary.longest))
    passed = np.cumsum(advance)
    base = np.maximum.accumulate(np.where(is_bar, passed, 0))
    onset = header.bar_starts[np.clip(bar, 0, header.bars)] + passed - base
    duration = np.minimum(fields[:, DURATION].astype(np.int64), vocabulary.longest)
    return Notes(
        onset[is_note],
        fields[is_note, PART].astype(np.int64),
        fields[is_note, PITCH].astype(np.int64),
        duration[is_note],
        bar[is_note],
    )
