"""The pulse of MIDI that was played without a click: whether it leaves the file's grid, and where its beats stand."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np
from numpy.typing import ArrayLike, NDArray

from symgen.beats.clock import Clock
from symgen.beats.grid import BeatGrid, check_known, grid_of
from symgen.beats.lattice import Fit, fit_lattice, late_by, period_evidence, share_on_grid
from symgen.beats.layout import find_opening
from symgen.beats.placing import FINE
from symgen.beats.reading import Asked, read_rhythm
from symgen.beats.steadiness import drift_of_beats, prefer_even_beats, settle_end
from symgen.beats.strokes import Strokes, merge_notes
from symgen.music.meter import Meter
from symgen.music.score import Score
from symgen.music.tempo import usual_tempo

__all__ = ["Pulse", "find_pulse"]

Floats = NDArray[np.float64]

_FEWEST, _SHORTEST = 16, 6.0
"""Strokes, and seconds from the first to the last, from which a pulse is looked for."""
_ON_GRID = 0.6
"""With this share of its notes on the grid a file is taken to be right: a quarter would be by chance."""
_LATE = 0.035
"""Seconds by which players may be late or early on the whole and still follow the file's beat."""
_PERIOD = 0.1
"""Evidence from which a file's quarter is a period of its onsets; music played freely has 0.05 at most."""
_CERTAIN, _SIXTEENTHS = 0.7, 4
"""Evidence of its fourths, or larger parts, from which there can be no other pulse."""
_LEAST_GAIN, _GAIN, _SURE_GAIN = 40.0, 0.2, 0.6
"""Log likelihood that another pulse must gain: in all, a stroke, and a stroke where the file's period shows too, the
more the clearer that is.
"""
_DRIFT_QUARTERS, _DRIFT_SECONDS = 0.2, 0.12
"""So far beats must drift off the file's from the first to the last, if its period shows."""
_OFF_EXACT, _OFF_PLAYED, _EXACT = 0.025, 0.055, 0.006
"""Seconds off the file's sixteenths from which the beats are moved: of exact notes, of played ones; what is exact."""


@dataclass(frozen=True, eq=False)
class Pulse:
    """Where the beats of a score stand in the ticks of its file.

    Parameters
    ----------
    grid : BeatGrid
        Beats, meter, bar lines and confidences. Its times are ticks of the file, not seconds; `bpm` is in quarters a
        minute as it sounds.
    start : Fraction
        Quarters from the first full bar line to where the score on the pulse begins: a bar line, or its pickup.
    pickup : Meter or None
        Meter of that pickup.
    file_bpm : float
        What the file says: the tempo that holds longest.
    """

    grid: BeatGrid
    start: Fraction
    pickup: Meter | None
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
        """Return the ticks of the file, with fractions, at quarters of the score on the pulse.

        Beyond the last beat the tempo of the last ones goes on.
        """
        return self.grid.seconds(np.asarray(quarters, dtype=np.float64) + float(self.start))

    def __str__(self) -> str:
        return f"{self.bpm:.4g} quarters a minute in {self.meter}"


def find_pulse(
    score: Score, *, tempo: float | None = None, meter: Meter | None = None, always: bool = False
) -> Pulse | None:
    """Find the pulse of a score whose notes leave the grid of its file.

    Parameters
    ----------
    score : Score
        As read: its ticks are those of the file. All parts are looked at together, drums too.
    tempo : float, optional
        Quarters a minute at which it was played, to 3 %; else it is looked for.
    meter : Meter, optional
        Else it is looked for.
    always : bool
        Look for a pulse even where the notes follow the file's beat; so it is with a tempo.

    Returns
    -------
    Pulse or None
        None where the notes follow the file's beat, straight, swung or a little early or late; where there are too
        few to tell; and where no pulse explains them better.

    Raises
    ------
    ControlError
        If the tempo is not in 20..400.
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
