"""Find the pickup of a melody whose first note stands at time 0 although a bar line follows later.

Two kinds of evidence: accents (a converter that plays the first note of each bar louder tells the
bar lines exactly), and else the best metrical fit: long notes, tonics and the last note on bar
lines.
"""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from symgen.music.meter import Meter, meter_of
from symgen.music.score import MeterChange, Score
from symgen.system.errors import ControlError

__all__ = ["accent_fit", "estimate_pickup", "with_pickup"]

# Quarter notes.
_OFFSETS = (0.0, 0.25, 0.5, 0.75, 1.0, 1.5)
# Steps a quarter to which times are rounded.
_TICKS = 24

# Conditional logit over the possible pickups, fitted on 1,146 tunes of O'Neill, Ryan, Aird and
# miscFolk whose notation tells the pickup (repeats played); 91 % of the tunes of a held-out half
# come out right.
_WEIGHTS = {
    "line_hit": 1.49, "long_on_line": 2.13, "long_on_beat": 0.99, "tonic_on_line": 0.47, "tonic_on_beat": -0.32,
    "leap_to_line": 0.38, "last_on_line": -0.33, "last_on_beat": 1.34, "last_on_half": 1.22, "end_on_line": 1.27,
    "length_in_bars": 0.09, "last_long_on_line": 0.88, "long_before_line": 0.31, "share_on_beat": 0.7,
    "note_at_line": 0.94,
}  # fmt: skip
# By the offset, and whether the beat is dotted.
_PRIOR = {
    (0.0, False): -0.16, (0.25, False): -0.08, (0.5, False): 0.6, (0.75, False): -0.63, (1.0, False): 0.1,
    (1.5, False): 0.17, (0.0, True): 0.43, (0.25, True): 0.0, (0.5, True): 1.19, (0.75, True): 0.0,
    (1.0, True): -0.9, (1.5, True): -0.72,
}  # fmt: skip

Floats = NDArray[np.float64]


def estimate_pickup(score: Score) -> Fraction:
    """Estimate the pickup, in quarter notes, 0 up to one beat, of a one-part score that has none written."""
    notes = next((part.notes for part in score.parts if part.notes), ())
    meter = score.meters[0].meter
    if not notes:
        return Fraction(0)
    bar = float(meter.quarters)
    rows = [(note.onset, note.duration, note.pitch, note.velocity) for note in notes]
    table = np.array(rows, dtype=np.float64)
    table[:, :2] /= score.resolution
    choices = _choices(meter, bar)
    fits = [accent_fit(table[:, 0], table[:, 3], bar, choice) for choice in choices]
    # Accents tell the bar lines almost exactly, where there are any; else the features must.
    if max(fits) >= 0.7 and table[:, 3].min() < table[:, 3].max():
        return Fraction(choices[int(np.argmax(fits))])
    scores = [_fit(table, meter, choice) for choice in choices]
    return Fraction(choices[int(np.argmax(scores))])


def with_pickup(score: Score, pickup: Fraction) -> Score:
    """Return the score with its first bar line after `pickup` quarter notes."""
    if pickup == 0:
        return score
    ticks = pickup * score.resolution
    meter = score.meters[0].meter
    if ticks.denominator != 1 or not 0 < pickup < meter.quarters:
        raise ControlError(
            f"pickup {pickup}: must be shorter than a bar of {meter} and a whole number of ticks"
        )
    later = [change for change in score.meters[1:] if change.tick > ticks]
    opening = (MeterChange(0, meter_of(pickup)), MeterChange(int(ticks), meter))
    return replace(score, meters=(*opening, *later))


def accent_fit(onsets: Floats, velocities: Floats, bar: float, pickup: float) -> float:
    """Return how well accents fit a pickup; times in quarter notes."""
    # The smaller of the share of notes on bar lines that are the loudest and the share of the
    # loudest that are on bar lines (the opening note apart); 0 if all notes are equally loud.
    loud = velocities == velocities.max()
    if loud.all():
        return 0.0
    place = np.rint((onsets - pickup) * _TICKS).astype(np.int64)
    line = place % round(bar * _TICKS) == 0
    line[0] = loud[0] = pickup == 0
    if not line.any() or not loud.any():
        return 0.0
    both = float((line & loud).sum())
    return min(both / float(line.sum()), both / float(loud.sum()))


def _choices(meter: Meter, bar: float) -> list[float]:
    beat = float(meter.beat_quarters)
    limit = 1.5 if beat == 1.5 or (meter.numerator, meter.denominator) == (3, 4) else 1.0
    limit = 0.5 if bar <= 1.5 else limit
    return [offset for offset in _OFFSETS if offset <= limit and offset < bar]


def _fit(table: Floats, meter: Meter, pickup: float) -> float:
    """Return the log odds of a pickup, but for a constant."""
    compound = float(meter.beat_quarters) == 1.5
    features = _features(table, meter, pickup)
    total = sum(_WEIGHTS[name] * value for name, value in features.items())
    total += _PRIOR[pickup, compound]
    if meter.numerator == 3:
        total += {1.0: 0.42, 0.5: -0.12}.get(pickup, 0.0)
    return total + (0.49 if pickup == 1.0 and meter.denominator == 2 else 0.0)


def _features(table: Floats, meter: Meter, pickup: float) -> dict[str, float]:
    onset, duration, pitch = table[:, 0], table[:, 1], table[:, 2].astype(np.int64)
    bar = float(meter.quarters)
    beat = 1.5 if float(meter.beat_quarters) == 1.5 else 1.0
    place = np.rint((onset - pickup) * _TICKS).astype(np.int64) % round(bar * _TICKS)
    line = place == 0
    on_beat = (place % round(beat * _TICKS) == 0) & ~line
    length = np.log2(np.maximum(duration, 0.1))
    tonic = (pitch % 12 == pitch[-1] % 12).astype(np.float64)
    leap = np.minimum(np.abs(np.diff(pitch, prepend=pitch[:1])), 12) / 4
    end, last = float(onset[-1] + duration[-1]), float(place[-1]) / _TICKS
    starts = set(np.rint(onset * _TICKS).astype(int).tolist())
    lines = [round((pickup + i * bar) * _TICKS) for i in range(int((end - pickup) / bar) + 1)]
    lines = [tick for tick in lines if tick < round(end * _TICKS)]
    return {
        "line_hit": float(np.mean([tick in starts for tick in lines])) if lines else 0.0,
        "long_on_line": _excess(length, line),
        "long_on_beat": _excess(length, on_beat),
        "tonic_on_line": _excess(tonic, line),
        "tonic_on_beat": _excess(tonic, on_beat),
        "leap_to_line": _excess(leap, line),
        "last_on_line": float(last == 0),
        "last_on_beat": float(last % beat == 0),
        "last_on_half": float(last == bar / 2),
        "end_on_line": float(_near(end - pickup, bar)),
        "length_in_bars": float(_near(end, bar) and pickup > 0),
        "last_long_on_line": float(last == 0 and duration[-1] >= 1),
        "long_before_line": _excess(length, place == round((bar - 0.5) * _TICKS)),
        "share_on_beat": float(on_beat.mean() + line.mean()),
        "note_at_line": float(round(pickup * _TICKS) in starts),
    }


def _excess(values: Floats, chosen: NDArray[np.bool_]) -> float:
    """Mean of the chosen above the mean of all."""
    return float(values[chosen].mean() - values.mean()) if chosen.any() else -1.0


def _near(value: float, bar: float) -> bool:
    rest = value % bar
    return min(rest, bar - rest) < 0.05
