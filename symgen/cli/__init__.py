"""The command line: parse, one library call, print. Only this package prints and sets exit codes."""

from __future__ import annotations

import os
import shlex
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from importlib import import_module
from io import TextIOWrapper
from typing import TYPE_CHECKING

from symgen.cli.signals import Terminated, ending_in_order
from symgen.cli.telling import Manner, color_of, complain, detail, note, one_line, speaking, timed
from symgen.system.errors import FormatError, SymgenError
from symgen.system.inputs import keeping
from symgen.system.requirements import missing_library
from symgen.system.temporary import release_names, remove_own

if TYPE_CHECKING:
    import argparse  # loaded once signals are heeded

    from symgen.cli.options import Context

__all__ = ["main"]

# Options that name what is read, and what it is to the command.
_READ = {
    "tune": "tune", "recording": "recording", "files": "file", "file": "file", "prime": "tune", "sources": "source",
    "source": "source", "store": "store", "generated": "music", "reference": "reference", "model": "model",
    "language_model": "model", "soundfont": "soundfont", "val_soundfont": "soundfont",
}  # fmt: skip
# The same, written as ``NAME=FILE``.
_READ_IN_PAIRS = {"facts": "table", "hold_out": "held-out music"}


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
    from symgen.cli.commands import make_parser
    from symgen.cli.front import front_page, read_line
    from symgen.cli.options import Context, UsageError

    if not words:
        print(front_page())
        return 0
    try:
        line = read_line(words, make_parser())
    except UsageError as error:
        complain(str(error))
        return 2
    options = line.options
    context = Context(options, shlex.join(["symgen", *line.words]))
    with speaking(Manner(options.quiet, options.verbose, options.color)):
        if line.files:
            detail(f"with {', '.join(line.files)}: {context.line}")
        return _do(context, line.files)


def _do(context: Context, files: Mapping[str, str]) -> int:
    module, _, job = context.options.job.partition(":")
    # Whatever is read is known before anything is written, so that no output replaces an input.
    inputs = {**files, **_inputs(context.options)}
    with keeping(inputs, vars(context.options).get("output")):
        try:
            command = getattr(import_module(f"symgen.cli.{module}"), job)
            with timed("in all"):
                result = command(context)
        finally:
            release_names()
    # Told at the end only: a command that fails says nothing but why.
    for notice in result.notices:
        note(one_line(notice))
    return int(result.status)


def _inputs(options: argparse.Namespace) -> dict[str, str]:
    """Return the files and folders that a command reads, and what they are to it."""
    found = {}
    for name, role in (_READ | _READ_IN_PAIRS).items():
        value = vars(options).get(name) or []
        for text in value if isinstance(value, list) else [value]:
            found[text.partition("=")[2] if name in _READ_IN_PAIRS else text] = role
    return found


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
