"""``-``: standard input where a file is read, standard output where one is written."""

from __future__ import annotations

import argparse
import re
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO

from symgen.cli.commands import commands_by_name
from symgen.cli.lines import PIPE
from symgen.cli.options import Result
from symgen.cli.outputs import SUFFIXES
from symgen.cli.telling import named_as
from symgen.formats.kinds import HEAD, kind_of, plain_text
from symgen.system.errors import ControlError, FormatError, SymgenError
from symgen.system.files import atomic_file, scratch_folder

__all__ = ["run_piped"]

# Words and options that name one file to be read.
_READ = ("tune", "recording", "file", "prime", "what", "piece")
_STDIN, _STDOUT = "standard input", "standard output"
_MOST_BYTES = 2**32
_COPIED = 2**20
_TEXTS = (".musicxml", ".abc", ".svg")
# What writes further files beside the one that is written.
_BESIDE = ("wav", "xml", "abc", "lead_sheet", "plot", "sheet", "report", "json", "stems")
# How recordings begin that are told by their suffix elsewhere.
_SOUND = (
    (re.compile(rb"ID3|\xff[\xe2-\xff]"), ".mp3"),
    (re.compile(rb"FORM....AIF", re.DOTALL), ".aiff"),
    (re.compile(rb"caff"), ".caf"),
    (re.compile(rb"\.snd"), ".au"),
    (re.compile(rb"riff.\x91\xcf\x11|RF64|BW64", re.DOTALL), ".wav"),
    (re.compile(rb"....ftyp", re.DOTALL), ".m4a"),
)


@dataclass(frozen=True)
class _Output:
    """What is to be written to standard output, and where it is made."""

    made: Path
    written: Path


def run_piped(options: argparse.Namespace, run: Callable[[], Result]) -> Result:
    """Run a command whose files may be ``-``."""
    places = [name for name in _READ if vars(options).get(name) == PIPE]
    writes = vars(options).get("output") == PIPE
    if not places and not writes:
        return run()
    if len(places) > 1:
        raise ControlError(f"{PIPE}: {_STDIN} is one file; name the other")
    with scratch_folder(tempfile.gettempdir()) as folder:
        output = _open_output(options, folder) if writes else None
        names: list[tuple[str, str]] = []
        if places:
            spool = _spooled(folder)
            setattr(options, places[0], str(spool))
            _write_here(options)
            names.append((str(spool), _STDIN))
        if output:
            names += [(str(path), _STDOUT) for path in (output.made, output.written)]
        with _renamed(names), named_as(tuple(names), is_mute=writes):
            result = run()
        if output:
            _send(output.made)
    return replace(result, notices=[_rename(notice, names) for notice in result.notices])


def _write_here(options: argparse.Namespace) -> None:
    """Write into the current folder what would lie beside the file that is read."""
    if vars(options).get("out_dir", "") is None:
        options.out_dir = "."


# -- standard input ----------------------------------------------------------------------


def _spooled(folder: Path) -> Path:
    """Copy standard input into a file, whose name says what it is."""
    source = sys.stdin.buffer
    if sys.stdin.isatty():
        raise FormatError(
            f"{_STDIN}: is a terminal; send a file there, as in: symgen continue - < tune.mid"
        )
    head = source.read(HEAD)
    if not head:
        raise FormatError(f"{_STDIN}: is empty; send a file there")
    path = folder / f"stdin{_suffix(head)}"
    with atomic_file(path) as file:
        file.write(head)
        _copy(source, file, _MOST_BYTES)
    return path


def _copy(source: BinaryIO, file: BinaryIO, most: int) -> None:
    while block := source.read(_COPIED):
        most -= len(block)
        if most < 0:
            raise FormatError(f"{_STDIN}: is longer than {_MOST_BYTES} bytes; name a shorter file")
        file.write(block)


def _suffix(head: bytes) -> str:
    """Tell by the first bytes what a file is."""
    kind = kind_of(head, "")
    if kind:
        return kind
    for pattern, suffix in _SOUND:
        if pattern.match(head):
            return suffix
    # A tune in ABC may lack the number that it begins with; what is no text is refused as MIDI.
    return ".abc" if plain_text(head).isprintable() or b"\n" in head else ".mid"


# -- standard output ---------------------------------------------------------------------


def _open_output(options: argparse.Namespace, folder: Path) -> _Output:
    """Let the command write a file of its own, to be sent to standard output."""
    given = vars(options)
    if "format" not in given:
        raise ControlError(
            f"output {PIPE}: this command writes a folder, or several files; name it"
        )
    if given.get("count", 1) != 1:
        raise ControlError(f"output {PIPE}: is for one piece, count is {options.count}")
    beside = [name for name in _BESIDE if given.get(name)]
    if beside:
        raise ControlError(
            f"output {PIPE}: is one file; leave --{beside[0].replace('_', '-')} out, or choose what it is with --format"
        )
    kind = options.format or _usual_kind(options.command)
    made = folder / f"stdout{SUFFIXES[kind]}"
    if made.suffix not in _TEXTS and sys.stdout.isatty():
        raise ControlError(
            f"{_STDOUT}: is a terminal; send it on, as in: symgen ... -o - > tune.mid"
        )
    written = made
    if made.suffix == ".wav" and "wav" in given:  # a piece, and its sound beside it
        written, options.wav = made.with_suffix(".mid"), True
    options.output, options.format = str(written), None
    if "out_dir" in given:
        options.out_dir = None
    if "no_history" in given:
        options.no_history = True
    return _Output(made, written)


def _usual_kind(command: str) -> str:
    rows = commands_by_name()[command].options
    (kinds,) = (row.how["choices"] for row in rows if row.name == "format")
    return str(kinds[0])


def _send(path: Path) -> None:
    with path.open("rb") as file:
        shutil.copyfileobj(file, sys.stdout.buffer)
    sys.stdout.buffer.flush()


# -- names -------------------------------------------------------------------------------


@contextmanager
def _renamed(names: Sequence[tuple[str, str]]) -> Iterator[None]:
    """Let errors name standard input and output, not the files that stand for them."""
    try:
        yield
    except SymgenError as error:
        raise type(error)(_rename(str(error), names)) from None


def _rename(text: str, names: Sequence[tuple[str, str]]) -> str:
    for path, name in names:
        text = text.replace(path, name)
    return text
