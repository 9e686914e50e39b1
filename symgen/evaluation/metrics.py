"""Metrics of one tune: length, repetition, ending, key and texture."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from symgen.evaluation.table import BarContent, NoteTable, note_table
from symgen.music.score import Score
from symgen.music.theory import MODES, Key

__all__ = [
    "LAGS",
    "LONG_LOOP",
    "loop_bars",
    "mean_metrics",
    "pitch_class_entropy",
    "polyphony",
    "repeated_share",
    "scale_consistency",
    "self_similarity",
    "tune_metrics",
]

LAGS = (1, 2, 4, 8, 16)
LONG_LOOP = 8
_LOOP_PERIODS = (1, 2, 3, 4)


def repeated_share(bars: Sequence[BarContent]) -> float:
    """Share of bars that repeat an earlier bar literally."""
    # Same onsets in the bar, pitches and durations.
    #
    # Empty bars count as bars, but repeat nothing.
    #
    # Own definition; related to the exact repetition counts of Collins et al. (2011), Improved
    # methods for pattern discovery in music.
    seen: set[BarContent] = set()
    repeats = 0
    for bar in bars:
        repeats += bool(bar) and bar in seen
        seen.add(bar)
    return repeats / len(bars) if bars else 0.0


def self_similarity(bars: Sequence[BarContent], lag: int) -> float:
    """Share of bars that are equal to the bar `lag` before, among those that have one."""
    # 0 if none has.
    #
    # A self-similarity matrix (Foote 1999, Visualizing music and audio using self-similarity) of
    # bars under equality, read along one diagonal.
    later = bars[lag:]
    return (
        sum(bool(b) and a == b for a, b in zip(bars, later, strict=False)) / len(later)
        if later
        else 0.0
    )


def loop_bars(bars: Sequence[BarContent]) -> int:
    """Length in bars of the longest literal loop."""
    # A loop is a block of 1 to 4 bars that sounds at least twice in a row; its length counts all
    # rounds, an unfinished last one too. A repeated section of 8 bars is form and no loop.
    #
    # Own definition.
    longest = 0
    for period in _LOOP_PERIODS:
        run = 0
        for before, bar in zip(bars, bars[period:], strict=False):
            run = run + 1 if bar and bar == before else 0
            if run >= period:
                longest = max(longest, run + period)
    return longest


def pitch_class_entropy(pitches: NDArray[np.int64]) -> float:
    """Entropy of the pitch classes of the notes, in bits, 0..3.58."""
    # Wu and Yang (2020), The Jazz Transformer on the front line; as `pitch_class_entropy` of MusPy
    # (Dong et al. 2020), but 0 instead of NaN without notes.
    counts = np.bincount(pitches % 12, minlength=12)
    share = counts[counts > 0] / max(1, counts.sum())
    return float(abs(-(share * np.log2(share)).sum()))


def scale_consistency(pitches: NDArray[np.int64]) -> float:
    """Largest share of notes that lie in one major or natural minor scale."""
    # Mogren (2016), C-RNN-GAN; as `scale_consistency` of MusPy (Dong et al. 2020), but 0 instead of
    # NaN without notes.
    counts = np.bincount(pitches % 12, minlength=12)
    best = max(
        counts[[(tonic + step) % 12 for step in MODES["major"]]].sum() for tonic in range(12)
    )
    return float(best / max(1, counts.sum()))


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
