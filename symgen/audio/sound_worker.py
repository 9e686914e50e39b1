"""The child process of `symgen.audio.decoding`: decodes the recording that is its standard input."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from typing import IO, Any

import numpy as np

from symgen.audio.decoding import BLOCK_SAMPLES, DECODABLE
from symgen.system.ending import run_process
from symgen.system.worker import (
    fail_block,
    limit_memory,
    limit_work,
    open_answers,
    say,
    say_block,
)

_MOST_CHANNELS = 64


def main(memory: int, patience: float) -> None:
    """Answer on stdout: one line of JSON, then blocks."""
    answers = open_answers()
    limit_memory(memory)
    with suppress(BrokenPipeError):
        try:
            import soundfile
        except (ImportError, OSError, MemoryError) as error:
            say(answers, {"missing": str(error) or "no memory"})
        else:
            _answer(soundfile, answers, patience)
        answers.close()


def _answer(soundfile: Any, answers: IO[bytes], patience: float) -> None:
    limit_work(patience)
    try:
        with os.fdopen(0, "rb") as data, soundfile.SoundFile(data) as file:
            kind, channels = file.format, file.channels
            if kind not in DECODABLE or not 1 <= channels <= _MOST_CHANNELS:
                error = f"is of a kind that is not read ({kind}, {channels} channels)"
                say(answers, {"error": error})
                return
            head = {"rate": int(file.samplerate), "channels": channels, "kind": kind}
            frames = file.frames if 0 < file.frames < 2**48 else 0
            say(answers, {**head, "frames": frames})
            _blocks(soundfile, file, answers, patience)
    except (soundfile.SoundFileError, RuntimeError, ValueError, OSError, MemoryError) as error:
        say(answers, {"error": f"cannot be decoded ({error})"})


def _blocks(soundfile: Any, file: Any, answers: IO[bytes], patience: float) -> None:
    size = max(1, BLOCK_SAMPLES // file.channels)
    block = np.zeros((size, file.channels), dtype=np.float32)
    while True:
        try:
            read = file.read(size, dtype="float32", always_2d=True, out=block)
        except (soundfile.SoundFileError, RuntimeError, ValueError, OSError) as error:
            fail_block(answers, str(error))
            return
        say_block(answers, len(read), np.ascontiguousarray(read, dtype="<f4").data)
        if not len(read):
            return
        limit_work(patience)


if __name__ == "__main__":
    run_process(lambda: main(int(sys.argv[1]), float(sys.argv[2])))
