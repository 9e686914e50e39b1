"""What the reader of chords is told of each beat: of the tones above each root, and of the beat itself."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from symgen.music.chord_beats import SILENT, Heard

__all__ = ["CHANGE_COLUMNS", "TONE_COLUMNS", "WHOLE_COLUMNS", "Features", "describe_beats"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

TONE_COLUMNS, WHOLE_COLUMNS, CHANGE_COLUMNS = 8, 9, 14
"""So many numbers of each pitch class, of a beat as a whole, and of how it differs from the beat before."""

# Beats to either side that are the surroundings of a beat, near and far.
_NEAR, _FAR = 2, 8
# As many beats in a bar, or more, are one case.
_MOST_BEATS = 4


class Features(NamedTuple):
    """What is told of the beats."""

    # Shape (beats, TONE_COLUMNS, 12), by pitch class.
    tones: Floats
    # Shape (beats, WHOLE_COLUMNS) and (beats, CHANGE_COLUMNS).
    whole: Floats
    change: Floats


def describe_beats(heard: Heard, levels: Ints, *, is_line: bool) -> Features:
    """Tell what sounds in beats; `is_line`: hardly ever do two notes sound at once."""
    count = len(levels)
    present = np.minimum(heard.filled, 1.0)
    total = heard.filled.sum(axis=1, keepdims=True)
    share = heard.filled / np.maximum(total, 1e-9)
    begun = np.minimum(heard.begun, 1.0)
    lowest, deepest = _one_hot(heard.lowest), _one_hot(heard.deepest)
    tones = np.stack(
        [
            present,
            share,
            begun,
            np.minimum(heard.struck, 1.0),
            lowest,
            deepest,
            _around(share, _NEAR),
            _around(share, _FAR),
        ],
        axis=1,
    )
    level = np.eye(3)[levels]
    per_bar = _beats_in_bar(levels)
    audible = total[:, 0] > 0
    whole = np.column_stack([
        level,
        audible,
        np.log1p(total[:, 0]),
        (present > 0).sum(axis=1) / 6,
        np.full(count, float(is_line)),
        _depth(heard.deepest, audible),
        per_bar / _MOST_BEATS,
    ])  # fmt: skip
    before = np.roll(present, 1, axis=0)
    before[:1] = 0.0
    bass_before = np.roll(deepest, 1, axis=0)
    bass_before[:1] = 0.0
    change = np.column_stack([
        level,
        np.eye(_MOST_BEATS + 1)[per_bar][:, 1:],
        _alike(before, present),
        _alike(_window(share, -2, 0), _window(share, 0, 2)),
        _alike(_window(share, -4, 0), _window(share, 0, 4)),
        (bass_before * deepest).sum(axis=1),
        heard.struck.sum(axis=1) > 0,
        np.minimum(begun, heard.struck).sum(axis=1) / 3,
        np.full(count, float(is_line)),
    ])  # fmt: skip
    return Features(tones, whole, change)


def _one_hot(pitch: Ints) -> Floats:
    """Return the pitch classes of pitches, none of silence; shape (beats, 12)."""
    rows: Floats = np.eye(12)[pitch % 12] * (pitch < SILENT)[:, None]
    return rows


def _depth(deepest: Ints, audible: Bools) -> Floats:
    """Return by how many double octaves each beat reaches lower than those around it, wherever the piece lies."""
    pitch = np.where(audible, deepest, 0)[:, None].astype(np.float64)
    around = _window(pitch, -_FAR, _FAR + 1)[:, 0]
    count = _window(audible[:, None].astype(np.float64), -_FAR, _FAR + 1)[:, 0]
    return np.where(audible, around / np.maximum(count, 1.0) - deepest, 0.0) / 24


def _window(values: Floats, first: int, end: int) -> Floats:
    """Return the sums over the beats from `first` up to `end`, counted from each beat."""
    count = len(values)
    sums = np.concatenate([np.zeros((1, values.shape[1])), values.cumsum(axis=0)])
    place = np.arange(count)
    found: Floats = sums[np.clip(place + end, 0, count)] - sums[np.clip(place + first, 0, count)]
    return found


def _around(values: Floats, reach: int) -> Floats:
    """Return the shares that pitch classes have in the surroundings of each beat."""
    found = _window(values, -reach, reach + 1)
    shares: Floats = found / np.maximum(found.sum(axis=1, keepdims=True), 1e-9)
    return shares


def _alike(before: Floats, after: Floats) -> Floats:
    """Return the cosine between rows, 0 where one is silent."""
    size = np.sqrt((before**2).sum(axis=1) * (after**2).sum(axis=1))
    found: Floats = (before * after).sum(axis=1) / np.maximum(size, 1e-9)
    return found


def _beats_in_bar(levels: Ints) -> Ints:
    """Return how many beats the bar of each beat has, at most four."""
    lines = np.flatnonzero(np.r_[levels == 0, True])
    if not len(levels) or lines[0] != 0:
        lines = np.r_[0, lines]
    lengths = np.diff(lines)
    found: Ints = np.clip(np.repeat(lengths, lengths), 1, _MOST_BEATS)
    return found
