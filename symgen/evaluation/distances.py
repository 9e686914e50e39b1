"""Distances between sets of pieces: histograms, kernel densities, and the features of MGEval.

Yang and Lerch (2020), On the evaluation of generative models in music, Neural Computing and
Applications 32; their code is MGEval. Each piece is described by nine features; Euclidean distances
are taken between all pieces of a set (intra-set) and between those of two sets (inter-set).

Departures from MGEval: all pitched parts are read, where it takes one track, and transitions and
intervals go from note to note within a part; times are in quarters, where it takes seconds; pitch
classes are weighted by duration alone, where it weights by velocity too; every pair of consecutive
notes is a transition, where it leaves out those with a gap above 0.05 s; the meter of each bar
holds for its notes. Matrices hold counts, as by its default.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from symgen.evaluation.table import STEPS, NoteTable, note_table
from symgen.music.score import Score
from symgen.music.theory import Key

__all__ = [
    "SCALARS",
    "YANG_LERCH",
    "common_grid",
    "compare_densities",
    "distances",
    "divergences",
    "histograms",
    "kernel_density",
    "kl_bits",
    "piece_features",
    "scott_bandwidth",
    "self_distances",
]

Floats = NDArray[np.float64]

_TAILS = 4.0
_CUT = 8.0
_PER_BANDWIDTH = 8
_MOST_POINTS = 2**15
_FLOOR = 1e-12


def scott_bandwidth(values: Floats) -> float:
    """Width of the Gaussian kernel by Scott's rule: standard deviation times n^(-1/5)."""
    # Returns 0 for fewer than two values, or equal ones.
    # Scott (1992), Multivariate Density Estimation; the default of ``scipy.stats.gaussian_kde``,
    # which MGEval uses.
    if len(values) < 2:
        return 0.0
    return float(values.std(ddof=1) * len(values) ** -0.2)


def kernel_density(values: Floats, grid: Floats, bandwidth: float) -> Floats:
    """Density of values at the points of a grid: Gaussian kernels, linear binning."""
    # `values`: shape (n,), inside the grid; `grid`: shape (points,), evenly spaced.
    # Binning as in Wand (1994), Fast computation of multivariate kernel estimators: each value is
    # shared by its two neighbors on the grid. With 8 points a bandwidth the error is below 1 % of
    # the peak.
    points = len(grid)
    step = float(grid[1] - grid[0])
    place = (values - grid[0]) / step
    left = np.clip(np.floor(place).astype(np.int64), 0, points - 2)
    right_share = place - left
    mass = np.bincount(left, 1 - right_share, points)
    mass = mass + np.bincount(left + 1, right_share, points)
    reach = min(points - 1, int(np.ceil(_CUT * bandwidth / step)))
    offsets = np.arange(-reach, reach + 1) * step
    kernel = np.exp(-0.5 * (offsets / bandwidth) ** 2) / (bandwidth * np.sqrt(2 * np.pi))
    density = np.convolve(mass, kernel)[reach : reach + points] / len(values)
    return np.asarray(density, dtype=np.float64)


def common_grid(*samples: Floats) -> Floats:
    """Points that cover samples and four bandwidths more on either side."""
    widths = [scott_bandwidth(values) for values in samples]
    tail = _TAILS * max(widths)
    low = min(float(values.min()) for values in samples) - tail
    high = max(float(values.max()) for values in samples) + tail
    wanted = int(np.ceil((high - low) / min(widths) * _PER_BANDWIDTH)) + 1
    return np.linspace(low, high, max(2, min(_MOST_POINTS, wanted)))


def compare_densities(first: Floats, second: Floats) -> dict[str, float]:
    """Compare two samples by their kernel densities."""
    # Yang and Lerch (2020). Departures from MGEval: both densities are read on one grid that covers
    # both with their tails (MGEval reads each on its own range for the divergence, and cuts the
    # tails for the overlap), and densities below 1e-12 of the peak are raised to it, so that the
    # divergence is finite.
    if not len(first) or not len(second):
        return {}
    if first.min() == first.max() == second.min() == second.max():
        return {"overlap": 1.0, "kl": 0.0}
    widths = scott_bandwidth(first), scott_bandwidth(second)
    # Values that differ by rounding alone have no density either.
    largest = max(np.abs(first).max(), np.abs(second).max())
    if min(widths) <= 1e-9 * largest:
        return {}
    grid = common_grid(first, second)
    p = kernel_density(first, grid, widths[0])
    q = kernel_density(second, grid, widths[1])
    p, q = p / p.sum(), q / q.sum()
    overlap = float(min(1.0, np.minimum(p, q).sum()))
    floor = _FLOOR * max(float(p.max()), float(q.max()))
    p, q = np.maximum(p, floor), np.maximum(q, floor)
    divergence = (p * np.log(p / q)).sum()
    return {"overlap": overlap, "kl": float(max(0.0, divergence))}


_LONGEST = 8 * STEPS
_WIDEST = 12


def histograms(scores: Sequence[Score], keys: Sequence[Key]) -> dict[str, NDArray[np.int64]]:
    """Count the notes of tunes in four ways."""
    sizes = {
        "pitch_class": 12,
        "interval": 2 * _WIDEST + 1,
        "duration": _LONGEST + 1,
        "place": _LONGEST + 1,
    }
    counts = {name: np.zeros(size, dtype=np.int64) for name, size in sizes.items()}
    for score, key in zip(scores, keys, strict=True):
        table = note_table(score)
        moves = np.diff(table.top_line().pitch)
        values = {
            "pitch_class": (table.pitch - key.tonic) % 12,
            "interval": np.clip(moves, -_WIDEST, _WIDEST) + _WIDEST,
            "duration": np.minimum(table.duration, _LONGEST),
            "place": np.minimum(table.place, _LONGEST),
        }
        for name, indices in values.items():
            counts[name] += np.bincount(indices, minlength=sizes[name])
    return counts


def kl_bits(reference: NDArray[np.int64], other: NDArray[np.int64]) -> float:
    """Kullback-Leibler divergence D(reference || other) of two histograms, in bits."""
    # `reference`, `other`: shape (bins,), counts.
    # Half a count is added to each bin that either histogram fills (Krichevsky and Trofimov 1981),
    # so that the result is finite; it is large where `other` lacks what `reference` has. Zero if
    # both are empty.
    #
    # Kullback and Leibler (1951); used on such histograms by Yang and Lerch (2020), On the
    # evaluation of generative models in music.
    used = (reference > 0) | (other > 0)
    if not used.any():
        return 0.0
    p, q = reference[used] + 0.5, other[used] + 0.5
    p, q = p / p.sum(), q / q.sum()
    divergence = (p * np.log2(p / q)).sum()
    return float(max(0.0, divergence))


def divergences(
    sampled: Sequence[Score],
    sampled_keys: Sequence[Key],
    real: Sequence[Score],
    real_keys: Sequence[Key],
) -> dict[str, float]:
    """Measure D(real || sampled) of the four histograms, in bits."""
    ours, theirs = histograms(sampled, sampled_keys), histograms(real, real_keys)
    return {f"kl_{name}": kl_bits(theirs[name], ours[name]) for name in ours}


Ints = NDArray[np.int64]

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
    pitches = whole.pitch
    lines = [note_table(score.with_parts([p])) for p in score.parts if p.notes and not p.is_drum]
    classes = [line.pitch % 12 for line in lines]
    lengths = [_length_classes(line) for line in lines]
    class_times = np.bincount(pitches % 12, whole.duration, 12)
    length_counts = np.bincount(np.concatenate(lengths), minlength=12)
    found = {
        "pitch_count": np.array([len(np.unique(pitches))]),
        "pitch_class_histogram": class_times / whole.duration.sum(),
        "pitch_class_transitions": _transitions(classes),
        "pitch_range": np.array([np.ptp(pitches)]),
        "average_pitch_interval": np.concatenate([np.abs(np.diff(line.pitch)) for line in lines]),
        "note_count": np.array([len(whole)]),
        "average_ioi": np.diff(whole.onset) / STEPS,
        "note_length_histogram": length_counts / len(whole),
        "note_length_transitions": _transitions(lengths),
    }
    for name in ("average_pitch_interval", "average_ioi"):
        values = found.pop(name)
        if len(values):
            found[name] = np.array([values.mean()])
    return {name: found[name].astype(np.float64) for name in YANG_LERCH if name in found}


def _length_classes(line: NoteTable) -> Ints:
    """Sort each note into the nearest of the 12 lengths; of two as near, the first of the list."""
    # In 96ths of a step, so that all is exact.
    wanted = _LENGTHS[None, :] * line.bar_steps[line.bar][:, None]
    distances = np.abs(wanted - 96 * line.duration[:, None])
    return np.asarray(distances.argmin(axis=1), dtype=np.int64)


def _transitions(lines: Sequence[Ints]) -> Floats:
    """Count the pairs of neighbors, from rows to columns."""
    matrix = np.zeros((12, 12))
    for line in lines:
        np.add.at(matrix, (line[:-1], line[1:]), 1)
    return matrix.ravel()


def distances(first: Sequence[Floats], second: Sequence[Floats]) -> Floats:
    """Euclidean distances between the pieces of two sets, in one feature."""
    # Returns shape (len(first) * len(second),).
    return _table(first, second).ravel()


def self_distances(features: Sequence[Floats]) -> Floats:
    """Euclidean distances between all pairs of one set, in one feature."""
    # Returns shape (n * (n - 1) / 2,).
    return _table(features, features)[np.triu_indices(len(features), 1)]


def _table(first: Sequence[Floats], second: Sequence[Floats]) -> Floats:
    found = np.zeros((len(first), len(second)))
    if second:
        others = np.stack(second)
        # Row by row, so that memory stays that of the result.
        for row, piece in zip(found, first, strict=True):
            row[:] = np.sqrt(((piece - others) ** 2).sum(axis=1))
    return found
