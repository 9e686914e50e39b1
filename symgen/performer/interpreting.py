"""Who plays what: drums, pitched parts, tempo and pedal each have a player of their own."""

from __future__ import annotations

from symgen.music.score import Score
from symgen.performer.interpretation import Interpretation, as_written

__all__ = ["interpret"]


def interpret(score: Score, style: str | None, seed: int) -> Interpretation:
    """Return how a score is played at full strength."""
    del style, seed  # no player asks for them yet
    return as_written(score)
