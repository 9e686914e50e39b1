"""The front door: what is said where nothing is asked, and what a line means that names no command."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from symgen import __version__
from symgen.cli.options import UsageError
from symgen.cli.parsing import Parser
from symgen.system.resources import FOREIGN_SOUND, SOUND

__all__ = ["EXAMPLES", "PIPE", "front_page", "with_command"]

PIPE = "-"
"""Standard input where a file is read, standard output where one is written."""
EXAMPLES = {
    "symgen generate --style jig --wav": "write a jig, and its sound",
    "symgen tune.mid": "go on from a tune of yours, or from a recording of it",
    "symgen harmonize tune.mid --xml": "set it for four voices, as notation too",
    "symgen render tune.mid -o tune.mp3": "hear it",
    "symgen info folk": "see which styles a model knows",
}
"""What a new user may want first."""


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
    if word not in parser.commands and _is_tune(word):
        return [*before, "continue", word, *after]
    return list(words)


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
