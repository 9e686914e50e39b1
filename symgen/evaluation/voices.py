"""Metrics of music in several voices: what sounds together, and how the voices move."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from symgen.evaluation.table import NoteTable, note_table
from symgen.evaluation.texture import sounding_counts
from symgen.music.score import Score

__all__ = ["crossing_share", "parallel_motions", "vertical_intervals", "voice_metrics"]

Ints = NDArray[np.int64]

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
    found = {
        f"sounding_{n}": float(np.mean(sounding == n if n < _FOUR else sounding >= n))
        for n in (2, 3, 4)
    }
    pairs = vertical_intervals(table)
    if pairs.sum():
        found |= {
            f"interval_class_{i}": float(share) for i, share in enumerate(pairs / pairs.sum())
        }
    parts = [part for part in score.parts if part.notes and not part.is_drum]
    if len(parts) >= 2:
        rolls = voice_rolls([note_table(score.with_parts([part])) for part in parts])
        bars = max(1, sum(bar.number > 0 for bar in score.bars))
        found |= {name: count / bars for name, count in parallel_motions(rolls).items()}
        if len(parts) == _FOUR:
            found["voice_crossings"] = crossing_share([pitch for pitch, _ in rolls])
    return found


def vertical_intervals(table: NoteTable) -> NDArray[np.float64]:
    """Time, in grid steps, for which pairs of notes sound together, by interval class.

    Returns shape (7,), unisons and octaves, seconds and sevenths by semitones, ... tritones.
    """
    # Interval classes after Forte (1973), The Structure of Atonal Music, with class 0 for octaves.
    found = np.zeros(7)
    end = table.onset + table.duration
    for i in range(len(table)):
        later = slice(i + 1, int(np.searchsorted(table.onset, end[i])))
        shared = np.minimum(end[i], end[later]) - table.onset[later]
        interval = np.abs(table.pitch[later] - table.pitch[i]) % 12
        np.add.at(found, np.minimum(interval, 12 - interval), np.maximum(shared, 0))
    return found


def voice_rolls(lines: Sequence[NoteTable]) -> list[tuple[Ints, NDArray[np.bool_]]]:
    """Lay voices out on the grid.

    Returns the pitch at each step, -1 in rests, and whether a note begins there.
    """
    end = max(int((line.onset + line.duration).max()) for line in lines)
    rolls = []
    for line in lines:
        pitch, starts = np.full(end, _SILENT, dtype=np.int64), np.zeros(end, dtype=bool)
        for onset, duration, value in zip(line.onset, line.duration, line.pitch, strict=True):
            pitch[onset : onset + duration] = value
            starts[onset] = True
        rolls.append((pitch, starts))
    return rolls


def parallel_motions(rolls: Sequence[tuple[Ints, NDArray[np.bool_]]]) -> dict[str, int]:
    """Count consecutive perfect fifths and octaves between pairs of voices."""
    # Counted are the moments at which both voices begin a note, both sounded just before, both move
    # to another pitch in the same direction, and their interval is the same perfect fifth or octave
    # (or unison), compounds included, before and after.
    #
    # The rule of strict counterpoint, as in Fux (1725), Gradus ad Parnassum.
    found = dict.fromkeys(_PERFECT, 0)
    for (one, one_starts), (other, other_starts) in combinations(rolls, 2):
        at = np.nonzero(one_starts[1:] & other_starts[1:])[0] + 1
        sounding = (one[at - 1] != _SILENT) & (other[at - 1] != _SILENT)
        at = at[sounding]
        moves = one[at] - one[at - 1], other[at] - other[at - 1]
        similar = moves[0] * moves[1] > 0
        before, after = one[at - 1] - other[at - 1], one[at] - other[at]
        for name, interval in _PERFECT.items():
            same = (np.abs(before) % 12 == interval) & (np.abs(after) % 12 == interval)
            found[name] += int(np.count_nonzero(similar & same))
    return found


def crossing_share(pitches: Sequence[Ints]) -> float:
    """Share of the steps at which two voices or more sound and a higher voice is below a lower one.

    `pitches`: shape (steps,), one a voice, -1 in rests. Voices are ranked by their mean pitch.
    """
    # Own definition; voice crossing as taught in four-part writing.
    ranked = sorted(pitches, key=lambda pitch: float(pitch[pitch != _SILENT].mean()))
    crossed = np.zeros(len(ranked[0]), dtype=bool)
    together = np.zeros(len(ranked[0]), dtype=bool)
    for low, high in combinations(ranked, 2):
        both = (low != _SILENT) & (high != _SILENT)
        together |= both
        crossed |= both & (high < low)
    return int(crossed.sum()) / max(1, int(together.sum()))
