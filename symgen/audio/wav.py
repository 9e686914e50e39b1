"""WAV files: 16 bit, stereo, normalised in loudness, of any length in flat memory."""

from __future__ import annotations

import struct
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import numpy as np
from numpy.typing import NDArray

from symgen.audio.loudness import BLOCK_SECONDS, LoudnessMeter
from symgen.errors import FormatError, RenderError
from symgen.files import atomic_file, new_folder

__all__ = ["MAX_PEAK", "TARGET_LOUDNESS", "WavFacts", "max_seconds", "wav_header", "write_wav"]

TARGET_LOUDNESS = -16.0
"""LUFS: usual for music on the net; nearly all pieces reach it below the peak limit."""

MAX_PEAK = 10 ** (-1 / 20)
"""Highest sample, 1 dB below full scale: room for players that interpolate between samples."""

_FRAME_BYTES = 4
_FADE_SECONDS = 0.05
_SILENT_PEAK = 1e-5
_NOISE_VALUES = 100
_ABSURD = 1e6


@dataclass(frozen=True, slots=True)
class WavFacts:
    """What was written.

    Parameters
    ----------
    frames : int
        Length.
    peak : float
        Highest absolute sample, 1.0 is full scale.
    """

    frames: int
    peak: float


def max_seconds(rate: int) -> float:
    """Longest WAV file, whose header counts bytes in 32 bits."""
    return (2**32 - 1 - 36) // _FRAME_BYTES / rate


def wav_header(frames: int, rate: int) -> bytes:
    """Return the 44 bytes in front of the samples of a 16-bit stereo file."""
    size = frames * _FRAME_BYTES
    return struct.pack("<4sI4s4sIHHIIHH4sI", b"RIFF", 36 + size, b"WAVE", b"fmt ", 16, 1, 2, rate, rate * _FRAME_BYTES,
                       _FRAME_BYTES, 16, b"data", size)  # fmt: skip


def write_wav(
    path: Path, blocks: Iterable[NDArray[np.float32]], rate: int, *, source: str, overwrite: bool = True
) -> WavFacts:
    """Write a stream of blocks as a WAV file of even loudness.

    Two passes, as the gain follows from the whole: the blocks go into an unnamed temporary
    file beside the target (twice the size of the result) while they are measured, and
    from there, scaled and rounded, into the target. The gain brings the piece to
    `TARGET_LOUDNESS`, or its peak to `MAX_PEAK` if that is less.

    Parameters
    ----------
    path : Path
        The file to be written; replaced only when all went well.
    blocks : iterable of ndarray of float32, shape (frames, 2)
        Sound, any range; blocks of 0.4 s, the last one shorter.
    rate : int
        Frames per second.
    source : str
        What plays, for the error message.
    overwrite : bool
        Whether a file that is there by then may be replaced.

    Raises
    ------
    RenderError
        If the sound is silence or bare dither, or holds values that no music has.
    FormatError
        If the file cannot be written.
    """
    try:
        with new_folder(path.parent), tempfile.TemporaryFile(dir=path.parent) as draft:
            frames, gain = _draft(draft, blocks, rate, source)
            draft.seek(0)
            with atomic_file(path, overwrite=overwrite) as file:
                file.write(wav_header(frames, rate))
                values, peak = np.zeros(65536, dtype=np.bool_), 0
                for samples, steady in _scaled(draft, gain, frames, rate):
                    values[samples[:steady].reshape(-1).astype(np.int64) + 32768] = True
                    peak = max(peak, int(np.abs(samples).max()))
                    file.write(samples.tobytes())
                if np.count_nonzero(values) <= _NOISE_VALUES:
                    raise _silence(source)
    except OSError as error:
        raise FormatError(f"{path}: cannot be written ({error.strerror or error}); choose another folder") from None
    return WavFacts(frames, peak / 32767)


def _draft(draft: IO[bytes], blocks: Iterable[NDArray[np.float32]], rate: int, source: str) -> tuple[int, float]:
    """Write the blocks as they are; return their length and the gain that they need."""
    meter, frames = LoudnessMeter(rate), 0
    for block in blocks:
        if not (np.abs(block) < _ABSURD).all():
            raise _silence(source)
        meter.add(block)
        frames += len(block)
        draft.write(np.ascontiguousarray(block, dtype="<f4").tobytes())
    if not meter.peak > _SILENT_PEAK:
        raise _silence(source)
    return frames, min(10 ** ((TARGET_LOUDNESS - meter.loudness) / 20), MAX_PEAK / meter.peak)


def _scaled(draft: IO[bytes], gain: float, frames: int, rate: int) -> Iterator[tuple[NDArray[np.int16], int]]:
    """Yield the draft as 16-bit samples, faded out at the end against a click, and how many lie before the fade."""
    size = round(rate * BLOCK_SECONDS)
    fade = min(frames, round(rate * _FADE_SECONDS))
    start = 0
    while data := draft.read(size * 8):
        block = np.frombuffer(data, dtype="<f4").reshape(-1, 2).astype(np.float64) * (gain * 32767)
        left = frames - start - np.arange(len(block))
        block *= np.minimum(1.0, left / (fade + 1))[:, None]
        yield np.rint(np.clip(block, -32767, 32767)).astype("<i2"), int(np.count_nonzero(left > fade))
        start += len(block)


def _silence(source: str) -> RenderError:
    return RenderError(
        f"{source}: gives no sound for this piece; it may be damaged or, as an SF3, need a libfluidsynth "
        "with libsndfile: take another font with --soundfont, or leave it out for the one shipped"
    )
