"""The command line: parse, one library call, print. Only this package prints and sets exit codes."""

from __future__ import annotations

import os
import shlex
import sys
from collections.abc import Sequence
from contextlib import suppress
from io import TextIOWrapper
from typing import TYPE_CHECKING

from symgen.cli.signals import Terminated, ending_in_order
from symgen.cli.telling import Manner, color_of, complain, detail, note, one_line, speaking, timed
from symgen.system.errors import FormatError, SymgenError
from symgen.system.requirements import missing_library
from symgen.system.temporary import remove_own

if TYPE_CHECKING:
    from symgen.cli.front import Line

__all__ = ["main"]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command."""
    _open_streams()
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
            f"{error.filename}: cannot be read or written"
            if error.filename
            else "cannot write what is to be printed"
        )
        complain(f"{where} ({error.strerror or error}); check the name, permissions and space")
        return FormatError.exit_status


def _run(arguments: Sequence[str] | None) -> int:
    words = list(sys.argv[1:] if arguments is None else arguments)
    with speaking(Manner(color=color_of(words))):
        return _heeding(words)


def _heeding(words: list[str]) -> int:
    """Run a command; what ends it is told in one line."""
    try:
        with ending_in_order():
            return _command(words)
    except SymgenError as error:
        if not error.is_told:
            complain(str(error))
        return error.exit_status
    except (ImportError, OSError) as error:
        missing = missing_library(error)
        if missing is None:
            raise
        complain(str(missing))
        return missing.exit_status
    except KeyboardInterrupt:
        remove_own()
        complain("interrupted")
        return 130
    except Terminated as error:
        remove_own()
        complain("terminated")
        return error.status


def _command(words: list[str]) -> int:
    from symgen.cli.front import front_page
    from symgen.cli.options import UsageError
    from symgen.cli.running import parse

    if "_ARGCOMPLETE" in os.environ:  # the shell asks what a line may be completed to
        from symgen.cli.completion import complete

        complete()
    if not words:
        print(front_page())
        return 0
    try:
        return _obey(parse(words))
    except UsageError as error:  # in the line, or in one that it runs once more
        complain(str(error))
        return 2


def _obey(line: Line) -> int:
    """Run a command line that was read, and tell what there is to notice."""
    from symgen.cli.dispatching import run_line

    options = line.options
    with speaking(Manner(options.quiet, options.verbose, options.color)):
        if line.files:
            detail(f"with {', '.join(line.files)}: {shlex.join(['symgen', *line.words])}")
        for text in line.told:
            note(one_line(text))
        with timed("in all"):
            result = run_line(line)
        # Told at the end only: a command that fails says nothing but why.
        for notice in result.notices:
            note(one_line(notice))
    return int(result.status)


def _open_streams() -> None:
    """Give a process that was started without standard streams some, so that no file of ours becomes one of them."""
    while (number := os.open(os.devnull, os.O_RDWR)) < 3:  # the lowest number that is free
        continue
    os.close(number)
    if sys.stdout is None:
        sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: PTH123, SIM115
    if sys.stderr is None:
        sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: PTH123, SIM115


def _silence() -> None:
    """Send what is still to be printed nowhere, so that Python does not fail on it when it ends."""
    with suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
