"""The features of MGEval, and the distances between pieces and between sets of pieces.

Yang and Lerch (2020), On the evaluation of generative models in music, Neural Computing and Applications 32; their
code is MGEval. Each piece is described by nine features; Euclidean distances are taken between all pieces of a set
(intra-set) and between those of two sets (inter-set).

Departures from MGEval: all pitched parts are read, where it takes one track, and transitions and intervals go from note
to note within a part; times are in quarters, where it takes seconds; pitch classes are weighted by duration alone,
where it weights by velocity too; every pair of consecutive notes is a transition, where it leaves out those with a gap
above 0.05 s; the meter of each bar holds for its notes. Matrices hold counts, as by its default.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from symgen.evaluation.table import STEPS, NoteTable, note_table
from symgen.music.score import Score

__all__ = ["SCALARS", "YANG_LERCH", "distances", "piece_features", "self_distances"]

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

_LENGTHS = np.array([96, 48, 24, 12, 6, 72, 36, 18, 9, 32, 16, 8])
"""Note lengths in 96ths of a bar: whole to 16th, the dotted ones, and triplets of half, quarter and 8th."""

YANG_LERCH = (
    "pitch_count",
    "pitch_class_histogram",
    "pitch_class_transitions",
    "pitch_range",
    "average_pitch_interval",
    "note_count",
    "average_ioi",
    "note_length_histogram",
    "note_length_transitions",
)
"""The nine features, in the order of the paper."""

SCALARS = ("pitch_count", "pitch_range", "average_pitch_interval", "note_count", "average_ioi")
"""Those that are one number."""


def piece_features(score: Score) -> dict[str, Floats]:
    """Describe a piece by MGEval's features."""
    whole = note_table(score)
    if not len(whole):
        return {}
    lines = [note_table(score.with_parts([p])) for p in score.parts if p.notes and not p.is_drum]
    classes = [line.pitch % 12 for line in lines]
    lengths = [_length_classes(line) for line in lines]
    intervals = np.concatenate([np.abs(np.diff(line.pitch)) for line in lines])
    found = {
        "pitch_count": np.array([len(np.unique(whole.pitch))]),
        "pitch_class_histogram": np.bincount(whole.pitch % 12, whole.duration, 12)
        / whole.duration.sum(),
        "pitch_class_transitions": _transitions(classes),
        "pitch_range": np.array([whole.pitch.max() - whole.pitch.min()]),
        "average_pitch_interval": intervals,
        "note_count": np.array([len(whole)]),
        "average_ioi": np.diff(whole.onset) / STEPS,
        "note_length_histogram": np.bincount(np.concatenate(lengths), minlength=12) / len(whole),
        "note_length_transitions": _transitions(lengths),
    }
    for name in ("average_pitch_interval", "average_ioi"):
        if len(found[name]):
            found[name] = np.array([found[name].mean()])
        else:
            del found[name]
    return {name: value.astype(np.float64) for name, value in found.items()}


def _length_classes(line: NoteTable) -> Ints:
    """Sort each note into the nearest of the 12 lengths; of two as near, the first of the list."""
    wanted = (
        _LENGTHS[None, :] * line.bar_steps[line.bar][:, None]
    )  # in 96ths of a step, so that all is exact
    return np.asarray(np.abs(wanted - 96 * line.duration[:, None]).argmin(axis=1), dtype=np.int64)


def _transitions(lines: Sequence[Ints]) -> Floats:
    """Count the pairs of neighbors, from rows to columns."""
    matrix = np.zeros((12, 12))
    for line in lines:
        np.add.at(matrix, (line[:-1], line[1:]), 1)
    return matrix.ravel()


def distances(first: Sequence[Floats], second: Sequence[Floats]) -> Floats:
    """Euclidean distances between the pieces of two sets, in one feature.

    Returns shape (len(first) * len(second),).
    """
    return _table(first, second).ravel()


def self_distances(features: Sequence[Floats]) -> Floats:
    """Euclidean distances between all pairs of one set, in one feature.

    Returns shape (n * (n - 1) / 2,).
    """
    return _table(features, features)[np.triu_indices(len(features), 1)]


def _table(first: Sequence[Floats], second: Sequence[Floats]) -> Floats:
    if not first or not second:
        return np.zeros((len(first), len(second)))
    one, other = np.stack(first), np.stack(second)
    return np.stack([np.sqrt(((row - other) ** 2).sum(axis=1)) for row in one])
