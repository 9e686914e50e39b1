"""The pulse of MIDI that was played without a click: its beats in the ticks of the file, and the score laid on them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np
from numpy.typing import ArrayLike, NDArray

from symgen.beats.grid import BeatGrid, check_known, grid_of
from symgen.beats.lattice import Fit, fit_lattice, late_by, period_evidence, share_on_grid
from symgen.beats.placing import FINE, find_opening, opening_meters, tempo_changes
from symgen.beats.reading import Reading, RhythmConstraints, read_rhythm
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

# Even beats are right unless onsets are off them by this factor more than off drifting ones, and
# so many seconds.
_STEADY, _STEADY_SECONDS = 1.2, 0.008
# Of fitting even beats: notes farther off than so many seconds weigh less.
_ROUNDS, _WIDE = 5, 0.03
# Beats at the end whose median step goes on beyond it.
_LAST_STEPS = 8
# Mean resultant length from which beats have a place in the quarters of a file.
_LOCKED = 0.6


def prefer_even_beats(rows: Floats, reading: Reading) -> BeatGrid:
    """Return even beats if they explain the onsets about as well as beats that drift, else those."""
    drifting = grid_of(rows, reading)
    places, index = reading.quarters
    onsets = rows[index, 0]
    origin, quarter = _fit_line(places, onsets)
    expected = drifting.seconds(places - places[0] - float(drifting.pickup))
    free = _deviation(onsets - expected)
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
        off = np.abs(onsets - origin - quarter * places)
        weights = np.minimum(1.0, _WIDE / np.maximum(off, 1e-9))
    return float(origin), float(quarter)


def _deviation(off: Floats) -> float:
    return float(np.sqrt(np.mean(np.square(off))))


def drift_of_beats(beats: Floats) -> float:
    """Return how far beats, in quarters of a file, leave their places in those from the first to the last.

    Quarters, 0 or more; infinity where they have no place in the file's quarters, halves, thirds
    or fourths.
    """
    if len(beats) < 3:
        return np.inf
    for parts in (1, 2, 3, 4):
        turns = np.exp(2j * np.pi * parts * beats)
        if abs(turns.mean()) > _LOCKED:
            places = np.unwrap(np.angle(turns)) / (2 * np.pi * parts)
            slope = np.polyfit(np.arange(len(places)), places, 1)[0]
            return abs(float(slope)) * len(places)
    return np.inf


def settle_end(grid: BeatGrid, last: float) -> BeatGrid:
    """Return the beats up to the last onset, and one more as far off as the last ones are from each other."""
    played = int(np.searchsorted(grid.beats, last, side="right"))
    beats = grid.beats[: max(2, played, grid.first_downbeat + 1)]
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
# period shows too.
_LEAST_GAIN, _GAIN, _SURE_GAIN = 40.0, 0.2, 0.6
# So far beats must drift off the file's from the first to the last, if its period shows.
_DRIFT_QUARTERS, _DRIFT_SECONDS = 0.2, 0.12
# Seconds off the file's sixteenths from which the beats are moved: of exact notes, of played ones;
# the spread of exact notes.
_OFF_EXACT, _OFF_PLAYED, _EXACT = 0.025, 0.055, 0.006
# Notes of this part of a quarter are rhythm; what is held over a bar line for less is none.
_RHYTHM = 4


@dataclass(frozen=True, eq=False)
class Pulse:
    """Beats of a score in the ticks of its file."""

    # Its times are ticks of the file, not seconds; `bpm` is in quarters a minute as it sounds.
    grid: BeatGrid
    # Quarters from the first full bar line to where the score on the pulse begins, and its pickup.
    start: Fraction
    pickup: Meter | None
    # The tempo that holds longest in the file.
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
    """Find the pulse of a score, in the ticks of its file, whose notes leave the grid of that file.

    None where the notes follow the file's beat, straight, swung or a little early or late; where
    there are too few to tell; and where no pulse explains them better. `tempo` is in quarters a
    minute, to 3 %; what is not given is looked for. With a tempo, or `always`, notes that follow
    the file's beat have a pulse too.
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
    known = RhythmConstraints(tempo, meter)
    results = []
    for clock in clocks:
        search = _Search(score, merge_notes(score, clock), clock, file_bpm, known)
        result = search.find(always)
        if result is not None:
            results.append(result)
    return max(results, key=lambda result: result[0])[1] if results else None


@dataclass(frozen=True, eq=False)
class _Search:
    """The search for the pulse of a file in the seconds of a clock."""

    score: Score
    strokes: Strokes
    clock: Clock
    file_bpm: float
    known: RhythmConstraints

    def find(self, always: bool) -> tuple[float, Pulse] | None:
        """Return the pulse, and how much better it explains the onsets than the file's beat does."""
        if len(self.strokes) < _FEWEST or self.onsets[-1] - self.onsets[0] < _SHORTEST:
            return None
        reading = read_rhythm(self.strokes.rows, self.known, self.strokes)
        if reading is None:
            return None
        grid = prefer_even_beats(self.strokes.rows, reading)
        found = fit_lattice(grid.quarters(self.onsets), 60.0 / grid.bpm)
        gain = found.total - self._fit_of_file().total
        if always:
            return gain, self._pulse(grid)
        if gain < max(_LEAST_GAIN, _GAIN * len(self.strokes)):
            return None
        # A beat that is missed by half, or swung otherwise, explains the onsets better too. So
        # where the quarter of the file is a period of theirs, the gain must be larger the clearer
        # that is, and the beats drift off.
        period = period_evidence(self._file_quarters(self.onsets))
        enough = gain >= (_SURE_GAIN + period) * len(self.strokes)
        if period < _PERIOD or (enough and self._drifts(grid)):
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
        quarters = self._file_quarters(self.onsets)
        return fit_lattice(quarters, 60.0 / self.file_bpm, latest=_LATE)

    def _drifts(self, grid: BeatGrid) -> bool:
        """Whether the beats leave those of the file, although its period shows in the onsets."""
        begun, gone = grid.beats >= self.onsets[0], grid.beats > self.onsets[-1]
        drift = drift_of_beats(self._file_quarters(grid.beats[begun & ~gone]))
        if np.isinf(drift):
            return period_evidence(self._file_quarters(self.onsets), _SIXTEENTHS) < _CERTAIN
        return drift >= _DRIFT_QUARTERS and drift * 60.0 / self.file_bpm >= _DRIFT_SECONDS

    def _moved(self, least: float) -> Pulse | None:
        """Return beats at the file's tempo, if all onsets are off its sixteenths by so many seconds."""
        quarter = 60.0 / self.file_bpm
        if abs(late_by(self._file_quarters(self.onsets))) * quarter < least:
            return None
        known = replace(self.known, tempo=self.file_bpm)
        reading = read_rhythm(self.strokes.rows, known, self.strokes)
        if reading is None:
            return None
        places, index = reading.quarters
        origin = float(np.median(self.onsets[index] - quarter * places))
        return self._pulse(grid_of(self.strokes.rows, reading, (origin, quarter)))

    def _pulse(self, grid: BeatGrid) -> Pulse:
        """Return beats in seconds of the clock as beats in ticks of the file."""
        grid = settle_end(grid, float(self.onsets[-1]))
        first = _sixteenth(float(grid.quarters(self.onsets[:1])[0]))
        start, pickup = find_opening(min(-int(FINE * grid.pickup), first), grid.meter)
        if pickup is not None and (pickup.quarters * self.score.resolution).denominator != 1:
            # So short a bar is no whole number of ticks.
            bar = int(grid.meter.quarters * FINE)
            start, pickup = start // bar * bar, None
        beats = self.clock.to_ticks(grid.beats)
        ends = np.searchsorted(grid.beats, self.onsets[[0, -1]])
        first_beat = int(ends[0])
        last_beat = min(int(ends[1]), len(beats) - 1)
        played = Clock.played(self.score).to_seconds(beats[[first_beat, last_beat]])
        beat = 60.0 * float(grid.meter.beat_quarters)
        bpm = beat * (last_beat - first_beat) / float(np.diff(played)[0])
        laid = replace(grid, beats=beats, bpm=bpm)
        return Pulse(laid, Fraction(start, FINE), pickup, self.file_bpm)


def _sixteenth(quarters: float) -> int:
    """Return the nearest sixteenth in steps of a `FINE`th quarter, the later one half way."""
    return int(np.floor(quarters * 4 + 0.5)) * (FINE // 4)


def score_on_pulse(score: Score, pulse: Pulse) -> Score:
    """Return a score whose bars are those that were played, from the first note's bar or pickup on.

    The same notes in as many ticks a quarter as before, but of the pulse; nothing is moved to a
    grid.
    """
    meters = opening_meters(pulse.pickup, pulse.meter, score.resolution)
    parts = [_moved_part(part, pulse, score.resolution) for part in score.parts]
    tempos = _tempos(score, pulse)
    laid = Score(tuple(parts), score.resolution, tempos, meters, title=score.title)
    laid = _without_overhang(laid)
    places = _ticks((chord.tick for chord in score.chords), pulse, score.resolution)
    chords = [replace(one, tick=tick) for one, tick in zip(score.chords, places, strict=True)]
    return replace(laid, keys=_keys(score.keys, pulse, laid), chords=tuple(chords))


def _ticks(times: Iterable[int], pulse: Pulse, resolution: int) -> list[int]:
    """Return times of the file in ticks of the score on the pulse; what begins before it begins with it."""
    quarters = pulse.quarters(np.fromiter(times, np.float64))
    ticks: list[int] = np.rint(quarters * resolution).astype(np.int64).tolist()
    return [max(0, tick) for tick in ticks]


def _moved_part(part: Part, pulse: Pulse, resolution: int) -> Part:
    onsets = _ticks((note.onset for note in part.notes), pulse, resolution)
    ends = _ticks((note.end for note in part.notes), pulse, resolution)
    return part.with_notes(
        Note(onset, note.pitch, max(1, end - onset), note.velocity)
        for note, onset, end in zip(part.notes, onsets, ends, strict=True)
    )


def _without_overhang(laid: Score) -> Score:
    """End what is held a little over the bar line behind the last onset there: it is no rhythm."""
    last = max((note.onset for part in laid.parts for note in part.notes), default=0)
    line = next((bar.end for bar in laid.bars if bar.end > last), laid.length)
    if not 0 < laid.music_end - line < laid.resolution // _RHYTHM:
        return laid

    def cut(note: Note) -> Note:
        return replace(note, duration=min(note.end, line) - note.onset)

    parts = [part.with_notes(map(cut, part.notes)) for part in laid.parts]
    return laid.with_parts(parts, length=0)


def _tempos(score: Score, pulse: Pulse) -> tuple[TempoChange, ...]:
    """Return the tempos at which it was played, through the tempo map of the file."""
    played = replace(pulse.grid, beats=Clock.played(score).to_seconds(pulse.grid.beats))
    start = float(pulse.start)
    end = start + float(pulse.quarters([score.music_end])[0])
    return tempo_changes(played, start, max(end, start), score.resolution)


def _keys(keys: Iterable[KeyChange], pulse: Pulse, laid: Score) -> tuple[KeyChange, ...]:
    """Return key signatures at the nearest bar lines."""
    lines = np.array([0, *(bar.end for bar in laid.bars)])
    found = []
    for key in keys:
        tick = _ticks([key.tick], pulse, laid.resolution)[0] if key.tick else 0
        nearest = int(np.argmin(np.abs(lines - tick)))
        found.append(replace(key, tick=int(lines[nearest])))
    return tuple(found)
