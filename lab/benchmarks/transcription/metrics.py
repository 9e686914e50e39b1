"""How near what was found is to the truth: notes in seconds, tempos."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["OCTAVES", "NoteMatch", "match_notes", "tempo_is_right"]

Floats = NDArray[np.float64]

ONSET = 0.05
"""Seconds that an onset may be off."""
CENTS = 50.0
OFFSET_RATIO, OFFSET_LEAST = 0.2, 0.05
"""An offset may be off by this share of the true note's length, or by these seconds where that is more."""
TEMPO = 0.05
OCTAVES = (1.0, 2.0, 0.5, 3.0, 1 / 3)


@dataclass(frozen=True)
class NoteMatch:
    """F-measures of mir_eval for one recording."""

    # Onset within 50 ms and pitch within 50 cents.
    notes: float
    # And offset within 20 % of the note's length or 50 ms.
    whole: float
    # Onset within 50 ms, of any pitch.
    onsets: float
    # Onset within 100 ms and pitch within 50 cents.
    loose: float


def match_notes(truth: Floats, found: Floats) -> NoteMatch:
    """Compare note rows (onset and offset in seconds, MIDI pitch that may be fractional, strength).

    Two empty lists agree; one empty list agrees with nothing.
    """
    from mir_eval import transcription

    if not len(truth) or not len(found):
        return NoteMatch(*[float(len(truth) == len(found))] * 4)
    spans, pitches = _as_mir_eval(truth)
    found_spans, tones = _as_mir_eval(found)

    def both(onset: float, ratio: float | None) -> float:
        score = transcription.precision_recall_f1_overlap(
            spans,
            pitches,
            found_spans,
            tones,
            onset_tolerance=onset,
            pitch_tolerance=CENTS,
            offset_ratio=ratio,
            offset_min_tolerance=OFFSET_LEAST,
        )
        return float(score[2])

    onsets = transcription.onset_precision_recall_f1(spans, found_spans, onset_tolerance=ONSET)[2]
    return NoteMatch(
        both(ONSET, None), both(ONSET, OFFSET_RATIO), float(onsets), both(2 * ONSET, None)
    )


def _as_mir_eval(rows: Floats) -> tuple[Floats, Floats]:
    """Return intervals and pitches in hertz; mir_eval takes no note without a length."""
    spans = rows[:, :2].copy()
    spans[:, 1] = np.maximum(spans[:, 1], spans[:, 0] + 1e-3)
    return spans, 440.0 * 2.0 ** ((rows[:, 2] - 69.0) / 12.0)


def tempo_is_right(truth: float, found: float, *, octaves: bool = False) -> bool:
    """Tell whether a tempo is within 5 %, or within 5 % of a half, a third, twice or three times the true one."""
    return any(
        abs(found / (truth * ratio) - 1.0) <= TEMPO
        for ratio in (OCTAVES if octaves else OCTAVES[:1])
    )
