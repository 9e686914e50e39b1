"""Statistics of a piece: a few numbers that describe it, and how often its blocks of bars return."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np

from symgen.tokens.events import Header, Notes

__all__ = [
    "BLOCKS",
    "STATISTICS",
    "BarContent",
    "bar_contents",
    "is_literal_repeat",
    "most_returns",
    "piece_statistics",
]

BarContent = tuple[tuple[int, int, int], ...]
"""Notes of a bar: steps from the bar line, part, pitch."""

BLOCKS = (1, 2)
"""Bars of the blocks whose returns are counted; longer blocks return with those of two bars."""

STATISTICS = (
    "notes_per_bar",
    "mean_pitch",
    "pitch_deviation",
    "log_duration",
    "off_beat",
    "small_steps",
    "pitch_class_entropy",
    "repeated_bars",
)
# Semitones.
_SMALL = 2


def bar_contents(notes: Notes, header: Header) -> list[BarContent]:
    """Return what begins in each bar."""
    found: list[list[tuple[int, int, int]]] = [[] for _ in range(header.bars)]
    places = notes.onset - header.bar_starts[notes.bar]
    rows = np.stack([notes.bar, places, notes.part, notes.pitch], axis=1).tolist()
    for bar, place, part, pitch in rows:
        found[bar].append((place, part, pitch))
    return [tuple(bar) for bar in found]


def most_returns(bars: Sequence[BarContent], size: int) -> int:
    """Return how many times the block of so many bars sounds that sounds most often."""
    # Own definition: blocks with an empty bar are not counted.
    blocks = (tuple(bars[i : i + size]) for i in range(len(bars) - size + 1))
    counts = Counter(block for block in blocks if all(block))
    return max(counts.values(), default=0)


def is_literal_repeat(old: Sequence[BarContent], new: Sequence[BarContent]) -> bool:
    """Return whether new bars are the earlier ones again, note for note, from their start on or up to their end."""
    # More bars than there were repeat them if they go round and round. One bar that is as an
    # earlier one is no repeat, unless that was all there was; nor is silence.
    size = len(new)
    if not old or not any(new) or size < min(2, len(old)):
        return False
    rounds = [old[i % len(old)] for i in range(size)]
    return list(new) in (rounds, list(old[-size:]))


def piece_statistics(notes: Notes, header: Header, grid: int) -> list[float]:
    """Describe a piece by the numbers of `STATISTICS`; zeros without notes."""
    # `mean_pitch` and its deviation are in semitones, `log_duration` is the mean log2 in steps,
    # `off_beat` the share of notes off the quarters, `small_steps` of moves of a part by two
    # semitones or less, `repeated_bars` of bars that repeat an earlier one; the entropy is in bits.
    if not len(notes):
        return [0.0] * len(STATISTICS)
    counts = np.bincount(notes.pitch % 12, minlength=12)
    shares = counts[counts > 0] / counts.sum()
    order = np.argsort(notes.part, kind="stable")
    same_part = np.diff(notes.part[order]) == 0
    moves = np.abs(np.diff(notes.pitch[order]))[same_part]
    off_beat = (notes.onset - header.bar_starts[notes.bar]) % grid != 0
    bars = bar_contents(notes, header)
    distinct = len({*bars} - {()})
    return [
        len(notes) / header.bars,
        float(notes.pitch.mean()),
        float(notes.pitch.std()),
        float(np.log2(np.maximum(notes.duration, 1)).mean()),
        float(off_beat.mean()),
        float((moves <= _SMALL).mean()) if len(moves) else 0.0,
        float(-(shares * np.log2(shares)).sum()),
        1 - distinct / max(1, sum(map(bool, bars))),
    ]
