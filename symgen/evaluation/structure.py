"""Repetition, ending, key and copies of one piece, each only where it is defined."""

from __future__ import annotations

import numpy as np

from symgen.copies.reference import Reference, copied_share
from symgen.evaluation.metrics import LAGS, LONG_LOOP, loop_bars, repeated_share, self_similarity
from symgen.evaluation.pieces import Piece
from symgen.evaluation.table import note_table
from symgen.music.score import Score

__all__ = ["RUN_NOTES", "copy_metrics", "structure_metrics"]

RUN_NOTES = 12
"""Notes of the runs that are looked for in the training part."""


def structure_metrics(piece: Piece) -> dict[str, float]:
    """Measure form, ending and key."""
    # See `symgen.evaluation.metrics` for definitions and sources; the key is that of
    # `estimate_key`.
    table = note_table(piece.score)
    if not len(table):
        return {}
    found = {
        "ends_on_tonic": float(table.top_line().pitch[-1] % 12 == piece.key.tonic),
        "notes_in_key": float(np.isin(table.pitch % 12, list(piece.key.scale)).mean()),
    }
    bars = table.bar_contents()
    if not bars:
        return found
    loop = loop_bars(bars)
    return {
        "bars": float(len(bars)),
        "notes_per_bar": sum(map(len, bars)) / len(bars),
        "empty_bars": sum(not bar for bar in bars) / len(bars),
        "repeated_bars": repeated_share(bars),
        **{f"similarity_{lag}": self_similarity(bars, lag) for lag in LAGS if len(bars) > lag},
        "loop_bars": float(loop),
        "long_loop": float(loop >= LONG_LOOP),
        **found,
    }


def copy_metrics(piece: Piece, training: Reference) -> dict[str, float]:
    """Look for a piece in a training set.

    Returns ``copied_share`` of its runs of 12 notes, where it has a line that long, and
    ``longest_match`` in notes; empty without pitched notes.
    """
    # See `symgen.copies.reference`.
    lines = [
        note_table(piece.score.with_parts([p])).top_line()
        for p in piece.score.parts
        if not p.is_drum
    ]
    longest = max(map(len, lines), default=0)
    found = (
        {"longest_match": float(_longest_match(piece.score, training, longest))} if longest else {}
    )
    if longest >= RUN_NOTES:
        found["copied_share"] = copied_share([piece.score], training, notes=RUN_NOTES)
    return found


def _longest_match(score: Score, training: Reference, longest: int) -> int:
    """As `longest_match`, feeling the way up from short runs."""
    # A large corpus is hashed anew for each length asked for.
    #
    # A run can only be shared if each shorter run inside it is.

    def shared(notes: int) -> bool:
        return notes < 2 or (notes <= longest and copied_share([score], training, notes=notes) > 0)

    high = 2
    while shared(high):
        high *= 2
    low = high // 2
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if shared(middle) else (low, middle)
    return low if low > 1 else 0
