"""Read a performed rhythm: the most probable tempo, meter and bar lines, and how probable they are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp

import numpy as np
from numpy.typing import NDArray

from symgen.beats.evidence import (
    ENSEMBLE_FEATURES,
    FEATURES,
    PlacedNotes,
    describe,
    describe_ensemble,
    stroke_values,
)
from symgen.beats.rhythm import KNOWN_METERS, TICKS, Rhythm, beat_kind, rhythm_of
from symgen.beats.strokes import Strokes
from symgen.beats.tables import Weights, read_weights
from symgen.beats.tracking import EXTRA, Path, TempoHypothesis, TimingModel, follow
from symgen.music.keys import find_key
from symgen.music.meter import Meter

__all__ = ["Choices", "Reading", "RhythmConstraints", "list_choices", "read_rhythm"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

# Tempos that are tried, in quarters a minute, and how many of them for each kind of beat.
_SLOWEST, _FASTEST, _TEMPOS = 38.0, 270.0, 26
# Shares of a tempo that is known, tried instead.
_ABOUT = (0.975, 1.0, 1.025)
# What can be a tempo, in quarters a minute.
_LEAST_BPM, _MOST_BPM = 15.0, 500.0
# So few notes say little of the tempo, whatever their times.
_FEW = 4.0
# All tempos are followed through so many notes, then the few best through the whole of a longer
# melody.
_OPENING, _LONG = 150, 4
# Paths that are looked at closely.
_KEPT = 16
# Bar lines are looked for on eighths, in steps of `TICKS`.
_PHASE = 6
# Tempos whose logarithms differ less are one tempo.
_ONE_TEMPO = 0.04
# Two paths are one if so many of their notes stand on the same places.
_SAME = 0.85
# Share of the notes that may stand on no place, and what each one more takes off the log odds:
# without it a few even notes are read as every other one of them.
_USUALLY_LOST, _LOST = 0.15, 2.0
# Standard deviation of a bar line that is known, seconds, and how many notes about it tell where
# it stands.
_LINE, _NEAR_NOTES = 0.05, 5


_MELODY = read_weights("melody", FEATURES)
_ENSEMBLE = read_weights("ensemble", FEATURES + ENSEMBLE_FEATURES)


@dataclass(frozen=True, slots=True)
class RhythmConstraints:
    """Tempo, meter and bar line of a performance, as far as they are known beforehand."""

    # Quarters a minute, or felt beats a minute.
    tempo: float | None = None
    meter: Meter | None = None
    # Seconds at which a bar line stands.
    first_beat: float | None = None
    # Whether the tempo is one of felt beats.
    felt: bool = False

    def quarters(self, meter: Meter) -> float | None:
        """Return quarters a minute in a meter."""
        if self.tempo and self.felt:
            return self.tempo * float(meter.beat_quarters)
        return self.tempo

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
        odds = self.features @ self.weights.features
        odds = odds + self.weights.tempo_odds(self.rhythm.meter, self.bpm) + self.known
        lost = np.count_nonzero(self.path.ticks == EXTRA) - _USUALLY_LOST * len(self.path.ticks)
        return np.asarray(odds - _LOST * max(0.0, lost))


@dataclass(frozen=True, eq=False)
class Reading:
    """The most probable tempo, meter and bar lines of a performed rhythm."""

    # (notes,): steps of `TICKS` from a bar line on; `tracking.EXTRA` for notes on no place.
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
        """Places of the notes that have one, in quarters from a bar line on, and which notes these are."""
        index = np.flatnonzero(self.ticks != EXTRA)
        return self.ticks[index] / TICKS, index


def read_rhythm(
    rows: Floats, constraints: RhythmConstraints, strokes: Strokes | None = None
) -> Reading | None:
    """Choose the most probable reading; None where there are no two notes at different times."""
    # `rows` (notes, 4): onset, offset, pitch, strength; sorted by onset. `strokes` are the same
    # notes where several sound at once: their basses, chords and drums are weighed too.
    if len(rows) < 2 or rows[-1, 0] <= rows[0, 0]:
        return None
    choices = list_choices(rows, constraints, strokes)
    if not choices:
        return None
    sizes = [len(choice.shifts) for choice in choices]
    scores = np.concatenate([choice.scores for choice in choices])
    shifts = np.concatenate([choice.shifts for choice in choices])
    tempos = np.repeat([choice.bpm for choice in choices], sizes)
    bars = np.repeat([choice.rhythm.bar for choice in choices], sizes)
    firsts = np.repeat([_first_place(choice.path) for choice in choices], sizes)
    best = int(np.argmax(scores))
    chosen = choices[int(np.repeat(np.arange(len(choices)), sizes)[best])]
    # How sure the tempo is, is the weight of all readings of about that tempo; the meter, of those
    # among them that have the same bars and put the first note on the same place.
    chances = np.exp(scores - scores[best])
    near = np.abs(np.log(tempos / tempos[best])) < _ONE_TEMPO
    apart = firsts + shifts - firsts[best] - shifts[best]
    same = near & (bars == chosen.rhythm.bar) & (apart % chosen.rhythm.bar == 0)
    confidence = float(chances[near].sum() / chances.sum())
    ticks = chosen.path.ticks
    return Reading(
        ticks=np.where(ticks == EXTRA, EXTRA, ticks + shifts[best]),
        meter=chosen.rhythm.meter,
        bpm=float(tempos[best]),
        confidence=confidence * (1.0 - exp(-(len(rows) - 1) / _FEW)),
        meter_confidence=float(chances[same].sum() / chances[near].sum()),
    )


def _first_place(path: Path) -> int:
    """Return the tick of the first note that stands on a place."""
    return int(path.ticks[path.ticks != EXTRA][0])


def list_choices(
    rows: Floats, constraints: RhythmConstraints, strokes: Strokes | None = None
) -> list[Choices]:
    """List the readings that are worth a look, with what speaks for them; see `read_rhythm`."""
    onsets = rows[:, 0]
    timing = TimingModel()
    if constraints.tempo is not None:
        timing = TimingModel(start=0.015, drift=0.006)
    paths = _distinct(follow(onsets[:_OPENING], _hypotheses(constraints), timing))
    choices = _choices(paths, rows[:_OPENING], constraints, strokes)
    if len(rows) > _OPENING:
        paths = follow(onsets, _best_hypotheses(choices), timing)
        choices = _choices(paths, rows, constraints, strokes)
    return choices


def _hypotheses(constraints: RhythmConstraints) -> list[TempoHypothesis]:
    """List kinds of beat and tempos to begin with."""
    found = []
    for meter in constraints.meters:
        kind = beat_kind(rhythm_of(meter).beat)
        known = constraints.quarters(meter)
        tempos = np.geomspace(_SLOWEST, _FASTEST, _TEMPOS)
        if known is not None:
            tempos = known * np.array(_ABOUT)
        found += [TempoHypothesis(kind, 60.0 / bpm) for bpm in tempos.tolist()]
    return list(dict.fromkeys(found))


def _distinct(paths: Sequence[Path]) -> list[Path]:
    """Sort paths, the best first, and leave out those that hardly differ from a better one."""
    found: list[Path] = []
    for path in sorted(paths, key=lambda path: -path.score):
        if len(found) < _KEPT and not any(_alike(path, other) for other in found):
            found.append(path)
    return found


def _alike(path: Path, other: Path) -> bool:
    """Whether most steps from note to note are the same, from the same places in the beat on."""
    if path.start.kind is not other.start.kind:
        return False
    apart = path.ticks - other.ticks
    values, counts = np.unique(apart, return_counts=True)
    most = int(values[np.argmax(counts)])
    return most % path.start.kind.beat == 0 and counts.max() >= _SAME * len(apart)


def _best_hypotheses(choices: Sequence[Choices]) -> list[TempoHypothesis]:
    """Return the tempos of the best readings, each once."""
    chosen: list[TempoHypothesis] = []
    for choice in sorted(choices, key=lambda choice: -float(choice.scores.max())):
        start = TempoHypothesis(choice.path.start.kind, 60.0 / choice.bpm)
        if len(chosen) < _LONG and not any(_one_tempo(start, other) for other in chosen):
            chosen.append(start)
    return chosen


def _one_tempo(one: TempoHypothesis, other: TempoHypothesis) -> bool:
    apart = abs(np.log(other.quarter / one.quarter))
    return other.kind is one.kind and bool(apart < _ONE_TEMPO)


def _choices(
    paths: Sequence[Path], rows: Floats, constraints: RhythmConstraints, strokes: Strokes | None
) -> list[Choices]:
    """Describe the readings of each path in each meter that its beats and its tempo allow."""
    onsets = rows[:, 0]
    tonic = _tonic(rows)
    found = []
    for path in paths:
        on_grid = path.ticks != EXTRA
        ticks = path.ticks[on_grid]
        if len(ticks) < 2:
            continue
        seconds = onsets[on_grid][-1] - onsets[on_grid][0]
        quarter = float(seconds / (ticks[-1] - ticks[0]) * TICKS)
        if not _LEAST_BPM <= 60.0 / quarter <= _MOST_BPM:
            continue
        notes = PlacedNotes(ticks, rows[on_grid], path.score - path.rhythm, quarter)
        chords = None if strokes is None else strokes.chosen(np.flatnonzero(on_grid))
        values = None if chords is None else stroke_values(notes, chords)
        for rhythm in map(rhythm_of, constraints.meters):
            if rhythm.beat != path.start.kind.beat:
                continue
            shifts = np.arange(0, rhythm.bar, _PHASE)
            known = _near_line(notes, rhythm, shifts, constraints.first_beat)
            features = describe(notes, rhythm, shifts, tonic)
            weights = _MELODY
            if chords is not None:
                more = describe_ensemble(notes, chords, rhythm, shifts, values)
                features = np.concatenate([features, more], axis=1)
                weights = _ENSEMBLE
            found.append(Choices(path, rhythm, 60.0 / quarter, shifts, features, known, weights))
    return found


def _tonic(rows: Floats) -> int:
    """Return the pitch class of the most likely tonic."""
    # The weights were fitted on what `find_key` says; another key finder would change what they
    # weigh.
    onsets = rows[:, 0]
    lengths = np.append(np.diff(onsets), rows[-1, 1] - onsets[-1])
    pitches = np.rint(rows[:, 2]).astype(int)
    return find_key(pitches.tolist(), np.minimum(lengths, 2.0).tolist()).tonic


def _near_line(
    notes: PlacedNotes, rhythm: Rhythm, shifts: Ints, first_beat: float | None
) -> Floats:
    """Return how near bar lines are to the time of one that is known, as log odds."""
    if first_beat is None:
        return np.zeros(len(shifts))
    away = first_beat - notes.rows[:, 0]
    near = np.argsort(np.abs(away), kind="stable")[:_NEAR_NOTES]
    ahead = away[near] / notes.quarter * TICKS
    place = float(np.median(notes.ticks[near] + ahead)) + shifts
    off = (place + rhythm.bar / 2) % rhythm.bar - rhythm.bar / 2
    seconds = off * notes.quarter / TICKS
    return np.asarray(-0.5 * np.minimum((seconds / _LINE) ** 2, 400.0))
