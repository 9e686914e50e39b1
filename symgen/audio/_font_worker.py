"""The child process of `symgen.audio.isolation`: plays a piece with a font that is not known."""

from __future__ import annotations

import json
import os
import signal
import sys
from collections import Counter
from contextlib import suppress
from pathlib import Path
from types import ModuleType
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from symgen.audio.events import Voice
from symgen.audio.isolation import BLOCK_HEAD
from symgen.audio.soundfonts import Soundfont
from symgen.audio.synthesizer import count_presets, fluidsynth_blocks, import_fluidsynth, silent_presets
from symgen.childprocess import end_with_parent
from symgen.errors import RenderError

_TRIALS = 8


def main() -> None:
    """Read the job and the keys from stdin, and answer on stdout."""
    end_with_parent()
    # What the libraries print is no part of the answer.
    answer = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    job = json.loads(sys.stdin.buffer.readline())
    keys = np.frombuffer(sys.stdin.buffer.read(), dtype="<i8").reshape(-1, 5)
    fluidsynth = import_fluidsynth()
    _limit_memory(job["memory"])
    with suppress(BrokenPipeError):
        try:
            if fluidsynth is None:
                raise RenderError("libfluidsynth was found, but not in a child process; see `symgen doctor`")
            _answer(fluidsynth, job, keys, answer)
        except RenderError as error:
            _say(answer, {"error": str(error)})
        answer.close()


def _answer(fluidsynth: ModuleType, job: dict[str, Any], keys: NDArray[np.int64], answer: IO[bytes]) -> None:
    _limit_time(job["patience"])
    font = Soundfont(Path(job["font"]), dict.fromkeys(map(tuple, job.get("count", [])), ""))
    if "count" in job:
        _say(answer, {"count": count_presets(fluidsynth, font)})
        return
    voices = [Voice(*preset) for preset in job["presets"]]
    silent = silent_presets(fluidsynth, font, _trials(voices, keys))
    _say(answer, {"silent": silent})
    if silent:
        return
    for block in fluidsynth_blocks(fluidsynth, font, voices, keys, job["rate"]):
        answer.write(BLOCK_HEAD.pack(len(block)))
        answer.write(np.ascontiguousarray(block, dtype="<f4").data)
        _limit_time(job["patience"])
    answer.write(BLOCK_HEAD.pack(0))


def _trials(voices: list[Voice], keys: NDArray[np.int64]) -> dict[tuple[int, int], list[int]]:
    """Return for each preset the pitches that the piece asks of it, the most usual first."""
    counts: dict[tuple[int, int], Counter[int]] = {}
    for voice in voices:
        pitches = keys[keys[:, 2] == voice.channel, 3]
        if len(pitches):
            counts.setdefault((voice.bank, voice.program), Counter()).update(pitches.tolist())
    return {preset: [pitch for pitch, _ in count.most_common(_TRIALS)] for preset, count in counts.items()}


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
