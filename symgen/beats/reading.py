"""Read a performed rhythm: which tempo, meter and bar lines are the most probable, and how sure that is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp

import numpy as np
from numpy.typing import NDArray

from symgen.beats.evidence import Placed, describe, describe_ensemble
from symgen.beats.rhythm import KNOWN_METERS, TICKS, Rhythm, beat_kind, rhythm_of
from symgen.beats.strokes import Strokes
from symgen.beats.tracking import EXTRA, Lane, Path, Wander, follow
from symgen.beats.weights import ENSEMBLE, MELODY, SHARPNESS, Weights
from symgen.music.keys import find_key
from symgen.music.meter import Meter

__all__ = ["Asked", "Choices", "Reading", "list_choices", "read_rhythm"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

# Quarters a minute of the lanes, and how many they are for each kind of beat.
_SLOWEST, _FASTEST, _LANES = 38.0, 270.0, 26
# What can be a tempo in quarters a minute.
_LEAST_BPM, _MOST_BPM = 15.0, 500.0
# So few notes say little of the tempo, whatever their times.
_FEW = 4.0
# Notes that are followed in all lanes.
_OPENING = 150
# Paths that are looked at closely.
_KEPT = 16
# Lanes that are followed through the whole of a longer melody.
_LONG = 4
# Bar lines are looked for on eighths, in steps of `TICKS`.
_PHASE = 6
_ALIKE = 0.04
_SAME = 0.85
# Lanes about a tempo that is known.
_ABOUT = (0.975, 1.0, 1.025)
# Share of the notes that may stand on no place, and what each one more takes off the log odds:
# without it a few even notes are read as every other one of them.
_USUALLY_LOST, _LOST = 0.15, 2.0
# Standard deviation of a bar line that is known, seconds.
_LINE = 0.05
_NEAR_NOTES = 5


@dataclass(frozen=True, slots=True)
class Asked:
    """What is known beforehand."""

    # Quarters a minute, or felt beats a minute.
    tempo: float | None = None
    meter: Meter | None = None
    # Seconds at which a bar line stands.
    first_beat: float | None = None
    # Whether the tempo is one of felt beats.
    felt: bool = False

    def quarters(self, meter: Meter) -> float | None:
        """Return quarters a minute in a meter."""
        return self.tempo * float(meter.beat_quarters) if self.tempo and self.felt else self.tempo

    @property
    def meters(self) -> tuple[Meter, ...]:
        """The meters to choose from."""
        return KNOWN_METERS if self.meter is None else (self.meter,)


@dataclass(frozen=True, eq=False)
class Choices:
    """Readings of one path in one meter."""

    path: Path
    rhythm: Rhythm
    # Mean quarters a minute.
    bpm: float
    # (shifts,): where bar lines may stand: at tick ``-shift`` of the path.
    shifts: Ints
    # (shifts, features)
    features: Floats
    # (shifts,): what else is known of where bar lines stand, as log odds.
    known: Floats
    # How much each feature counts.
    weights: Weights

    @property
    def scores(self) -> Floats:
        """Log odds, but for a constant; shape (shifts,)."""
        lost = np.count_nonzero(self.path.ticks == EXTRA) - _USUALLY_LOST * len(self.path.ticks)
        odds = (
            self.features @ self.weights.features
            + self.weights.tempo_odds(self.rhythm.meter, self.bpm)
            + self.known
        )
        return np.asarray(odds - _LOST * max(0.0, lost))


@dataclass(frozen=True, eq=False)
class Reading:
    """What a performed rhythm says."""

    # (notes,): place of each note in steps of `TICKS` from a bar line on; `tracking.EXTRA` for
    # those on no place.
    ticks: Ints
    meter: Meter
    # Mean quarters a minute.
    bpm: float
    # Probability of the tempo, 0..1.
    confidence: float
    # Probability of meter and bar lines if the tempo is right, 0..1.
    meter_confidence: float

    @property
    def quarters(self) -> tuple[Floats, Ints]:
        """Places in quarters from a bar line on of the notes that have one, and which notes these are."""
        there = np.flatnonzero(self.ticks != EXTRA)
        return self.ticks[there] / TICKS, there


def read_rhythm(rows: Floats, asked: Asked, strokes: Strokes | None = None) -> Reading | None:
    """Choose the most probable reading.

    `rows` (notes, 4): onset, offset, pitch, strength; sorted by onset. Returns: none where there
    are no two notes at different times.
    """
    choices = (
        list_choices(rows, asked, strokes) if len(rows) > 1 and rows[-1, 0] > rows[0, 0] else []
    )
    if not choices:
        return None
    scores = np.concatenate([choice.scores for choice in choices])
    tempi = np.concatenate([np.full(len(choice.shifts), choice.bpm) for choice in choices])
    owners = np.concatenate([np.full(len(choice.shifts), i) for i, choice in enumerate(choices)])
    shifts = np.concatenate([choice.shifts for choice in choices])
    best = int(np.argmax(scores))
    chances = np.exp(SHARPNESS * (scores - scores[best]))
    near = np.abs(np.log(tempi / tempi[best])) < _ALIKE
    chosen = choices[int(owners[best])]
    ticks = chosen.path.ticks
    same = near & (np.array([choices[i].rhythm.bar for i in owners]) == chosen.rhythm.bar)
    first = np.array([choice.path.ticks[choice.path.ticks != EXTRA][0] for choice in choices])[
        owners
    ]
    same &= (first + shifts - first[best] - shifts[best]) % chosen.rhythm.bar == 0
    return Reading(
        ticks=np.where(ticks == EXTRA, EXTRA, ticks + shifts[best]),
        meter=chosen.rhythm.meter,
        bpm=float(tempi[best]),
        confidence=float(chances[near].sum() / chances.sum())
        * (1.0 - exp(-(len(rows) - 1) / _FEW)),
        meter_confidence=float(chances[same].sum() / chances[near].sum()),
    )


def list_choices(rows: Floats, asked: Asked, strokes: Strokes | None = None) -> list[Choices]:
    """List the readings that are worth a look, with what speaks for them; see `read_rhythm`."""
    onsets = rows[:, 0]
    wander = Wander() if asked.tempo is None else Wander(start=0.015, drift=0.006)
    paths = _distinct(follow(onsets[:_OPENING], _lanes(asked), wander))
    choices = _choices(paths, rows[:_OPENING], asked, strokes)
    if len(rows) > _OPENING:
        choices = _choices(follow(onsets, _best_lanes(choices), wander), rows, asked, strokes)
    return choices


def _lanes(asked: Asked) -> list[Lane]:
    lanes = []
    for meter in asked.meters:
        kind = beat_kind(rhythm_of(meter).beat)
        known = asked.quarters(meter)
        tempi = (
            np.geomspace(_SLOWEST, _FASTEST, _LANES) if known is None else known * np.array(_ABOUT)
        )
        lanes += [Lane(kind, 60.0 / bpm) for bpm in tempi.tolist()]
    return list(dict.fromkeys(lanes))


def _distinct(paths: Sequence[Path]) -> list[Path]:
    """Sort paths, the best first, and leave out those that hardly differ from a better one."""
    found: list[Path] = []
    for path in sorted(paths, key=lambda path: -path.score):
        if len(found) < _KEPT and not any(_alike(path, other) for other in found):
            found.append(path)
    return found


def _alike(path: Path, other: Path) -> bool:
    """Tell whether most steps from note to note are the same, from the same places in the beat on."""
    if path.lane.kind is not other.lane.kind:
        return False
    apart = path.ticks - other.ticks
    values, counts = np.unique(apart, return_counts=True)
    most = int(values[np.argmax(counts)])
    return most % path.lane.kind.beat == 0 and counts.max() >= _SAME * len(apart)


def _best_lanes(choices: Sequence[Choices]) -> list[Lane]:
    chosen: list[Lane] = []
    for choice in sorted(choices, key=lambda choice: -float(choice.scores.max())):
        lane = Lane(choice.path.lane.kind, 60.0 / choice.bpm)
        known = [
            other.kind is lane.kind and abs(np.log(other.quarter / lane.quarter)) < _ALIKE
            for other in chosen
        ]
        if not any(known) and len(chosen) < _LONG:
            chosen.append(lane)
    return chosen


def _choices(
    paths: Sequence[Path], rows: Floats, asked: Asked, strokes: Strokes | None
) -> list[Choices]:
    onsets = rows[:, 0]
    lengths = np.append(np.diff(onsets), rows[-1, 1] - onsets[-1])
    tonic = find_key(
        np.rint(rows[:, 2]).astype(int).tolist(), np.minimum(lengths, 2.0).tolist()
    ).tonic
    found = []
    for path in paths:
        put = path.ticks != EXTRA
        ticks = path.ticks[put]
        if len(ticks) < 2:
            continue
        quarter = float((onsets[put][-1] - onsets[put][0]) / (ticks[-1] - ticks[0]) * TICKS)
        placed = Placed(ticks, rows[put], path.score - path.rhythm, quarter)
        struck = None if strokes is None else strokes.chosen(np.flatnonzero(put))
        for meter in asked.meters:
            rhythm = rhythm_of(meter)
            if rhythm.beat == path.lane.kind.beat and _LEAST_BPM <= 60.0 / quarter <= _MOST_BPM:
                shifts = np.arange(0, rhythm.bar, _PHASE)
                known = _near_line(placed, rhythm, shifts, asked.first_beat)
                features, weights = describe(placed, rhythm, shifts, tonic), MELODY
                if struck is not None:
                    more = describe_ensemble(placed, struck, rhythm, shifts)
                    features, weights = np.concatenate([features, more], axis=1), ENSEMBLE
                found.append(
                    Choices(path, rhythm, 60.0 / quarter, shifts, features, known, weights)
                )
    return found


def _near_line(placed: Placed, rhythm: Rhythm, shifts: Ints, first_beat: float | None) -> Floats:
    """Return how near bar lines are to the time of one, as log odds."""
    if first_beat is None:
        return np.zeros(len(shifts))
    near = np.argsort(np.abs(placed.rows[:, 0] - first_beat), kind="stable")[:_NEAR_NOTES]
    ahead = (first_beat - placed.rows[near, 0]) / placed.quarter * TICKS
    place = float(np.median(placed.ticks[near] + ahead)) + shifts
    off = (place + rhythm.bar / 2) % rhythm.bar - rhythm.bar / 2
    return np.asarray(-0.5 * np.minimum((off * placed.quarter / TICKS / _LINE) ** 2, 400.0))
