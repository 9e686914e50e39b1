"""How a score sounds where nothing else is asked for."""

from __future__ import annotations

from symgen.music.score import Score
from symgen.performer.keeping import kept_score
from symgen.performer.perform import perform

__all__ = ["sounding"]


def sounding(score: Score, feel: float | None = None, *, in_time: bool = False) -> Score:
    """Return a score as it sounds: at a strength of 0..1, or moderately; a performance stays as it is.

    Parameters
    ----------
    score : Score
        The piece, or a performance that was made of it.
    feel : float, optional
        0 (as written) to 1 (as strongly as people play). Without it, what was performed stays as it is, and any other
        score is performed as `perform` does.
    in_time : bool
        Whether the tempo stays as it is written, as loops want it.

    Raises
    ------
    ControlError
        If `feel` is out of range.
    """
    if feel is not None:
        return perform(score, feel=feel, in_time=in_time)
    return score if kept_score(score) is not None else perform(score, in_time=in_time)
