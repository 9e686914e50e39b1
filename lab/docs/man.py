"""Manual pages of `symgen` and its commands, made of the table that the help is made of.

``python -m lab man [-o FOLDER]`` writes them.
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from lab.commands import command_parser
from symgen import __version__
from symgen.cli.commands import COMMANDS, commands_by_name, make_parser
from symgen.cli.helping import EXAMPLES
from symgen.cli.options import UNLISTED
from symgen.system.files import write_atomic

__all__ = ["main", "manual_pages"]


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the pages into a folder."""
    parser = command_parser(__name__, __doc__)
    parser.add_argument("-o", "--output", default="build/man", metavar="FOLDER")
    folder = Path(parser.parse_args(arguments).output)
    for name, text in manual_pages().items():
        write_atomic(folder / name, text)
    print(folder)
    return 0


def manual_pages() -> dict[str, str]:
    """Return the pages by the names of their files: ``symgen.1``, ``symgen-gan-train.1``."""
    parser = make_parser()
    pages = {"symgen.1": _page(parser, "write music")}
    listed = (each for each in commands_by_name().items() if each[1] not in COMMANDS[UNLISTED])
    for name, command in listed:
        file = f"symgen-{name.replace(' ', '-')}.1"
        pages[file] = _page(parser.leaf(name), command.text)
    return pages


def _page(parser: argparse.ArgumentParser, text: str) -> str:
    name = parser.prog.replace(" ", "-")
    usage = parser.format_usage().removeprefix("usage: ").strip()
    lines = [
        f'.TH "{name.upper()}" 1 "" "symgen {__version__}" "symgen"',
        ".SH NAME",
        f"{_roff(name)} \\- {_roff(text)}",
        ".SH SYNOPSIS",
        ".nf",
        *map(_roff, (line.strip() for line in usage.splitlines())),
        ".fi",
        ".SH DESCRIPTION",
        _roff(parser.description or ""),
    ]
    for group in parser._action_groups:
        actions = [each for each in group._group_actions if each.help != argparse.SUPPRESS]
        if actions:
            lines += [f'.SH "{_roff((group.title or "").upper())}"']
            lines += [line for action in actions for line in _entry(parser, action)]
    if parser.epilog and parser.epilog.startswith(EXAMPLES):
        lines += [".SH EXAMPLES", ".nf", *map(_roff, _examples(parser.epilog)), ".fi"]
    return "\n".join(lines) + "\n"


def _examples(epilog: str) -> Iterator[str]:
    return (line.strip() for line in epilog.splitlines()[1:])


def _entry(parser: argparse.ArgumentParser, action: argparse.Action) -> Iterator[str]:
    shown = parser._get_formatter()._format_action_invocation(action)
    yield ".TP"
    yield f"\\fB{_roff(shown)}\\fR"
    yield _roff((action.help or "").replace("%%", "%"))


def _roff(text: str) -> str:
    """Escape what means something to roff."""
    escaped = text.replace("\\", "\\e").replace("-", "\\-")
    return re.sub(r"^([.'])", r"\\&\1", escaped)
