"""From performed notes and a beat grid to a score: all onsets are put on the grid together, then the ends."""

from __future__ import annotations

from fractions import Fraction
from math import ceil, floor

import numpy as np
from numpy.typing import NDArray

from symgen.beats.grid import BeatGrid, find_grid, find_grid_after_clicks
from symgen.beats.placing import FINE, Division, lay_ends, place_onsets
from symgen.meter import Meter
from symgen.score import KeyChange, MeterChange, Note, Part, Score, TempoChange
from symgen.theory import Key
from symgen.transcription.clicks import find_clicks

__all__ = [
    "BeatGrid", "find_clicks", "find_grid", "find_grid_after_clicks", "score_from_rows", "unquantized_score",
]  # fmt: skip

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

RESOLUTION = 480
_SLOWEST, _FASTEST = 4.0, 10_000.0
_STEADY = 0.15
"""Logarithm of a tempo beside the mean from which on the score follows it."""
_NEWS = 0.04
"""Logarithm of the step from a tempo to the next that the score writes."""


def score_from_rows(
    rows: Floats, grid: BeatGrid, *, division: int | str = 16, key: Key | None = None, program: int = 0
) -> Score:
    """Put performed notes on the beats.

    Parameters
    ----------
    rows : ndarray of float64, shape (notes, 4)
        Onset and offset in seconds, pitch (a MIDI number), strength 0..1; sorted by onset.
    grid : BeatGrid
        As `find_grid` finds it.
    division : int or str
        The shortest note: 4, 8, 16 or 32 part of a whole note, and triplets of eighths where they are plainly played;
        ``"1/16"`` for sixteenths alone, ``"1/8t"`` for eighths and their triplets, as in ``symgen generate --grid``.
    key : Key, optional
        Becomes the key signature.
    program : int
        General MIDI programme, 0..127.

    Returns
    -------
    Score
        One part of one note at a time, at 480 ticks a quarter, beginning with its pickup or the bar of its first
        note. The tempo is the mean one; where the tempo leaves it by more than 15 %, there are changes of tempo on
        bar lines instead.

    Raises
    ------
    ControlError
        If the division is none of these.
    """
    rows = np.asarray(rows, dtype=np.float64).reshape(-1, 4)
    steps = Division.parse(division)
    if not len(rows):
        return Score(
            (Part((), program),), RESOLUTION, _tempos(grid, 0.0, 0.0), (MeterChange(0, grid.meter),), _keys(key)
        )
    places, kept = place_onsets(rows, grid, steps)
    ends = lay_ends(rows[kept], places, grid, steps)
    start, meters = _opening(int(places[0]), grid.meter)
    unit = RESOLUTION // FINE
    notes = [
        Note((place - start) * unit, _pitch(row[2]), max(1, (end - place) * unit), _velocity(row[3]))
        for place, end, row in zip(places.tolist(), ends.tolist(), rows[kept].tolist(), strict=True)
    ]
    tempos = _tempos(grid, start / FINE, float(ends[-1]) / FINE)
    return Score((Part(tuple(notes), program),), RESOLUTION, tempos, meters, _keys(key))


def unquantized_score(rows: Floats, bpm: float = 120.0) -> Score:
    """Keep notes at the times at which they were played.

    Parameters
    ----------
    rows : ndarray of float64, shape (notes, 4)
        As for `score_from_rows`; the first tick is at 0 seconds.
    bpm : float
        Quarters a minute that the score counts in, 4..10,000.

    Returns
    -------
    Score
        At so many ticks a quarter that a tick is a millisecond or less.

    Raises
    ------
    FormatError
        If the tempo is out of range.
    """
    rows = np.asarray(rows, dtype=np.float64).reshape(-1, 4)
    tempo = TempoChange.of_bpm(0, bpm)
    resolution = int(np.clip(RESOLUTION * ceil(tempo.microseconds / 1000 / RESOLUTION), RESOLUTION, 15_360))
    ticks = np.rint(rows[:, :2] * 1e6 / tempo.microseconds * resolution).astype(np.int64)
    onsets = np.maximum(ticks[:, 0], 0)
    ends = np.maximum(np.minimum(ticks[:, 1], np.append(onsets[1:], ticks[-1:, 1])), onsets + 1)
    notes = [
        Note(onset, _pitch(row[2]), end - onset, _velocity(row[3]))
        for onset, end, row in zip(onsets.tolist(), ends.tolist(), rows.tolist(), strict=True)
    ]
    return Score((Part(tuple(notes)),), resolution, (tempo,))


def _pitch(value: float) -> int:
    return int(np.clip(round(value), 0, 127))


def _velocity(strength: float) -> int:
    return int(np.clip(round(strength * 127), 1, 127))


def _keys(key: Key | None) -> tuple[KeyChange, ...]:
    return () if key is None else (KeyChange(0, key.sharps, key.mode in ("minor", "harmonic minor")),)


def _opening(first: int, meter: Meter) -> tuple[int, tuple[MeterChange, ...]]:
    """Return the place at which the score begins, in steps of a `FINE`th quarter from a bar line, and its metres."""
    bar = int(meter.quarters * FINE)
    line = floor(first / bar) * bar
    lead = line + bar - first
    whole = FINE // 4 if lead % (FINE // 4) == 0 else FINE  # a triplet begins its quarter with a rest
    short = Fraction(ceil(lead / whole) * whole, FINE)
    for denominator in (4, 8, 16):
        beats = short * denominator / 4
        if beats.denominator == 1 and 0 < short < meter.quarters and first != line:
            pickup = Meter(int(beats), denominator)
            start = line + bar - int(short * FINE)
            return start, (MeterChange(0, pickup), MeterChange(int(short * RESOLUTION), meter))
    return line, (MeterChange(0, meter),)


def _tempos(grid: BeatGrid, start: float, end: float) -> tuple[TempoChange, ...]:
    """Return the mean tempo, or those of the bars where they leave it far."""
    mean = (TempoChange.of_bpm(0, float(np.clip(grid.bpm, _SLOWEST, _FASTEST))),)
    bar = float(grid.meter.quarters)
    lines = np.concatenate([[start], np.arange(floor(start / bar) + 1, ceil(end / bar)) * bar, [end]])
    lines = lines[np.append(True, np.diff(lines) > 1e-9)]
    if len(lines) < 3:
        return mean
    local = 60.0 * np.diff(lines) / np.diff(grid.seconds(lines))
    if np.abs(np.log(local / grid.bpm)).max() <= _STEADY:
        return mean
    found: list[TempoChange] = []
    for line, bpm in zip(lines.tolist(), local.tolist(), strict=False):
        if not found or abs(np.log(bpm / found[-1].bpm)) > _NEWS:
            found.append(
                TempoChange.of_bpm(round((line - start) * RESOLUTION), float(np.clip(bpm, _SLOWEST, _FASTEST)))
            )
    return tuple(found)
