"""Timed channel messages: what a synthesizer is told, and when."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from symgen.music.score import Score

__all__ = [
    "BEND",
    "CHANNEL_PRESSURE",
    "CONTROLLER",
    "GRAIN",
    "KEY_PRESSURE",
    "MESSAGE",
    "MOST_CHANNELS",
    "NOBODY",
    "NOTE_OFF",
    "NOTE_ON",
    "PRESET",
    "RESET",
    "TAIL_SECONDS",
    "Messages",
    "Performance",
    "Playing",
    "alone",
    "make_messages",
    "tick_frames",
    "tick_seconds",
]

GRAIN = 64
"""Frames per internal buffer of FluidSynth: finer times than this cannot be heard by it."""

MOST_CHANNELS = 256

TAIL_SECONDS = 6.0
"""Most sound after the last message."""

NOTE_OFF, NOTE_ON, KEY_PRESSURE, CONTROLLER = 0x80, 0x90, 0xA0, 0xB0
PRESET, CHANNEL_PRESSURE, BEND, RESET = 0xC0, 0xD0, 0xE0, 0xFF
"""Kinds of messages, after their status bytes. `PRESET` is a program change that names the bank too."""

MESSAGE = np.dtype(
    [
        ("frame", "<u4"),
        ("kind", "u1"),
        ("channel", "u1"),
        ("first", "u1"),
        ("second", "u1"),
        ("part", "<u2"),
    ]
)
"""A message: its time in frames, a multiple of `GRAIN`; its kind; its channel, 0..255; two data bytes, of `PRESET` the
bank and the program; and, of `NOTE_ON`, the part that plays. Ten bytes, as a piece may have millions."""

NOBODY = 2**16 - 1
"""In the place of a part."""

Messages = NDArray[np.void]
"""Rows of `MESSAGE`, in the order in which they are sent."""


@dataclass(frozen=True)
class Performance:
    """What is played."""

    messages: Messages  # shape (n,); by time; presets that the soundfont holds
    notices: tuple[str, ...] = ()  # one line for each thing that is not as the score asks for

    @property
    def keys_up(self) -> int:
        """Frame at which the last key is let go."""
        is_key = np.isin(self.messages["kind"], (NOTE_ON, NOTE_OFF))
        return int(self.messages["frame"][is_key].max(initial=0))

    @property
    def end(self) -> int:
        """Frame of the last message; what follows dies away."""
        return int(self.messages["frame"].max(initial=0))

    @property
    def parts(self) -> tuple[int, ...]:
        """Indices of the parts that play, in order."""
        playing = self.messages["part"][self.messages["kind"] == NOTE_ON]
        return tuple(np.unique(playing).tolist())


@dataclass(frozen=True)
class Playing:
    """How a performance is played."""

    rate: int = 44100  # frames per second
    # Effects of the synthesizer; how much of them each part gets the soundfont and controllers 91
    # and 93 say
    chorus: bool = False
    reverb: bool = True
    # Length; without it the sound ends when it has died away, at most `TAIL_SECONDS` after the last
    # message
    frames: int | None = None

    def length(self, performance: Performance) -> int:
        """Most frames that are played."""
        return (
            performance.end + round(self.rate * TAIL_SECONDS)
            if self.frames is None
            else self.frames
        )


def make_messages(count: int, **columns: Any) -> Messages:
    """Return messages of which each column is an array or one value; without a part unless one is given."""
    made = np.zeros(count, dtype=MESSAGE)
    for name, values in {"part": NOBODY, **columns}.items():
        made[name] = values
    return made


def alone(messages: Messages, part: int) -> Messages:
    """Return what one part plays, so that the sounds of all parts sum to that of the whole."""
    # All controllers stay, as they may be meant for it; a key that another part strikes lets go
    # what sounds on it.
    mine = messages.copy()
    others = (mine["kind"] == NOTE_ON) & (mine["part"] != part)
    mine["kind"][others] = NOTE_OFF
    return mine


def tick_seconds(score: Score, ticks: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return the times of many ticks in seconds, through the tempo map.

    `ticks`: any shape, times in ticks; returns the same shape, seconds, equal to `Score.seconds` of each.
    """
    starts = np.array([change.tick for change in score.tempos], dtype=np.int64)
    tempos = np.array([change.microseconds for change in score.tempos], dtype=np.float64)
    times = np.concatenate([[0.0], np.cumsum(np.diff(starts) * tempos[:-1])])
    at = np.searchsorted(starts, ticks, side="right") - 1
    seconds: NDArray[np.float64] = (
        (times[at] + (ticks - starts[at]) * tempos[at]) / score.resolution / 1e6
    )
    return seconds


def tick_frames(score: Score, ticks: NDArray[np.int64], rate: int) -> NDArray[np.int64]:
    """Return the times of many ticks in frames, multiples of `GRAIN`."""
    grains = np.rint(tick_seconds(score, ticks) * (rate / GRAIN))
    frames: NDArray[np.int64] = grains.astype(np.int64) * GRAIN
    return frames
