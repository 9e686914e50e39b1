"""Metrics of one tune whose key is known, and their means over tunes, as the tables of models show them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from symgen.evaluation.metrics import (
    LAGS,
    LONG_LOOP,
    loop_bars,
    pitch_class_entropy,
    repeated_share,
    scale_consistency,
    self_similarity,
)
from symgen.evaluation.table import NoteTable, note_table
from symgen.music.score import Score
from symgen.music.theory import Key

__all__ = ["mean_metrics", "polyphony", "tune_metrics"]


def polyphony(table: NoteTable) -> float:
    """Mean number of pitches that sound together, over the grid steps at which any sounds."""
    # As `polyphony` of MusPy (Dong et al. 2020), on a grid of 12 steps a quarter, but 0 instead of
    # NaN without notes.
    if not len(table):
        return 0.0
    sounding = {
        (int(step), int(pitch))
        for onset, duration, pitch in zip(table.onset, table.duration, table.pitch, strict=True)
        for step in range(onset, onset + duration)
    }
    return len(sounding) / len({step for step, _ in sounding})


def tune_metrics(score: Score, key: Key | None = None) -> dict[str, float]:
    """Measure one tune."""
    table = note_table(score)
    bars = table.bar_contents()
    loop = loop_bars(bars)
    found = {
        "notes_per_bar": sum(map(len, bars)) / max(1, len(bars)),
        "repeated_bars": repeated_share(bars),
        **{f"similarity_{lag}": self_similarity(bars, lag) for lag in LAGS},
        "loop_bars": float(loop),
        "long_loop": float(loop >= LONG_LOOP),
        "empty_bars": sum(not bar for bar in bars) / max(1, len(bars)),
        "pitch_class_entropy": pitch_class_entropy(table.pitch),
        "scale_consistency": scale_consistency(table.pitch),
        "polyphony": polyphony(table),
    }
    if key is not None:
        last = table.pitch[-1:] % 12
        found["ends_on_tonic"] = float((last == key.tonic).any())
        found["notes_in_key"] = float(
            np.isin(table.pitch % 12, list(key.scale)).sum() / max(1, len(table))
        )
    return found


def mean_metrics(scores: Sequence[Score], keys: Sequence[Key] | None = None) -> dict[str, float]:
    """Average `tune_metrics` over tunes, each tune counting once.

    Returns the names of `tune_metrics`; empty without scores.
    """
    # A lag counts only the tunes that are longer than it.
    given: Sequence[Key | None] = [None] * len(scores) if keys is None else keys
    rows = [tune_metrics(score, key) for score, key in zip(scores, given, strict=True)]
    lengths = np.array([sum(bar.number > 0 for bar in score.bars) for score in scores])
    means: dict[str, float] = {}
    for name in rows[0] if rows else ():
        lag = int(name.removeprefix("similarity_")) if name.startswith("similarity_") else 0
        values = (
            np.array([row[name] for row in rows])[lengths > lag]
            if lag
            else [row[name] for row in rows]
        )
        means[name] = float(np.mean(values)) if len(values) else 0.0
    return means
