"""The child process of `symgen.audio.isolation`: plays a piece with a font that is not known."""

from __future__ import annotations

import json
import os
import signal
import sys
from contextlib import suppress
from pathlib import Path
from types import ModuleType
from typing import IO, Any

import numpy as np

from symgen.audio.events import MESSAGE, Messages, Performance, Playing
from symgen.audio.isolation import BLOCK_HEAD
from symgen.audio.soundfonts import Soundfont
from symgen.audio.synthesizer import (
    count_presets,
    fluidsynth_blocks,
    import_fluidsynth,
    silent_presets,
)
from symgen.system.errors import RenderError
from symgen.system.processes import end_with_parent


def main() -> None:
    """Read the job and the messages from stdin, and answer on stdout."""
    end_with_parent()
    # What the libraries print is no part of the answer.
    answer = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    job = json.loads(sys.stdin.buffer.readline())
    messages = np.frombuffer(sys.stdin.buffer.read(), dtype=MESSAGE)
    fluidsynth = import_fluidsynth()
    _limit_memory(job["memory"])
    with suppress(BrokenPipeError):
        try:
            if fluidsynth is None:
                raise RenderError(
                    "libfluidsynth was found, but not in a child process; see `symgen doctor`"
                )
            _answer(fluidsynth, job, messages, answer)
        except RenderError as error:
            _say(answer, {"error": str(error)})
        answer.close()


def _answer(
    fluidsynth: ModuleType, job: dict[str, Any], messages: Messages, answer: IO[bytes]
) -> None:
    _limit_time(job["patience"])
    font = Soundfont(Path(job["font"]), dict.fromkeys(map(tuple, job.get("count", [])), ""))
    if "count" in job:
        _say(answer, {"count": count_presets(fluidsynth, font)})
        return
    trials = {(bank, program): pitches for bank, program, pitches in job["trials"]}
    silent = silent_presets(fluidsynth, font, trials)
    _say(answer, {"silent": silent})
    if silent and len(silent) == len(trials):
        return
    for block in fluidsynth_blocks(
        fluidsynth, font, Performance(messages), Playing(**job["playing"])
    ):
        answer.write(BLOCK_HEAD.pack(len(block)))
        answer.write(np.ascontiguousarray(block, dtype="<f4").data)
        _limit_time(job["patience"])
    answer.write(BLOCK_HEAD.pack(0))


def _say(answer: IO[bytes], header: dict[str, Any]) -> None:
    answer.write(json.dumps(header).encode() + b"\n")


def _limit_memory(most: int) -> None:
    with suppress(ImportError, ValueError, OSError):
        import resource

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        resource.setrlimit(resource.RLIMIT_AS, (most, most))


def _limit_time(seconds: float) -> None:
    """End this process unless the next call comes within some seconds of work; holds without the parent too."""
    if hasattr(signal, "setitimer"):
        signal.setitimer(signal.ITIMER_PROF, seconds)


if __name__ == "__main__":
    main()
