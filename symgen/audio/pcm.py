"""Plain WAV files: whole numbers of 8 to 32 bits, or floating point, read in blocks without any library of C."""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from symgen.system.errors import FormatError

__all__ = ["BLOCK_SAMPLES", "PlainWav", "find_plain_wav"]

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
    """Look for plain samples in a file.

    Returns none if it is no WAV file, or one whose samples are compressed.
    """
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
