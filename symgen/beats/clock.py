"""Between the ticks of a file and seconds: by its tempos, or by one tempo throughout."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from symgen.music.score import Score

__all__ = ["Clock"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Clock:
    """Seconds of ticks.

    Parameters
    ----------
    ticks, seconds : ndarray of float64, shape (knots,)
        Two or more, ascending; between them time goes evenly, before and behind them as beside the nearest two.
    """

    ticks: Floats
    seconds: Floats

    @classmethod
    def even(cls, score: Score, bpm: float) -> Clock:
        """Return the clock of one tempo throughout, in quarters a minute."""
        return cls(np.array([0.0, float(score.resolution)]), np.array([0.0, 60.0 / bpm]))

    @classmethod
    def played(cls, score: Score) -> Clock:
        """Return the clock of the tempos of a score."""
        ticks = [change.tick for change in score.tempos]
        ticks.append(max(score.length, ticks[-1]) + score.resolution)
        return cls(
            np.array(ticks, dtype=np.float64), np.array([score.seconds(tick) for tick in ticks])
        )

    def to_seconds(self, ticks: ArrayLike) -> Floats:
        """Return the seconds of ticks."""
        return _interpolate(ticks, self.ticks, self.seconds)

    def to_ticks(self, seconds: ArrayLike) -> Floats:
        """Return the ticks, with fractions, of seconds."""
        return _interpolate(seconds, self.seconds, self.ticks)


def _interpolate(at: ArrayLike, here: Floats, there: Floats) -> Floats:
    at = np.asarray(at, dtype=np.float64)
    before = np.minimum(at - here[0], 0.0) * (there[1] - there[0]) / (here[1] - here[0])
    behind = np.maximum(at - here[-1], 0.0) * (there[-1] - there[-2]) / (here[-1] - here[-2])
    return np.asarray(np.interp(at, here, there) + before + behind)
