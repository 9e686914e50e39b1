"""The front door: what is said where nothing is asked, and what a line means that names no command."""

from __future__ import annotations

import argparse
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from symgen import __version__
from symgen.cli.lines import added, first_word, is_tune, presets_of, without
from symgen.cli.options import UsageError
from symgen.cli.parsing import Parser

__all__ = ["EXAMPLES", "Line", "front_page", "read_line", "with_command"]

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
    told: tuple[str, ...] = ()
    """How a sentence or a mood was understood: said before anything is done."""


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
    place = first_word(words, parser)
    if place == len(words):
        return list(words)
    before, word, after = list(words[:place]), words[place], list(words[place + 1 :])
    if word == "help":
        return [*before, *after, "--help"]
    if word not in parser.command_names and is_tune(word):
        return [*before, "continue", word, *after]
    return list(words)


def read_line(words: Sequence[str], parser: Parser) -> Line:
    """Parse a command line, with what a sentence, a mood, presets and the configuration add to it."""
    words = with_command(words, parser)
    options = _parsed(words, parser)
    told: list[str] | None = None
    if _may_speak(options):
        from symgen.cli.asking import spelled_out

        words, told = spelled_out(words, options, parser)
        options = parser.parse_args(words)
    from symgen.cli.settings import read_settings  # not for help, which ends above

    leaf = parser.leaf(options.command)
    presets = presets_of(options)
    settings = read_settings(
        options.command, presets, parser.given | leaf.given, with_config=not options.no_config
    )
    if settings.words or presets:
        words = added(settings.words, without(words, leaf, "preset"), options, parser)
        options = parser.parse_args(words)
    if told is not None:
        told.append(f"understood as: {shlex.join(['symgen', *words])}")
    return Line(options, tuple(words), settings.files or {}, tuple(told or ()))


def _may_speak(options: argparse.Namespace) -> bool:
    """Whether a line may hold more than options and files: a sentence, a mood, a word for a style."""
    if options.command == "generate":
        return bool(options.words or options.mood or options.style)
    if options.command != "continue":
        return False
    return bool(options.style) or (len(options.tune) > 1 and not is_tune(options.tune[-1]))


def _parsed(words: Sequence[str], parser: Parser) -> argparse.Namespace:
    try:
        return parser.parse_args(words)
    except UsageError as error:
        if not str(error).startswith("argument --preset: expected one argument"):
            raise
        from symgen.cli.settings import preset_names

        raise UsageError(f"{error}; presets are {', '.join(preset_names())}") from None
