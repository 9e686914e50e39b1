"""How a file says that it is a performance which holds its score."""

from __future__ import annotations

from symgen.midi.events import PRIVATE, MidiFile
from symgen.midi.parts import SIGNED
from symgen.music.score import Score

__all__ = ["SCORE_MARK", "holds_score"]

SCORE_MARK = SIGNED + b"score:"
"""What the sequencer-specific event begins with that has the score."""


def holds_score(score: Score) -> bool:
    """Whether the file of a score says that it holds the one that it was made of; `written` reads that."""
    source = score.source
    return isinstance(source, MidiFile) and any(
        payload.startswith(SCORE_MARK) for *_, payload in source.metas(PRIVATE)
    )
