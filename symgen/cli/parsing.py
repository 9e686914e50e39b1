"""A parser out of the table of commands, which says what was meant where a word is not known."""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from functools import cached_property
from typing import Any, NoReturn

from symgen.cli.helping import colored, examples_text, plain, unsized
from symgen.cli.options import (
    EVERY,
    GIVEN,
    UNLISTED,
    Command,
    Family,
    Option,
    UsageError,
    flag,
    option_rows,
    under,
)
from symgen.cli.telling import has_color
from symgen.system.text import did_you_mean

__all__ = ["ALWAYS", "Parser", "add_commands", "add_options"]

ALWAYS: tuple[Option, ...] = under(
    EVERY,
    flag("-q --quiet", "say nothing but errors; paths are still printed"),
    flag("-v --verbose", "say more: the model, what was found in the tune, times"),
    Option(
        ("--color",),
        {"choices": ("auto", "always", "never"), "help": "auto (default): on a terminal"},
        aliases=("--colour",),
    ),
    flag("--no-config", "take nothing from the configuration file").only_by("line"),
)
"""Options of every command; they may also stand before it."""

_CHOICE = r"(?s)argument \w+: invalid choice: '(.*)' \(choose from .*\)"
# What users of other programs try, and what it is called here.
_MEANT = {
    "--duration": "--bars", "--genre": "--style", "--length": "--bars", "--measures": "--bars", "--mood": "--preset",
    "--number": "--count", "--num": "--count", "--prompt": "TUNE", "--random-seed": "--seed", "--scale": "--key",
    "--signature": "--meter", "--speed": "--tempo", "--takes": "--count", "--temp": "--temperature",
    "compose": "generate", "create": "generate", "write": "generate", "convert": "edit", "listen": "play",
    "models": "styles", "ls": "styles", "list": "styles", "log": "history", "undo": "history",
    "repeat": "again", "redo": "again", "transpose": "edit", "quantize": "edit", "quantise": "edit",
    "score": "sheet", "notate": "sheet", "variation": "vary",
}  # fmt: skip

# How often a word may be given.
_MANY = {"...": "[{}]", "?": "[{}]", "+": "{} ...", "*": "[{} ...]"}


class Parser(argparse.ArgumentParser):
    """A parser that raises instead of ending the process, and groups its options by use."""

    color = False  # argparse of Python 3.14 would color by itself

    def __init__(self, **how: Any) -> None:
        super().__init__(formatter_class=unsized, **how)
        self._positionals.title = GIVEN
        self._optionals.title = EVERY
        self.given: dict[str, Any] = {}

    def error(self, message: str) -> NoReturn:
        """Raise UsageError."""
        wrong = re.fullmatch(_CHOICE, message)
        if wrong:
            message = f"no command {wrong[1]!r}" + self._meant(wrong[1], self.command_names)
        raise UsageError(f"{message}; see {self.prog} --help")

    def format_help(self) -> str:
        """Return the help, in color where that is welcome."""
        self.formatter_class = colored if has_color(sys.stdout) else plain
        return super().format_help()

    def leaf(self, command: str) -> Parser:
        """Return the parser of a command, such as ``"gan train"``."""
        parser = self
        for word in command.split():
            parser = _made(parser._by_name, word)
        return parser

    @property
    def command_names(self) -> Collection[str]:
        """The names of the commands of this parser, aliases among them."""
        return self._by_name.keys()

    @property
    def commands(self) -> Mapping[str, Parser]:
        """The commands of this parser by name, aliases among them; all of them are made."""
        return {name: _made(self._by_name, name) for name in self._by_name}

    @property
    def _by_name(self) -> dict[str, Parser | _Later]:
        for action in self._actions:
            if isinstance(action, argparse._SubParsersAction):
                return action._name_parser_map
        return {}

    def option_of(self, name: str) -> argparse.Action | None:
        """Return the option of a name, or of how one begins."""
        found = self._get_option_tuples(name)
        return self._option_string_actions.get(name) or (found[0][0] if found else None)

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
        """Parse, and refuse what is not known in the name of the command that it was given to."""
        self.given.clear()
        found, unknown = super().parse_known_args(args, namespace)
        if unknown:
            word = unknown[0]
            name = word.partition("=")[0]
            if not name.startswith("-"):
                self.error(f"unexpected word {word!r}")
            self.error(f"no option {name}" + self._meant(name, self._option_string_actions))
        return found, unknown

    def _get_values(self, action: argparse.Action, arg_strings: list[str]) -> Any:
        """Note what is given: a preset may not take its place."""
        found = super()._get_values(action, arg_strings)
        if action.option_strings:
            self.given[action.dest] = found
        return found

    def _get_option_tuples(self, option_string: str) -> list[Any]:
        """Find options by how they begin; two names of one option are no doubt, nor is what help does not list."""
        found = super()._get_option_tuples(option_string)
        listed = [entry for entry in found if entry[0].help is not argparse.SUPPRESS]
        by_option = {id(entry[0]): entry for entry in reversed(listed or found)}
        return list(by_option.values())[::-1]

    @staticmethod
    def _meant(word: str, known: Iterable[str]) -> str:
        names = list(known)
        meant = _MEANT.get(word)
        if meant in names:
            return f" (did you mean {meant}?)"
        return did_you_mean(word, names)


class _Later:
    """A parser that is made when it is asked for: a line is parsed by one of forty."""

    def __init__(self, **how: Any) -> None:
        self._how = how
        self.fill: Callable[[Parser], None] = lambda _: None

    @cached_property
    def parser(self) -> Parser:
        """The parser with its options."""
        parser = Parser(**self._how)
        self.fill(parser)
        return parser

    def __getattr__(self, name: str) -> Any:
        return getattr(self.parser, name)


def _made(parsers: dict[str, Parser | _Later], name: str) -> Parser:
    """Return a parser of those by name, in its place from now on."""
    found = parsers[name]
    made = parsers[name] = found.parser if isinstance(found, _Later) else found
    return made


def add_options(parser: argparse.ArgumentParser, options: Sequence[Option]) -> None:
    """Add options to a parser, each to the group of its use."""
    groups: dict[str, argparse._ArgumentGroup] = {
        GIVEN: parser._positionals,
        EVERY: parser._optionals,
    }
    for option in options:
        use = option.use or "options"
        if use not in groups:
            groups[use] = parser.add_argument_group(use)
        # The default of a command would undo what stands before it.
        how = {**option.how, "default": argparse.SUPPRESS} if use == EVERY else dict(option.how)
        if option.aliases and how.get("help") not in (None, argparse.SUPPRESS):
            how["help"] += f"; also {', '.join(option.aliases)}"
        action = groups[use].add_argument(*option.names, **how)
        if option.set_by != "line" and action.nargs == 0:
            _add_contrary(groups[use], action)
        for alias in option.aliases:  # known, but not listed among the names
            parser._option_string_actions[alias] = action
    _tell_last(parser)


def _add_contrary(group: argparse._ActionsContainer, action: argparse.Action) -> None:
    """Let a flag that a preset or the configuration sets be taken back: ``--no-wav``."""
    name = action.option_strings[-1]
    contrary = f"--{name[5:]}" if name.startswith("--no-") else f"--no-{name[2:]}"
    if contrary not in group._option_string_actions:
        group.add_argument(
            contrary,
            dest=action.dest,
            action="store_const",
            const=action.default if action.default is not argparse.SUPPRESS else False,
            default=argparse.SUPPRESS,
            help=argparse.SUPPRESS,
        )


def _add_command(commands: Any, command: Command) -> None:
    """Add a command to the subparsers of a parser."""
    later: _Later = commands.add_parser(command.name, help=command.text)
    prefix = commands._prog_prefix
    later.fill = lambda parser: _fill(parser, command, prefix)
    for alias in command.aliases:  # known, but not listed
        commands._name_parser_map[alias] = later


def _fill(parser: Parser, command: Command, prefix: str) -> None:
    """Give the parser of a command what is parsed and told by it."""
    about = f"{command.text[0].upper()}{command.text[1:]}."
    if command.aliases:
        about += f" Also called {', '.join(command.aliases)}."
    rows = option_rows(command)
    parser.description, parser.epilog = about, examples_text(command.examples)
    parser.usage = f"{prefix} {command.name} {_usage(rows)}".replace("%", "%%")
    add_options(parser, (*rows, *ALWAYS))
    name = f"{prefix.partition(' ')[2]} {command.name}".strip()
    controls = tuple(command.controls)
    parser.set_defaults(
        job=command.job,
        command=name,
        many=command.many,
        control_names=controls,
        **command.defaults,
    )


def _usage(rows: Sequence[Option]) -> str:
    """Return what must be given; of the rest only that there is more."""
    words = []
    for row in rows:
        metavar = str(row.how.get("metavar"))
        if row.how.get("required"):
            words.append(f"{row.names[0]} {metavar}")
        elif row.use == GIVEN:
            words.append(_MANY.get(str(row.how.get("nargs")), "{}").format(metavar))
    return " ".join([*words, "[options]"])


def add_commands(
    parser: argparse.ArgumentParser, groups: Mapping[str, Sequence[Command | Family]]
) -> None:
    """Give a parser commands, which its help lists in groups."""
    later: Any = _Later
    commands = parser.add_subparsers(
        metavar="COMMAND", required=True, parser_class=later, prog=parser.prog
    )
    for title, members in groups.items():
        group = parser.add_argument_group(title)
        for member in members:
            if isinstance(member, Family):
                _add_family(commands, member)
            else:
                _add_command(commands, member)
            if title != UNLISTED:
                group._group_actions.append(commands._choices_actions[-1])
    parser._positionals._group_actions.clear()  # commands are listed in their groups
    _tell_last(parser)


def _add_family(commands: Any, family: Family) -> None:
    later: _Later = commands.add_parser(
        family.name,
        help=family.text,
        description=f"{family.text[0].upper()}{family.text[1:]}.",
        usage=f"{commands._prog_prefix} {family.name} COMMAND [options]",
    )
    later.fill = lambda parser: add_commands(parser, {"commands": family.members})


def _tell_last(parser: argparse.ArgumentParser) -> None:
    """Move what is the same for every command to the end of the help."""
    parser._action_groups.remove(parser._optionals)
    parser._action_groups.append(parser._optionals)
