"""Stretches of time, and whether one of many overlaps another."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable
from itertools import accumulate

__all__ = ["Spans"]


class Spans:
    """Many stretches of time, from a first tick up to the tick behind; one of no length is a moment."""

    def __init__(self, spans: Iterable[tuple[int, int]]) -> None:
        ordered = sorted(spans)
        self._starts = [start for start, _ in ordered]
        self._ends = list(
            accumulate((end for _, end in ordered), max)
        )  # the last end of all that begin before

    def overlap(self, start: int, end: int) -> bool:
        """Tell whether one of them begins before `end` and ends behind `start`."""
        before = bisect_left(self._starts, end)
        return before > 0 and self._ends[before - 1] > start
