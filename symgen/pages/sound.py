"""The sound of a piece, small enough to stand in a page."""

from __future__ import annotations

import base64
from bisect import bisect_right
from dataclasses import dataclass
from io import BytesIO

import numpy as np
from numpy.typing import NDArray

from symgen.audio.encoding import encoder
from symgen.audio.rendering import sound_bytes
from symgen.midi.excerpt import cut_out
from symgen.music.score import Score
from symgen.system.errors import SymgenError
from symgen.system.files import PathLike

__all__ = [
    "RATE",
    "PageSound",
    "data_uri",
    "page_sound",
    "small_encoded",
    "small_samples",
    "small_sound",
]

RATE = 24_000
"""Frames a second of sounds in pages."""
_WAV_HEADER = 44


@dataclass(frozen=True)
class PageSound:
    """A sound as a page holds it."""

    uri: str = ""  # ``data:audio/mpeg;base64,...``; empty if there is none
    notice: str = ""  # what of it is missing


def page_sound(
    score: Score,
    *,
    most_seconds: float | None = None,
    soundfont: PathLike | None = None,
    feel: float | None = None,
) -> PageSound:
    """Render a piece as MP3 of 64 kbit/s in mono, of a long one the first bars; `feel` as for `symgen.render`."""
    if not score.note_count:
        return PageSound(notice="no sound: the piece holds no notes")
    end = _cut_tick(score, most_seconds)
    heard = score if end is None else cut_out(score, 0, end)
    notice = (
        "" if end is None else f"the sound is that of the first {score.seconds(end):.0f} seconds"
    )
    try:
        sound = small_encoded(small_samples(heard, soundfont=soundfont, feel=feel))
        return PageSound(data_uri(sound, "audio/mpeg"), notice)
    except SymgenError as error:
        return PageSound(notice=f"no sound: {error}")


def data_uri(data: bytes, kind: str) -> str:
    """Return data as an address that holds all of it."""
    return f"data:{kind};base64,{base64.b64encode(data).decode()}"


def _cut_tick(score: Score, most_seconds: float | None) -> int | None:
    """Return the last bar line within so many seconds, nothing if the piece is no longer."""
    if most_seconds is None or score.seconds(score.music_end) <= most_seconds:
        return None
    last = bisect_right(range(score.length), most_seconds, key=score.seconds) - 1
    # A bar may be longer than that.
    return max((bar.end for bar in score.bars if bar.end <= last), default=last)


def small_sound(score: Score, kind: str = ".mp3", *, soundfont: PathLike | None = None) -> bytes:
    """Render a piece as a small MP3 or OGG in mono."""
    return small_encoded(small_samples(score, soundfont=soundfont), kind)


def small_samples(
    score: Score, *, soundfont: PathLike | None = None, feel: float | None = None
) -> NDArray[np.int16]:
    """Render a piece at a low rate; shape (frames, 2)."""
    sound = sound_bytes(score, rate=RATE, soundfont=soundfont, feel=feel)
    return np.frombuffer(sound, "<i2", offset=_WAV_HEADER).reshape(-1, 2)


def small_encoded(samples: NDArray[np.int16], kind: str = ".mp3") -> bytes:
    """Return samples of `small_samples` as a small MP3 or OGG in mono."""
    buffer = BytesIO()
    with encoder(buffer, kind, len(samples), RATE, small=True) as encode:
        # libsndfile keeps what it is handed for an OGG on its stack, which minutes of sound overflow.
        for start in range(0, len(samples), RATE):
            encode(samples[start : start + RATE])
    return buffer.getvalue()
