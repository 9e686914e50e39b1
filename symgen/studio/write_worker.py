"""The process that writes takes for `symgen.studio.jobs`.

``python -m symgen.studio.write_worker MEGABYTES`` loads what most jobs need and says ``{"ready": true}``. It answers
each line of JSON (a `WriteTask`) with lines: ``{"begun": true}``, ``{"bar": ...}`` for each bar, ``{"take": ...}`` or
``{"lost": ...}`` for each take, and ``{"done": true}`` or ``{"error": ..., "kind": ...}`` at the end. After
``{"memory": true}`` it ends.
"""

from __future__ import annotations

import json
import os
import sys
import time
import warnings
from typing import IO

from symgen.studio.take_drawing import Models
from symgen.studio.take_telling import told_take
from symgen.studio.take_writing import write_takes
from symgen.studio.write_tasks import WriteTask
from symgen.system.ending import run_process
from symgen.system.errors import SymgenError
from symgen.system.processes import OUT_OF_MEMORY
from symgen.system.resources import DEFAULT_MODEL
from symgen.system.worker import limit_memory, open_answers, say
from symgen.writing.loaded import Progress

__all__ = ["answer", "serve"]

_EACH_SECONDS = 0.05
"""Between two lines that tell of bars."""


def answer(line: bytes, models: Models, answers: IO[bytes]) -> bool:
    """Write the takes of a task, and return whether there is memory for more."""
    try:
        _write(WriteTask.from_json(json.loads(line)), models, answers)
    except SymgenError as error:
        say(answers, {"error": str(error), "kind": type(error).__name__})
    except MemoryError:
        say(answers, {"memory": True})
        return False
    return True


def _write(task: WriteTask, models: Models, answers: IO[bytes]) -> None:
    told = 0.0

    def report(progress: Progress) -> None:
        nonlocal told
        if time.monotonic() - told >= _EACH_SECONDS:
            told = time.monotonic()
            say(answers, {"bar": [progress.take, progress.bar, progress.bars]})

    say(answers, {"begun": True})
    for number, drawn in enumerate(write_takes(task, models, report), 1):
        say(answers, told_take(task, drawn, number))
    say(answers, {"done": True})


def serve(megabytes: int) -> None:
    """Answer until the input ends."""
    with open_answers() as answers:
        warnings.simplefilter("ignore")
        models = _loaded()
        limit_memory(megabytes * 2**20)
        say(answers, {"ready": True})
        for line in sys.stdin.buffer:
            if not answer(line, models, answers):
                return


def _loaded() -> Models:
    """Load what most jobs need; what is broken is told by the job that needs it."""
    models = Models()
    try:
        models.get(DEFAULT_MODEL)
    except SymgenError:
        return Models()
    return models


if __name__ == "__main__":
    try:
        run_process(lambda: serve(int(sys.argv[1])))
    except MemoryError:
        os._exit(OUT_OF_MEMORY)
