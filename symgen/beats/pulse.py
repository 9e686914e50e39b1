"""The pulse of MIDI that was played without a click: whether it leaves the file's grid, and where its beats stand."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np
from numpy.typing import ArrayLike, NDArray

from symgen.beats.grid import BeatGrid, check_known, grid_of
from symgen.beats.lattice import Fit, fit_lattice, late_by, period_evidence, share_on_grid
from symgen.beats.placing import FINE, find_opening, opening_meters, tempo_changes
from symgen.beats.reading import Asked, Reading, read_rhythm
from symgen.beats.strokes import Clock, Strokes, merge_notes
from symgen.music.meter import Meter
from symgen.music.score import KeyChange, Note, Part, Score, TempoChange
from symgen.music.tempo import usual_tempo

__all__ = [
    "Pulse",
    "drift_of_beats",
    "find_pulse",
    "prefer_even_beats",
    "score_on_pulse",
    "settle_end",
]


Floats = NDArray[np.float64]

# Even beats are right if onsets are off them by this factor more than off drifting ones, or by so
# many seconds.
_STEADY, _STEADY_SECONDS = 1.2, 0.008
# Of fitting even beats: notes farther off than so many seconds weigh less.
_ROUNDS, _WIDE = 5, 0.03
# Beats at the end whose median step goes on beyond it.
_LAST_STEPS = 8
# Mean resultant length from which beats have a place in the quarters of a file.
_LOCKED = 0.6


def prefer_even_beats(rows: Floats, reading: Reading) -> BeatGrid:
    """Return even beats if they explain the onsets about as well as beats that drift, else those.

    `rows` (notes, 4): as for `grid.find_grid`.
    """
    drifting = grid_of(rows, reading)
    places, there = reading.quarters
    onsets = rows[there, 0]
    origin, quarter = _fit_line(places, onsets)
    free = _deviation(onsets - drifting.seconds(places - places[0] - float(drifting.pickup)))
    even = _deviation(onsets - origin - quarter * places)
    if even > max(_STEADY * free, free + _STEADY_SECONDS):
        return drifting
    return grid_of(rows, reading, (origin, quarter))


def _fit_line(places: Floats, onsets: Floats) -> tuple[float, float]:
    """Fit even quarters to onsets; return the time of place 0, and the length of a quarter."""
    weights = np.ones(len(places))
    quarter, origin = 1.0, 0.0
    for _ in range(_ROUNDS):
        quarter, origin = np.polyfit(places, onsets, 1, w=np.sqrt(weights))
        weights = np.minimum(
            1.0, _WIDE / np.maximum(np.abs(onsets - origin - quarter * places), 1e-9)
        )
    return float(origin), float(quarter)


def _deviation(off: Floats) -> float:
    return float(np.sqrt(np.mean(np.square(off))))


def drift_of_beats(beats: Floats) -> float:
    """Return how far beats leave their places in the quarters of a file from the first to the last.

    `beats` (beats,): in quarters of the file. Returns: quarters, 0 or more; infinity where they
    have no place in the file's quarters, halves, thirds or fourths.
    """
    for parts in (1, 2, 3, 4):
        turns = np.exp(2j * np.pi * parts * beats)
        if len(beats) > 2 and abs(turns.mean()) > _LOCKED:
            places = np.unwrap(np.angle(turns)) / (2 * np.pi * parts)
            return abs(float(np.polyfit(np.arange(len(places)), places, 1)[0])) * len(places)
    return np.inf


def settle_end(grid: BeatGrid, last: float) -> BeatGrid:
    """Return the beats up to the last onset, and one more as far off as the last ones are from each other."""
    count = max(2, int(np.searchsorted(grid.beats, last, side="right")), grid.first_downbeat + 1)
    beats = grid.beats[:count]
    step = float(np.median(np.diff(beats)[-_LAST_STEPS:]))
    return replace(grid, beats=np.append(beats, beats[-1] + step))


# Strokes, and seconds from the first to the last, from which a pulse is looked for.
_FEWEST, _SHORTEST = 16, 6.0
# With this share of its notes on the grid a file is taken to be right: a quarter would be by
# chance.
_ON_GRID = 0.6
# Seconds by which players may be late or early on the whole and still follow the file's beat.
_LATE = 0.035
# Evidence from which a file's quarter is a period of its onsets; music played freely has 0.05 at
# most.
_PERIOD = 0.1
# Evidence of its fourths, or larger parts, from which there can be no other pulse.
_CERTAIN, _SIXTEENTHS = 0.7, 4
# Log likelihood that another pulse must gain: in all, a stroke, and a stroke where the file's
# period shows too, the more the clearer that is.
_LEAST_GAIN, _GAIN, _SURE_GAIN = 40.0, 0.2, 0.6
# So far beats must drift off the file's from the first to the last, if its period shows.
_DRIFT_QUARTERS, _DRIFT_SECONDS = 0.2, 0.12
# Seconds off the file's sixteenths from which the beats are moved: of exact notes, of played
# ones; what is exact.
_OFF_EXACT, _OFF_PLAYED, _EXACT = 0.025, 0.055, 0.006


@dataclass(frozen=True, eq=False)
class Pulse:
    """Where the beats of a score stand in the ticks of its file."""

    # Beats, meter, bar lines and confidences. Its times are ticks of the file, not seconds; `bpm`
    # is in quarters a minute as it sounds.
    grid: BeatGrid
    # Quarters from the first full bar line to where the score on the pulse begins: a bar line, or
    # its pickup.
    start: Fraction
    # Meter of that pickup.
    pickup: Meter | None
    # What the file says: the tempo that holds longest.
    file_bpm: float

    @property
    def meter(self) -> Meter:
        """Meter of the full bars."""
        return self.grid.meter

    @property
    def bpm(self) -> float:
        """Mean quarters a minute, as it sounds."""
        return self.grid.bpm

    def quarters(self, ticks: ArrayLike) -> Floats:
        """Return ticks of the file as quarters from the beginning of the score on the pulse."""
        return self.grid.quarters(np.asarray(ticks, dtype=np.float64)) - float(self.start)

    def ticks(self, quarters: ArrayLike) -> Floats:
        """Return the ticks of the file, with fractions, at quarters of the score on the pulse."""
        # Beyond the last beat the tempo of the last ones goes on.
        return self.grid.seconds(np.asarray(quarters, dtype=np.float64) + float(self.start))

    def __str__(self) -> str:
        return f"{self.bpm:.4g} quarters a minute in {self.meter}"


def find_pulse(
    score: Score, *, tempo: float | None = None, meter: Meter | None = None, always: bool = False
) -> Pulse | None:
    """Find the pulse of a score whose notes leave the grid of its file.

    `score`: as read: its ticks are those of the file. All parts are looked at together, drums
    too. `tempo`: quarters a minute at which it was played, to 3 %; else it is looked for.
    Returns: none where the notes follow the file's beat, straight, swung or a little early or
    late; where there are too few to tell; and where no pulse explains them better.
    """
    check_known(tempo)
    always = always or tempo is not None
    if not always and share_on_grid(score) >= _ON_GRID:
        return None
    file_bpm = usual_tempo(score, score.length).bpm
    clocks = [Clock.even(score, file_bpm)]
    if len(score.tempos) > 1:
        # A tempo map may follow the player, or the file may count on at one tempo while it changes.
        clocks.append(Clock.played(score))
    asked = Asked(tempo, meter)
    found = [
        _Search(score, merge_notes(score, clock), clock, file_bpm, asked).find(always)
        for clock in clocks
    ]
    results = [result for result in found if result is not None]
    return max(results, key=lambda result: result[0])[1] if results else None


@dataclass(frozen=True, eq=False)
class _Search:
    """What is known of a file while its pulse is looked for in the seconds of a clock."""

    score: Score
    strokes: Strokes
    clock: Clock
    file_bpm: float
    asked: Asked

    def find(self, always: bool) -> tuple[float, Pulse] | None:
        """Return the pulse, and how much better it explains the onsets than the file's beat does."""
        if len(self.strokes) < _FEWEST or self.onsets[-1] - self.onsets[0] < _SHORTEST:
            return None
        reading = read_rhythm(self.strokes.rows, self.asked, self.strokes)
        if reading is None:
            return None
        grid = prefer_even_beats(self.strokes.rows, reading)
        found, file = fit_lattice(grid.quarters(self.onsets), 60.0 / grid.bpm), self._fit_of_file()
        gain = found.total - file.total
        if always:
            return gain, self._pulse(grid)
        if gain < max(_LEAST_GAIN, _GAIN * len(self.strokes)):
            return None
        period = period_evidence(self._file_quarters(self.onsets))
        if period < _PERIOD or (
            gain >= (_SURE_GAIN + period) * len(self.strokes) and self._drifts(grid)
        ):
            return gain, self._pulse(grid)
        moved = self._moved(_OFF_EXACT if found.spread <= _EXACT else _OFF_PLAYED)
        return None if moved is None else (gain, moved)

    @property
    def onsets(self) -> Floats:
        """Of the strokes, in seconds of the clock."""
        return self.strokes.rows[:, 0]

    def _file_quarters(self, seconds: Floats) -> Floats:
        return self.clock.to_ticks(seconds) / self.score.resolution

    def _fit_of_file(self) -> Fit:
        return fit_lattice(self._file_quarters(self.onsets), 60.0 / self.file_bpm, latest=_LATE)

    def _drifts(self, grid: BeatGrid) -> bool:
        """Tell whether the beats leave those of the file, although its period shows in the onsets."""
        inside = (grid.beats >= self.onsets[0]) & (grid.beats <= self.onsets[-1])
        drift = drift_of_beats(self._file_quarters(grid.beats[inside]))
        if np.isinf(drift):
            return period_evidence(self._file_quarters(self.onsets), _SIXTEENTHS) < _CERTAIN
        return drift >= _DRIFT_QUARTERS and drift * 60.0 / self.file_bpm >= _DRIFT_SECONDS

    def _moved(self, least: float) -> Pulse | None:
        """Return beats at the file's tempo, if all onsets are off its sixteenths by so many seconds."""
        quarter = 60.0 / self.file_bpm
        if abs(late_by(self._file_quarters(self.onsets))) * quarter < least:
            return None
        reading = read_rhythm(
            self.strokes.rows, replace(self.asked, tempo=self.file_bpm), self.strokes
        )
        if reading is None:
            return None
        places, there = reading.quarters
        origin = float(np.median(self.onsets[there] - quarter * places))
        return self._pulse(grid_of(self.strokes.rows, reading, (origin, quarter)))

    def _pulse(self, grid: BeatGrid) -> Pulse:
        """Return beats in seconds of the clock as beats in ticks of the file."""
        grid = settle_end(grid, float(self.onsets[-1]))
        first = min(-int(FINE * grid.pickup), _sixteenth(float(grid.quarters(self.onsets[:1])[0])))
        start, pickup = find_opening(first, grid.meter)
        if pickup is not None and (pickup.quarters * self.score.resolution).denominator != 1:
            bar = int(grid.meter.quarters * FINE)
            start, pickup = start // bar * bar, None  # so short a bar is no whole number of ticks
        beats = self.clock.to_ticks(grid.beats)
        ends = np.searchsorted(grid.beats, self.onsets[[0, -1]])
        first_beat, last_beat = int(ends[0]), min(int(ends[1]), len(beats) - 1)
        played = Clock.played(self.score).to_seconds(beats[[first_beat, last_beat]])
        bpm = (
            60.0
            * float(grid.meter.beat_quarters)
            * (last_beat - first_beat)
            / float(np.diff(played)[0])
        )
        return Pulse(
            replace(grid, beats=beats, bpm=bpm), Fraction(start, FINE), pickup, self.file_bpm
        )


def _sixteenth(quarters: float) -> int:
    """Return the nearest sixteenth in steps of a `FINE`th quarter, the later one half way."""
    return int(np.floor(quarters * 4 + 0.5)) * (FINE // 4)


# Notes of this part of a quarter are rhythm; what is held over a bar line for less is none.
_RHYTHM = 4


def score_on_pulse(score: Score, pulse: Pulse) -> Score:
    """Return a score whose bars are those that were played.

    Returns: the same notes in every part, in as many ticks a quarter as before, but of the pulse;
    early or late by as much as they were played: nothing is moved to a grid. It begins with the
    bar, or the pickup, of the first note. Meter and tempo are those of the pulse; key signatures
    go along, each to the nearest bar line. What is held over the bar line behind the last onset
    by less than a sixteenth ends there.
    """
    meters = opening_meters(pulse.pickup, pulse.meter, score.resolution)
    parts = [_moved(part, pulse, score.resolution) for part in score.parts]
    laid = Score(tuple(parts), score.resolution, _tempos(score, pulse), meters, title=score.title)
    laid = _without_overhang(laid)
    return replace(laid, keys=_keys(score.keys, pulse, laid))


def _ticks(times: Iterable[int], pulse: Pulse, resolution: int) -> list[int]:
    """Return times of the file in ticks of the score on the pulse; what begins before it begins with it."""
    quarters = pulse.quarters(np.fromiter(times, np.float64))
    return [max(0, tick) for tick in np.rint(quarters * resolution).astype(np.int64).tolist()]


def _moved(part: Part, pulse: Pulse, resolution: int) -> Part:
    onsets = _ticks((note.onset for note in part.notes), pulse, resolution)
    ends = _ticks((note.end for note in part.notes), pulse, resolution)
    return part.with_notes(
        Note(onset, note.pitch, max(1, end - onset), note.velocity)
        for note, onset, end in zip(part.notes, onsets, ends, strict=True)
    )


def _without_overhang(laid: Score) -> Score:
    last = max((note.onset for part in laid.parts for note in part.notes), default=0)
    line = next((bar.end for bar in laid.bars if bar.end > last), laid.length)
    if not 0 < laid.music_end - line < laid.resolution // _RHYTHM:
        return laid
    parts = [
        part.with_notes(
            replace(note, duration=min(note.end, line) - note.onset) for note in part.notes
        )
        for part in laid.parts
    ]
    return laid.with_parts(parts, length=0)


def _tempos(score: Score, pulse: Pulse) -> tuple[TempoChange, ...]:
    """Return the tempos at which it was played, through the tempo map of the file."""
    played = replace(pulse.grid, beats=Clock.played(score).to_seconds(pulse.grid.beats))
    start = float(pulse.start)
    end = start + float(pulse.quarters([score.music_end])[0])
    return tempo_changes(played, start, max(end, start), score.resolution)


def _keys(keys: Iterable[KeyChange], pulse: Pulse, laid: Score) -> tuple[KeyChange, ...]:
    lines = np.array([0, *(bar.end for bar in laid.bars)])
    found = []
    for key in keys:
        tick = _ticks([key.tick], pulse, laid.resolution)[0] if key.tick else 0
        found.append(replace(key, tick=int(lines[np.argmin(np.abs(lines - tick))])))
    return tuple(found)
