"""The child process of `symgen.audio.decoding`: decodes the recording that is its standard input."""

from __future__ import annotations

import json
import os
import signal
import sys
from contextlib import suppress
from typing import IO, Any

import numpy as np

from symgen.audio.decoding import BLOCK_HEAD, DECODABLE, FAILED
from symgen.audio.pcm import BLOCK_SAMPLES
from symgen.system.processes import end_with_parent

_MOST_CHANNELS = 64


def main(memory: int, patience: float) -> None:
    """Answer on stdout: one line of JSON, then blocks."""
    end_with_parent()
    # What the libraries print is no part of the answer.
    answer = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    _limit(memory)
    with suppress(BrokenPipeError):
        try:
            import soundfile
        except (ImportError, OSError, MemoryError) as error:
            _say(answer, {"missing": str(error) or "no memory"})
        else:
            _answer(soundfile, answer, patience)
        answer.close()


def _answer(soundfile: Any, answer: IO[bytes], patience: float) -> None:
    _limit_time(patience)
    try:
        with os.fdopen(0, "rb") as data, soundfile.SoundFile(data) as file:
            kind, channels = file.format, file.channels
            if kind not in DECODABLE or not 1 <= channels <= _MOST_CHANNELS:
                _say(
                    answer,
                    {"error": f"is of a kind that is not read ({kind}, {channels} channels)"},
                )
                return
            frames = file.frames if 0 < file.frames < 2**48 else 0
            _say(
                answer,
                {
                    "rate": int(file.samplerate),
                    "channels": channels,
                    "frames": frames,
                    "kind": kind,
                },
            )
            _blocks(soundfile, file, answer, patience)
    except (soundfile.SoundFileError, RuntimeError, ValueError, OSError, MemoryError) as error:
        _say(answer, {"error": f"cannot be decoded ({error})"})


def _blocks(soundfile: Any, file: Any, answer: IO[bytes], patience: float) -> None:
    size, damage = max(1, BLOCK_SAMPLES // file.channels), ""
    block = np.zeros((size, file.channels), dtype=np.float32)
    while not damage:
        try:
            read = file.read(size, dtype="float32", always_2d=True, out=block)
        except (soundfile.SoundFileError, RuntimeError, ValueError, OSError) as error:
            damage = str(error)
            break
        if not len(read):
            break
        answer.write(BLOCK_HEAD.pack(len(read)))
        answer.write(np.ascontiguousarray(read, dtype="<f4").data)
        _limit_time(patience)
    answer.write(BLOCK_HEAD.pack(FAILED if damage else 0))
    if damage:
        _say(answer, {"error": damage})


def _say(answer: IO[bytes], header: dict[str, Any]) -> None:
    answer.write(json.dumps(header).encode() + b"\n")
    answer.flush()


def _limit(memory: int) -> None:
    """Limit memory, and let no file be written."""
    with suppress(ImportError, ValueError, OSError):
        import resource

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
        resource.setrlimit(resource.RLIMIT_AS, (memory, memory))


def _limit_time(seconds: float) -> None:
    """End this process unless the next call comes within some seconds of work; holds without the parent too."""
    if hasattr(signal, "setitimer"):
        signal.setitimer(signal.ITIMER_PROF, seconds)


if __name__ == "__main__":
    main(int(sys.argv[1]), float(sys.argv[2]))
