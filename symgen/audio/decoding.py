"""Recordings read in blocks: plain WAV by ourselves, all else by libsndfile in a process of its own.

Whatever a file makes the library do, this process stays alive and its streams stay clean: the child
has a limit on memory, is ended when it is silent for too long, and hands the sound over block by
block.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from symgen.system.errors import FormatError, MissingDependencyError
from symgen.system.processes import Fault, Worker
from symgen.system.text import one_line

__all__ = ["BLOCK_SAMPLES", "DECODABLE", "Decoded", "PlainWav", "decoded", "find_plain_wav"]

BLOCK_SAMPLES = 2**18
"""Samples of all channels that are held at a time."""

_PCM, _FLOAT, _EXTENSIBLE = 1, 3, 0xFFFE
_KINDS = {(_PCM, 8), (_PCM, 16), (_PCM, 24), (_PCM, 32), (_FLOAT, 32), (_FLOAT, 64)}
_MOST_CHUNKS = 10_000
_UNKNOWN_SIZES = (0, 0x7FFFFFFF, 0xFFFFFFFF)
"""What programs write that record to a pipe, or were killed before they knew the size."""


@dataclass(frozen=True, slots=True)
class PlainWav:
    """Where the samples of a WAV file lie, and what they are."""

    rate: int  # frames a second
    channels: int
    floating: bool  # whether the samples are floating point
    width: int  # bytes of a sample
    # First byte, and how many frames follow
    start: int
    frames: int

    def blocks(self, file: BinaryIO) -> Iterator[NDArray[np.float32]]:
        """Yield the sound. Returns shape (frames, channels), full scale is 1."""
        file.seek(self.start)
        size, left = max(1, BLOCK_SAMPLES // self.channels), self.frames
        while left:
            data = file.read(min(size, left) * self.channels * self.width)
            count = len(data) // (self.channels * self.width)
            if not count:  # the file was cut meanwhile
                return
            left -= count
            yield self._decode(data[: count * self.channels * self.width]).reshape(
                count, self.channels
            )

    def _decode(self, data: bytes) -> NDArray[np.float32]:
        if self.floating:
            with np.errstate(over="ignore", invalid="ignore"):
                return np.frombuffer(data, dtype=f"<f{self.width}").astype(np.float32)
        if self.width == 1:
            return (np.frombuffer(data, dtype=np.uint8).astype(np.float32) - 128) / np.float32(128)
        if self.width == 3:
            padded = np.zeros((len(data) // 3, 4), dtype=np.uint8)
            padded[:, 1:] = np.frombuffer(data, dtype=np.uint8).reshape(-1, 3)
            return padded.view("<i4").reshape(-1).astype(np.float32) / np.float32(2**31)
        whole = np.frombuffer(data, dtype=f"<i{self.width}").astype(np.float32)
        return whole / np.float32(2 ** (8 * self.width - 1))


def find_plain_wav(file: BinaryIO, name: str) -> PlainWav | None:
    """Look for plain samples in a file."""
    # Returns none if it is no WAV file, or one whose samples are compressed.
    size = file.seek(0, os.SEEK_END)
    file.seek(0)
    head = file.read(12)
    if head[:4] != b"RIFF" or head[8:] != b"WAVE":
        return None
    layout: tuple[int, int, int, int, int] | None = None
    for kind, start, length in _chunks(file, size):
        if kind == b"fmt ":
            layout = _layout(file.read(min(length, 64)))
        elif kind == b"data" and layout is not None:
            tag, channels, rate, align, bits = layout
            if (tag, bits) not in _KINDS:
                return None
            if not channels or not rate or align != channels * bits // 8:
                break
            frames = (
                _sound_bytes(name, length, size - start, struct.unpack("<I", head[4:8])[0]) // align
            )
            return PlainWav(rate, channels, tag == _FLOAT, bits // 8, start, frames)
    raise FormatError(
        f"{name}: is a damaged WAV file, its header leads to no sound; record or copy it again"
    )


def _chunks(file: BinaryIO, size: int) -> Iterator[tuple[bytes, int, int]]:
    """Yield kind, first byte and stated length of each chunk; the file stands at its first byte."""
    place = 12
    for _ in range(_MOST_CHUNKS):
        file.seek(place)
        head = file.read(8)
        if len(head) < 8:
            return
        kind, length = struct.unpack("<4sI", head)
        yield kind, place + 8, length
        place += 8 + length + length % 2
        if place >= size:
            return


def _layout(data: bytes) -> tuple[int, int, int, int, int] | None:
    """Return kind, channels, rate, bytes a frame and bits a sample."""
    if len(data) < 16:
        return None
    tag, channels, rate, _, align, bits = struct.unpack("<HHIIHH", data[:16])
    if tag == _EXTENSIBLE and len(data) >= 40:
        tag = struct.unpack("<H", data[24:26])[0]
    return tag, channels, rate, align, bits


def _sound_bytes(name: str, stated: int, there: int, riff: int) -> int:
    """Return how many bytes of sound there are, if that is what the header says."""
    if stated in _UNKNOWN_SIZES and riff not in range(1, there) and there > 0:
        return there
    if stated > there + 1:
        share = there / stated
        raise FormatError(
            f"{name}: breaks off, {share:.0%} of its sound is there; record or copy it again"
        )
    return min(stated, there)


DECODABLE = ("WAV", "WAVEX", "RF64", "W64", "FLAC", "OGG", "MP3", "AIFF", "CAF", "AU")
"""Kinds of files, as libsndfile calls them."""

_WORKER = "symgen.audio.sound_worker"
_PATIENCE = 60.0
"""Seconds for a block."""
_START = 2.0
"""How many times as long the first answer may take: a busy machine takes its time to start a process."""
_MEMORY = 2**30
_CUT = 0.99
"""Less than this share of the stated length, and a file breaks off."""
_REMEDY = "export or copy it again as WAV or FLAC"


class Decoded:
    """A recording that is being decoded: `rate` in frames a second, `channels`."""

    def __init__(self, worker: Worker, name: str) -> None:
        self._worker, self._name = worker, name
        head = worker.hear(_START * _PATIENCE)
        if "missing" in head:
            raise MissingDependencyError(
                f"{name}: the library that reads such recordings is missing ({head['missing']}); "
                "pip install soundfile, or convert the recording to WAV"
            )
        try:
            self.rate, self.channels = int(head["rate"]), int(head["channels"])
            self.frames = int(head["frames"])
        except (KeyError, TypeError, ValueError):
            raise worker.explain("nonsense") from None
        self._kind = str(head.get("kind"))
        if self.rate < 1 or self.channels < 1 or self.frames < 0:
            raise worker.explain("nonsense")

    def blocks(self) -> Iterator[NDArray[np.float32]]:
        """Yield the sound, shape (frames, channels); full scale is 1, but may be exceeded."""
        done = 0
        while data := self._worker.block(4 * self.channels, _PATIENCE):
            block = np.frombuffer(data, dtype="<f4").reshape(-1, self.channels)
            done += len(block)
            yield block
        if self._kind != "MP3" and done < _CUT * self.frames:  # lengths of MP3 files are guesses
            share = done / self.frames
            raise FormatError(
                f"{self._name}: breaks off, {share:.0%} of its sound is there; {_REMEDY}"
            )


@contextmanager
def decoded(file: BinaryIO, name: str) -> Iterator[Decoded]:
    """Decode a recording while the block runs."""

    def explain(fault: Fault) -> FormatError:
        what = "gave no sound in time" if fault == "late" else "broke down"
        return FormatError(f"{name}: the decoder {what} over it, it may be damaged; {_REMEDY}")

    def refuse(error: str) -> FormatError:
        return FormatError(f"{name}: {_short(error)}; {_REMEDY}")

    # The child shares this place in the file, and a seek of ours may stay inside a buffer.
    os.lseek(file.fileno(), 0, os.SEEK_SET)
    command = ["-m", _WORKER, str(_MEMORY), str(_PATIENCE)]
    try:
        worker = Worker(command, explain, stdin=file, refuse=refuse)
    except OSError as error:
        reason = error.strerror or str(error)
        raise MissingDependencyError(
            f"{name}: no process can be started to decode it ({reason}); "
            "close other programs, or convert the recording to WAV"
        ) from None
    with worker:
        yield Decoded(worker, name)


def _short(text: str) -> str:
    """Return what the library says without what it says of the file object, in one line."""
    line = one_line(text).replace("Error opening <_io.BufferedReader name=0>: ", "")[:200]
    return "is no recording of a kind that is read" if "not recognised" in line else line
