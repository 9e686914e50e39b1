"""Kinds of sound files that are written: WAV by ourselves, FLAC, OGG and MP3 by libsndfile."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

import numpy as np
from numpy.typing import NDArray

from symgen.system.errors import ControlError, MissingDependencyError, RenderError
from symgen.system.requirements import require

__all__ = [
    "SOUND_SUFFIXES",
    "OggPage",
    "check_kind",
    "encoder",
    "max_seconds",
    "ogg_checksum",
    "ogg_page",
    "wav_header",
    "with_serial",
]

_HEAD = struct.Struct("<4sBBqIIIB")
_SERIAL, _CHECKSUM = slice(14, 18), slice(22, 26)
_LAST_PAGE = 4
_MIRROR = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))


class OggPage(NamedTuple):
    """Where a page ends, the checksum that it states, and whether it is the last one of its stream."""

    stop: int
    checksum: int
    is_last: bool


def ogg_page(data: bytes, at: int) -> OggPage | None:
    """Read the head of a page; None if there is none at that place, or not the whole of it."""
    head = data[at : at + _HEAD.size]
    if len(head) < _HEAD.size or not head.startswith(b"OggS\0"):
        return None
    _, _, flags, _, _, _, checksum, segments = _HEAD.unpack(head)
    body = at + _HEAD.size + segments
    if len(data) < body:
        return None
    return OggPage(body + sum(data[at + _HEAD.size : body]), checksum, bool(flags & _LAST_PAGE))


def ogg_checksum(page: bytes) -> int:
    """Return the CRC of a page: the polynomial of zlib, but from the highest bit on and without complements."""
    blank = page[: _CHECKSUM.start] + bytes(4) + page[_CHECKSUM.stop :]
    mirrored = zlib.crc32(blank.translate(_MIRROR), 0xFFFFFFFF) ^ 0xFFFFFFFF
    return int.from_bytes(mirrored.to_bytes(4, "little").translate(_MIRROR), "big")


def with_serial(page: bytes, serial: int) -> bytes:
    """Return a page with another serial number of its stream."""
    data = bytearray(page)
    data[_SERIAL] = serial.to_bytes(4, "little")
    data[_CHECKSUM] = ogg_checksum(bytes(data)).to_bytes(4, "little")
    return bytes(data)


SOUND_SUFFIXES = (".wav", ".flac", ".ogg", ".mp3")
"""Suffixes of the files that can be written."""

_FRAME_BYTES = 4
_MP3_RATES = (8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000)
_OWN_SERIAL = 1
_OPTIONS: dict[str, dict[str, Any]] = {
    ".flac": {"format": "FLAC", "subtype": "PCM_16"},
    ".ogg": {"format": "OGG", "subtype": "VORBIS", "compression_level": 0.3},
    ".mp3": {
        "format": "MP3",
        "subtype": "MPEG_LAYER_III",
        "compression_level": 0.0,
        "bitrate_mode": "VARIABLE",
    },
}
"""For `soundfile.SoundFile`: of the lossy ones about 220 and 250 kilobits a second."""
_SMALL: dict[str, dict[str, Any]] = {
    ".ogg": {"compression_level": 0.8},
    ".mp3": {"compression_level": 0.6, "bitrate_mode": "CONSTANT"},
}
"""Where the file is to be small: at 24,000 frames a second about 32 and 64 kilobits a second in mono."""

Encode = Callable[[NDArray[np.int16]], None]


def check_kind(path: Path, rate: int) -> None:
    """Refuse a file whose kind cannot be written, before any work is done."""
    # `rate`: frames per second.
    kind = path.suffix.lower()
    if kind not in SOUND_SUFFIXES:
        raise ControlError(f"output {path}: name a file that ends in {', '.join(SOUND_SUFFIXES)}")
    if kind == ".mp3" and rate not in _MP3_RATES:
        raise ControlError(f"rate {rate}: an MP3 file may have {', '.join(map(str, _MP3_RATES))}")
    if kind in _OPTIONS:
        options = _OPTIONS[kind]
        if not require("soundfile").check_format(options["format"], options["subtype"]):
            raise MissingDependencyError(
                f"output {path}: this libsndfile cannot write {options['format']} files; "
                "pip install --upgrade soundfile, or name a .wav or .flac file"
            )


def max_seconds(rate: int) -> float:
    """Longest WAV file, whose header counts bytes in 32 bits."""
    return (2**32 - 1 - 36) // _FRAME_BYTES / rate


def wav_header(frames: int, rate: int) -> bytes:
    """Return the 44 bytes in front of the samples of a 16-bit stereo file."""
    size = frames * _FRAME_BYTES
    return struct.pack("<4sI4s4sIHHIIHH4sI", b"RIFF", 36 + size, b"WAVE", b"fmt ", 16, 1, 2, rate, rate * _FRAME_BYTES,
                       _FRAME_BYTES, 16, b"data", size)  # fmt: skip


@contextmanager
def encoder(
    file: BinaryIO, kind: str, frames: int, rate: int, *, small: bool = False
) -> Iterator[Encode]:
    """Write a sound file into an open one; the block is given a function that takes its samples."""
    # `rate`: frames per second; `small`: an OGG or MP3 in mono, see `_SMALL`.
    # The same samples give the same bytes.
    if kind == ".wav":
        file.write(wav_header(frames, rate))
        yield lambda samples: _write(file, np.ascontiguousarray(samples, dtype="<i2").data)
        return
    soundfile = require("soundfile")
    outlet = _OggOutlet(file) if kind == ".ogg" else _Outlet(file)
    options = _OPTIONS[kind] | (_SMALL[kind] if small else {})
    try:
        with soundfile.SoundFile(
            outlet, "w", samplerate=rate, channels=1 if small else 2, **options
        ) as target:
            # Samples of 16 bits come out of libsndfile's MP3 writer as noise (1.2.2), so that it gets floats.
            yield (
                target.write
                if kind == ".flac"
                else lambda samples: target.write(_floats(samples, mono=small))
            )
    except soundfile.SoundFileError as error:
        outlet.raise_error()
        raise RenderError(
            f"libsndfile cannot write {kind[1:].upper()} ({error}); name a .wav file"
        ) from None
    outlet.raise_error()


def _floats(samples: NDArray[np.int16], *, mono: bool) -> NDArray[np.float32]:
    """Return samples of full scale 1, both channels in one if that is asked for."""
    found: NDArray[np.float32] = samples.astype(np.float32) / np.float32(32768)
    return (found[:, 0] + found[:, 1]) / np.float32(2) if mono else found


def _write(file: BinaryIO, data: memoryview) -> None:
    file.write(data)


class _Outlet:
    """A file for libsndfile, which calls from C, where an exception would be lost: it is kept, and raised later."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._error: BaseException | None = None

    def write(self, data: bytes) -> int:
        try:
            if self._error is None:
                self._put(data)
                return len(data)
        except BaseException as error:  # noqa: BLE001 - Ctrl-C too must not be lost
            self._error = error
        return 0

    def seek(self, offset: int, whence: int = 0) -> int:
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        return self._file.tell()

    def raise_error(self) -> None:
        """Raise what went wrong, if anything did."""
        if self._error is not None:
            raise self._error

    def _put(self, data: bytes) -> None:
        self._file.write(data)


class _OggOutlet(_Outlet):
    """Gives the stream one serial number for ever, where libsndfile draws one."""

    def __init__(self, file: BinaryIO) -> None:
        super().__init__(file)
        self._waiting = b""

    def tell(self) -> int:
        return super().tell() + len(self._waiting)

    def _put(self, data: bytes) -> None:
        self._waiting += data
        while (page := ogg_page(self._waiting, 0)) and page.stop <= len(self._waiting):
            super()._put(with_serial(self._waiting[: page.stop], _OWN_SERIAL))
            self._waiting = self._waiting[page.stop :]
