"""How far the work is, on a terminal."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import monotonic
from typing import TYPE_CHECKING

from symgen.cli.telling import detail, is_shown

if TYPE_CHECKING:
    from symgen.writing.generator import Generator, Progress

__all__ = ["CLEAR", "ProgressLine", "counted", "shown"]

CLEAR = "\r\x1b[K"
# Seconds between two counts: a terminal is slow beside a corpus.
_EVERY = 0.1


class ProgressLine:
    """A line on stderr: what is `shown` is written over, on a terminal alone."""

    # What is `kept` stays, everywhere.

    def __init__(self, patience: float = 0.0) -> None:
        self._live, self._from = is_shown(), monotonic() + patience

    def show(self, text: str) -> None:
        """Write over what was shown."""
        if self._live and monotonic() > self._from:
            print(f"{CLEAR}{text}", end="", file=sys.stderr, flush=True)

    def keep(self, text: str) -> None:
        """Write a line that stays."""
        print(f"{CLEAR}{text}" if self._live else text, file=sys.stderr, flush=True)


@contextmanager
def shown(model: Generator, *, patience: float = 1.0) -> Iterator[Generator]:
    """Yield a model that shows on stderr which bar it writes, if that is a terminal and it takes a while."""
    detail(f"model {model.name}: {model.parameters:,} parameters")
    if not is_shown():
        yield model
        return
    line = ProgressLine(patience)

    def show(progress: Progress) -> None:
        take = f"take {progress.take} of {progress.takes}, " if progress.takes > 1 else ""
        line.show(f"{take}bar {progress.bar} of {progress.bars}")

    try:
        yield model.reporting(show)
    finally:
        line.show("")


@contextmanager
def counted(what: str) -> Iterator[Callable[[int, int], None]]:
    """Yield what shows how many of all are done."""
    line, last = ProgressLine(), 0.0

    def follow(done: int, known: int) -> None:
        nonlocal last
        if monotonic() - last > _EVERY:
            last = monotonic()
            line.show(f"{done} of {known} {what}")

    try:
        yield follow
    finally:
        line.show("")
