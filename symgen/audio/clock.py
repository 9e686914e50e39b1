"""When FluidSynth's player sends what stands at a tick.

Its clock counts whole milliseconds, at the start of each of its buffers; an event is due half a tick early, and a
change of tempo counts from the buffer in which it is found. All this is done here as it does it, so that the same file
gives the same samples.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import ceil

import numpy as np
from numpy.typing import NDArray

from symgen.audio.events import GRAIN, tick_frames
from symgen.midi.events import TEMPO, MidiFile
from symgen.music.score import Score

__all__ = ["player_frames"]

_FIRST_TEMPO = 500_000
_FARTHEST = 0.020
"""Seconds that an event may be off its time: where ticks are long, or tempos many, the player strays, and the score is
followed instead."""

_Frames = NDArray[np.int64]


def player_frames(score: Score, file: MidiFile, ticks: _Frames, rate: int) -> _Frames:
    """Return the times of many ticks in frames, multiples of `GRAIN`.

    `ticks` has shape (n,); `rate`: frames per second.
    """
    exact = tick_frames(score, ticks, rate)
    if file.timing[1] is not None or not len(ticks):
        return exact
    anchors = np.array(list(_anchors(file, rate)))
    starts, times, lengths = anchors.T
    at = np.maximum(np.searchsorted(starts, ticks, side="left") - 1, 0)
    due = np.maximum(times[at] + (ticks - 0.5 - starts[at]) * lengths[at], 0.0)
    frames: _Frames = np.ceil(np.ceil(due) * rate / (1000 * GRAIN)).astype(np.int64) * GRAIN
    strays = np.abs(frames - exact).max() > _FARTHEST * rate
    return exact if strays else frames


def _anchors(file: MidiFile, rate: int) -> Iterator[tuple[float, float, float]]:
    """Yield from where the player counts: tick, millisecond, and milliseconds a tick from there on."""

    def length(microseconds: int) -> float:
        return float(np.float32(microseconds) / np.float32(file.division) / np.float32(1000))

    tick, time, buffer, step = 0, 0, 0, length(_FIRST_TEMPO)
    yield tick, time, step
    for when, microseconds in _tempos(file):
        due = max(time + (when - 0.5 - tick) * step, 0.0)
        buffer = max(buffer, ceil(ceil(due) * rate / (1000 * GRAIN)))
        now = 1000 * GRAIN * buffer // rate
        tick, time = tick + int((now - time) / step + 0.5), now
        step = length(microseconds)
        yield tick, time, step


def _tempos(file: MidiFile) -> list[tuple[int, int]]:
    """Return tick and microseconds a quarter note of each tempo, in the order in which they are found."""
    found = [(tick, index, number, int.from_bytes(payload, "big"))
             for index in file.played for number, tick, payload in file.tracks[index].metas(TEMPO)
             if len(payload) == 3]  # fmt: skip
    return [(tick, microseconds) for tick, _, _, microseconds in sorted(found) if microseconds]
