"""Features of a reading: what speaks for a tempo, a meter and a place of the bar lines, as numbers to weigh."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray

from symgen.beats.rhythm import TICKS, Rhythm
from symgen.beats.strokes import Strokes

__all__ = [
    "ENSEMBLE_FEATURES",
    "FEATURES",
    "PlacedNotes",
    "describe",
    "describe_ensemble",
    "stroke_values",
]


Flags = NDArray[np.bool_]
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


# Major and minor triads, shape (24, 12).
_TRIADS = np.zeros((24, 12))
for _row, (_third, _root) in enumerate(product((4, 3), range(12))):
    _TRIADS[_row, [_root, (_root + _third) % 12, (_root + 7) % 12]] = 1.0


@dataclass(frozen=True, eq=False)
class PlacedNotes:
    """Notes that a path has put on places."""

    # (notes,): in steps of `TICKS`.
    ticks: Ints
    # (notes, 4): onset, offset, pitch, strength.
    rows: Floats
    # Log density of their onsets, given the places.
    timing: float
    # Mean length of a quarter, seconds.
    quarter: float

    @cached_property
    def pitches(self) -> Ints:
        """Pitches as whole numbers, shape (notes,)."""
        return np.rint(self.rows[:, 2]).astype(np.int64)

    @cached_property
    def lengths(self) -> Floats:
        """Quarters to the next note; of the last one as it sounds."""
        last = (self.rows[-1, 1] - self.rows[-1, 0]) / self.quarter
        return np.append(np.diff(self.ticks) / TICKS, max(last, 0.1))

    def again(self, lag: int) -> tuple[Flags, Flags]:
        """Return which notes come again `lag` ticks later, and which do on any pitch."""
        if lag not in self._again:
            ticks, pitch = self.ticks, self.pitches
            index = np.minimum(np.searchsorted(ticks, ticks + lag), len(ticks) - 1)
            onset = ticks[index] == ticks + lag
            self._again[lag] = onset & (pitch[index] == pitch), onset
        return self._again[lag]

    @cached_property
    def accents(self) -> dict[int, dict[str, Floats]]:
        """What may accent the notes, by tonic."""
        return {}

    @cached_property
    def new_harmony(self) -> dict[int, Floats]:
        """How new the harmony of the eighths is, by ticks that are looked back."""
        return {}

    @cached_property
    def _again(self) -> dict[int, tuple[Flags, Flags]]:
        return {}

    def places(self, bar: int, shifts: Ints) -> Ints:
        """Return places in the bar if a bar line is at ticks ``-shifts``, (shifts, notes)."""
        return np.asarray((self.ticks[None, :] + shifts[:, None]) % bar)


def describe(notes: PlacedNotes, rhythm: Rhythm, shifts: Ints, tonic: int) -> Floats:
    """Describe readings of two notes or more with bar lines at ticks ``-shifts``; (shifts, len(FEATURES))."""
    scale = min(1.0, _MOST / len(notes.ticks))
    found = np.zeros((len(shifts), len(FEATURES)))
    found[:, 0] = notes.timing * scale
    odds = rhythm.log_probabilities(notes.ticks, shifts) * scale
    top = odds.max(axis=1, keepdims=True)
    total = np.exp(odds - top).sum(axis=1)
    found[:, 1] = top[:, 0] + np.log(total)
    parts = (
        _accents(notes, rhythm, shifts, tonic),
        _opening(notes, rhythm, shifts),
        _chords(notes, rhythm, shifts),
        _runs(notes, rhythm, shifts),
    )
    found[:, 2:27] = np.concatenate(parts, axis=1)
    found[:, 27:] = _returns(notes, rhythm.bar)
    return found


def _accents(notes: PlacedNotes, rhythm: Rhythm, shifts: Ints, tonic: int) -> Floats:
    """Measure how long, loud or stable the notes on bar lines and beats are beside all."""
    ticks = notes.ticks
    place = notes.places(rhythm.bar, shifts)
    line = place == 0
    beat = (place % rhythm.beat == 0) & ~line
    half = 2 * place == rhythm.bar
    if tonic not in notes.accents:
        notes.accents[tonic] = _accent_values(notes, tonic)
    values = notes.accents[tonic]
    length, leap, loud = (values[name] for name in ("length", "leap", "loud"))
    first_bar = np.ceil((ticks[0] + shifts) / rhythm.bar)
    last_bar = np.floor((ticks[-1] + shifts) / rhythm.bar)
    bars = np.maximum(last_bar - first_bar + 1, 1)
    beats = (float(ticks[-1] - ticks[0]) + 1.0) / rhythm.beat
    at_line, at_beat, at_half = map(_Spot, (line, beat, half))
    columns = [
        np.minimum(line.sum(axis=1) / bars, 1.0),
        np.minimum((line | beat).sum(axis=1) / beats, 1.0),
        at_line.excess(length),
        at_beat.excess(length),
        at_half.excess(length),
        at_line.excess(values["tonic"]),
        at_line.excess(values["triad"]),
        at_line.excess(leap),
        at_beat.excess(leap),
        at_line.excess(values["fourth"]),
        at_line.excess(values["same"]),
        at_line.excess(values["low"]),
        at_line.excess(values["peak"]),
        at_line.excess(loud),
        at_beat.excess(loud),
    ]
    return np.stack(columns, axis=1)


def _accent_values(notes: PlacedNotes, tonic: int) -> dict[str, Floats]:
    """Return what may accent a note, each less its mean: the same whatever the meter."""
    pitch = notes.pitches
    above = (pitch - tonic) % 12
    step = np.diff(pitch, prepend=pitch[:1])
    ahead = np.diff(pitch, append=pitch[-1:])
    found: dict[str, NDArray[Any]] = {
        "length": np.log2(np.clip(notes.lengths, 0.1, 4.0)),
        "tonic": above == 0,
        "triad": np.isin(above, (0, 3, 4, 7)),
        "leap": np.minimum(np.abs(step), 12) / 4,
        "fourth": step == 5,
        "same": step == 0,
        "low": _standard(-pitch.astype(np.float64)),
        "peak": np.sign(step) * np.sign(ahead) < 0,
        "loud": _standard(notes.rows[:, 3]),
    }
    return {name: values - values.mean() for name, values in found.items()}


def _opening(notes: PlacedNotes, rhythm: Rhythm, shifts: Ints) -> Floats:
    """Describe where the first and the last note stand."""
    bar, beat = rhythm.bar, rhythm.beat
    first = (notes.ticks[0] + shifts) % bar
    last = (notes.ticks[-1] + shifts) % bar
    end = notes.ticks[-1] + notes.lengths[-1] * TICKS + shifts
    off_line = np.abs((end + bar / 2) % bar - bar / 2)
    columns = [
        last == 0,
        last % beat == 0,
        (last == 0) & (notes.lengths[-1] >= 1),
        off_line < 1.5,
        first == 0,
        (first > 0) & (first >= bar - beat),
    ]
    return np.stack(columns, axis=1).astype(np.float64)


def _chords(notes: PlacedNotes, rhythm: Rhythm, shifts: Ints) -> Floats:
    """Measure how much of bars, and of halves or thirds of them, one triad covers; (shifts, 2)."""
    lengths = np.round(notes.lengths * TICKS)
    begins = notes.ticks.astype(np.float64)
    # Running sums by triad, so that what each covers between two lines is one difference.
    covered = np.zeros((len(begins) + 1, 24))
    members = _TRIADS[:, notes.pitches % 12].T
    covered[1:] = np.cumsum(members * lengths[:, None], axis=0)
    total = max(np.cumsum(lengths)[-1], 1.0)
    found = np.zeros((len(shifts), 2))
    part = rhythm.bar // 2 if rhythm.bar % 36 else rhythm.bar // 3
    for column, size in enumerate((rhythm.bar, part)):
        first, last = (begins[[0, -1]][:, None] + shifts) // size
        # Lines behind the last note have nothing between them.
        lines = first[:, None] + np.arange(int((last - first).max()) + 2)
        index = np.searchsorted(begins, lines * size - shifts[:, None])
        best = np.diff(covered[index], axis=1).max(axis=2)
        found[:, column] = best.sum(axis=1) / total
    return found


def _runs(notes: PlacedNotes, rhythm: Rhythm, shifts: Ints) -> Floats:
    """Measure whether what comes again begins and ends at bar lines; (shifts, 2)."""
    line = notes.places(rhythm.bar, shifts) == 0
    usual = line.mean(axis=1)
    found = np.zeros((len(shifts), 2))
    for bars in (1, 2, 4, 8):
        again = notes.again(bars * rhythm.bar)[0]
        begins = again & ~np.append(True, again[:-1])
        ends = ~again & np.append(False, again[:-1])
        for column, edges in enumerate((begins, ends)):
            count = edges.sum()
            on_line = (edges & line).sum(axis=1)
            found[:, column] += (on_line - count * usual) / (count + 4.0)
    return found


def _returns(notes: PlacedNotes, bar: int) -> Floats:
    """Return shares of notes that come again some bars later, and of those that do so on any pitch."""
    ticks = notes.ticks
    same, any_pitch = [], []
    for bars in (1, 2, 4, 8):
        inside = float((ticks + bars * bar <= ticks[-1]).sum())
        both, onset = notes.again(bars * bar)
        same.append((float(both.sum()) + _USUAL * _ENOUGH) / (inside + _ENOUGH))
        any_pitch.append((float(onset.sum()) + _USUAL * _ENOUGH) / (inside + _ENOUGH))
    return np.array(same + any_pitch[:3])


def _standard(values: Floats) -> Floats:
    """Return values with mean 0 and deviation 1, or zeros if all are the same."""
    spread = float(values.std())
    return (values - values.mean()) / spread if spread > 1e-6 else np.zeros(len(values))


class _Spot:
    """Which notes stand at a spot, for each place of the bar lines; shape (shifts, notes)."""

    def __init__(self, chosen: Flags) -> None:
        self._chosen = chosen.astype(np.float64)
        self._size = chosen.sum(axis=1) + 2.0

    def excess(self, values: Floats) -> Floats:
        """Return the mean of the chosen above that of all, which was taken off, drawn to 0 where they are few."""
        return np.asarray((self._chosen @ values) / self._size)


# -- several notes at once: basses, chords, drums, fullness --------------------------------


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


def describe_ensemble(
    notes: PlacedNotes,
    strokes: Strokes,
    rhythm: Rhythm,
    shifts: Ints,
    values: list[Floats] | None = None,
) -> Floats:
    """Describe readings as `describe` does, from strokes that stand where the notes do; (shifts, features)."""
    # `values`: the `stroke_values`, where they are known from another meter.
    values = stroke_values(notes, strokes) if values is None else values
    place = notes.places(rhythm.bar, shifts)
    inside = place % rhythm.beat
    line = place == 0
    beat = (inside == 0) & ~line
    half = 2 * place == rhythm.bar
    back = (inside == 0) & (place // rhythm.beat % 2 == 1)
    spots = [_Spot(chosen) for chosen in (line, beat, half, back)]
    centered = [value - value.mean() for value in values]
    found = [spot.excess(value) for value in centered for spot in spots]
    accents = np.stack(found, axis=1)
    divisions = _divisions(inside, rhythm.beat)
    shares = np.stack([mask.mean(axis=1) for mask in divisions], axis=1)
    harmony = values[_WHAT.index("harmony")]
    same = [_fullness(notes, strokes, harmony), _repetition(notes, strokes, rhythm)]
    columns = (
        accents,
        shares,
        np.tile(np.concatenate(same), (len(shifts), 1)),
        _harmonic_rhythm(notes, strokes, rhythm, shifts),
    )
    return np.concatenate(columns, axis=1)


def stroke_values(notes: PlacedNotes, strokes: Strokes) -> list[Floats]:
    """Return the values of `_WHAT`, each of shape (strokes,): the same whatever the meter."""
    low = _lowest_around(notes.ticks, strokes.bass)
    bass = strokes.bass <= low + _BASS_NEAR
    held = strokes.rows[:, 1] - strokes.rows[:, 0]
    moved = np.zeros(len(bass))
    index = np.flatnonzero(bass)
    classes = strokes.bass[index] % 12
    moved[index[1:]] = classes[1:] != classes[:-1]
    return [
        bass.astype(np.float64),
        moved,
        np.log(strokes.count),
        _standard(strokes.rows[:, 3]),
        np.log2(np.clip(held / notes.quarter, 0.1, 8.0)),
        _harmony_changes(notes.ticks, strokes.pitches),
        *strokes.drums.T,
    ]


def _lowest_around(ticks: Ints, bass: Floats) -> Floats:
    """Return the lowest pitch of the strokes within two quarters."""
    left = np.searchsorted(ticks, ticks - _BASS_SPAN)
    right = np.searchsorted(ticks, ticks + _BASS_SPAN, side="right")
    # Every other run goes from one stroke's right to the next one's left; it is of no use.
    runs = np.stack([left, right], axis=1).ravel()
    return np.asarray(np.minimum.reduceat(np.append(bass, np.inf), runs)[::2])


def _harmony_changes(ticks: Ints, pitches: Floats) -> Floats:
    """Measure how pitch classes of the quarter from a stroke on differ from those of the quarter before, 0..1."""
    sums = np.zeros((len(pitches) + 1, 12))
    sums[1:] = np.cumsum(pitches, axis=0)
    now = sums[np.searchsorted(ticks, ticks)]
    before = now - sums[np.searchsorted(ticks, ticks - TICKS)]
    after = sums[np.searchsorted(ticks, ticks + TICKS)] - now
    return 1.0 - _alike(before, after)


def _divisions(inside: Ints, beat: int) -> list[Flags]:
    """Return which strokes are on beats, on halves or thirds of them, on sixteenths, on triplets."""
    on_beat, sixteenth = inside == 0, inside % 6 == 3
    if beat == TICKS:
        triplet = (inside == 4) | (inside == 8)
        return [on_beat, inside == 6, sixteenth, triplet]
    eighth = (inside == 6) | (inside == 12)
    return [on_beat, eighth, sixteenth, inside == 9]


def _fullness(notes: PlacedNotes, strokes: Strokes, harmony: Floats) -> Floats:
    """Return strokes, notes and changes of harmony a quarter: logarithms and their squares."""
    quarters = max(float(notes.ticks[-1] - notes.ticks[0]) / TICKS, 1.0)
    changes = (harmony > _CHANGED).sum() + 1.0
    found = []
    for total in (len(strokes), strokes.count.sum(), changes):
        log = float(np.log(total / quarters))
        found += [log, log**2]
    return np.array(found)


def _harmonic_rhythm(notes: PlacedNotes, strokes: Strokes, rhythm: Rhythm, shifts: Ints) -> Floats:
    """Measure how much more harmony changes at bar lines, half bars and beats than at other eighths; (shifts, 9)."""
    first = notes.ticks[0] // _EIGHTH * _EIGHTH
    count = int(notes.ticks[-1] - first) // _EIGHTH + 1
    place = (first + np.arange(count) * _EIGHTH + shifts[:, None]) % rhythm.bar
    beat = (place % rhythm.beat == 0) & (place > 0)
    spots = [_Spot(chosen) for chosen in (place == 0, 2 * place == rhythm.bar, beat)]
    found = []
    for span in (rhythm.beat, rhythm.bar // 2, rhythm.bar):
        if span not in notes.new_harmony:
            notes.new_harmony[span] = _new_harmony(notes, strokes, span)
        found += [spot.excess(notes.new_harmony[span]) for spot in spots]
    return np.stack(found, axis=1)


def _new_harmony(notes: PlacedNotes, strokes: Strokes, span: int) -> Floats:
    """Measure of each eighth how new its harmony is beside that of some ticks before, less the mean."""
    first = notes.ticks[0] // _EIGHTH * _EIGHTH
    count = int(notes.ticks[-1] - first) // _EIGHTH + 1
    sums = np.zeros((count + 1, 12))
    np.add.at(sums, (notes.ticks - first) // _EIGHTH + 1, strokes.pitches)
    sums = np.cumsum(sums, axis=0)
    index = np.arange(count)
    reach = max(span // _EIGHTH, 1)
    before = sums[index] - sums[np.maximum(index - reach, 0)]
    after = sums[np.minimum(index + reach, count)] - sums[index]
    new = _standard(1.0 - _alike(before, after))
    return np.asarray(new - new.mean())


def _alike(before: Floats, after: Floats) -> Floats:
    """Return the cosine of rows; 1 where one is empty."""
    size = np.linalg.norm(before, axis=1) * np.linalg.norm(after, axis=1)
    cosine = (before * after).sum(axis=1) / np.maximum(size, 1e-9)
    return np.where(size > 0, cosine, 1.0)


def _repetition(notes: PlacedNotes, strokes: Strokes, rhythm: Rhythm) -> Floats:
    """Measure how much a bar, a beat and half a bar are like the one before in rhythm and drums."""
    ticks = notes.ticks - notes.ticks[0]
    grid = np.zeros((int(ticks[-1]) + 1, 4))
    grid[ticks, 0] = 1.0
    grid[ticks, 1:] = strokes.drums
    found = []
    for lag in (rhythm.bar, rhythm.beat, rhythm.bar // 2):
        later, earlier = grid[lag:], grid[:-lag]
        if not len(later):
            found.append(0.0)
            continue
        most = np.sqrt((later**2).sum() * (earlier**2).sum())
        found.append(float((later * earlier).sum() / (most + 4.0)))
    return np.array(found)
