"""What a command says beside its results: as much as is asked for, in color where that is welcome."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from dataclasses import dataclass, replace
from time import perf_counter
from typing import IO

__all__ = [
    "Manner",
    "clear_line",
    "color_of",
    "complain",
    "complain_of",
    "detail",
    "has_color",
    "is_shown",
    "named_as",
    "note",
    "one_line",
    "over_the_line",
    "say",
    "speaking",
    "timed",
]

_RED, _PLAIN = "\x1b[1;31m", "\x1b[0m"
_CONTROLS = r"[\x00-\x1f\x7f-\x9f]"


@dataclass(frozen=True)
class Manner:
    """How much is said, in which colors, under which names files are told of, and whether results are not printed."""

    quiet: bool = False
    verbose: bool = False
    color: str = "auto"
    names: tuple[tuple[str, str], ...] = ()
    is_mute: bool = False


_USUAL = Manner()
_HIDDEN_BY: list[Callable[[], None]] = []
"""What hides the line that shows how far the work is, while there is one."""
_MANNER: ContextVar[Manner] = ContextVar("manner", default=_USUAL)


def color_of(words: Sequence[str]) -> str:
    """Find ``--color`` in a command line before it is parsed: help has colors too."""
    color = "auto"
    for i, word in enumerate(words):
        name, sign, text = word.partition("=")
        if name in ("--color", "--colour"):
            color = text if sign else next(iter(words[i + 1 :]), color)
    return color


@contextmanager
def speaking(manner: Manner) -> Iterator[None]:
    """Speak so while the block runs, the logger of this package too."""
    token = _MANNER.set(manner)
    try:
        if manner.quiet or manner.verbose:
            with _logging(manner):
                yield
        else:
            yield
    finally:
        _MANNER.reset(token)


@contextmanager
def named_as(names: tuple[tuple[str, str], ...], *, is_mute: bool) -> Iterator[None]:
    """Call files by other names while the block runs, and print no results if it is mute."""
    token = _MANNER.set(replace(_MANNER.get(), names=names, is_mute=is_mute))
    try:
        yield
    finally:
        _MANNER.reset(token)


@contextmanager
def _logging(manner: Manner) -> Iterator[None]:
    import logging

    logger, handler = logging.getLogger("symgen"), logging.StreamHandler(sys.stderr)
    level, passes_on = logger.level, logger.propagate
    logger.addHandler(handler)
    logger.setLevel(logging.ERROR if manner.quiet else logging.INFO)
    logger.propagate = False
    try:
        yield
    finally:
        logger.removeHandler(handler)
        logger.setLevel(level)
        logger.propagate = passes_on


def over_the_line(hide: Callable[[], None]) -> None:
    """Let a line that is written over be hidden before the next thing is said."""
    _HIDDEN_BY[:] = [hide]


def clear_line() -> None:
    """Hide the line that is written over, before something is printed."""
    while _HIDDEN_BY:
        _HIDDEN_BY.pop()()


def say(text: str) -> None:
    """Print a result, such as the path of a file."""
    manner = _MANNER.get()
    clear_line()
    if not manner.is_mute:
        print(_named(text, manner), flush=True)


def note(text: str) -> None:
    """Say something that is no result, such as the seed or what a file lacks; not if all is to be quiet."""
    manner = _MANNER.get()
    if not manner.quiet:
        clear_line()
        print(_named(text, manner), file=sys.stderr, flush=True)


def detail(text: str) -> None:
    """Say what only those want to know who ask for more."""
    manner = _MANNER.get()
    if manner.verbose and not manner.quiet:
        import logging

        clear_line()
        logging.getLogger("symgen").info(_named(text, manner))


@contextmanager
def timed(what: str) -> Iterator[None]:
    """Say how long the block took, to those who ask for more."""
    start = perf_counter()
    yield
    detail(f"{what}: {perf_counter() - start:.2f} s")


def complain(text: str) -> None:
    """Say what is wrong in one line, if there is anybody to tell."""
    clear_line()
    who = f"{_RED}symgen:{_PLAIN}" if has_color(sys.stderr) else "symgen:"
    text = text.replace("overwrite=True", "--overwrite")  # as one says it here
    with suppress(OSError, ValueError):
        print(f"{who} {one_line(text)}", file=sys.stderr)
        sys.stderr.flush()


def complain_of(file: str, error: Exception) -> None:
    """Say in one line what is wrong with a file, by its name."""
    text = str(error)
    complain(text if file in text else f"{file}: {text}")


def is_shown() -> bool:
    """Whether it is shown how far long work is: on a terminal, unless all is to be quiet."""
    is_terminal = sys.stderr.isatty() and os.environ.get("TERM") != "dumb"
    return is_terminal and not _MANNER.get().quiet


def has_color(stream: IO[str]) -> bool:
    """Whether a stream is written to in color: as ``--color``, $NO_COLOR and $FORCE_COLOR say, else on a terminal."""
    asked = _MANNER.get().color
    if asked in ("always", "never"):
        return asked == "always"
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR"):
        return True
    return stream.isatty() and os.environ.get("TERM") != "dumb"


def one_line(text: str) -> str:
    """Join lines, and leave out what would move the cursor of a terminal or ring its bell."""
    return " ".join(re.sub(_CONTROLS, "?", " ".join(text.split())).split())


def _named(text: str, manner: Manner) -> str:
    for path, name in manner.names:
        text = text.replace(path, name)
    return text
