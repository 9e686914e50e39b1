"""Kinds of sound files that are written: WAV by ourselves, FLAC, OGG and MP3 by libsndfile."""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from symgen.audio.ogg import ogg_page, with_serial
from symgen.system.errors import ControlError, MissingDependencyError, RenderError
from symgen.system.requirements import require

__all__ = ["SOUND_SUFFIXES", "check_kind", "encoder", "max_seconds", "wav_header"]

SOUND_SUFFIXES = (".wav", ".flac", ".ogg", ".mp3")
"""Suffixes of the files that can be written."""

_FRAME_BYTES = 4
_MP3_RATES = (8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000)
_SERIAL = 1
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

Encode = Callable[[NDArray[np.int16]], None]


def check_kind(path: Path, rate: int) -> None:
    """Refuse a file whose kind cannot be written, before any work is done.

    `rate`: frames per second.
    """
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
def encoder(file: BinaryIO, kind: str, frames: int, rate: int) -> Iterator[Encode]:
    """Write a sound file into an open one; the block is given a function that takes its samples.

    `rate`: frames per second.
    """
    # The same samples give the same bytes.
    if kind == ".wav":
        file.write(wav_header(frames, rate))
        yield lambda samples: _write(file, samples.astype("<i2").tobytes())
        return
    soundfile = require("soundfile")
    outlet = _OggOutlet(file) if kind == ".ogg" else _Outlet(file)
    try:
        with soundfile.SoundFile(
            outlet, "w", samplerate=rate, channels=2, **_OPTIONS[kind]
        ) as target:
            # Samples of 16 bits come out of libsndfile's MP3 writer as noise (1.2.2), so that it gets floats.
            yield (
                target.write
                if kind == ".flac"
                else lambda samples: target.write(samples.astype(np.float32) / 32768)
            )
    except soundfile.SoundFileError as error:
        outlet.raise_error()
        raise RenderError(
            f"libsndfile cannot write {kind[1:].upper()} ({error}); name a .wav file"
        ) from None
    outlet.raise_error()


def _write(file: BinaryIO, data: bytes) -> None:
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
            super()._put(with_serial(self._waiting[: page.stop], _SERIAL))
            self._waiting = self._waiting[page.stop :]
