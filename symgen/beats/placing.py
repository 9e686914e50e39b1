"""Quantize performed notes: places on a beat grid, ends, and the opening and tempos of the score they make."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction
from math import ceil, floor

import numpy as np
from numpy.typing import NDArray

from symgen.beats.grid import BeatGrid
from symgen.beats.rhythm import TICKS, Rhythm, rhythm_of
from symgen.music.meter import Meter
from symgen.music.score import MeterChange, TempoChange
from symgen.system.errors import ControlError

__all__ = [
    "FINE",
    "RESOLUTION",
    "Division",
    "find_opening",
    "lay_ends",
    "opening_meters",
    "place_onsets",
    "tempo_changes",
]


Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

FINE = 24
"""Steps of a quarter note."""
# Standard deviation of an onset at first, seconds; then that of the notes placed, and of so many
# more like it.
_EVEN, _FEW = 0.012, 6
# An onset that is farther off its place, in seconds, says no more of its player.
_FAR_OFF = 0.066
# The least that an onset far off its place says.
_WORST = -14.0
# Places that are tried for each note.
_CANDIDATES = 5
# Log probability of a step that the rhythm does not know, and of each quarter more than it knows.
_RARE, _FAR = -6.0, -0.35
# Log odds of leaving a note out: at first, then of one shorter than so many seconds, and of others.
_KEEP_ALL, _DROP, _DROP_SHORT, _SHORT = -50.0, -9.0, -5.0, 0.075
# A note follows one of so many before it; those between are left out.
_MEMORY = 3
# Places in the quarter of off-beats that come late.
_SWUNG = (0.56, 0.72)
# A note that sounds for less than this share of what its player gives to notes is followed by a
# rest.
_REST = 0.6
# Quarters that a last note may last.
_LENGTHS = (0.25, 0.5, 0.75, 1.0, 1.5, 2.0, 3.0, 4.0, 6.0, 8.0)


@dataclass(frozen=True, slots=True)
class Division:
    """Places that notes may have."""

    # Their multiples from the bar line on, in steps of `FINE`.
    units: tuple[int, ...]
    # Whether triplets of eighths may stand where three fill a quarter.
    plain_triplets: bool = False

    @classmethod
    def parse(cls, division: int | str) -> Division:
        """Read 16, ``"16"``, ``"1/16"`` or ``"1/8t"``."""
        found = re.fullmatch(r"\s*(1/)?(1|2|4|8|16|32)(t?)\s*", str(division))
        if not found or (found[3] and found[2] == "32"):
            raise ControlError(
                f"grid {division!r}: write the shortest note like 8, 16 or 32, with triplets 1/8t"
            )
        unit = 4 * FINE // int(found[2])
        if found[3]:
            return cls((unit, unit * 2 // 3))
        return cls((unit,), plain_triplets=not found[1] and int(found[2]) >= 16)

    def allows(self, places: Ints) -> Bools:
        """Return which places in a bar may hold a note."""
        found = np.zeros(places.shape, dtype=bool)
        for unit in self.units:
            found |= places % unit == 0
        if self.plain_triplets:
            found |= places % (FINE // 3) == 0
        return found


def place_onsets(rows: Floats, grid: BeatGrid, division: Division) -> tuple[Ints, Ints]:
    """Return the most probable places of notes (one at least), no two on one, and which notes have one.

    Places are steps of `FINE` from the first full bar line on, ascending. The other notes are
    ornaments shorter than the grid, or are merged.
    """
    rhythm = rhythm_of(grid.meter)
    at = grid.quarters(rows[:, 0])
    swing = find_late(at) if rhythm.beat == TICKS else 0.5
    at = straighten(at, swing) if swing != 0.5 else at
    triplets = division.plain_triplets and rhythm.beat == TICKS and swing == 0.5
    division = Division(division.units, triplets)
    candidates = _near(at, division, round(grid.meter.quarters * FINE))
    quarter = 60.0 / grid.bpm
    coarse = max(max(division.units) / FINE - 0.25, 0.0) / 2
    odds = _step_odds(rhythm, candidates)
    short = rows[:, 1] - rows[:, 0] < _SHORT
    drops = (np.full(len(rows), _KEEP_ALL), np.where(short, _DROP_SHORT, _DROP))
    off = candidates / FINE - at[:, None]
    onset = _EVEN
    # How even the player is, is not known beforehand: first all notes are placed, then again by
    # what that says of the spread of the onsets, and those that still fit nowhere are left out.
    for drop in drops:
        spread = np.hypot(onset / quarter, coarse)
        fits = np.maximum(-0.5 * (off / spread) ** 2, _WORST)
        places, kept = _best_path(candidates, fits, odds, drop, rhythm)
        missed = np.abs(places / FINE - at[kept]) * quarter
        missed = np.minimum(missed, _FAR_OFF)
        total = np.sum(missed**2) + _FEW * _EVEN**2
        onset = float(np.sqrt(total / (len(missed) + _FEW)))
    return places, kept


def find_late(at: Floats) -> float:
    """Find where in the quarter the off-beats stand: 0.5, or later where nearly all of six or more are late."""
    share = at % 1.0
    late = share[(share >= _SWUNG[0]) & (share < _SWUNG[1])]
    others = int(((share > 0.28) & (share < _SWUNG[0])).sum())
    few = len(late) < 6 or len(late) < 0.85 * (len(late) + others)
    return 0.5 if few or late.std() > 0.05 else float(np.median(late))


def straighten(at: Floats, swing: float) -> Floats:
    """Move places in quarters so that late off-beats come to stand in the middle."""
    whole = np.floor(at)
    share = at - whole
    first, second = share / swing / 2, 0.5 + (share - swing) / (1 - swing) / 2
    return np.asarray(whole + np.where(share < swing, first, second))


def _near(at: Floats, division: Division, bar: int) -> Ints:
    """Return the nearest allowed places of each note, shape (notes, candidates), ascending."""
    middle = np.rint(at * FINE).astype(np.int64)
    reach = max(max(division.units) * 3, FINE)
    around = middle[:, None] + np.arange(-reach, reach + 1)
    off = np.abs(around / FINE - at[:, None])
    off[~division.allows(around % bar)] = np.inf
    nearest = np.argsort(off, axis=1, kind="stable")[:, :_CANDIDATES]
    return np.take_along_axis(around, np.sort(nearest, axis=1), axis=1)


def _step_odds(rhythm: Rhythm, candidates: Ints) -> Floats:
    """Return the log odds of steps in the kind of rhythm that the notes have, shape (bar, most + 1)."""
    middle = candidates[:, candidates.shape[1] // 2]
    rough = np.unique(np.rint(middle * TICKS / FINE).astype(np.int64))
    fits = rhythm.log_probabilities(rough, np.zeros(1, dtype=np.int64))[0]
    odds = rhythm.odds[int(np.argmax(fits))]
    return np.asarray(np.logaddexp(odds, rhythm.mean_odds) - np.log(2))


def _steps(before: Ints, after: Ints, odds: Floats, rhythm: Rhythm) -> Floats:
    """Return the log probability of steps between places, shape (before, after)."""
    moved = after[None, :] - before[:, None]
    half = FINE // TICKS
    known = (moved % half == 0) & (before % half == 0)[:, None]
    place = np.broadcast_to((before // half % rhythm.bar)[:, None], moved.shape)
    most = odds.shape[1] - 1
    step = odds[place, np.clip(moved // half, 0, most)]
    step = step + _FAR * np.maximum(moved / FINE - most / TICKS, 0)
    return np.where(moved <= 0, -1e6, np.where(known, step, _RARE))


def _best_path(
    candidates: Ints, fits: Floats, odds: Floats, drop: Floats, rhythm: Rhythm
) -> tuple[Ints, Ints]:
    """Return the most probable places, and which notes have one, by dynamic programming."""
    count, width = candidates.shape
    # Running sums of what it costs to leave notes out, so that a gap is one difference.
    left_out = np.concatenate([[0.0], np.cumsum(drop)])
    score = np.full(candidates.shape, -np.inf)
    came = np.full((*candidates.shape, 2), -1, dtype=np.int64)
    score[0] = fits[0]
    columns = np.arange(width)
    for note in range(1, count):
        best = np.full(width, -np.inf)
        if note < _MEMORY:
            best = fits[note] + left_out[note]
        for other in range(max(0, note - _MEMORY), note):
            steps = _steps(candidates[other], candidates[note], odds, rhythm)
            ways = score[other][:, None] + steps
            top = np.argmax(ways, axis=0)
            total = ways[top, columns] + fits[note] + left_out[note] - left_out[other + 1]
            better = total > best
            best = np.where(better, total, best)
            came[note, better, 0] = other
            came[note, better, 1] = top[better]
        score[note] = best
    ends = score + (left_out[count] - left_out[1:])[:, None]
    last, column = divmod(int(np.argmax(ends[-_MEMORY:])), width)
    note = last + max(0, count - _MEMORY)
    kept, places = [], []
    while note >= 0:
        kept.append(note)
        places.append(int(candidates[note, column]))
        note, column = came[note, column].tolist()
    return np.array(places[::-1]), np.array(kept[::-1])


def lay_ends(rows: Floats, places: Ints, grid: BeatGrid, division: Division) -> Ints:
    """Return the ends of notes that begin on places, in steps of `FINE`, none behind the next beginning."""
    unit = max(division.units)
    quarters = grid.quarters(rows[:, 1]) - grid.quarters(rows[:, 0])
    held = np.maximum(quarters, 1e-3) * FINE
    room = np.diff(places)
    usual = 1.0
    if len(room):
        usual = float(np.clip(np.median(held[:-1] / room), 0.25, 1.0))
    units = np.maximum(np.rint(held / usual / unit), 1).astype(np.int64)
    ends = places + units * unit
    # A note lasts until the next one, but where its player stopped much earlier than usual.
    rest = held[:-1] < _REST * usual * room
    rest &= ends[:-1] <= places[1:] - max(unit, FINE // 2)
    ends[:-1] = np.where(rest, ends[:-1], places[1:])
    ends[-1] = places[-1] + _last_length(float(held[-1] / usual), unit)
    return ends


def _last_length(held: float, unit: int) -> int:
    """Return a usual length near to what was held."""
    usual = np.array(_LENGTHS) * FINE
    usual = usual[usual % unit == 0]
    if not len(usual):
        return unit
    far = np.abs(np.log(usual / max(held, 1.0)))
    return int(usual[np.argmin(far)])


# -- the score that is made --------------------------------------------------------------

RESOLUTION = 480
"""Ticks a quarter of the scores that are made."""
_SLOWEST, _FASTEST = 4.0, 10_000.0
# Logarithm of a tempo beside the mean from which on the score follows it.
_STEADY = 0.15
# Logarithm of the step from a tempo to the next that the score writes.
_NEWS = 0.04


def find_opening(first: int, meter: Meter) -> tuple[int, Meter | None]:
    """Return where a score begins whose first note stands at `first`, and its pickup.

    Both in steps of a `FINE`th quarter from a bar line.
    """
    bar = int(meter.quarters * FINE)
    line = floor(first / bar) * bar
    lead = line + bar - first
    # A triplet begins its quarter with a rest.
    unit = FINE if lead % (FINE // 4) else FINE // 4
    short = Fraction(ceil(lead / unit) * unit, FINE)
    if first == line or not 0 < short < meter.quarters:
        return line, None
    for denominator in (4, 8, 16):
        beats = short * denominator / 4
        if beats.denominator == 1:
            return line + bar - int(short * FINE), Meter(int(beats), denominator)
    return line, None


def opening_meters(pickup: Meter | None, meter: Meter, resolution: int) -> tuple[MeterChange, ...]:
    """Return the meters of a score that begins with a pickup, or with a full bar."""
    if pickup is None:
        return (MeterChange(0, meter),)
    return (MeterChange(0, pickup), MeterChange(pickup.bar_ticks(resolution), meter))


def tempo_changes(
    grid: BeatGrid, start: float, end: float, resolution: int = RESOLUTION
) -> tuple[TempoChange, ...]:
    """Return the mean tempo, or those of the bars where they leave it far.

    The score lasts from `start` to `end`, in quarters from the first full bar line.
    """
    mean = (_tempo_change(0, grid.bpm),)
    bar = float(grid.meter.quarters)
    inner = np.arange(floor(start / bar) + 1, ceil(end / bar)) * bar
    lines = np.concatenate([[start], inner, [end]])
    lines = lines[np.append(True, np.diff(lines) > 1e-9)]
    if len(lines) < 3:
        return mean
    local = 60.0 * np.diff(lines) / np.diff(grid.seconds(lines))
    if np.abs(np.log(local / grid.bpm)).max() <= _STEADY:
        return mean
    found: list[TempoChange] = []
    for line, bpm in zip(lines.tolist(), local.tolist(), strict=False):
        if not found or abs(np.log(bpm / found[-1].bpm)) > _NEWS:
            found.append(_tempo_change(round((line - start) * resolution), bpm))
    return tuple(found)


def _tempo_change(tick: int, bpm: float) -> TempoChange:
    """Return a tempo, or the nearest that a score can hold."""
    return TempoChange.of_bpm(tick, float(np.clip(bpm, _SLOWEST, _FASTEST)))
