"""How near velocities that are foretold come to those that were played."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from symgen.performer.features import score_notes
from symgen.performer.inference import InferencePlayer
from symgen.performer.played import PlayedNotes

__all__ = ["SongFigures", "foretelling", "mean_figures"]

Floats = NDArray[np.float64]


class SongFigures(NamedTuple):
    """How near velocities that are foretold come to those that were played in a piece."""

    # Pearson's r.
    r: float
    # 1 - SSE / SST of deviations from the piece's mean, that of what is foretold from its own; nothing else is fitted.
    deviations: float
    # The same where the level of the piece is not given either.
    raw: float
    # The same with the scale fitted to the piece: r squared.
    fitted: float

    @classmethod
    def of(cls, foretold: Floats, played: Floats) -> SongFigures:
        """Compare velocities of one piece, both shape (notes,)."""
        own, other = foretold - foretold.mean(), played - played.mean()
        square, energy = float(other @ other), float(own @ own)
        if not square:
            return cls(0.0, 0.0, 0.0, 0.0)
        r = float(own @ other) / np.sqrt(energy * square) if energy else 0.0
        deviations = 1 - float(np.square(other - own).sum()) / square
        raw = 1 - float(np.square(played - foretold).sum()) / square
        return cls(float(r), deviations, raw, float(r * r))


def mean_figures(
    pieces: Sequence[PlayedNotes], foretell: Callable[[PlayedNotes], Floats]
) -> SongFigures:
    """Return means over pieces; `foretell` gives the velocities of a piece, shape (notes,)."""
    rows = [SongFigures.of(foretell(played), played.velocity) for played in pieces]
    return SongFigures(*np.mean(rows, axis=0).tolist())


def foretelling(
    player: InferencePlayer, spread: float, level: float = 0.0
) -> Callable[[PlayedNotes], Floats]:
    """Return what tells the likeliest velocities of a piece, `spread` steps for a deviation of 1, around a level."""

    def foretell(played: PlayedNotes) -> Floats:
        said, _ = player.judge(score_notes(played.score, played.rows))
        return level + spread * said[:, player.config.aspects.index("velocity")]

    return foretell
