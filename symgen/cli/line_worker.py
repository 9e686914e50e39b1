"""The child process of `symgen.doors.lines`: runs one command line after the other, and says what each printed."""

from __future__ import annotations

import io
import json
import os
from contextlib import redirect_stderr, redirect_stdout
from typing import Any

from symgen.cli import main as run_command
from symgen.cli.answering import answer_lines
from symgen.cli.telling import complain_of
from symgen.system.ending import run_process
from symgen.system.errors import SymgenError

__all__ = ["main"]


def main() -> None:
    """Answer each line on stdin with one on stdout."""
    answer_lines(_answer)


def _answer(question: dict[str, Any]) -> dict[str, Any]:
    os.chdir(question["folder"])
    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        try:
            checks = question.get("checks")
            status = _check(checks) if checks else run_command(question["words"])
        except SystemExit as end:  # help, and the version
            status = int(end.code or 0)
    return {"status": status, "out": out.getvalue(), "err": err.getvalue()}


def _check(question: dict[str, Any]) -> int:
    """Hold a file to controls, and print what comes of it."""
    from symgen.doors.checking import check_file

    try:
        print(json.dumps(check_file(**question)))
    except SymgenError as error:
        complain_of(question["file"], error)
        return error.exit_status
    return 0


if __name__ == "__main__":
    run_process(main)
