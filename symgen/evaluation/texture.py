"""Texture of a piece: the metrics of MusPy, and how voices sound and move together.

Definitions follow MusPy 0.5 (Dong, Chen, McAuley and Berg-Kirkpatrick 2020, MusPy: a toolkit for
symbolic music generation), on a grid of 12 steps a quarter. Departures: a metric that is not
defined is left out, where MusPy gives NaN or a placeholder; metrics of bars begin at the first full
bar, where MusPy counts from time 0; and a note lasts at least one step, where MusPy lets short ones
vanish, so that ornaments and drum hits off the grid may differ.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from symgen.evaluation.metrics import pitch_class_entropy, scale_consistency
from symgen.evaluation.table import STEPS, NoteTable, note_table
from symgen.music.score import Score

__all__ = [
    "crossing_share",
    "empty_beat_rate",
    "groove_consistency",
    "parallel_motions",
    "polyphony_rate",
    "sounding_counts",
    "texture_metrics",
    "vertical_intervals",
    "voice_metrics",
]

Ints = NDArray[np.int64]

Roll = tuple[Ints, NDArray[np.bool_]]
"""The pitch of a voice at each step, -1 in rests, and whether a note begins there."""

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
        pitches = pitched.pitch
        found |= {
            "pitch_class_entropy": pitch_class_entropy(pitches),
            "scale_consistency": scale_consistency(pitches),
            "pitch_range": float(np.ptp(pitches)),
            "pitches_used": float(len(np.unique(pitches))),
            "pitch_classes_used": float(len(np.unique(pitches % 12))),
            "polyphony": float(counts.sum() / np.count_nonzero(counts)),
            "polyphony_rate": polyphony_rate(counts, end),
        }
    return {name: value for name, value in found.items() if value is not None}


def sounding_counts(table: NoteTable) -> Ints:
    """Count the different pitches that sound at each grid step, up to the end of the last note."""
    # Returns shape (steps,).
    ends = table.onset + table.duration
    steps = int(ends.max(initial=0))
    counts = np.zeros(steps + 1, dtype=np.int64)
    for pitch in np.unique(table.pitch):
        mine = table.pitch == pitch
        edges = np.zeros(steps + 1, dtype=np.int64)
        np.add.at(edges, table.onset[mine], 1)
        np.add.at(edges, ends[mine], -1)
        counts += np.cumsum(edges) > 0  # two notes of one pitch sound as one
    return counts[:steps]


def polyphony_rate(counts: Ints, steps: int) -> float:
    """Share of the steps at which more than two pitches sound."""
    # `steps`: length of the piece in grid steps, 1 or more.
    # ``polyphony_rate`` of MusPy with its default threshold, which three pitches pass and two do
    # not; after Dong et al. (2018), MuseGAN.
    return float(np.count_nonzero(counts > _MANY) / steps)


def groove_consistency(table: NoteTable) -> float | None:
    """One minus the mean distance between the onsets of neighboring bars, as a share of their steps."""
    # Returns none without notes, with bars of several lengths, or where the piece ends in its first
    # bar.
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
    end = int((table.onset + table.duration).max()) - start
    bars = end // steps + 1
    if bars < 2 or not len(onset):
        return None
    pattern = np.zeros((bars, steps), dtype=bool)
    pattern[onset // steps, onset % steps] = True
    different = np.count_nonzero(pattern[:-1] != pattern[1:])
    return 1 - float(different / (steps * (bars - 1)))


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


_SILENT = -1
_FOUR = 4
_PERFECT = {"parallel_fifths": 7, "parallel_octaves": 0}


def voice_metrics(score: Score) -> dict[str, float]:
    """Measure how the notes of a piece go together."""
    table = note_table(score)
    counts = sounding_counts(table)
    sounding = counts[counts > 0]
    if not len(sounding) or sounding.max() < 2:
        return {}
    found = {f"sounding_{n}": float(np.mean(sounding == n)) for n in range(2, _FOUR)}
    found[f"sounding_{_FOUR}"] = float(np.mean(sounding >= _FOUR))
    pairs = vertical_intervals(table)
    if pairs.sum():
        for number, share in enumerate(pairs / pairs.sum()):
            found[f"interval_class_{number}"] = float(share)
    parts = [part for part in score.parts if part.notes and not part.is_drum]
    if len(parts) >= 2:
        rolls = voice_rolls([note_table(score.with_parts([part])) for part in parts])
        bars = max(1, sum(bar.number > 0 for bar in score.bars))
        found |= {name: count / bars for name, count in parallel_motions(rolls).items()}
        # Which voice is the higher one is only known where four parts are four voices.
        if len(parts) == _FOUR:
            found["voice_crossings"] = crossing_share([pitch for pitch, _ in rolls])
    return found


def vertical_intervals(table: NoteTable) -> NDArray[np.float64]:
    """Time, in grid steps, for which pairs of notes sound together, by interval class."""
    # Returns shape (7,), unisons and octaves, seconds and sevenths by semitones, ... tritones.
    # Interval classes after Forte (1973), The Structure of Atonal Music, with class 0 for octaves.
    found = np.zeros(7)
    ends = table.onset + table.duration
    for note, (pitch, end) in enumerate(zip(table.pitch, ends, strict=True)):
        later = slice(note + 1, int(np.searchsorted(table.onset, end)))
        shared = np.minimum(end, ends[later]) - table.onset[later]
        interval = np.abs(table.pitch[later] - pitch) % 12
        np.add.at(found, np.minimum(interval, 12 - interval), np.maximum(shared, 0))
    return found


def voice_rolls(lines: Sequence[NoteTable]) -> list[Roll]:
    """Lay voices out on the grid."""
    end = max(int((line.onset + line.duration).max()) for line in lines)
    rolls = []
    for line in lines:
        pitch = np.full(end, _SILENT, dtype=np.int64)
        starts = np.zeros(end, dtype=bool)
        for onset, duration, value in zip(line.onset, line.duration, line.pitch, strict=True):
            pitch[onset : onset + duration] = value
            starts[onset] = True
        rolls.append((pitch, starts))
    return rolls


def parallel_motions(rolls: Sequence[Roll]) -> dict[str, int]:
    """Count consecutive perfect fifths and octaves between pairs of voices."""
    # Counted are the moments at which both voices begin a note, both sounded just before, both move
    # to another pitch in the same direction, and their interval is the same perfect fifth or octave
    # (or unison), compounds included, before and after.
    #
    # The rule of strict counterpoint, as in Fux (1725), Gradus ad Parnassum.
    found = dict.fromkeys(_PERFECT, 0)
    for (one, one_starts), (other, other_starts) in combinations(rolls, 2):
        at = np.flatnonzero(one_starts[1:] & other_starts[1:]) + 1
        at = at[(one[at - 1] != _SILENT) & (other[at - 1] != _SILENT)]
        first, second = one[at] - one[at - 1], other[at] - other[at - 1]
        similar = first * second > 0
        before = np.abs(one[at - 1] - other[at - 1]) % 12
        after = np.abs(one[at] - other[at]) % 12
        for name, interval in _PERFECT.items():
            parallel = similar & (before == interval) & (after == interval)
            found[name] += int(np.count_nonzero(parallel))
    return found


def crossing_share(pitches: Sequence[Ints]) -> float:
    """Share of the steps at which two voices or more sound and a higher voice is below a lower one."""
    # `pitches`: shape (steps,), one a voice, -1 in rests. Voices are ranked by their mean pitch.
    # Own definition; voice crossing as taught in four-part writing.
    ranked = sorted(pitches, key=lambda pitch: float(pitch[pitch != _SILENT].mean()))
    crossed = np.zeros(len(ranked[0]), dtype=bool)
    together = np.zeros(len(ranked[0]), dtype=bool)
    for low, high in combinations(ranked, 2):
        both = (low != _SILENT) & (high != _SILENT)
        together |= both
        crossed |= both & (high < low)
    return int(crossed.sum()) / max(1, int(together.sum()))
