"""How often chords agree, in time, by the metrics of mir_eval (Raffel and others 2014)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np
from mir_eval import chord as metrics

from lab.chords.cases import Case, KnownChord
from lab.chords.kinds import mir_label

__all__ = ["METRICS", "Agreement", "agreement"]

METRICS = ("root", "majmin", "sevenths", "bass")
"""Root; major, minor and none; those with their sevenths; the lowest tone."""


class Agreement(NamedTuple):
    """Shares of the time that a metric speaks of, and how many quarters `root` speaks of."""

    root: float
    majmin: float
    sevenths: float
    bass: float
    quarters: float


def agreement(pairs: Iterable[tuple[Case, Sequence[KnownChord]]]) -> Agreement:
    """Compare the chords that are known of pieces with those that were found in them."""
    right, heard = np.zeros(len(METRICS)), np.zeros(len(METRICS))
    for case, found in pairs:
        known, told, lengths = _side_by_side(case, found)
        lengths = lengths / case.score.resolution
        labels = [[mir_label(c.root, c.quality) for c in row] for row in (known, told)]
        columns = [
            metrics.root(*labels),
            metrics.majmin(*labels),
            metrics.sevenths(*labels),
            np.array([
                -1.0 if label == "X" else float(a.bass == b.bass)
                for label, a, b in zip(labels[0], known, told, strict=True)
            ]),
        ]  # fmt: skip
        for number, column in enumerate(columns):
            counts = column >= 0
            right[number] += float((column * lengths)[counts].sum())
            heard[number] += float(lengths[counts].sum())
    shares = right / np.maximum(heard, 1e-9)
    root, majmin, sevenths, bass = shares.tolist()
    return Agreement(root, majmin, sevenths, bass, float(heard[0]))


def _side_by_side(
    case: Case, found: Sequence[KnownChord]
) -> tuple[list[KnownChord], list[KnownChord], np.ndarray]:
    """Cut the time for which a truth is known where either changes."""
    none = KnownChord(0, 0, -1, -1)
    edges = sorted({t for c in (*case.truth, *found) for t in (c.start, c.end)})
    starts = np.array(edges[:-1], dtype=np.int64)
    rows = []
    for chords in (case.truth, found):
        begins = [chord.start for chord in chords]
        places = np.searchsorted(begins, starts, side="right") - 1
        rows.append([
            chords[place] if place >= 0 and start < chords[place].end else none
            for place, start in zip(places.tolist(), starts.tolist(), strict=True)
        ])  # fmt: skip
    is_known = [chord is not none for chord in rows[0]]
    lengths = np.diff(edges)
    keep = np.flatnonzero(is_known)
    return [rows[0][i] for i in keep], [rows[1][i] for i in keep], lengths[keep]
