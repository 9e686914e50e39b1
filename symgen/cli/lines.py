"""A command line as words: where its command stands, what is added to it and taken out of it."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from symgen.cli.options import UsageError
from symgen.cli.parsing import Parser
from symgen.system.resources import FOREIGN_SOUND, SOUND

__all__ = ["PIPE", "added", "first_word", "is_tune", "presets_of", "without"]

PIPE = "-"
"""Standard input where a file is read, standard output where one is written."""


def presets_of(options: argparse.Namespace) -> list[str]:
    """Return the presets that a line names."""
    return options.preset if isinstance(vars(options).get("preset"), list) else []


def added(
    more: Sequence[str], words: Sequence[str], options: argparse.Namespace, parser: Parser
) -> list[str]:
    """Put options behind the command of a line."""
    after = first_word(words, parser) + len(options.command.split())
    return [*words[:after], *more, *words[after:]]


def without(words: Sequence[str], parser: Parser, name: str) -> list[str]:
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


def first_word(words: Sequence[str], parser: Parser) -> int:
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


def is_tune(word: str) -> bool:
    """Whether a word names a tune: a file that is there, or one that could be."""
    try:
        if word == PIPE or Path(word).is_file():
            return True
    except (OSError, ValueError):  # no file can be called so
        return False
    from symgen.formats import READABLE

    return Path(word).suffix.lower() in (*READABLE, *SOUND, *FOREIGN_SOUND)
