"""The child process of `symgen.cli.batch`: does a command for one file after the other, and says what it printed."""

from __future__ import annotations

import argparse
import io
import os
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import asdict
from typing import Any

from symgen.cli.answering import answer_lines
from symgen.cli.batch import Answer, Task, do_task
from symgen.cli.telling import Manner, speaking
from symgen.system.ending import run_process

__all__ = ["main"]


def main() -> None:
    """Answer each line on stdin with one on stdout."""
    answer_lines(_answer)


def _answer(question: dict[str, Any]) -> dict[str, Any]:
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
    return asdict(Answer(status, out.getvalue(), err.getvalue()))


if __name__ == "__main__":
    run_process(main)
