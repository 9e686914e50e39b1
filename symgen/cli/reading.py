"""How the commands read a piece: within limits, and with a word on what was not as it should be."""

from __future__ import annotations

import argparse

from symgen.formats import Limits, Tune, load_tune
from symgen.formats.limits import parse_limits

__all__ = ["limits_of", "read_piece"]

_LINES = 3


def limits_of(options: argparse.Namespace) -> Limits:
    """Return the limits that the options ask for."""
    return parse_limits(options.limit)


def read_piece(path: str, options: argparse.Namespace, *, allow_empty: bool = False) -> Tune:
    """Read a piece; note which one of a book it is, and what was left out or repaired.

    The notices are printed when the command has done its work: one that fails says nothing but why.

    Parameters
    ----------
    path : str
    options : Namespace
        With `limit`, a list of ``NAME=N``, and `notices`, a list that gets lines of text.
    allow_empty : bool
        Whether a piece without notes is welcome.

    Raises
    ------
    FormatError, ControlError
        As `symgen.formats.load_tune` and `parse_limits`.
    """
    tune = load_tune(path, allow_empty=allow_empty, limits=limits_of(options))
    if tune.count > 1:
        options.notices.append(f"{path}: a book of {tune.count} tunes, the first is taken")
    options.notices += [f"{path}: {problem}" for problem in tune.problems[:_LINES]]
    if len(tune.problems) > _LINES:
        options.notices.append(f"{path}: and {len(tune.problems) - _LINES} more such lines")
    return tune
