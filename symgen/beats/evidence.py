"""What speaks for a tempo, a meter and a place of the bar lines, as numbers to weigh."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from symgen.beats.rhythm import TICKS, Rhythm
from symgen.beats.strokes import Strokes
from symgen.music.keys import find_key

__all__ = ["ENSEMBLE_FEATURES", "FEATURES", "Placed", "describe", "describe_ensemble"]


Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

FEATURES = (
    "timing", "rhythm", "line_hit", "beat_hit", "long_on_line", "long_on_beat", "long_on_half", "tonic_on_line",
    "triad_on_line", "leap_to_line", "leap_to_beat", "fourth_to_line", "same_to_line", "low_on_line", "peak_on_line",
    "loud_on_line", "loud_on_beat", "last_on_line", "last_on_beat", "last_long_on_line", "end_on_line", "no_pickup",
    "short_pickup", "chord_bars", "chord_beats", "begins_on_line", "ends_at_line", "again_1", "again_2", "again_4",
    "again_8", "steps_1", "steps_2", "steps_4",
)  # fmt: skip
"""Names of the columns of `describe`."""

# Share of notes that come again by chance.
_USUAL = 0.15
# So many notes count as much as the chance does.
_ENOUGH = 6.0
# Longer melodies are no surer than one of so many notes.
_MOST = 100


_CHORDS = [(root, third) for third in (4, 3) for root in range(12)]
# Major and minor triads, shape (24, 12).
_TRIADS = np.array(
    [
        [float((pitch - root) % 12 in (0, third, 7)) for pitch in range(12)]
        for root, third in _CHORDS
    ]
)


@dataclass(frozen=True, eq=False)
class Placed:
    """Notes that a path has put on places."""

    # (notes,)
    ticks: Ints
    # (notes, 4)
    rows: Floats
    # Log density of their onsets, given the places.
    timing: float
    # Mean length of a quarter, seconds.
    quarter: float

    @property
    def tonic(self) -> int:
        """Pitch class of the most likely tonic."""
        return find_key(np.rint(self.rows[:, 2]).astype(int).tolist(), self.lengths.tolist()).tonic

    @property
    def lengths(self) -> Floats:
        """Quarters to the next note; of the last one as it sounds."""
        last = (self.rows[-1, 1] - self.rows[-1, 0]) / self.quarter
        return np.append(np.diff(self.ticks) / TICKS, max(last, 0.1))


def describe(placed: Placed, rhythm: Rhythm, shifts: Ints, tonic: int) -> Floats:
    """Describe readings of a path that differ in where the bar lines stand.

    `shifts` (shifts,): A bar line is at tick ``-shift``. Returns (shifts, len(FEATURES)).
    """
    count = len(placed.ticks)
    scale = min(1.0, _MOST / count)
    found = np.zeros((len(shifts), len(FEATURES)))
    found[:, 0] = placed.timing * scale
    said = rhythm.log_probabilities(placed.ticks, shifts) * scale
    top = said.max(axis=1, keepdims=True)
    found[:, 1] = top[:, 0] + np.log(np.exp(said - top).sum(axis=1))
    parts = (
        _accents(placed, rhythm, shifts, tonic),
        _opening(placed, rhythm, shifts),
        _chords(placed, rhythm, shifts),
        _runs(placed, rhythm, shifts),
    )
    found[:, 2:27] = np.concatenate(parts, axis=1)
    found[:, 27:] = _returns(placed, rhythm.bar)
    return found


def _accents(placed: Placed, rhythm: Rhythm, shifts: Ints, tonic: int) -> Floats:
    """How long, loud or stable the notes on bar lines and beats are beside all."""
    ticks, rows = placed.ticks, placed.rows
    pitch = np.rint(rows[:, 2]).astype(np.int64)
    place = (ticks[None, :] + shifts[:, None]) % rhythm.bar
    line = place == 0
    beat = (place % rhythm.beat == 0) & ~line
    half = 2 * place == rhythm.bar
    length = np.log2(np.clip(placed.lengths, 0.1, 4.0))
    above = (pitch - tonic) % 12
    step = np.diff(pitch, prepend=pitch[:1])
    leap = np.minimum(np.abs(step), 12) / 4
    peak = np.sign(step) * np.sign(np.diff(pitch, append=pitch[-1:])) < 0
    span = float(ticks[-1] - ticks[0]) + 1.0
    bars = np.maximum(
        np.floor((ticks[-1] + shifts) / rhythm.bar) - np.ceil((ticks[0] + shifts) / rhythm.bar) + 1,
        1,
    )
    loud = _standard(rows[:, 3])
    return np.stack(
        [
            np.minimum(line.sum(axis=1) / bars, 1.0),
            np.minimum((line | beat).sum(axis=1) / (span / rhythm.beat), 1.0),
            _excess(length, line),
            _excess(length, beat),
            _excess(length, half),
            _excess(above == 0, line),
            _excess(np.isin(above, (0, 3, 4, 7)), line),
            _excess(leap, line),
            _excess(leap, beat),
            _excess(step == 5, line),
            _excess(step == 0, line),
            _excess(_standard(-pitch.astype(np.float64)), line),
            _excess(peak, line),
            _excess(loud, line),
            _excess(loud, beat),
        ],
        axis=1,
    )


def _opening(placed: Placed, rhythm: Rhythm, shifts: Ints) -> Floats:
    """Where the first and the last note stand."""
    first = (placed.ticks[0] + shifts) % rhythm.bar
    last = (placed.ticks[-1] + shifts) % rhythm.bar
    end = placed.ticks[-1] + placed.lengths[-1] * TICKS + shifts
    return np.stack(
        [
            last == 0,
            last % rhythm.beat == 0,
            (last == 0) & (placed.lengths[-1] >= 1),
            np.abs((end + rhythm.bar / 2) % rhythm.bar - rhythm.bar / 2) < 1.5,
            first == 0,
            (first > 0) & (first >= rhythm.bar - rhythm.beat),
        ],
        axis=1,
    ).astype(np.float64)


def _chords(placed: Placed, rhythm: Rhythm, shifts: Ints) -> Floats:
    """How much of bars, and of halves or thirds of them, one triad covers."""
    pitch = np.rint(placed.rows[:, 2]).astype(np.int64) % 12
    lengths = np.round(placed.lengths * TICKS)
    begins = placed.ticks.astype(np.float64)
    sounded = np.zeros((len(pitch) + 1, 24))
    sounded[1:] = np.cumsum(_TRIADS[:, pitch].T * lengths[:, None], axis=0)
    total = np.concatenate([[0.0], np.cumsum(lengths)])
    found = np.zeros((len(shifts), 2))
    for column, size in enumerate(
        (rhythm.bar, rhythm.bar // 2 if rhythm.bar % 36 else rhythm.bar // 3)
    ):
        for row, shift in enumerate(shifts.tolist()):
            lines = (
                np.arange((begins[0] + shift) // size, (begins[-1] + shift) // size + 2) * size
                - shift
            )
            index = np.searchsorted(begins, lines)
            covered = np.diff(sounded[index], axis=0).max(axis=1)
            found[row, column] = covered.sum() / max(total[-1], 1.0)
    return found


def _runs(placed: Placed, rhythm: Rhythm, shifts: Ints) -> Floats:
    """Whether what comes again begins and ends at bar lines."""
    ticks, pitch = placed.ticks, np.rint(placed.rows[:, 2])
    place = (ticks[None, :] + shifts[:, None]) % rhythm.bar
    line = place == 0
    found = np.zeros((len(shifts), 2))
    for bars in (1, 2, 4, 8):
        again = _again(ticks, pitch, bars * rhythm.bar)[0]
        begins = again & ~np.append(True, again[:-1])
        ends = ~again & np.append(False, again[:-1])
        for column, edges in enumerate((begins, ends)):
            usual = line.mean(axis=1)
            found[:, column] += ((edges & line).sum(axis=1) - edges.sum() * usual) / (
                edges.sum() + 4.0
            )
    return found


def _again(ticks: Ints, pitch: Floats, lag: int) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Tell which notes come again so much later, and which do on any pitch."""
    index = np.minimum(np.searchsorted(ticks, ticks + lag), len(ticks) - 1)
    there = ticks[index] == ticks + lag
    return there & (pitch[index] == pitch), there


def _standard(values: Floats) -> Floats:
    spread = float(values.std())
    return (values - values.mean()) / spread if spread > 1e-6 else np.zeros(len(values))


def _excess(values: NDArray[Any], chosen: NDArray[np.bool_]) -> Floats:
    """Mean of the chosen above the mean of all, drawn to 0 where they are few."""
    return np.asarray(chosen @ (values - values.mean()) / (chosen.sum(axis=1) + 2.0))


def _returns(placed: Placed, bar: int) -> Floats:
    """Shares of notes that come again, and of those that do so on any pitch, so many bars later."""
    ticks, pitch = placed.ticks, np.rint(placed.rows[:, 2])
    found = []
    for bars in (1, 2, 4, 8):
        both, there = _again(ticks, pitch, bars * bar)
        inside = float((ticks + bars * bar <= ticks[-1]).sum())
        found.append(
            [(float(n.sum()) + _USUAL * _ENOUGH) / (inside + _ENOUGH) for n in (both, there)]
        )
    again = [pair[0] for pair in found]
    steps = [pair[1] for pair in found[:3]]
    return np.array(again + steps)


_WHERE = ("line", "beat", "half", "off")
_WHAT = ("bass", "bass_moves", "full", "loud", "held", "harmony", "kick", "snare", "crash")
ENSEMBLE_FEATURES = (
    *(f"{what}_on_{where}" for what in _WHAT for where in _WHERE),
    *(f"share_{place}" for place in ("beat", "eighth", "sixteenth", "triplet")),
    *(f"{name}_{power}" for name in ("strokes", "notes", "changes") for power in ("log", "square")),
    "bar_again", "beat_again", "half_again",
    *(f"new_{span}_on_{where}" for span in ("beat", "half", "bar") for where in ("line", "half", "beat")),
)  # fmt: skip
"""Names of the columns of `describe_ensemble`."""

# A note is a bass if none of two quarters around is lower by more than so many semitones.
_BASS_SPAN, _BASS_NEAR = 24, 4
_EIGHTH = TICKS // 2
# Harmony that differs by more than this from what was before has changed.
_CHANGED = 0.25


def describe_ensemble(placed: Placed, strokes: Strokes, rhythm: Rhythm, shifts: Ints) -> Floats:
    """Describe readings of a path that differ in where the bar lines stand.

    `shifts` (shifts,): A bar line is at tick ``-shift``. Returns (shifts,
    len(ENSEMBLE_FEATURES)).
    """
    place = (placed.ticks[None, :] + shifts[:, None]) % rhythm.bar
    inside = place % rhythm.beat
    line = place == 0
    beat = (inside == 0) & ~line
    half = 2 * place == rhythm.bar
    back = (inside == 0) & (place // rhythm.beat % 2 == 1)
    spots = (line, beat, half, back)
    values = _strokes_say(placed, strokes)
    accents = np.stack([_excess(value, spot) for value in values for spot in spots], axis=1)
    shares = np.stack([mask.mean(axis=1) for mask in _shares(inside, rhythm.beat)], axis=1)
    same = np.concatenate(
        [_fullness(placed, strokes, values[5]), _repetition(placed, strokes, rhythm)]
    )
    columns = (
        accents,
        shares,
        np.tile(same, (len(shifts), 1)),
        _chords_turn(placed, strokes, rhythm, shifts),
    )
    return np.concatenate(columns, axis=1)


def _strokes_say(placed: Placed, strokes: Strokes) -> list[Floats]:
    """Values of `_WHAT`, each of shape (strokes,)."""
    low = _lowest_around(placed.ticks, strokes.bass)
    bass = strokes.bass <= low + _BASS_NEAR
    held = strokes.rows[:, 1] - strokes.rows[:, 0]
    moved = np.zeros(len(bass))
    index = np.flatnonzero(bass)
    moved[index[1:]] = strokes.bass[index[1:]] % 12 != strokes.bass[index[:-1]] % 12
    return [
        bass.astype(np.float64),
        moved,
        np.log(strokes.count),
        _standard(strokes.rows[:, 3]),
        np.log2(np.clip(held / placed.quarter, 0.1, 8.0)),
        _harmony_changes(placed.ticks, strokes.pitches),
        *strokes.drums.T,
    ]


def _lowest_around(ticks: Ints, bass: Floats) -> Floats:
    """Lowest pitch of the strokes within two quarters."""
    left = np.searchsorted(ticks, ticks - _BASS_SPAN)
    right = np.searchsorted(ticks, ticks + _BASS_SPAN, side="right")
    return np.array([bass[a:b].min() for a, b in zip(left.tolist(), right.tolist(), strict=True)])


def _harmony_changes(ticks: Ints, pitches: Floats) -> Floats:
    """How much the pitch classes of the quarter from a stroke on differ from those of the quarter before, 0..1."""
    sums = np.concatenate([np.zeros((1, 12)), np.cumsum(pitches, axis=0)])
    here = np.searchsorted(ticks, ticks)
    before = sums[here] - sums[np.searchsorted(ticks, ticks - TICKS)]
    after = sums[np.searchsorted(ticks, ticks + TICKS)] - sums[here]
    return 1.0 - _alike(before, after)


def _shares(inside: Ints, beat: int) -> list[NDArray[np.bool_]]:
    """Tell which strokes are on beats, on halves or thirds of them, on sixteenths, on triplets."""
    if beat == TICKS:
        return [inside == 0, inside == 6, inside % 6 == 3, (inside == 4) | (inside == 8)]
    return [inside == 0, (inside == 6) | (inside == 12), inside % 6 == 3, inside == 9]


def _fullness(placed: Placed, strokes: Strokes, harmony: Floats) -> Floats:
    """Strokes, notes and changes of harmony a quarter: logarithms and their squares."""
    quarters = max(float(placed.ticks[-1] - placed.ticks[0]) / TICKS, 1.0)
    found = []
    for total in (len(strokes), strokes.count.sum(), (harmony > _CHANGED).sum() + 1.0):
        log = float(np.log(total / quarters))
        found += [log, log**2]
    return np.array(found)


def _chords_turn(placed: Placed, strokes: Strokes, rhythm: Rhythm, shifts: Ints) -> Floats:
    """How much more pitch classes change at bar lines, half bars and beats than at other eighths; (shifts, 9)."""
    first = placed.ticks[0] // _EIGHTH * _EIGHTH
    count = int(placed.ticks[-1] - first) // _EIGHTH + 1
    sums = np.zeros((count + 1, 12))
    np.add.at(sums, (placed.ticks - first) // _EIGHTH + 1, strokes.pitches)
    sums = np.cumsum(sums, axis=0)
    index = np.arange(count)
    place = (first + index * _EIGHTH + shifts[:, None]) % rhythm.bar
    spots = (place == 0, 2 * place == rhythm.bar, (place % rhythm.beat == 0) & (place > 0))
    found = []
    for span in (rhythm.beat, rhythm.bar // 2, rhythm.bar):
        reach = max(span // _EIGHTH, 1)
        before = sums[index] - sums[np.maximum(index - reach, 0)]
        after = sums[np.minimum(index + reach, count)] - sums[index]
        new = _standard(1.0 - _alike(before, after))
        found += [_excess(new, spot) for spot in spots]
    return np.stack(found, axis=1)


def _alike(before: Floats, after: Floats) -> Floats:
    """Cosine of rows; 1 where one is empty."""
    size = np.linalg.norm(before, axis=1) * np.linalg.norm(after, axis=1)
    return np.where(size > 0, (before * after).sum(axis=1) / np.maximum(size, 1e-9), 1.0)


def _repetition(placed: Placed, strokes: Strokes, rhythm: Rhythm) -> Floats:
    """How much a bar, a beat and half a bar are like the one before in rhythm and drums."""
    ticks = placed.ticks - placed.ticks[0]
    length = int(ticks[-1]) + 1
    grid = np.zeros((length, 4))
    grid[ticks, 0] = 1.0
    grid[ticks, 1:] = strokes.drums
    found = []
    for lag in (rhythm.bar, rhythm.beat, rhythm.bar // 2):
        both = (grid[lag:] * grid[:-lag]).sum() if length > lag else 0.0
        most = np.sqrt((grid[lag:] ** 2).sum() * (grid[:-lag] ** 2).sum()) if length > lag else 0.0
        found.append(float(both / (most + 4.0)))
    return np.array(found)
