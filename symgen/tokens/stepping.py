"""Features step by step, while a piece is drawn: compiled where the C library is there, else in Python."""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from symgen.kernel import library
from symgen.tokens.events import Header
from symgen.tokens.layout import Layout
from symgen.tokens.vocabulary import Vocabulary

__all__ = ["StepFeatures", "make_features"]

Ints = NDArray[np.int64]


class StepFeatures(Protocol):
    """The columns of the next event of a piece, field by field as they become known."""

    # `out` is one row of int64, one number a column of the layout. A test holds all numbers to
    # `symgen.tokens.features.feature_array`.

    def replan(self, by_step: NDArray[np.int16], by_bar: NDArray[np.int16]) -> None:
        """Let another plan hold from here on: the tables of `symgen.tokens.plans.plan_tables`; twins keep theirs."""

    def push(self, row: list[int]) -> None:
        """Add an event: its six fields."""

    def read(self, rows: Ints) -> None:
        """Add many events, shape (n, 6)."""

    def context(self, out: Ints) -> None:
        """Fill the columns that are known before the next event, and make all others 0."""

    def form(self, out: Ints, form: int) -> None:
        """Fill what the form of the bar that opens says: the goal of the bar that it takes up."""

    def time(self, out: Ints, advance: int) -> None:
        """Fill the columns of a note that begins so many steps on."""

    def part(self, out: Ints, part: int, advance: int) -> None:
        """Fill the columns of the part of that note; nothing where no parts are followed."""

    def pitch(self, out: Ints, part: int, pitch: int) -> None:
        """Fill the candidates for the duration of that note, after `time` and `part`."""

    def copy(self) -> StepFeatures:
        """Return an independent twin, to go on from the piece so far more than once."""


def make_features(
    header: Header,
    vocabulary: Vocabulary,
    voices: int,
    hide_end: bool,
    columns: Layout,
) -> StepFeatures:
    """Return the features before the first event; `voices` parts are followed, 0 for melodies."""
    if library() is None:
        from symgen.tokens.plain_features import PlainFeatures

        return PlainFeatures(header, vocabulary, voices, hide_end, columns)
    from symgen.tokens.compiled_features import CompiledFeatures

    return CompiledFeatures(header, vocabulary, voices, hide_end, columns)
