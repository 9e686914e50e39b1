"""The front door: what is said where nothing is asked, and what a line means that names no command."""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from symgen import __version__
from symgen.cli.options import UsageError
from symgen.cli.parsing import Parser
from symgen.system.resources import FOREIGN_SOUND, SOUND

__all__ = ["EXAMPLES", "PIPE", "Line", "front_page", "read_line", "with_command"]

PIPE = "-"
"""Standard input where a file is read, standard output where one is written."""
EXAMPLES = {
    "symgen generate --style jig --wav": "write a jig, and its sound",
    "symgen tune.mid": "go on from a tune of yours, or from a recording of it",
    "symgen harmonize tune.mid --xml": "set it for four voices, as notation too",
    "symgen render tune.mid -o tune.mp3": "make a sound file of it",
    "symgen styles": "see which models and styles there are",
}
"""What a new user may want first."""


@dataclass(frozen=True)
class Line:
    """A command line as it was understood."""

    options: argparse.Namespace
    words: tuple[str, ...]
    files: Mapping[str, str]
    """Presets and the configuration that were read, and what they are."""


def front_page() -> str:
    """Return what bare ``symgen`` prints."""
    width = max(map(len, EXAMPLES)) + 3
    lines = (f"  {line:<{width}}{text}" for line, text in EXAMPLES.items())
    return "\n".join(
        (
            f"symgen {__version__} writes music: new pieces, and continuations of your own tunes.",
            "",
            *lines,
            "",
            "All commands: symgen --help. The options of one: symgen generate --help.",
        )
    )


def with_command(words: Sequence[str], parser: Parser) -> list[str]:
    """Put ``continue`` before a tune, and make ``help COMMAND`` ask for the help of a command."""
    place = _first(words, parser)
    if place == len(words):
        return list(words)
    before, word, after = list(words[:place]), words[place], list(words[place + 1 :])
    if word == "help":
        return [*before, *after, "--help"]
    if word not in parser.command_names and _is_tune(word):
        return [*before, "continue", word, *after]
    return list(words)


def read_line(words: Sequence[str], parser: Parser) -> Line:
    """Parse a command line, with what presets and the configuration add to it."""
    words = with_command(words, parser)
    options = _parsed(words, parser)
    from symgen.cli.settings import read_settings  # not for help, which ends above

    leaf = parser.leaf(options.command)
    presets = options.preset if isinstance(vars(options).get("preset"), list) else []
    settings = read_settings(
        options.command, presets, parser.given | leaf.given, with_config=not options.no_config
    )
    if settings.words or presets:
        after = _first(words, parser) + len(options.command.split())
        words = [*words[:after], *settings.words, *_without(words[after:], leaf, "preset")]
        options = parser.parse_args(words)
    return Line(options, tuple(words), settings.files or {})


def _parsed(words: Sequence[str], parser: Parser) -> argparse.Namespace:
    try:
        return parser.parse_args(words)
    except UsageError as error:
        if not str(error).startswith("argument --preset: expected one argument"):
            raise
        from symgen.cli.settings import preset_names

        raise UsageError(f"{error}; presets are {', '.join(preset_names())}") from None


def _without(words: Sequence[str], parser: Parser, name: str) -> list[str]:
    """Leave an option that takes a value out of a line."""
    kept: list[str] = []
    rest = iter(words)
    for word in rest:
        if word == "--":
            return [*kept, word, *rest]
        option = parser.option_of(word.partition("=")[0]) if word.startswith("--") else None
        if option is None or option.dest != name:
            kept.append(word)
        elif "=" not in word:
            next(rest, None)
    return kept


def _first(words: Sequence[str], parser: Parser) -> int:
    """Find the command: the first word that is no option, nor the value of one."""
    place = 0
    while place < len(words) and words[place].startswith("-") and words[place] != PIPE:
        name, sign, _ = words[place].partition("=")
        option = parser.option_of(name)
        if option is None:
            raise UsageError(
                f"{name}: options follow a command, as in symgen generate {name}; see symgen --help"
            )
        place += 1 if sign or option.nargs == 0 else 2
    return min(place, len(words))


def _is_tune(word: str) -> bool:
    try:
        if word == PIPE or Path(word).is_file():
            return True
    except (OSError, ValueError):  # no file can be called so
        return False
    from symgen.formats import READABLE

    return Path(word).suffix.lower() in (*READABLE, *SOUND, *FOREIGN_SOUND)
