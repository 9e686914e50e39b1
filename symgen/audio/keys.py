"""From a score's notes to keys that go down and up: how music is played that no MIDI file says more about."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from symgen.audio.events import (
    GRAIN,
    MOST_CHANNELS,
    NOTE_OFF,
    NOTE_ON,
    PRESET,
    Messages,
    make_messages,
    tick_frames,
)
from symgen.audio.soundfonts import DRUM_BANK
from symgen.music.score import Score

__all__ = ["assign_channels", "key_strokes", "note_messages"]


def assign_channels(score: Score) -> tuple[int, ...]:
    """Give each part a channel of its own.

    Returns 0..255; an empty part has one that others may have.
    """
    # Beyond 256 parts with notes those of one instrument share one.
    playing = sum(bool(part.notes) for part in score.parts)
    channels: dict[tuple[bool, int], int] = {}
    chosen = []
    for index, part in enumerate(score.parts):
        key = (part.is_drum, part.program if playing > MOST_CHANNELS else index)
        chosen.append(channels.setdefault(key, len(channels) % MOST_CHANNELS) if part.notes else 0)
    return tuple(chosen)


def note_messages(score: Score, rate: int) -> Messages:
    """Return the presets of all parts that have notes, and their notes.

    `rate`: frames per second.
    """
    channels = assign_channels(score)
    presets = {channel: (DRUM_BANK if part.is_drum else 0, part.program)
               for channel, part in zip(channels, score.parts, strict=True) if part.notes}  # fmt: skip
    banks, programs = np.array(list(presets.values()), dtype=np.int64).reshape(-1, 2).T
    heads = make_messages(
        len(presets), kind=PRESET, channel=list(presets), first=banks, second=programs
    )
    keys = key_strokes(score, channels, rate)
    count = len(keys)
    messages = make_messages(
        2 * count,
        frame=np.r_[keys[:, 1], keys[:, 0]],
        kind=np.repeat(np.array([NOTE_OFF, NOTE_ON], dtype=np.uint8), count),
    )
    messages["channel"] = np.tile(keys[:, 2].astype(np.uint8), 2)
    messages["first"] = np.tile(keys[:, 3].astype(np.uint8), 2)
    messages["second"][count:] = keys[:, 4]
    messages["part"][count:] = keys[:, 5]
    del keys
    order = np.argsort(messages["frame"], kind="stable")
    return np.concatenate([heads, messages[order]])


def key_strokes(score: Score, channels: tuple[int, ...], rate: int) -> NDArray[np.int32]:
    """Return all notes as keys that are held, without two at once on one key of one channel.

    `rate`: frames per second; returns shape (keys, 6), rows ``(down, up, channel, pitch, velocity,
    part)``, sorted; times in frames, multiples of `GRAIN`.
    """
    # Where notes of the same channel and pitch overlap, the later one strikes the key again and the
    # key goes up when the last of them ends.
    # A piece may have a million notes: nothing is kept twice for longer than need be.
    notes = score.note_array()
    notes[:, 1] += notes[:, 0]
    rows = np.empty((len(notes), 6), dtype=np.int32)
    for column in (0, 1):
        rows[:, column] = tick_frames(score, notes[:, column], rate)
    rows[:, 1] = np.maximum(rows[:, 1], rows[:, 0] + GRAIN)
    rows[:, 3:] = notes[:, 2:]
    del notes
    rows[:, 2] = np.array(channels or (0,), dtype=np.int32)[rows[:, 5]]
    rows = rows[np.lexsort((rows[:, 1], rows[:, 0], rows[:, 3], rows[:, 2]))]
    rows = _one_at_a_time(rows)
    return rows[np.lexsort((rows[:, 3], rows[:, 2], rows[:, 1], rows[:, 0]))]


def _one_at_a_time(rows: NDArray[np.int32]) -> NDArray[np.int32]:
    """Strike a key again where it is still held; rows are sorted by channel, pitch, down and up."""
    if not len(rows):
        return rows
    new_key = np.r_[True, (rows[1:, 2:4] != rows[:-1, 2:4]).any(axis=1)]
    new_stroke = new_key | np.r_[True, rows[1:, 0] != rows[:-1, 0]]
    # The latest end so far on each key; what a key before it reached lies below, as each key has a floor of its own.
    floors = (np.cumsum(new_key) - 1) * (int(rows[:, 1].max()) + 1)
    ends = np.maximum.accumulate(rows[:, 1] + floors) - floors
    firsts = np.flatnonzero(new_stroke)
    strokes = rows[firsts]
    strokes[:, 1] = ends[np.r_[firsts[1:], len(rows)] - 1]
    strokes[:, 4] = np.maximum.reduceat(rows[:, 4], firsts)
    again = ~new_key[firsts[1:]]
    strokes[:-1, 1][again] = np.minimum(strokes[:-1, 1], strokes[1:, 0])[again]
    return strokes
