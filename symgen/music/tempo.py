"""The usual tempo of a tune, bars too long to be counted, and times in seconds."""

from __future__ import annotations

from collections import Counter

import numpy as np
from numpy.typing import NDArray

from symgen.music.meter import Meter
from symgen.music.score import Score, TempoChange
from symgen.system.errors import FormatError

__all__ = ["check_bar", "tick_seconds", "usual_tempo"]

# Tempos that differ less are one tempo.
_CLOSE = 0.04
# Seconds; of 4,000 real files the longest bar lasts 7.
_LONGEST_BAR = 20.0


def usual_tempo(score: Score, end: int) -> TempoChange:
    """Return the tempo that holds longest up to a tick, as a change at that tick."""
    # A final ritardando or a fermata is no tempo. Where every beat has a tempo of its own, close
    # ones count together, and the one of them that holds longest is taken; of two as long, the
    # later one.
    stops = [*(change.tick for change in score.tempos[1:]), end]
    held: Counter[int] = Counter()
    for change, stop in zip(score.tempos, stops, strict=True):
        held[change.microseconds] += max(0, min(stop, end) - change.tick)
    # Of a tempo that comes more than once the last time counts.
    last = {change.microseconds: change.tick for change in score.tempos}

    def weight(tempo: int) -> tuple[int, int, int]:
        around = sum(ticks for other, ticks in held.items() if abs(other - tempo) <= _CLOSE * tempo)
        return around, held[tempo], last[tempo]

    return TempoChange(end, max(held, key=weight))


def check_bar(meter: Meter, bpm: float, name: str) -> None:
    """Refuse to go on in bars that nobody would count, such as those of a meter of 255/1."""
    seconds = meter.quarters * 60 / bpm
    if seconds > _LONGEST_BAR:
        raise FormatError(
            f"{name}: a bar of {meter} lasts {seconds:,.0f} s at {bpm:.4g} quarters a minute; "
            "ask for other new bars with --meter or --tempo"
        )


def tick_seconds(score: Score, ticks: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return the times of many ticks, an array of any shape, in seconds, as `Score.seconds` does of one."""
    starts = np.array([change.tick for change in score.tempos], dtype=np.int64)
    tempos = np.array([change.microseconds for change in score.tempos], dtype=np.float64)
    times = np.concatenate([[0.0], np.cumsum(np.diff(starts) * tempos[:-1])])
    at = np.searchsorted(starts, ticks, side="right") - 1
    seconds: NDArray[np.float64] = (
        (times[at] + (ticks - starts[at]) * tempos[at]) / score.resolution / 1e6
    )
    return seconds
