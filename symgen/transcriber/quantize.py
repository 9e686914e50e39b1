"""From performed notes and a beat grid to a score, and the clicks that count a recording in."""

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
from symgen.system.errors import ControlError, FormatError

__all__ = [
    "BeatGrid",
    "find_clicks",
    "find_grid",
    "find_grid_after_clicks",
    "score_from_rows",
    "unquantized_score",
]

Floats = NDArray[np.float64]

_FRAME = 0.004
_APART = 0.1
"""Seconds between two attacks that are told apart."""
_SHORTEST, _LONGEST = 0.2, 2.0
"""Seconds from click to click."""
_UNEVEN = 0.12
"""Share of a step by which a click may be early or late."""
_LOUD = 0.15
"""An attack rises to this share of the loudest of the count-in, at least."""
_MOST_ATTACKS = 60
_MOST_SECONDS = 40.0


def find_clicks(samples: NDArray[np.floating], rate: float, count: int) -> Floats:
    """Find the first even clicks of a recording."""
    # `samples`: shape (frames,), mono; `rate`: frames a second; `count`: how many clicks there are,
    # 2..16; returns shape (count,), seconds of their attacks. The beat after the last one begins
    # the first full bar.
    if not 2 <= count <= 16:
        raise ControlError(f"count-in {count}: must be 2..16 clicks")
    samples = np.asarray(samples, dtype=np.float64)[: int(_MOST_SECONDS * rate)]
    times, heights = _attacks(samples, rate)
    found = _first_even(times, heights, count)
    if found is None:
        raise FormatError(
            f"no count-in: the recording does not begin with {count} even clicks; leave the count-in out, or tap it "
            f"louder and 0.2 to 2 seconds apart"
        )
    return found


def _attacks(samples: Floats, rate: float) -> tuple[Floats, Floats]:
    """Return times and heights of sudden rises."""
    size = max(1, round(_FRAME * rate))
    frames = len(samples) // size
    if frames < 4:
        return np.zeros(0), np.zeros(0)
    # The difference of neighbors brings out the high frequencies, of which clicks have most.
    bright = np.diff(samples, prepend=samples[:1])
    power = (bright[: frames * size].reshape(frames, size) ** 2).mean(axis=1)
    loud = np.sqrt(power)
    near = np.maximum.reduce([np.roll(loud, shift) for shift in (2, 3, 4, 5)])
    near[:5] = loud[:5].min()
    rise = np.maximum(loud - 1.5 * near, 0.0)
    apart = max(1, round(_APART / _FRAME))
    found: list[int] = []
    for frame in np.flatnonzero((rise > 0) & (rise > 0.02 * rise.max())).tolist():
        if not found or frame - found[-1] >= apart:
            found.append(frame)
        elif rise[frame] > 2.0 * rise[found[-1]]:
            found[-1] = frame
    times = np.array([_refine(bright, frame * size, size) for frame in found]) / rate
    heights = np.array([rise[frame : frame + apart // 2].max() for frame in found])
    return times, heights


def _refine(bright: Floats, start: int, size: int) -> int:
    """Return the sample at which an attack begins near a frame."""
    low = max(0, start - size)
    piece = np.abs(bright[low : start + 2 * size])
    return low + int(np.argmax(piece > 0.3 * piece.max()))


def _first_even(times: Floats, heights: Floats, count: int) -> Floats | None:
    """Return the earliest row of attacks that is even and about equally loud."""
    times, heights = times[:_MOST_ATTACKS], heights[:_MOST_ATTACKS]
    for first in range(len(times) - count + 1):
        # A noise between two clicks is passed over, or two.
        for second in range(first + 1, min(first + 4, len(times))):
            row = _even_row(times, first, second, count)
            if len(row) < count:
                continue
            loudest = heights[first : row[-1] + 1].max()
            if heights[row].min() >= _LOUD * loudest:
                return times[row]
    return None


def _even_row(times: Floats, first: int, second: int, count: int) -> list[int]:
    """Go on from two attacks in even steps, as far as there are attacks."""
    row = [first, second]
    step = float(times[second] - times[first])
    while _SHORTEST <= step <= _LONGEST and len(row) < count:
        due = times[row[-1]] + step
        following = int(np.argmin(np.abs(times - due)))
        if following <= row[-1] or abs(times[following] - due) > _UNEVEN * step:
            break
        row.append(following)
        step = float(times[row[-1]] - times[first]) / (len(row) - 1)
    return row


Ints = NDArray[np.int64]


def score_from_rows(
    rows: Floats,
    grid: BeatGrid,
    *,
    division: int | str = 16,
    key: Key | None = None,
    program: int = 0,
) -> Score:
    """Put performed notes on the beats."""
    # `rows`: shape (notes, 4), onset and offset in seconds, pitch (a MIDI number), strength 0..1;
    # sorted by onset; `program`: general MIDI program, 0..127.
    rows = np.asarray(rows, dtype=np.float64).reshape(-1, 4)
    steps = Division.parse(division)
    if not len(rows):
        tempos, meter = tempo_changes(grid, 0.0, 0.0), MeterChange(0, grid.meter)
        return Score((Part((), program),), RESOLUTION, tempos, (meter,), _keys(key))
    places, kept = place_onsets(rows, grid, steps)
    ends = lay_ends(rows[kept], places, grid, steps)
    start, pickup = find_opening(int(places[0]), grid.meter)
    meters = opening_meters(pickup, grid.meter, RESOLUTION)
    unit = RESOLUTION // FINE
    notes = _notes(rows[kept], (places - start) * unit, (ends - start) * unit)
    tempos = tempo_changes(grid, start / FINE, float(ends[-1]) / FINE)
    return Score((Part(notes, program),), RESOLUTION, tempos, meters, _keys(key))


def unquantized_score(rows: Floats, bpm: float = 120.0) -> Score:
    """Keep notes at the times at which they were played."""
    # `rows`: shape (notes, 4), as for `score_from_rows`; the first tick is at 0 seconds; `bpm`:
    # quarters a minute that the score counts in, 4..10,000; returns at so many ticks a quarter that
    # a tick is a millisecond or less.
    rows = np.asarray(rows, dtype=np.float64).reshape(-1, 4)
    tempo = TempoChange.of_bpm(0, bpm)
    resolution = RESOLUTION * ceil(tempo.microseconds / 1000 / RESOLUTION)
    resolution = min(max(resolution, RESOLUTION), 15_360)
    ticks = np.rint(rows[:, :2] * 1e6 / tempo.microseconds * resolution).astype(np.int64)
    onsets = np.maximum(ticks[:, 0], 0)
    # A note ends where the next one begins, at the latest: one sounds at a time.
    following = np.append(onsets[1:], ticks[-1:, 1])
    ends = np.minimum(ticks[:, 1], following)
    return Score((Part(_notes(rows, onsets, ends)),), resolution, (tempo,))


def _notes(rows: Floats, onsets: Ints, ends: Ints) -> tuple[Note, ...]:
    """Turn note rows into notes from and to given ticks, which last a tick at least."""
    notes = []
    for row, onset, end in zip(rows.tolist(), onsets.tolist(), ends.tolist(), strict=True):
        pitch = int(np.clip(round(row[2]), 0, 127))
        velocity = int(np.clip(round(row[3] * 127), 1, 127))
        notes.append(Note(onset, pitch, max(1, end - onset), velocity))
    return tuple(notes)


def _keys(key: Key | None) -> tuple[KeyChange, ...]:
    if key is None:
        return ()
    return (KeyChange(0, key.sharps, key.mode in ("minor", "harmonic minor")),)
