"""How far the writing is, on a terminal."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic

from symgen.writing.generator import Generator, Progress

__all__ = ["shown"]

_PATIENCE = 1.0
"""Seconds before anything is shown."""
_CLEAR = "\r\x1b[K"


@contextmanager
def shown(model: Generator) -> Iterator[Generator]:
    """Yield a model that shows on stderr which bar it writes, if that is a terminal and it takes a while."""
    if not sys.stderr.isatty():
        yield model
        return
    began = monotonic()

    def show(progress: Progress) -> None:
        if monotonic() - began > _PATIENCE:
            take = f"take {progress.take} of {progress.takes}, " if progress.takes > 1 else ""
            print(
                f"{_CLEAR}{take}bar {progress.bar} of {progress.bars}",
                end="",
                file=sys.stderr,
                flush=True,
            )

    try:
        yield model.reporting(show)
    finally:
        if monotonic() - began > _PATIENCE:
            print(_CLEAR, end="", file=sys.stderr, flush=True)
