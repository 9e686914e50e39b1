"""The metrics of MusPy: pitch, rhythm and texture of one piece.

Definitions follow MusPy 0.5 (Dong, Chen, McAuley and Berg-Kirkpatrick 2020, MusPy: a toolkit for symbolic
music generation), on a grid of 12 steps a quarter. Departures: a metric that is not defined is left out, where MusPy
gives NaN or a placeholder; metrics of bars begin at the first full bar, where MusPy counts from time 0; and a note
lasts at least one step, where MusPy lets short ones vanish, so that ornaments and drum hits off the grid may differ.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from symgen.evaluation.metrics import pitch_class_entropy, scale_consistency
from symgen.evaluation.table import STEPS, NoteTable, note_table
from symgen.music.score import Score

__all__ = [
    "empty_beat_rate",
    "groove_consistency",
    "polyphony_rate",
    "sounding_counts",
    "texture_metrics",
]

Ints = NDArray[np.int64]

_MANY = 2


def texture_metrics(score: Score) -> dict[str, float]:
    """Measure a piece as MusPy does."""
    every, pitched = note_table(score, drums=True), note_table(score)
    found: dict[str, float | None] = {
        "groove_consistency": groove_consistency(every),
        "empty_beat_rate": empty_beat_rate(every),
    }
    if len(pitched):
        counts = sounding_counts(pitched)
        end = int((every.onset + every.duration).max())
        found |= {
            "pitch_class_entropy": pitch_class_entropy(pitched.pitch),
            "scale_consistency": scale_consistency(pitched.pitch),
            "pitch_range": float(pitched.pitch.max() - pitched.pitch.min()),
            "pitches_used": float(len(np.unique(pitched.pitch))),
            "pitch_classes_used": float(len(np.unique(pitched.pitch % 12))),
            "polyphony": float(counts.sum() / np.count_nonzero(counts)),
            "polyphony_rate": polyphony_rate(counts, end),
        }
    return {name: value for name, value in found.items() if value is not None}


def sounding_counts(table: NoteTable) -> Ints:
    """Count the different pitches that sound at each grid step, up to the end of the last note.

    Returns shape (steps,).
    """
    end = int((table.onset + table.duration).max()) if len(table) else 0
    changes = np.zeros(end + 1, dtype=np.int64)
    for pitch in np.unique(table.pitch):
        mine = table.pitch == pitch
        edges = np.zeros(end + 1, dtype=np.int64)
        np.add.at(edges, table.onset[mine], 1)
        np.add.at(edges, (table.onset + table.duration)[mine], -1)
        changes += np.cumsum(edges) > 0  # two notes of one pitch sound as one
    return changes[:end]


def polyphony_rate(counts: Ints, steps: int) -> float:
    """Share of the steps at which more than two pitches sound.

    `steps`: length of the piece in grid steps, 1 or more.
    """
    # ``polyphony_rate`` of MusPy with its default threshold, which three pitches pass and two do
    # not; after Dong et al. (2018), MuseGAN.
    return float(np.count_nonzero(counts > _MANY) / steps)


def groove_consistency(table: NoteTable) -> float | None:
    """One minus the mean distance between the onsets of neighboring bars.

    Returns none without notes, with bars of several lengths, or where the piece ends in its first
    bar.
    """
    # As a share of the steps of a bar.
    #
    # ``groove_consistency`` of MusPy, after Wu and Yang (2020), The Jazz Transformer on the front
    # line. As there, the bar in which the last note ends is the last one: after a note that fills
    # its bar, the empty bar that follows. The figure grows with the resolution: compare on one grid
    # only.
    first = int(table.has_pickup)
    lengths = np.unique(table.bar_steps[first:])
    if not len(table) or len(lengths) != 1 or not int(lengths[0]):
        return None
    steps, start = int(lengths[0]), int(table.bar_steps[:first].sum())
    onset = table.onset[table.onset >= start] - start
    bars = (int((table.onset + table.duration).max()) - start) // steps + 1
    if bars < 2 or not len(onset):
        return None
    pattern = np.zeros((bars, steps), dtype=bool)
    pattern[onset // steps, onset % steps] = True
    return 1 - float(np.count_nonzero(pattern[:-1] != pattern[1:]) / (steps * (bars - 1)))


def empty_beat_rate(table: NoteTable) -> float | None:
    """Share of quarters in which no note sounds; None without notes."""
    # ``empty_beat_rate`` of MusPy, after Dong, Hsiao and Yang (2018), Pypianoroll. As there, a note
    # that ends on a beat fills that beat too.
    if not len(table):
        return None
    first, last = table.onset // STEPS, (table.onset + table.duration) // STEPS
    edges = np.zeros(int(last.max()) + 2, dtype=np.int64)
    np.add.at(edges, first, 1)
    np.add.at(edges, last + 1, -1)
    filled = np.cumsum(edges)[:-1] > 0
    return float(1 - filled.mean())
