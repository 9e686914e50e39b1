"""Where a file turns to another sound: no note is moved to the other side."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from symgen.midi.channels import BANKS, RESET
from symgen.midi.events import CONTROLLER, PROGRAM, SYSEX, MidiFile
from symgen.music.score import Score

__all__ = ["turn_ticks"]

_TURNING = (*BANKS, RESET)


def turn_ticks(score: Score) -> NDArray[np.int64]:
    """Return the ticks of program and bank changes and of resets in the file of a score, rising."""
    if not isinstance(score.source, MidiFile):
        return np.zeros(0, dtype=np.int64)
    found = [np.zeros(0, dtype=np.int64)]
    for number in score.source.played:
        table = score.source.tracks[number].table
        kind = table.status & 0xF0
        turning = (kind == PROGRAM) | ((kind == CONTROLLER) & np.isin(table.first, _TURNING))
        found.append(table.ticks[turning | (table.status == SYSEX)])
    ticks: NDArray[np.int64] = np.unique(np.concatenate(found))
    return ticks
