"""The tempo of a tune that is played freely."""

from __future__ import annotations

from collections import Counter

from symgen.score import Score, TempoChange

__all__ = ["usual_tempo"]

_CLOSE = 0.04
"""Tempos that differ less are one tempo."""


def usual_tempo(score: Score, end: int) -> TempoChange:
    """Return the tempo that holds longest up to a tick, as a change at that tick.

    A final ritardando or a fermata is no tempo. Where every beat has a tempo of its own, those that differ by less than
    4 % count together, and the one of them that holds longest is taken; of two as long, the later one.
    """
    stops = [*(change.tick for change in score.tempos[1:]), end]
    held: Counter[int] = Counter()
    for change, stop in zip(score.tempos, stops, strict=True):
        held[change.microseconds] += max(0, min(stop, end) - change.tick)
    last = {change.microseconds: change.tick for change in score.tempos}

    def weight(tempo: int) -> tuple[int, int, int]:
        around = sum(ticks for other, ticks in held.items() if abs(other - tempo) <= _CLOSE * tempo)
        return around, held[tempo], last[tempo]

    return TempoChange(end, max(held, key=weight))
