"""The sound of a piece, small enough to stand in a page."""

from __future__ import annotations

import base64
import tempfile
from dataclasses import dataclass
from io import BytesIO

import numpy as np

from symgen.audio.encoding import encoder
from symgen.audio.rendering import render
from symgen.midi.excerpt import cut_out
from symgen.music.score import Score
from symgen.system.errors import MissingDependencyError, RenderError
from symgen.system.files import PathLike, read_bytes, scratch_folder

__all__ = ["PageSound", "data_uri", "page_sound"]

_RATE = 24_000
_WAV_HEADER = 44


@dataclass(frozen=True)
class PageSound:
    """A sound as a page holds it."""

    uri: str = ""  # ``data:audio/mpeg;base64,...``; empty if there is none
    notice: str = ""  # what of it is missing


def page_sound(
    score: Score, *, most_seconds: float | None = None, soundfont: PathLike | None = None
) -> PageSound:
    """Render a piece as MP3 of 64 kbit/s in mono, of a long one the first bars."""
    if not score.note_count:
        return PageSound(notice="no sound: the piece holds no notes")
    end = _cut_tick(score, most_seconds)
    heard = score if end is None else cut_out(score, 0, end)
    notice = (
        "" if end is None else f"the sound is that of the first {score.seconds(end):.0f} seconds"
    )
    try:
        return PageSound(data_uri(_mp3(heard, soundfont), "audio/mpeg"), notice)
    except (MissingDependencyError, RenderError) as error:
        return PageSound(notice=f"no sound: {error}")


def data_uri(data: bytes, kind: str) -> str:
    """Return data as an address that holds all of it."""
    return f"data:{kind};base64,{base64.b64encode(data).decode()}"


def _cut_tick(score: Score, most_seconds: float | None) -> int | None:
    """Return the last bar line within so many seconds, nothing if the piece is no longer."""
    if most_seconds is None or score.seconds(score.music_end) <= most_seconds:
        return None
    ends = [bar.end for bar in score.bars if score.seconds(bar.end) <= most_seconds]
    first = min((part.notes[0].onset for part in score.parts if part.notes), default=0)
    return next((end for end in reversed(ends) if end > first), None)


def _mp3(score: Score, soundfont: PathLike | None) -> bytes:
    with scratch_folder(tempfile.gettempdir()) as folder:
        path = folder / "piece.wav"
        render(score, path, rate=_RATE, soundfont=soundfont)
        samples = np.frombuffer(read_bytes(path), "<i2", offset=_WAV_HEADER).reshape(-1, 2)
    buffer = BytesIO()
    with encoder(buffer, ".mp3", len(samples), _RATE, small=True) as encode:
        encode(samples)
    return buffer.getvalue()
