"""Phrases and sections, found in the notes: where the melody pauses, weighed against lengths that are usual.

How strongly a melody pauses between two notes is the local boundary of E. Cambouropoulos (The local boundary detection
model, 2001): rests, times from onset to onset and intervals that are larger than those beside them. Which pauses end
phrases is then chosen for the whole piece at once, by dynamic programming over its bars, as D. Temperley does (The
Cognition of Basic Musical Structures, 2001, chapter 3); the costs are ours.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from symgen.music.cadences import cadence_kind
from symgen.music.keys import infer_key
from symgen.music.lines import melody_part
from symgen.music.meter import Bar
from symgen.music.score import Score
from symgen.music.theory import Key

__all__ = ["Phrase", "boundary_strengths", "find_phrases"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

# Weights of rests, of times between onsets, and of intervals, as Cambouropoulos has them.
_REST, _APART, _INTERVAL = 0.25, 0.5, 0.25
# Bars of a usual phrase, twice as many where a bar lasts less than so many seconds; the most bars of a phrase.
_USUAL, _SHORT_BAR, _MOST = 4, 1.2, 16
# What a phrase of another length costs for each octave, long ones by how long they are, in strengths of a boundary.
_ODD = 0.28
# Of pauses that are about as strong, the one at the bar line.
_AT_LINE = 0.1
# A section has so many usual phrases at least, and at most; before that a boundary must be as strong as this share of
# those of the piece are not.
_FEWEST, _MOST_PHRASES, _STRONG = 2, 4, 0.67


@dataclass(frozen=True, slots=True)
class Phrase:
    """A phrase, from its first note (an upbeat belongs to it) to that of the next one."""

    # Ticks.
    start: int
    end: int
    # How strongly the melody pauses at its end, 0..1.
    strength: float
    # The close that the melody makes: full, half or open; open where nothing is sung.
    cadence: str
    # Whether a section ends with it.
    closes: bool


def find_phrases(score: Score) -> tuple[Phrase, ...]:
    """Return the phrases of a piece from tick 0 to its length, without gaps; none of a piece without length."""
    # A pickup is the upbeat of the first bar.
    bars = score.bars[1:] if score.has_pickup and len(score.bars) > 1 else score.bars
    if not bars or score.length < 1:
        return ()
    line = _melody(score)
    ticks, strengths = _bar_boundaries(score, bars, line)
    usual = _usual_bars(score, bars)
    ends = _chosen(strengths, usual)
    found, start, opened, key = list[Phrase](), 0, 0, infer_key(score)
    strong = float(np.quantile(strengths[ends[:-1]], _STRONG)) if len(ends) > 1 else 1.0
    for bar in ends:
        end = int(ticks[bar])
        count = bar - opened
        closes = count >= _MOST_PHRASES * usual or bar == len(bars)
        closes |= count >= _FEWEST * usual and strengths[bar] >= max(strong, 1e-9)
        if end > start:
            cadence = _cadence(line, end, key)
            found.append(Phrase(start, end, float(strengths[bar]), cadence, bool(closes)))
            start = end
        opened = bar if closes else opened
    return tuple(found)


def boundary_strengths(onset: Floats, end: Floats, pitch: Floats) -> Floats:
    """Return how strongly a line pauses before each of its n notes but the first, 0..1; shape (n - 1,)."""
    if len(onset) < 2:
        return np.zeros(0)
    rests = np.maximum(0.0, onset[1:] - end[:-1])
    return (
        _REST * _local(rests)
        + _APART * _local(np.diff(onset))
        + _INTERVAL * _local(np.abs(np.diff(pitch)))
    )


def _melody(score: Score) -> Floats:
    """Return onset, end and pitch of the notes of the melody, three rows; what sounds below a note is none of it."""
    tune = melody_part(score)
    if tune is None:
        return np.zeros((3, 0))
    onset, duration, pitch, _ = score.parts[tune].note_array().T
    highest = np.flatnonzero(np.diff(onset, append=-1))
    kept, until, top = list[int](), -1, -1
    for row, begins, ends, height in zip(
        highest.tolist(), onset[highest].tolist(), (onset + duration)[highest].tolist(),
        pitch[highest].tolist(), strict=True,
    ):  # fmt: skip
        if begins >= until or height >= top:
            kept.append(row)
            until, top = ends, height
    return np.stack([onset, onset + duration, pitch]).astype(np.float64)[:, kept]


def _local(values: Floats) -> Floats:
    """Return how much larger values are than those beside them, as a share of the largest."""
    sums = values[1:] + values[:-1]
    change = np.abs(np.diff(values)) / np.where(sums > 0, sums, 1.0)
    strengths = values * (np.append(change, 0.0) + np.concatenate([[0.0], change]))
    top = float(strengths.max(initial=0.0))
    found: Floats = strengths / top if top > 0 else strengths
    return found


def _cadence(line: Floats, end: int, key: Key) -> str:
    """Name the close of the last note of a melody that begins before a tick."""
    last = int(np.searchsorted(line[0], end)) - 1
    return cadence_kind(int(line[2, last]), int(line[1, last]), key) if last >= 0 else "open"


def _bar_boundaries(score: Score, bars: Sequence[Bar], line: Floats) -> tuple[Ints, Floats]:
    """Return for each bar line, the end too, the tick of the strongest boundary near it, and its strength."""
    ticks = np.array([0, *(bar.start for bar in bars[1:]), score.length], dtype=np.int64)
    strengths = np.zeros(len(ticks))
    strengths[-1] = 1.0
    strength = boundary_strengths(*line)
    onsets = line[0, 1:].astype(np.int64)
    halves = np.array([bar.start + bar.length // 2 for bar in bars], dtype=np.int64)
    # From the middle of the bar before, for upbeats, to the middle of the bar.
    at = np.searchsorted(halves, onsets, side="right")
    order = np.argsort(strength + _AT_LINE * np.isin(onsets, ticks), kind="stable")
    order = order[(strength[order] > 0) & (at[order] > 0) & (at[order] < len(bars))]
    # Of those with one bar line the last one stays.
    ticks[at[order]] = onsets[order]
    strengths[at[order]] = strength[order]
    ticks[:-1] = np.minimum(np.maximum.accumulate(ticks[:-1]), score.length)
    return ticks, strengths


def _usual_bars(score: Score, bars: Sequence[Bar]) -> int:
    seconds = score.seconds(score.length) / len(bars)
    return 2 * _USUAL if seconds < _SHORT_BAR else _USUAL


def _chosen(strengths: Floats, usual: int) -> list[int]:
    """Return the bar lines at which phrases end, the last one of all too: the choice that is best as a whole."""
    count = len(strengths)
    lengths = np.arange(1, _MOST + 1)
    odd = _ODD * np.abs(np.log2(lengths / usual)) * np.maximum(1, lengths / usual)
    # What is no stronger than most tells nothing.
    gains = strengths - strengths[1:-1].mean() if count > 2 else strengths
    best, before = np.zeros(count), np.zeros(count, dtype=np.int64)
    for bar in range(1, count):
        most = min(bar, _MOST)
        costs = best[bar - most : bar][::-1] - odd[:most]
        choice = int(np.argmax(costs))
        best[bar] = costs[choice] + gains[bar]
        before[bar] = bar - 1 - choice
    found, bar = list[int](), count - 1
    while bar > 0:
        found.append(bar)
        bar = int(before[bar])
    return found[::-1]
