"""Piano rolls as drawings: the keys of each frame from the top down, then a stop.

A frame is a set of keys 0 .. keys - 1 (of the piano: A0 to C8), possibly empty. Each draw names the next lower key or
stops, so a frame of k keys takes k + 1 draws, and every sequence of frames can be drawn in exactly one way.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lab.benchmarks.chorales.columns import Bools, Columns, Ints, distinct_rows, latest_match

__all__ = ["KEYS", "SOURCES", "Draws", "Roll", "input_classes", "input_rows", "look_up", "prepare"]

KEYS = 88
_LOWEST = 21
_MIDDLE = 60 - _LOWEST
"""What counts as the last top key before any has sounded."""
_LAGS = (1, 2, 3, 4, 6, 8, 12, 16, 32)
_SUFFIXES = (16, 8, 4, 2)
SOURCES = len(_LAGS) + len(_SUFFIXES)
_STOP, _NOWHERE = 88, 89
_MOST_PICKS = 9


@dataclass(frozen=True)
class Roll:
    """A piece of T frames and what its draws are told of the past."""

    # shape (T, keys).
    frames: Bools
    # Shape (T,): keys in the frame; the highest and the lowest, -1 if it is empty.
    count: Ints
    top: Ints
    bass: Ints
    # Shape (T,): how many frames before were equal, without a gap.
    same: Ints
    # Shape (T,): the last top key before the frame.
    above: Ints
    # Shape (T, SOURCES): earlier frames to look at: at fixed lags, and after the longest equal
    # runs; T for none.
    source: Ints
    # Shape (T + 1, 89): for each frame and key the next lower key that sounds, or stop (88); column
    # 88 has the top. Row T: no frame (89).
    lower: NDArray[np.uint8]
    # Shape (D,): of each draw: its frame and how many keys have been drawn there.
    frame: Ints
    pick: Ints
    # Shape (D,): what is drawn: a key or stop.
    key: Ints
    # Shape (T + 1,): where the draws of each frame begin.
    first: Ints
    # Shape (D, SOURCES): whether the source has the same keys as this frame as far as it is drawn.
    agrees: Bools

    def __len__(self) -> int:
        """Count the frames."""
        return len(self.frames)


@dataclass(frozen=True)
class Draws:
    """The D draws of some frames, ready for the head."""

    # shape (D,).
    frame: Ints
    # Shape (D, features): into a table of `size` rows.
    rows: Ints
    size: int
    # Shape (D, SOURCES): 0 for none, else 1 + class.
    pointers: Ints
    # Shape (D,): the key from which the interval counts; the draw must fall below the ceiling.
    reference: Ints
    ceiling: Ints
    # Shape (D,): class 0: stop; class 88 + d: d semitones from the reference.
    target: Ints


def prepare(frames: Bools) -> Roll:
    """Work out the draws of a piece of shape (T, keys), at most 88 keys."""
    length, keys = frames.shape
    count = frames.sum(1)
    top = np.where(count > 0, keys - 1 - frames[:, ::-1].argmax(1), -1)
    bass = np.where(count > 0, frames.argmax(1), -1)
    same, above = np.zeros(length, np.int64), np.full(length, _MIDDLE)
    for t in range(1, length):
        same[t] = same[t - 1] + 1 if (frames[t] == frames[t - 1]).all() else 0
        above[t] = top[t - 1] if top[t - 1] >= 0 else above[t - 1]
    source, lower = _sources(frames), _lower_keys(frames)
    down, key = np.nonzero(frames[:, ::-1])
    first = np.concatenate([[0], np.cumsum(count + 1)])
    drawn = np.full(first[-1], _STOP)
    drawn[np.arange(len(down)) + down] = keys - 1 - key
    frame = np.repeat(np.arange(length), count + 1)
    pick = np.arange(len(drawn)) - first[frame]
    agrees = np.ones((len(drawn), SOURCES), bool)
    before = np.where(pick > 0, np.roll(drawn, 1), _STOP)
    right = lower[source[frame], before[:, None]] == drawn[:, None]
    for number in range(1, int(count.max(initial=0)) + 1):
        at = np.flatnonzero(pick == number)
        agrees[at] = agrees[at - 1] & right[at - 1]
    return Roll(
        frames, count, top, bass, same, above, source, lower, frame, pick, drawn, first, agrees
    )


def _lower_keys(frames: Bools) -> NDArray[np.uint8]:
    """Tabulate the next lower key; see `Roll.lower`."""
    length, keys = frames.shape
    lower = np.full((length + 1, KEYS + 1), _NOWHERE, np.uint8)
    below = np.full(length, _STOP, np.uint8)
    for key in range(KEYS + 1):
        lower[:length, key] = below
        if key < keys:
            below = np.where(frames[:, key], np.uint8(key), below)
    return lower


def _sources(frames: Bools) -> Ints:
    """Earlier frames to look at; see `Roll.source`."""
    length = len(frames)
    source = np.full((length, SOURCES), length)
    for column, lag in enumerate(_LAGS):
        source[lag:, column] = np.arange(max(0, length - lag))
    numbers = distinct_rows(np.packbits(frames, axis=1))
    for column, run in enumerate(_SUFFIXES, len(_LAGS)):
        found = latest_match(numbers, run)
        source[:, column] = np.where(found >= 0, found, length)
    return source


def _frame_before(values: Ints, frame: Ints, nothing: int, *, back: int = 1) -> Ints:
    """Look at values of earlier frames; `nothing` before the piece."""
    return np.where(frame >= back, values[np.maximum(frame - back, 0)], nothing)


def input_rows(roll: Roll) -> tuple[Ints, int]:
    """Describe, for each step t, frame t - 1: row numbers (T, features) and the size of their table."""
    frame = np.arange(len(roll))
    count = _frame_before(np.minimum(roll.count, 15) + 1, frame, 0)
    top, bass = (_frame_before(values, frame, -1) for values in (roll.top, roll.bass))
    columns = Columns()
    columns.add(count, 17)
    for now, values in ((top, roll.top), (bass, roll.bass)):
        earlier = _frame_before(values, frame, -1, back=2)
        columns.add(
            np.where((now >= 0) & (earlier >= 0), np.clip(now - earlier, -24, 24) + 25, 0), 50
        )
    columns.add(np.where(top >= 0, np.clip(top - bass, 0, 60) + 1, 0), 62)
    columns.add(top + 1, KEYS + 1)
    columns.add(bass + 1, KEYS + 1)
    columns.add(np.minimum(_frame_before(roll.same, frame, 0), 32), 33)
    columns.add(frame % 16, 16)
    columns.add(frame % 12, 12)
    columns.add(np.minimum(frame // 16, 20), 21)
    return columns.rows(), columns.total


def input_classes(roll: Roll) -> NDArray[np.float32]:
    """Pitch classes of each frame in four roles: all keys, new keys, top, bass; counts (T, 48)."""
    frames, keys = roll.frames, roll.frames.shape[1]
    pitch_class = np.eye(12, dtype=np.float32)[(np.arange(keys) + _LOWEST) % 12]
    new = frames.copy()
    new[1:] &= ~frames[:-1]
    ends = [np.where(each[:, None] >= 0, pitch_class[each], 0) for each in (roll.top, roll.bass)]
    return np.concatenate([frames @ pitch_class, new @ pitch_class, *ends], 1).astype(np.float32)


def look_up(roll: Roll, start: int, stop: int) -> Draws:
    """Work out the features of all draws of frames start .. stop - 1."""
    chosen = slice(roll.first[start], roll.first[stop])
    frame, pick, key = roll.frame[chosen], roll.pick[chosen], roll.key[chosen]
    number = np.arange(roll.first[start], roll.first[stop])
    last = np.where(pick > 0, roll.key[np.maximum(number - 1, 0)], _STOP)
    opening = pick == 0
    reference = np.where(opening, roll.above[frame], last)
    ceiling = np.where(opening, roll.frames.shape[1], last)
    columns, pick_class = Columns(), np.minimum(pick, _MOST_PICKS)
    columns.add(pick_class, _MOST_PICKS + 1)
    columns.add(reference, KEYS)
    columns.add(frame % 16, 16)
    columns.add(frame % 12, 12)
    columns.add(np.minimum(_frame_before(roll.same, frame, 0), 16), 17)
    count = _frame_before(np.minimum(roll.count, _MOST_PICKS), frame, 0)
    columns.add(pick_class * (_MOST_PICKS + 1) + count, (_MOST_PICKS + 1) ** 2)
    top, bass = (_frame_before(values, frame, -1) for values in (roll.top, roll.bass))
    columns.add(np.where(top >= 0, np.clip(top - reference, -36, 36) + 37, 0), 74)
    columns.add(np.where(bass >= 0, np.clip(bass - reference, -48, 36) + 49, 0), 86)
    for back in (2, 3, 4):
        earlier = roll.key[np.maximum(number - back, 0)]
        columns.add(np.where(pick >= back, np.clip(earlier - reference, 0, 40) + 1, 0), 42)
    there = roll.lower[roll.source[frame], last[:, None]].astype(np.int64)
    known, stops, agrees = there != _NOWHERE, there == _STOP, roll.agrees[chosen]
    interval = np.clip(there - reference[:, None], -44, 44) + 46
    outcome = np.where(known, np.where(stops, 1, interval), 0) + agrees * 91
    for each in outcome.T:
        columns.add(each, 182)
    pointers = np.where(known, np.where(stops, 0, there - reference[:, None] + KEYS) + 1, 0)
    target = np.where(key == _STOP, 0, key - reference + KEYS)
    return Draws(frame, columns.rows(), columns.total, pointers, reference, ceiling, target)
