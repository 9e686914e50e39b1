"""The child process of `symgen.cli.batch`: does a command for one file after the other, and says what it printed."""

from __future__ import annotations

import argparse
import io
import json
import os
import signal
import sys
from contextlib import redirect_stderr, redirect_stdout, suppress
from dataclasses import asdict
from typing import Any

from symgen.cli.batch import Answer, Task, do_task
from symgen.cli.loading import keeping_models
from symgen.cli.telling import Manner, speaking
from symgen.system.ending import run_process
from symgen.system.worker import open_answers, say

__all__ = ["main"]


def main() -> None:
    """Answer each line on stdin with one on stdout."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent ends this process
    answers = open_answers()
    with suppress(BrokenPipeError):
        say(answers, {"ready": True})
        with keeping_models():
            for line in sys.stdin:
                say(answers, asdict(_answer(json.loads(line))))


def _answer(question: dict[str, Any]) -> Answer:
    os.chdir(question["folder"])
    given = {
        name: tuple(value)
        if name in question["options"]["control_names"] and isinstance(value, list)
        else value
        for name, value in question["options"].items()
    }
    task = Task(question["file"], argparse.Namespace(**given), question["line"], question["inputs"])
    manner = Manner(bool(given["quiet"]), bool(given["verbose"]), "never")
    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err), speaking(manner):
        status = do_task(task)
    return Answer(status, out.getvalue(), err.getvalue())


if __name__ == "__main__":
    run_process(main)
