"""From performed notes and a beat grid to a score: all onsets are put on the grid together, then the ends."""

from __future__ import annotations

from math import ceil

import numpy as np
from numpy.typing import NDArray

from symgen.beats.grid import BeatGrid, find_grid, find_grid_after_clicks
from symgen.beats.placing import (
    FINE,
    RESOLUTION,
    Division,
    find_opening,
    lay_ends,
    opening_meters,
    place_onsets,
    tempo_changes,
)
from symgen.music.score import KeyChange, MeterChange, Note, Part, Score, TempoChange
from symgen.music.theory import Key
from symgen.transcriber.clicks import find_clicks

__all__ = [
    "BeatGrid", "find_clicks", "find_grid", "find_grid_after_clicks", "score_from_rows", "unquantized_score",
]  # fmt: skip

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


def score_from_rows(
    rows: Floats,
    grid: BeatGrid,
    *,
    division: int | str = 16,
    key: Key | None = None,
    program: int = 0,
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
        General MIDI program, 0..127.

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
            (Part((), program),),
            RESOLUTION,
            tempo_changes(grid, 0.0, 0.0),
            (MeterChange(0, grid.meter),),
            _keys(key),
        )
    places, kept = place_onsets(rows, grid, steps)
    ends = lay_ends(rows[kept], places, grid, steps)
    start, pickup = find_opening(int(places[0]), grid.meter)
    meters = opening_meters(pickup, grid.meter, RESOLUTION)
    unit = RESOLUTION // FINE
    notes = [
        Note(
            (place - start) * unit, _pitch(row[2]), max(1, (end - place) * unit), _velocity(row[3])
        )
        for place, end, row in zip(places.tolist(), ends.tolist(), rows[kept].tolist(), strict=True)
    ]
    tempos = tempo_changes(grid, start / FINE, float(ends[-1]) / FINE)
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
    resolution = int(
        np.clip(RESOLUTION * ceil(tempo.microseconds / 1000 / RESOLUTION), RESOLUTION, 15_360)
    )
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
    return (
        () if key is None else (KeyChange(0, key.sharps, key.mode in ("minor", "harmonic minor")),)
    )
