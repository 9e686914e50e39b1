"""Compressed recordings, decoded by libsndfile in a process of its own.

Whatever a file makes the library do, this process stays alive and its streams stay clean: the child has a limit on
memory, is ended when it is silent for too long, and hands the sound over block by block.
"""

from __future__ import annotations

import json
import os
import struct
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from typing import IO, Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from symgen.system.errors import FormatError, MissingDependencyError
from symgen.system.processes import child_options, patience

__all__ = ["BLOCK_HEAD", "DECODABLE", "FAILED", "Decoded", "decoded"]

BLOCK_HEAD = struct.Struct("<I")
"""In front of each block of the answer: its number of frames, 0 after the last one."""
FAILED = 2**32 - 1
"""In the place of that number: a line of JSON follows that says what is damaged."""
DECODABLE = ("WAV", "WAVEX", "RF64", "W64", "FLAC", "OGG", "MP3", "AIFF", "CAF", "AU")
"""Kinds of files, as libsndfile calls them."""

_WORKER = "symgen.audio._sound_worker"
_PATIENCE = 60.0
"""Seconds for a block."""
_START = 2.0
"""How many times as long the first answer may take: a busy machine takes its time to start a process."""
_MEMORY = 2**30
_MOST_FRAMES = 2**20
_CUT = 0.99
"""Less than this share of the stated length, and a file breaks off."""
_REMEDY = "export or copy it again as WAV or FLAC"


class Decoded:
    """A recording that is being decoded. `rate, channels`: frames a second, channels."""

    def __init__(self, process: subprocess.Popen[bytes], name: str) -> None:
        self._process, self._name = process, name
        self._stream: IO[bytes] = process.stdout or BytesIO()
        self._late = False
        head = self._line()
        if "missing" in head:
            raise MissingDependencyError(
                f"{name}: the library that reads such recordings is missing ({head['missing']}); "
                "pip install soundfile, or convert the recording to WAV"
            )
        try:
            self.rate, self.channels, self.frames = (
                int(head[key]) for key in ("rate", "channels", "frames")
            )
        except (KeyError, TypeError, ValueError):
            raise self._broken() from None
        self._kind = str(head.get("kind"))
        if self.rate < 1 or self.channels < 1 or self.frames < 0:
            raise self._broken()

    def blocks(self) -> Iterator[NDArray[np.float32]]:
        """Yield the sound.

        Returns shape (frames, channels), full scale is 1, but may be exceeded.
        """
        done = 0
        while len(block := self._block()):
            done += len(block)
            yield block
        if self._kind != "MP3" and done < _CUT * self.frames:  # lengths of MP3 files are guesses
            share = done / self.frames
            raise FormatError(
                f"{self._name}: breaks off, {share:.0%} of its sound is there; {_REMEDY}"
            )

    def _block(self) -> NDArray[np.float32]:
        with patience(_PATIENCE, self._give_up):
            head = self._stream.read(BLOCK_HEAD.size)
            count = BLOCK_HEAD.unpack(head)[0] if len(head) == BLOCK_HEAD.size else _MOST_FRAMES + 1
            size = 4 * self.channels * count if count <= _MOST_FRAMES else 0
            data = self._stream.read(size) if size else b""
        if count == FAILED:
            self._line()
        if count > _MOST_FRAMES or len(data) < size:
            raise self._broken()
        return np.frombuffer(data, dtype="<f4").reshape(-1, self.channels)

    def _line(self) -> dict[str, Any]:
        with patience(_START * _PATIENCE, self._give_up):
            line = self._stream.readline(2**16)
        try:
            said = json.loads(line)
        except (ValueError, RecursionError):
            raise self._broken() from None
        if not isinstance(said, dict):
            raise self._broken()
        if "error" in said:
            raise FormatError(f"{self._name}: {_short(str(said['error']))}; {_REMEDY}")
        return said

    def _give_up(self) -> None:
        self._late = True
        self._process.kill()

    def _broken(self) -> FormatError:
        what = "gave no sound in time" if self._late else "broke down"
        return FormatError(
            f"{self._name}: the decoder {what} over it, it may be damaged; {_REMEDY}"
        )


@contextmanager
def decoded(file: BinaryIO, name: str) -> Iterator[Decoded]:
    """Decode a recording while the block runs."""
    os.lseek(
        file.fileno(), 0, os.SEEK_SET
    )  # the child shares this place, and a seek may stay inside a buffer
    with _start(file, name) as process:
        try:
            yield Decoded(process, name)
        finally:
            process.kill()


def _start(file: BinaryIO, name: str) -> subprocess.Popen[bytes]:
    try:
        return subprocess.Popen(
            [sys.executable, "-m", _WORKER, str(_MEMORY), str(_PATIENCE)],
            stdin=file,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            # The buffers of many threads would count against the limit on memory.
            **child_options(OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1", PYTHONWARNINGS="ignore"),
        )
    except OSError as error:
        reason = error.strerror or str(error)
        raise MissingDependencyError(
            f"{name}: no process can be started to decode it ({reason}); "
            "close other programs, or convert the recording to WAV"
        ) from None


def _short(text: str) -> str:
    """Return what the library says without what it says of the file object, in one line."""
    line = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    line = line.replace("Error opening <_io.BufferedReader name=0>: ", "")[:200]
    return "is no recording of a kind that is read" if "not recognised" in line else line
