"""The sustain pedal, written into the file of a score: the score stays as it is."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from symgen.midi.channels import SUSTAIN
from symgen.midi.edits import Edits
from symgen.midi.event_tables import Event
from symgen.midi.events import CONTROLLER, MidiFile
from symgen.midi.weave import weave
from symgen.music.score import Score

__all__ = ["moves_since", "with_pedals"]

Ints = NDArray[np.int64]


def with_pedals(score: Score, pedals: Sequence[Ints]) -> Score:
    """Return the score with a file that plays the sustain pedal as well.

    Parameters
    ----------
    score : Score
        Its notes, maps and length stay as they are.
    pedals : sequence of ndarray of int64, shape (m, 2)
        One a part: rising ticks, and the value 0..127 of controller 64 from there on. Parts of one channel have one
        pedal: it is down where all of them that have notes want it. Drums have none.

    Returns
    -------
    Score
        Its source is a `MidiFile`; the same score where no pedal moves.
    """
    if not any(len(pedal) for pedal in pedals):
        return score
    file = weave(score)
    edits = Edits(file)
    for parts in _instruments(score, file):
        moves = [pedals[part] for part in parts]
        if any(score.parts[part].is_drum for part in parts) or not all(map(len, moves)):
            continue
        track, channel = file.places[parts[0]]
        edits.add(track, behind=_events(_lowest(moves), channel))
    return replace(score, source=edits.made())


def moves_since(pedal: Ints, tick: int) -> Ints:
    """Return the moves of a pedal that is up until it first goes down at a tick or later."""
    later = pedal[pedal[:, 0] >= tick]
    down = np.flatnonzero(later[:, 1])
    return later[down[0] :] if len(down) else later[:0]


def _instruments(score: Score, file: MidiFile) -> list[list[int]]:
    """Return the parts with notes that play on each channel."""
    found: dict[tuple[int, int], list[int]] = defaultdict(list)
    for number, (track, channel) in enumerate(file.places):
        if score.parts[number].note_count:
            found[file.tracks[track].port, channel].append(number)
    return list(found.values())


def _events(moves: Ints, channel: int) -> list[Event]:
    return [(tick, CONTROLLER | channel, SUSTAIN, value) for tick, value in moves.tolist()]


def _lowest(pedals: Sequence[Ints]) -> Ints:
    """Return the lowest of some pedals at each time, where it changes; all are up before they first move."""
    if len(pedals) == 1:
        return pedals[0]
    ticks = np.unique(np.concatenate([pedal[:, 0] for pedal in pedals]))
    at = [np.searchsorted(pedal[:, 0], ticks, side="right") for pedal in pedals]
    values = [np.append(0, pedal[:, 1])[place] for pedal, place in zip(pedals, at, strict=True)]
    lowest = np.min(values, axis=0)
    moves = np.diff(lowest, prepend=0) != 0
    found: Ints = np.column_stack([ticks, lowest])[moves]
    return found
