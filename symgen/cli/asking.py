"""A sentence, a mood or a word for a style on a command line, spelled out as the options that it stands for."""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from itertools import chain
from pathlib import Path
from typing import Any

from symgen.cli.lines import added, is_tune, presets_of, without
from symgen.cli.parsing import Parser
from symgen.cli.settings import read_settings
from symgen.music.control_table import CONTROLS
from symgen.system.errors import ControlError
from symgen.wording.lexicon import nearest_style
from symgen.wording.reading import Reading, read_sentence, with_defaults
from symgen.wording.sentences import read_asks

__all__ = ["spelled_out"]

_LISTS = "*?["


def spelled_out(
    words: Sequence[str], options: argparse.Namespace, parser: Parser
) -> tuple[list[str], list[str] | None]:
    """Return a line in options alone, and what of a sentence or mood gives way to them; None if all is as it was."""
    words, is_spoken = _in_known_style(words, options, parser)
    options = parser.parse_args(words) if is_spoken else options
    if options.command == "continue":
        sentence = _sentence_behind(options.tune)
        reading = _reading(sentence, None)
        _check_goes_on(reading)
        values, told = with_defaults(reading, _given(options, parser))
        is_spoken = bool(is_spoken or sentence)
    else:
        sentence = options.words
        reading = _reading(sentence, options.mood)
        given = _given(options, parser)
        around = _around(words, options, {**given, **reading.values}, parser)
        values, told = with_defaults(reading, given, around)
        is_spoken = bool(is_spoken or sentence or options.mood)
    if not is_spoken:
        return list(words), None
    said = {id(word) for word in sentence}
    left = without(words, parser.leaf(options.command), "mood")
    more = chain.from_iterable(_words(name, value) for name, value in values.items())
    return added(list(more), [word for word in left if id(word) not in said], options, parser), told


def _reading(sentence: Sequence[str], mood: str | None) -> Reading:
    reading = read_sentence(" ".join(sentence)) if sentence else Reading({})
    return reading.in_mood(mood) if mood else reading


def _given(options: argparse.Namespace, parser: Parser) -> dict[str, Any]:
    return {**parser.given, **parser.leaf(options.command).given}


def _around(
    words: Sequence[str], options: argparse.Namespace, given: Mapping[str, Any], parser: Parser
) -> dict[str, Any]:
    """Return all options with those that presets and the configuration add."""
    settings = read_settings(
        options.command, presets_of(options), given, with_config=not options.no_config
    )
    return vars(parser.parse_args(added(settings.words, words, options, parser)))


def _in_known_style(
    words: Sequence[str], options: argparse.Namespace, parser: Parser
) -> tuple[list[str], bool]:
    """Replace a word for a style by the style that comes nearest, unless a model is named that may know it."""
    goes_on = options.command == "continue"
    style = None
    if options.style and not options.model:
        style = nearest_style(options.style, of_tunes=goes_on)
    if style is None:
        return list(words), False
    left = without(words, parser.leaf(options.command), "style")
    return added(["--style", style], left, options, parser), True


def _sentence_behind(files: Sequence[str]) -> list[str]:
    """Return those of the last words that name no file but say something; the first one is a file."""
    behind: list[str] = []
    for word in reversed(files[1:]):
        if is_tune(word) or _may_be_file(word) or not _says_something(word):
            break
        behind.insert(0, word)
    return behind


def _may_be_file(word: str) -> bool:
    try:
        return Path(word).exists() or any(mark in word for mark in _LISTS)
    except (OSError, ValueError):  # no file can be called so
        return False


def _says_something(word: str) -> bool:
    try:
        return bool(read_asks(word))
    except ControlError as error:
        if " " not in word:
            return False  # rather a file that is missing
        raise ControlError(f"{error}; no file is called so either") from None


def _check_goes_on(reading: Reading) -> None:
    """Refuse what a tune that goes on says itself."""
    if reading.mood:
        raise ControlError(
            f"mood {reading.mood}: is for new pieces; a tune has its own tempo, key and range: say which are to change"
        )
    if reading.seconds:
        raise ControlError(
            f"{reading.seconds:g} seconds: how long a bar of the tune is, its tempo says; say how many bars"
        )


def _words(name: str, value: Any) -> list[str]:
    option = f"--{CONTROLS[name].label}"
    if isinstance(value, bool):
        return [option if value else f"--no-{option[2:]}"]
    return [option, f"{value:g}" if isinstance(value, float) else str(value)]
