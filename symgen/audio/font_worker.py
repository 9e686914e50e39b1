"""The child process of `symgen.audio.isolation`: plays a piece with a font that is not known."""

from __future__ import annotations

import json
import sys
from contextlib import suppress
from pathlib import Path
from types import ModuleType
from typing import IO, Any

import numpy as np

from symgen.audio.performance import MESSAGE, Messages, Performance, Playing
from symgen.audio.soundfonts import Soundfont
from symgen.audio.synthesizer import (
    count_presets,
    fluidsynth_blocks,
    import_fluidsynth,
    silent_presets,
)
from symgen.system.ending import run_process
from symgen.system.errors import RenderError
from symgen.system.worker import limit_memory, limit_work, open_answers, say, say_block


def main() -> None:
    """Read the job and the messages from stdin, and answer on stdout."""
    answer = open_answers()
    job = json.loads(sys.stdin.buffer.readline())
    messages = np.frombuffer(sys.stdin.buffer.read(), dtype=MESSAGE)
    fluidsynth = import_fluidsynth()
    limit_memory(job["memory"])
    with suppress(BrokenPipeError):
        try:
            if fluidsynth is None:
                raise RenderError(
                    "libfluidsynth was found, but not in a child process; see `symgen doctor`"
                )
            _answer(fluidsynth, job, messages, answer)
        except RenderError as error:
            say(answer, {"error": str(error)})
        answer.close()


def _answer(
    fluidsynth: ModuleType, job: dict[str, Any], messages: Messages, answer: IO[bytes]
) -> None:
    limit_work(job["patience"])
    font = Soundfont(Path(job["font"]), dict.fromkeys(map(tuple, job.get("count", [])), ""))
    if "count" in job:
        say(answer, {"count": count_presets(fluidsynth, font)})
        return
    trials = {(bank, program): pitches for bank, program, pitches in job["trials"]}
    silent = silent_presets(fluidsynth, font, trials)
    say(answer, {"silent": silent})
    if silent and len(silent) == len(trials):
        return
    for block in fluidsynth_blocks(
        fluidsynth, font, Performance(messages), Playing(**job["playing"])
    ):
        say_block(answer, len(block), np.ascontiguousarray(block, dtype="<f4").data)
        limit_work(job["patience"])
    say_block(answer, 0, b"")


if __name__ == "__main__":
    run_process(main)
