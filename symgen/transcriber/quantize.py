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

    `rows`: shape (notes, 4), onset and offset in seconds, pitch (a MIDI number), strength 0..1;
    sorted by onset; `program`: general MIDI program, 0..127.
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

    `rows`: shape (notes, 4), as for `score_from_rows`; the first tick is at 0 seconds; `bpm`:
    quarters a minute that the score counts in, 4..10,000; returns at so many ticks a quarter that a
    tick is a millisecond or less.
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
