"""Options and commands as rows of data; what a command is given, and what it gives back."""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NoReturn

from symgen.music.control_table import CONTROLS
from symgen.music.controls import Controls

__all__ = [
    "FONT",
    "LIMIT",
    "OVERWRITE",
    "SEED",
    "Command",
    "Context",
    "Option",
    "Parser",
    "Result",
    "UsageError",
    "add_command",
    "flag",
    "options_controls",
    "outputs",
    "place",
    "repeated",
    "value",
]

_TYPES = {"integer": int, "number": float, "string": str}


@dataclass(frozen=True)
class Context:
    """What a command is given: its options as they were parsed, and the line that was typed."""

    options: argparse.Namespace
    line: str

    def line_with(self, seed: int) -> str:
        """Return the command line that gives the same again; a seed that was drawn is added."""
        return self.line if self.options.seed is not None else f"{self.line} --seed {seed}"


@dataclass(frozen=True)
class Result:
    """What a command leaves: lines that are told once it is done, and its exit status."""

    notices: Sequence[str] = ()
    status: int = 0


@dataclass(frozen=True)
class Option:
    """One option: its names, and how argparse takes it."""

    names: tuple[str, ...]
    how: Mapping[str, Any]


@dataclass(frozen=True)
class Command:
    """One command: the function that does the job, its options, and the groups they are listed in."""

    name: str
    job: str
    text: str
    options: Sequence[Option] = ()
    controls: Sequence[str] = ()
    usual: Mapping[str, Any] = field(default_factory=dict)
    drawing: Sequence[Option] = ()
    output: Sequence[Option] = ()
    known: Sequence[Option] = ()
    defaults: Mapping[str, Any] = field(default_factory=dict)


class UsageError(Exception):
    """The command line makes no sense; one line."""


class Parser(argparse.ArgumentParser):
    """A parser that raises instead of ending the process."""

    def error(self, message: str) -> NoReturn:
        """Raise UsageError."""
        raise UsageError(f"{message}; see {self.prog} --help")


def flag(name: str, text: str) -> Option:
    """Describe an option without a value."""
    return Option((name,), {"action": "store_true", "help": text})


def value(
    names: str,
    metavar: str,
    text: str,
    kind: type = str,
    default: Any = None,
    *,
    required: bool = False,
) -> Option:
    """Describe an option with a value; a default that says something is told."""
    told = f"{text} (default {default})" if default else text
    how = {"metavar": metavar, "type": kind, "default": default, "help": told, "required": required}
    return Option(tuple(names.split()), how)


def repeated(name: str, metavar: str, text: str) -> Option:
    """Describe an option that may be given several times."""
    return Option((name,), {"action": "append", "default": [], "metavar": metavar, "help": text})


def place(name: str, metavar: str, text: str, count: str | None = None) -> Option:
    """Describe a word without a name; `count` is ``"?"`` or ``"+"``."""
    return Option((name,), {"metavar": metavar, "nargs": count, "help": text})


def add_command(commands: Any, command: Command) -> None:
    """Add a command to the subparsers of a parser."""
    about = f"{command.text[0].upper()}{command.text[1:]}."
    parser = commands.add_parser(command.name, help=command.text, description=about)
    _add(parser, command.options)
    drawing = [*map(_control_option, command.controls), *command.drawing]
    groups = {
        "what is known of it": command.known,
        "controls": [_told(option, command.usual) for option in drawing],
        "output": command.output,
    }
    for title, options in groups.items():
        if options:
            _add(parser.add_argument_group(title), options)
    parser.set_defaults(job=command.job, control_names=tuple(command.controls), **command.defaults)


def _add(group: argparse._ActionsContainer, options: Sequence[Option]) -> None:
    for option in options:
        group.add_argument(*option.names, **option.how)


def _control_option(name: str) -> Option:
    """Make an option of a row of the table of controls."""
    row = CONTROLS[name]
    if row.type == "boolean":
        # Not given is the default of the table, which may be None: neither yes nor no.
        how = {"action": "store_const", "const": True, "default": row.default, "help": row.help}
        return Option((f"--{row.label}",), how)
    # Words show their form in the help itself; of numbers the range is added.
    told = row.help if row.type == "string" else f"{row.help}, {row.legal}"
    told += f" (default {row.default:g})" if row.default not in (None, ()) else ""
    kind = _TYPES[row.type]
    return Option(
        (f"--{row.label}",),
        {"type": kind, "default": row.default, "metavar": row.metavar, "help": told},
    )


def _told(option: Option, usual: Mapping[str, Any]) -> Option:
    """Tell what a command does where the option is not given, if it is not as in the table."""
    name = option.names[0].lstrip("-").replace("-", "_")
    if name not in usual:
        return option
    text = option.how["help"].partition(" (default")[0]
    return Option(option.names, {**option.how, "help": f"{text} (default {usual[name]:g})"})


def options_controls(options: argparse.Namespace) -> Controls:
    """Read the controls off the command line."""
    return Controls(**{name: getattr(options, name) for name in options.control_names})


FONT = "SF2 or SF3 file"
OVERWRITE = flag("--overwrite", "replace files that exist")
SEED = value("--seed", "N", "the same seed gives the same bytes", int)
LIMIT = repeated(
    "--limit",
    "NAME=N",
    "read more of a file: bytes, tracks, events, changes, notes, seconds or tokens",
)


def outputs(count: int = 1) -> tuple[Option, ...]:
    """Return the options of commands that write pieces."""
    return (
        value("-o --output", "OUT", "file to write: .mid or .musicxml; with -n 4: OUT-1 ... OUT-4"),
        value("-n --count", "COUNT", "pieces to write", int, count),
        flag("--wav", "render each piece too"),
        flag("--xml", "write MusicXML too"),
        flag("--plot", "draw a piano roll too"),
        value("--soundfont", "FILE", f"for --wav: an {FONT}"),
        flag("--json", "print one JSON object a piece instead of paths"),
        flag("--report", "write that object beside each piece: OUT.json"),
        OVERWRITE,
    )
