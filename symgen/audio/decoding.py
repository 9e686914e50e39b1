"""Compressed recordings, decoded by libsndfile in a process of its own.

Whatever a file makes the library do, this process stays alive and its streams stay clean: the child has a limit on
memory, is ended when it is silent for too long, and hands the sound over block by block.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from symgen.system.errors import FormatError, MissingDependencyError
from symgen.system.processes import Fault, Worker

__all__ = ["DECODABLE", "Decoded", "decoded"]

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
    line = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    line = line.replace("Error opening <_io.BufferedReader name=0>: ", "")[:200]
    return "is no recording of a kind that is read" if "not recognised" in line else line
