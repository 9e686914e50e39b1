"""What speaks for a tempo, a meter and bar lines where several notes sound at once: basses, chords, drums, fullness."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from symgen.beats.evidence import Placed
from symgen.beats.rhythm import TICKS, Rhythm
from symgen.beats.strokes import Strokes

__all__ = ["ENSEMBLE_FEATURES", "describe_ensemble"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_WHERE = ("line", "beat", "half", "off")
_WHAT = ("bass", "bass_moves", "full", "loud", "held", "harmony", "kick", "snare", "crash")
ENSEMBLE_FEATURES = (
    *(f"{what}_on_{where}" for what in _WHAT for where in _WHERE),
    *(f"share_{place}" for place in ("beat", "eighth", "sixteenth", "triplet")),
    *(f"{name}_{power}" for name in ("strokes", "notes", "changes") for power in ("log", "square")),
    "bar_again", "beat_again", "half_again",
    *(f"new_{span}_on_{where}" for span in ("beat", "half", "bar") for where in ("line", "half", "beat")),
)  # fmt: skip
"""Names of the columns of `describe_ensemble`."""

_BASS_SPAN, _BASS_NEAR = 24, 4
"""A note is a bass if none of two quarters around is lower by more than so many semitones."""
_EIGHTH = TICKS // 2
_CHANGED = 0.25
"""Harmony that differs by more than this from what was before has changed."""


def describe_ensemble(placed: Placed, strokes: Strokes, rhythm: Rhythm, shifts: Ints) -> Floats:
    """Describe readings of a path that differ in where the bar lines stand.

    Parameters
    ----------
    placed : Placed
        At least two strokes.
    strokes : Strokes
        The same ones.
    rhythm : Rhythm
        Of the meter.
    shifts : ndarray of int64, shape (shifts,)
        A bar line is at tick ``-shift``.

    Returns
    -------
    ndarray of float64, shape (shifts, len(ENSEMBLE_FEATURES))
    """
    place = (placed.ticks[None, :] + shifts[:, None]) % rhythm.bar
    inside = place % rhythm.beat
    line = place == 0
    beat = (inside == 0) & ~line
    half = 2 * place == rhythm.bar
    back = (inside == 0) & (place // rhythm.beat % 2 == 1)
    spots = (line, beat, half, back)
    values = _strokes_say(placed, strokes)
    accents = np.stack([_excess(value, spot) for value in values for spot in spots], axis=1)
    shares = np.stack([mask.mean(axis=1) for mask in _shares(inside, rhythm.beat)], axis=1)
    same = np.concatenate([_fullness(placed, strokes, values[5]), _again(placed, strokes, rhythm)])
    columns = (
        accents,
        shares,
        np.tile(same, (len(shifts), 1)),
        _chords_turn(placed, strokes, rhythm, shifts),
    )
    return np.concatenate(columns, axis=1)


def _strokes_say(placed: Placed, strokes: Strokes) -> list[Floats]:
    """Values of `_WHAT`, each of shape (strokes,)."""
    low = _lowest_around(placed.ticks, strokes.bass)
    bass = strokes.bass <= low + _BASS_NEAR
    held = strokes.rows[:, 1] - strokes.rows[:, 0]
    moved = np.zeros(len(bass))
    index = np.flatnonzero(bass)
    moved[index[1:]] = strokes.bass[index[1:]] % 12 != strokes.bass[index[:-1]] % 12
    return [
        bass.astype(np.float64),
        moved,
        np.log(strokes.count),
        _standard(strokes.rows[:, 3]),
        np.log2(np.clip(held / placed.quarter, 0.1, 8.0)),
        _harmony_changes(placed.ticks, strokes.pitches),
        *strokes.drums.T,
    ]


def _lowest_around(ticks: Ints, bass: Floats) -> Floats:
    """Lowest pitch of the strokes within two quarters."""
    left = np.searchsorted(ticks, ticks - _BASS_SPAN)
    right = np.searchsorted(ticks, ticks + _BASS_SPAN, side="right")
    return np.array([bass[a:b].min() for a, b in zip(left.tolist(), right.tolist(), strict=True)])


def _harmony_changes(ticks: Ints, pitches: Floats) -> Floats:
    """How much the pitch classes of the quarter from a stroke on differ from those of the quarter before, 0..1."""
    sums = np.concatenate([np.zeros((1, 12)), np.cumsum(pitches, axis=0)])
    here = np.searchsorted(ticks, ticks)
    before = sums[here] - sums[np.searchsorted(ticks, ticks - TICKS)]
    after = sums[np.searchsorted(ticks, ticks + TICKS)] - sums[here]
    return 1.0 - _alike(before, after)


def _shares(inside: Ints, beat: int) -> list[NDArray[np.bool_]]:
    """Tell which strokes are on beats, on halves or thirds of them, on sixteenths, on triplets."""
    if beat == TICKS:
        return [inside == 0, inside == 6, inside % 6 == 3, (inside == 4) | (inside == 8)]
    return [inside == 0, (inside == 6) | (inside == 12), inside % 6 == 3, inside == 9]


def _fullness(placed: Placed, strokes: Strokes, harmony: Floats) -> Floats:
    """Strokes, notes and changes of harmony a quarter: logarithms and their squares."""
    quarters = max(float(placed.ticks[-1] - placed.ticks[0]) / TICKS, 1.0)
    found = []
    for total in (len(strokes), strokes.count.sum(), (harmony > _CHANGED).sum() + 1.0):
        log = float(np.log(total / quarters))
        found += [log, log**2]
    return np.array(found)


def _chords_turn(placed: Placed, strokes: Strokes, rhythm: Rhythm, shifts: Ints) -> Floats:
    """How much more pitch classes change at bar lines, half bars and beats than at other eighths; (shifts, 9)."""
    first = placed.ticks[0] // _EIGHTH * _EIGHTH
    count = int(placed.ticks[-1] - first) // _EIGHTH + 1
    sums = np.zeros((count + 1, 12))
    np.add.at(sums, (placed.ticks - first) // _EIGHTH + 1, strokes.pitches)
    sums = np.cumsum(sums, axis=0)
    index = np.arange(count)
    place = (first + index * _EIGHTH + shifts[:, None]) % rhythm.bar
    spots = (place == 0, 2 * place == rhythm.bar, (place % rhythm.beat == 0) & (place > 0))
    found = []
    for span in (rhythm.beat, rhythm.bar // 2, rhythm.bar):
        reach = max(span // _EIGHTH, 1)
        before = sums[index] - sums[np.maximum(index - reach, 0)]
        after = sums[np.minimum(index + reach, count)] - sums[index]
        new = _standard(1.0 - _alike(before, after))
        found += [_excess(new, spot) for spot in spots]
    return np.stack(found, axis=1)


def _alike(before: Floats, after: Floats) -> Floats:
    """Cosine of rows; 1 where one is empty."""
    size = np.linalg.norm(before, axis=1) * np.linalg.norm(after, axis=1)
    return np.where(size > 0, (before * after).sum(axis=1) / np.maximum(size, 1e-9), 1.0)


def _again(placed: Placed, strokes: Strokes, rhythm: Rhythm) -> Floats:
    """How much a bar, a beat and half a bar are like the one before in rhythm and drums."""
    ticks = placed.ticks - placed.ticks[0]
    length = int(ticks[-1]) + 1
    grid = np.zeros((length, 4))
    grid[ticks, 0] = 1.0
    grid[ticks, 1:] = strokes.drums
    found = []
    for lag in (rhythm.bar, rhythm.beat, rhythm.bar // 2):
        both = (grid[lag:] * grid[:-lag]).sum() if length > lag else 0.0
        most = np.sqrt((grid[lag:] ** 2).sum() * (grid[:-lag] ** 2).sum()) if length > lag else 0.0
        found.append(float(both / (most + 4.0)))
    return np.array(found)


def _standard(values: Floats) -> Floats:
    spread = float(values.std())
    return (values - values.mean()) / spread if spread > 1e-6 else np.zeros(len(values))


def _excess(values: NDArray[Any], chosen: NDArray[np.bool_]) -> Floats:
    """Mean of the chosen above the mean of all, drawn to 0 where they are few."""
    return np.asarray(chosen @ (values - values.mean()) / (chosen.sum(axis=1) + 2.0))
