"""The command line: parse, one library call, print. Only this package prints and sets exit codes."""

from __future__ import annotations

import os
import shlex
import sys
from collections.abc import Sequence
from contextlib import suppress
from io import TextIOWrapper

from symgen.cli.signals import Terminated, terminating
from symgen.errors import FormatError, SymgenError

__all__ = ["main"]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command.

    Parameters
    ----------
    arguments : sequence of str, optional
        Those of the process by default.

    Returns
    -------
    int
        Exit status: 0 done, 2 usage or contradicting controls, 3 input cannot be read or holds no
        notes, 4 model or checkpoint, 5 audio, 130 interrupted, 143 terminated.
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # names of files may hold anything
    try:
        try:
            return _run(arguments)
        finally:
            sys.stdout.flush()
    except BrokenPipeError:
        _silence()
        return 0
    except OSError as error:
        _silence()
        where = (
            f"{error.filename}: cannot be read or written" if error.filename else "cannot write what is to be printed"
        )
        print(f"symgen: {where} ({error.strerror or error}); check the name, permissions and space", file=sys.stderr)
        return FormatError.exit_status


def _run(arguments: Sequence[str] | None) -> int:
    from symgen.cli.parser import UsageError, make_parser

    try:
        options = make_parser().parse_args(arguments)
        options.command = shlex.join(["symgen", *(sys.argv[1:] if arguments is None else arguments)])
        options.notices, options.status = [], 0
        with terminating():
            options.run(options)
        for notice in options.notices:
            print(notice, file=sys.stderr)
    except UsageError as error:
        print(f"symgen: {error}", file=sys.stderr)
        return 2
    except SymgenError as error:
        print(f"symgen: {_one_line(error)}", file=sys.stderr)
        return error.exit_status
    except KeyboardInterrupt:
        print("symgen: interrupted", file=sys.stderr)
        return 130
    except Terminated:
        print("symgen: terminated", file=sys.stderr)
        return 143
    return int(options.status)


def _silence() -> None:
    """Send what is still to be printed nowhere, so that Python does not fail on it when it ends."""
    with suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())
