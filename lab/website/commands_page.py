"""The page of all commands and options, read off the table that the parser is made of."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from itertools import groupby

from symgen.cli.commands import COMMANDS
from symgen.cli.options import UNLISTED, Command, Family, Option, option_rows
from symgen.cli.parsing import ALWAYS

__all__ = ["commands_page"]

_OPENING = """# Commands and options

What `symgen COMMAND --help` tells, on one page. [The command line](../command-line.md) says how
they are used together.
"""


def commands_page() -> str:
    """Return the page as Markdown."""
    lines = [_OPENING]
    for heading, members in COMMANDS.items():
        if heading != UNLISTED:
            lines.append(f"## {heading[0].upper()}{heading[1:]}\n")
            for member in members:
                lines += _member(member)
    lines += ["## For every command\n", *_table("before or after the command", ALWAYS)]
    return "\n".join(lines)


def _member(member: Command | Family) -> Iterator[str]:
    if isinstance(member, Command):
        yield from _command(member, "symgen")
        return
    for each in member.members:
        yield from _command(each, f"symgen {member.name}")


def _command(command: Command, prefix: str) -> Iterator[str]:
    """Describe one command: what it does, examples, and a table of options for each use."""
    yield f"### {prefix} {command.name}\n"
    also = f" Also called {', '.join(f'`{name}`' for name in command.aliases)}." * bool(
        command.aliases
    )
    yield f"{_cell(command.text[0].upper() + command.text[1:])}.{also}\n"
    if command.examples:
        yield "```bash"
        yield from command.examples
        yield "```\n"
    for use, rows in groupby(option_rows(command), key=lambda row: row.use or "options"):
        shown = [row for row in rows if row.how.get("help") != argparse.SUPPRESS]
        if shown:
            yield from _table(use, shown)


def _table(use: str, rows: Sequence[Option]) -> Iterator[str]:
    yield f"| {use} | |\n|---|---|"
    yield from (f"| {_names(row)} | {_told(row)} |" for row in rows)
    yield ""


def _names(row: Option) -> str:
    """Return how an option is written: its names, and a word for its value."""
    metavar = row.how.get("metavar")
    if not row.names[0].startswith("-"):
        return f"`{metavar}`"
    return ", ".join(f"`{name} {metavar}`" if metavar else f"`{name}`" for name in row.names)


def _told(row: Option) -> str:
    also = f"; also {', '.join(f'`{name}`' for name in row.aliases)}" * bool(row.aliases)
    return f"{_cell(str(row.how['help']))}{also}"


def _cell(text: str) -> str:
    """Return help as a cell of a table: percent signs are doubled for argparse, bars would end it."""
    text = text.replace("%%", "%").replace("|", "\\|")
    return text.replace("<", "&lt;").replace("*", "\\*")
