"""How well velocities are foretold, song by song."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from lab.performer.songs import Song
from symgen.performer.features import score_notes
from symgen.performer.inference import InferencePlayer
from symgen.performer.played import PlayedNotes

__all__ = ["USUAL_SPREAD", "measure_player", "song_figures"]

Floats = NDArray[np.float64]

USUAL_SPREAD = 10.0
"""Steps of velocity of one deviation of the network; the same for all songs."""


def song_figures(foretold: Floats, played: Floats) -> tuple[float, float, float]:
    """Return r, R2 of the deviations from the song's mean, and R2 with the scale fitted to the song, r squared."""
    own, other = foretold - foretold.mean(), played - played.mean()
    square = float(other @ other)
    if not float(own @ own) or not square:
        return 0.0, 0.0, 0.0
    r = float(own @ other) / np.sqrt(float(own @ own) * square)
    return r, 1 - float(np.square(other - own).sum()) / square, r * r


def measure_player(
    player: InferencePlayer,
    songs: Sequence[Song],
    change: Callable[[PlayedNotes], PlayedNotes] = lambda played: played,
) -> dict[str, float]:
    """Return means over songs of what `song_figures` gives."""
    rows = []
    for song in songs:
        played = change(song.played)
        said, _ = player.judge(score_notes(played.score, played.rows))
        rows.append(song_figures(USUAL_SPREAD * said[:, 0], played.velocity))
    r, deviations, fitted = np.mean(rows, axis=0).tolist()
    return {"r": r, "r2": deviations, "r2_fitted": fitted}
