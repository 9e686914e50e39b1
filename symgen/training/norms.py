"""What is usual in a style: means and deviations of statistics, and how often blocks of bars return."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from symgen.tokens import Header
from symgen.tokens.events import Notes
from symgen.tokens.statistics import BLOCKS, bar_contents, most_returns, piece_statistics

__all__ = ["Measured", "measure_piece", "style_norms"]

_LENGTHS = (8, 16, 24, 32, 48, 64, 96, 1000)
"""Pieces of up to so many bars are compared with each other."""
_ENOUGH = 60
"""Pieces from which on a hundredth of them means something."""
_USUAL = 99


@dataclass(frozen=True)
class Measured:
    """A piece in numbers.

    Parameters
    ----------
    style : str
    bars : int
    statistics : list of float
        As `piece_statistics` gives them.
    returns : tuple of int
        `most_returns` for each size in `BLOCKS`.
    """

    style: str
    bars: int
    statistics: list[float]
    returns: tuple[int, ...]


def measure_piece(notes: Notes, header: Header, grid: int) -> Measured:
    """Describe a piece of a corpus."""
    contents = bar_contents(notes, header)
    returns = tuple(most_returns(contents, size) for size in BLOCKS)
    return Measured(header.style, header.bars, piece_statistics(notes, header, grid), returns)


def style_norms(pieces: Sequence[Measured]) -> dict[str, dict[str, list[Any]]]:
    """Say what is usual, of all pieces (``""``) and of each style with enough of them.

    Returns
    -------
    dict
        By style ``mean`` and ``deviation`` of the statistics, and ``returns``, rows ``[most bars, one bar, two bars]``:
        how often a block returns at most in 99 of 100 pieces of up to so many bars.
    """
    styles = {piece.style for piece in pieces} | {""}
    groups = {
        style: [piece for piece in pieces if style in ("", piece.style)] for style in sorted(styles)
    }
    return {
        style: _norms(group, pieces) for style, group in groups.items() if len(group) >= _ENOUGH
    }


def _norms(group: Sequence[Measured], everything: Sequence[Measured]) -> dict[str, list[Any]]:
    rows = np.array([piece.statistics for piece in group])
    returns: list[list[int]] = []
    shortest = 0
    for longest in _LENGTHS:
        alike = [piece.returns for piece in group if shortest < piece.bars <= longest]
        if len(alike) < _ENOUGH:
            alike = [piece.returns for piece in everything if shortest < piece.bars <= longest]
        if len(alike) >= _ENOUGH:
            found = np.percentile(np.array(alike), _USUAL, axis=0, method="higher").astype(int)
            returns.append(
                [longest, *(found if not returns else np.maximum(found, returns[-1][1:])).tolist()]
            )
        shortest = longest
    return {
        "mean": [round(value, 4) for value in rows.mean(axis=0).tolist()],
        "deviation": [round(value, 4) for value in rows.std(axis=0).tolist()],
        "returns": returns,
    }
