"""One job of a command: its words, what it reads, and its run."""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from importlib import import_module

from symgen.cli.commands import make_parser
from symgen.cli.front import Line, read_line
from symgen.cli.options import Context, Result
from symgen.system.inputs import keeping
from symgen.system.temporary import release_names

__all__ = ["Word", "parse", "read_files", "run_job"]

# Options that name what is read, and what it is to the command.
_READ = {
    "tune": "tune", "recording": "recording", "files": "file", "file": "file", "prime": "tune", "sources": "source",
    "source": "source", "store": "store", "generated": "music", "reference": "reference", "model": "model",
    "language_model": "model", "soundfont": "soundfont", "val_soundfont": "soundfont",
    "packs": "packed music",
}  # fmt: skip
# The same, written as ``NAME=FILE``.
_READ_IN_PAIRS = {"facts": "table", "hold_out": "held-out music"}


class Word(str):
    """A word of a command line, which is told from others that are written alike."""

    __slots__ = ()


def parse(words: Sequence[str]) -> Line:
    """Parse a command line without its first word, with what presets and the configuration add to it."""
    return read_line([Word(word) for word in words], make_parser())


def run_job(options: argparse.Namespace, line: str, inputs: Mapping[str, str]) -> Result:
    """Do the job of a command."""
    module, _, job = options.job.partition(":")
    # Whatever is read is known before anything is written, so that no output replaces an input.
    with keeping(inputs, vars(options).get("output")):
        try:
            command = getattr(import_module(f"symgen.cli.{module}"), job)
            result: Result = command(Context(options, line))
            return result
        finally:
            release_names()


def read_files(options: argparse.Namespace) -> dict[str, str]:
    """Return the files and folders that a command reads, and what they are to it."""
    found = {}
    for name, role in (_READ | _READ_IN_PAIRS).items():
        value = vars(options).get(name) or []
        for text in value if isinstance(value, list) else [value]:
            found[text.partition("=")[2] if name in _READ_IN_PAIRS else text] = role
    return found
