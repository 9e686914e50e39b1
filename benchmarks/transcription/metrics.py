"""How near what was heard is to the truth: notes in seconds, notes on a grid, tempos."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from symgen.score import Score

__all__ = [
    "OCTAVES",
    "NoteMatch",
    "edit_accuracy",
    "edit_distance",
    "grid_words",
    "match_notes",
    "tempo_is_right",
]

Floats = NDArray[np.float64]

ONSET = 0.05
"""Seconds that an onset may be off."""
CENTS = 50.0
OFFSET_RATIO, OFFSET_LEAST = 0.2, 0.05
"""An offset may be off by this share of the true note's length, or by these seconds where that is more."""
TEMPO = 0.05
OCTAVES = (1.0, 2.0, 0.5, 3.0, 1 / 3)
GRID = 12
"""Steps of a quarter note in which places on the grid are compared: sixteenths are 3, triplets of eighths 4."""


@dataclass(frozen=True)
class NoteMatch:
    """F-measures of mir_eval for one recording.

    Parameters
    ----------
    notes : float
        Onset within 50 ms and pitch within 50 cents.
    whole : float
        And offset within 20 % of the note's length or 50 ms.
    onsets : float
        Onset within 50 ms, of any pitch.
    loose : float
        Onset within 100 ms and pitch within 50 cents.
    """

    notes: float
    whole: float
    onsets: float
    loose: float


def match_notes(truth: Floats, heard: Floats) -> NoteMatch:
    """Compare note rows (onset and offset in seconds, MIDI pitch that may be fractional, strength).

    Two empty lists agree; one empty list agrees with nothing.
    """
    from mir_eval import transcription

    if not len(truth) or not len(heard):
        return NoteMatch(*[float(len(truth) == len(heard))] * 4)
    spans, pitches = _as_mir_eval(truth)
    found, tones = _as_mir_eval(heard)

    def both(onset: float, ratio: float | None) -> float:
        score = transcription.precision_recall_f1_overlap(
            spans, pitches, found, tones, onset_tolerance=onset, pitch_tolerance=CENTS, offset_ratio=ratio,
            offset_min_tolerance=OFFSET_LEAST,
        )  # fmt: skip
        return float(score[2])

    onsets = transcription.onset_precision_recall_f1(spans, found, onset_tolerance=ONSET)[2]
    return NoteMatch(both(ONSET, None), both(ONSET, OFFSET_RATIO), float(onsets), both(2 * ONSET, None))


def _as_mir_eval(rows: Floats) -> tuple[Floats, Floats]:
    """Return intervals and pitches in hertz; mir_eval takes no note without a length."""
    spans = rows[:, :2].copy()
    spans[:, 1] = np.maximum(spans[:, 1], spans[:, 0] + 1e-3)
    return spans, 440.0 * 2.0 ** ((rows[:, 2] - 69.0) / 12.0)


def edit_distance(first: Sequence[Hashable], second: Sequence[Hashable]) -> int:
    """Return the fewest insertions, deletions and changes that make one sequence the other (Levenshtein)."""
    names: dict[Hashable, int] = {}
    a, b = (np.array([names.setdefault(word, len(names)) for word in words], int) for words in (first, second))
    row = np.arange(len(b) + 1)
    for i, word in enumerate(a):
        kept = np.minimum(row[:-1] + (b != word), row[1:] + 1)
        # the least over what comes before it, plus one for each insertion
        row = np.minimum.accumulate(np.concatenate([[i + 1], kept]) - np.arange(len(b) + 1)) + np.arange(len(b) + 1)
    return int(row[-1])


def edit_accuracy(truth: Sequence[Hashable], heard: Sequence[Hashable]) -> float:
    """Return 1 - edit distance / length of the longer sequence; 1 for two empty ones."""
    longest = max(len(truth), len(heard))
    return 1.0 - edit_distance(truth, heard) / longest if longest else 1.0


def grid_words(score: Score, *, durations: bool = False) -> list[tuple[int, ...]]:
    """Spell a melody for `edit_accuracy`.

    Returns
    -------
    list of tuple of int
        For each note its pitch, its distance from the onset before it in twelfths of a quarter (0 for the first note)
        and, where asked for, its length in the same steps, at most the distance to the next onset: how long a singer
        holds on to a note before a breath is no part of the notes.
    """
    notes = sorted((note for part in score.parts for note in part.notes), key=lambda note: (note.onset, -note.pitch))
    unit = GRID / score.resolution
    places = [round(note.onset * unit) for note in notes]
    words = []
    for i, note in enumerate(notes):
        word: tuple[int, ...] = (note.pitch, places[i] - places[i - 1] if i else 0)
        if durations:
            room = places[i + 1] - places[i] if i + 1 < len(notes) else GRID * 1000
            word += (min(room, round(note.duration * unit)),)
        words.append(word)
    return words


def tempo_is_right(truth: float, heard: float, *, octaves: bool = False) -> bool:
    """Tell whether a tempo is within 5 %, or within 5 % of a half, a third, twice or three times the true one."""
    return any(abs(heard / (truth * ratio) - 1.0) <= TEMPO for ratio in (OCTAVES if octaves else OCTAVES[:1]))
