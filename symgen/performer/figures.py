"""How a piece is played, in figures: loudness, timing, articulation, tempo and pedal.

Each note is set beside what is written: how late it comes, and for how much of its written length it sounds. Where a
piece was played without a click, its pulse is the beat.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from symgen.beats.pulse import Pulse, score_on_pulse
from symgen.beats.strokes import Clock
from symgen.midi.events import CONTROLLER, MidiFile
from symgen.music.performed import Places, WrittenOnsets, written_rows
from symgen.music.score import Score

__all__ = [
    "ASPECTS",
    "PLACES",
    "Playing",
    "PlayingFigures",
    "Spread",
    "figures_of",
    "pedal_of",
    "read_playing",
]

Flags = NDArray[np.bool_]
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

ASPECTS = ("velocity", "late", "held", "tempo")
"""What is set side by side: velocities, milliseconds behind the beat, shares of the written length, per cent."""
PLACES = ("bar line", "beat", "between")
"""Kinds of places at which a note is written."""

# Steps of a quarter on which played notes are written.
_GRID = 12
# Parts of a quarter on which notes are typed, and the share of the notes that stand there in what is.
_TYPED, _MOSTLY = (16, 12, 7, 5), 0.9
# Controller of the sustain pedal, and the value from which it is down.
_SUSTAIN, _DOWN = 64, 64
# Beats of the end beside the usual one.
_LAST_BEATS = 2
# Onsets of a part from which there is a memory to measure.
_FEW = 8


@dataclass(frozen=True)
class Spread:
    """Mean, standard deviation, and the values below which a tenth, a half and nine tenths lie."""

    mean: float
    deviation: float
    low: float
    middle: float
    high: float

    @classmethod
    def of(cls, values: Floats) -> Spread | None:
        """Return the spread of values, None of none."""
        if not len(values):
            return None
        low, middle, high = np.quantile(values, (0.1, 0.5, 0.9)).tolist()
        return cls(float(values.mean()), float(values.std()), low, middle, high)


@dataclass(frozen=True, eq=False)
class Playing:
    """The notes of a piece beside what is written, in the order of `Score.note_array`, and its beats."""

    # (notes,): 1..127; milliseconds behind the beat; share of the written length that sounds, NaN
    # of drums; index of the part; index of `PLACES`; number of the bar from 0.
    velocity: Floats
    late: Floats
    held: Floats
    part: Ints
    place: Ints
    bar: Ints
    # (notes,): ticks at which they are written.
    written: Ints
    # (beats,): how much faster than the middle one each beat is, per cent.
    tempo: Floats
    # Presses of the pedal a bar, and the share of the time for which it is down.
    presses: float
    down: float

    def values(self, aspect: str) -> Floats:
        """Return the values of one of `ASPECTS`."""
        found: Floats = getattr(self, aspect)
        return found[~np.isnan(found)]


@dataclass(frozen=True)
class PlayingFigures:
    """How a piece is played.

    Parameters
    ----------
    notes : int
    velocity : Spread
        MIDI velocities.
    levels : int
        Different velocities.
    by_place : dict
        Mean velocity at each kind of place (`PLACES`) that has notes.
    level_steps : float
        How much the mean velocity of a bar differs from that of the bar before, on average.
    late : Spread
        Milliseconds behind the beat; negative is early.
    late_memory : float
        Correlation of the lateness of one onset of a part with that of the next; 0 where all are on the beat.
    held : Spread or None
        Share of the written length that sounds; None without pitched notes.
    tempo_deviation : float
        Standard deviation of the tempo from beat to beat, per cent.
    slowing : float
        How much slower than the middle beat the last ones are, per cent; negative is faster.
    presses : float
        Presses of the sustain pedal a bar.
    pedal_down : float
        Share of the time for which the pedal is down.
    """

    notes: int
    velocity: Spread
    levels: int
    by_place: dict[str, float]
    level_steps: float
    late: Spread
    late_memory: float
    held: Spread | None
    tempo_deviation: float
    slowing: float
    presses: float
    pedal_down: float


class _AsTyped:
    """Places of notes that stand where they are written."""

    def __call__(self, ticks: Ints) -> Ints:
        return ticks

    def nearest(self, ticks: Ints) -> Ints:
        return ticks


def read_playing(score: Score, pulse: Pulse | None = None, written: Score | None = None) -> Playing:
    """Set the notes of a score beside what is written.

    Parameters
    ----------
    score : Score
        As it is played.
    pulse : Pulse, optional
        The beat that it is played to (`symgen.beats.pulse.find_pulse`); by default that of the file.
    written : Score, optional
        What was played: the same parts with as many notes each. By default it is read from the notes.
    """
    clock = Clock.played(score)
    beats = _beats(score) if pulse is None else _inside(pulse.grid.beats, score)
    tempo = _tempos(clock.to_seconds(beats))
    presses, down = pedal_of(score)
    laid = score if pulse is None else score_on_pulse(score, pulse)
    notes = laid.note_array()
    onset, length = _onsets_and_lengths(laid, notes) if written is None else _paired(written, notes)
    seconds = Clock.played(laid)
    late = 1000 * (seconds.to_seconds(notes[:, 0]) - seconds.to_seconds(onset))
    is_drum = np.array([part.is_drum for part in laid.parts], dtype=bool)
    held = np.where(is_drum[notes[:, 4]], np.nan, notes[:, 1] / np.maximum(length, 1))
    bar, place = _places(laid, onset)
    return Playing(
        notes[:, 3].astype(np.float64), late, held, notes[:, 4], place, bar, onset, tempo, presses, down,
    )  # fmt: skip


def figures_of(playing: Playing, some: Flags | None = None) -> PlayingFigures | None:
    """Return the figures of a piece, or of some of its notes; None without notes."""
    chosen = np.ones(len(playing.velocity), dtype=bool) if some is None else some
    velocity, late = playing.velocity[chosen], playing.late[chosen]
    loudness, timing = Spread.of(velocity), Spread.of(late)
    if loudness is None or timing is None:
        return None
    place, held = playing.place[chosen], playing.held[chosen]
    means = {
        name: float(velocity[place == number].mean())
        for number, name in enumerate(PLACES)
        if np.any(place == number)
    }
    tempo = playing.tempo
    return PlayingFigures(
        notes=len(velocity),
        velocity=loudness,
        levels=len(np.unique(velocity)),
        by_place=means,
        level_steps=_level_steps(velocity, playing.bar[chosen]),
        late=timing,
        late_memory=_memory(late, playing.part[chosen], playing.written[chosen]),
        held=Spread.of(held[~np.isnan(held)]),
        tempo_deviation=float(tempo.std()) if len(tempo) else 0.0,
        slowing=-float(tempo[-_LAST_BEATS:].mean()) if len(tempo) else 0.0,
        presses=playing.presses,
        pedal_down=playing.down,
    )


def _onsets_and_lengths(score: Score, notes: Ints) -> tuple[Ints, Ints]:
    """Read where notes are written, and for how long."""
    step = score.resolution / _GRID
    places: Places = _AsTyped() if _is_typed(score, notes) else WrittenOnsets(score, step)
    onset, length = notes[:, 0].copy(), notes[:, 1].copy()
    lines = np.array([bar.end for bar in score.bars], dtype=np.int64)
    for number, part in enumerate(score.parts):
        mine = notes[:, 4] == number
        if part.is_drum:
            onset[mine] = places(onset[mine])
        elif part.note_count:
            table = written_rows(part, places, lines, step)
            onset[mine], length[mine] = table[:, 0], table[:, 1]
    return onset, length


def _is_typed(score: Score, notes: Ints) -> bool:
    """Tell whether onsets stand where a writer puts them."""
    found = [notes[:, 0] * parts % score.resolution == 0 for parts in _TYPED]
    return bool(np.count_nonzero(np.any(found, axis=0)) >= _MOSTLY * len(notes))


def _paired(written: Score, notes: Ints) -> tuple[Ints, Ints]:
    """Return where the notes are written that were played, part by part in order."""
    rows = written.note_array()
    onset, length = notes[:, 0].copy(), notes[:, 1].copy()
    for number in range(len(written.parts)):
        mine = notes[:, 4] == number
        onset[mine], length[mine] = rows[rows[:, 4] == number][:, :2].T
    return onset, length


def _places(score: Score, onset: Ints) -> tuple[Ints, Ints]:
    """Return the number of the bar of each note, and the kind of its place."""
    bars = score.bars
    if not bars:
        return np.zeros(len(onset), np.int64), np.zeros(len(onset), np.int64)
    starts = np.array([bar.start for bar in bars], dtype=np.int64)
    beats = np.array([float(bar.meter.beat_quarters) * score.resolution for bar in bars])
    bar = np.maximum(np.searchsorted(starts, onset, side="right") - 1, 0)
    inside, near = onset - starts[bar], 0.5 * score.resolution / _GRID
    off = np.abs(inside - np.rint(inside / beats[bar]) * beats[bar])
    place = np.where(inside < near, 0, np.where(off < near, 1, 2))
    return bar, place


def _beats(score: Score) -> Floats:
    """Return the ticks of the beats of the bars up to the end of the music."""
    found = [
        np.arange(bar.start, bar.end, float(bar.meter.beat_quarters) * score.resolution)
        for bar in score.bars
    ]
    beats = np.concatenate([*found, [float(score.length)]])
    return _inside(np.unique(beats), score)


def _inside(beats: Floats, score: Score) -> Floats:
    """Return the beats about which there is music, with the one after it."""
    notes = score.note_array()
    if not len(notes) or not len(beats):
        return beats[:0]
    first = max(0, int(np.searchsorted(beats, notes[0, 0], side="right")) - 1)
    return beats[first : int(np.searchsorted(beats, score.music_end)) + 1]


def _tempos(seconds: Floats) -> Floats:
    """Return how much faster than the middle one beats are, per cent."""
    lengths = np.diff(seconds)
    # What breaks off, at a meter or at the end, is no beat.
    lengths = lengths[lengths > 0.5 * np.median(lengths)] if len(lengths) else lengths
    if not len(lengths):
        return lengths
    found: Floats = 100 * (np.median(lengths) / lengths - 1)
    return found


def pedal_of(score: Score) -> tuple[float, float]:
    """Return presses a bar and the share of the time of the channel with most of them."""
    source = score.source
    if not isinstance(source, MidiFile) or not score.length:
        return 0.0, 0.0
    most = (0.0, 0.0)
    for number in source.played:
        ticks, status, first, second = source.tracks[number].table.columns
        chosen = (status & 0xF0 == CONTROLLER) & (first == _SUSTAIN)
        for channel in np.unique(status[chosen]).tolist():
            mine = chosen & (status == channel)
            down = np.concatenate([[False], second[mine] >= _DOWN])
            spans = np.diff(np.append(ticks[mine], score.length))
            presses = int(np.count_nonzero(np.diff(down.astype(np.int8)) > 0))
            share = float(spans[down[1:]].sum() / score.length)
            most = max(most, (presses / max(1, len(score.bars)), min(1.0, max(0.0, share))))
    return most


def _level_steps(velocity: Floats, bar: Ints) -> float:
    """Return how much the mean velocity of a bar differs from that of the bar before."""
    numbers, which = np.unique(bar, return_inverse=True)
    means = np.bincount(which, velocity) / np.bincount(which)
    follows = np.diff(numbers) == 1
    return float(np.abs(np.diff(means))[follows].mean()) if follows.any() else 0.0


def _memory(late: Floats, part: Ints, written: Ints) -> float:
    """Return the correlation of the lateness of one onset of a part with that of the next."""
    before: list[Floats] = []
    after: list[Floats] = []
    for number in np.unique(part).tolist():
        mine = part == number
        _, which = np.unique(written[mine], return_inverse=True)
        means = np.bincount(which, late[mine]) / np.bincount(which)
        if len(means) >= _FEW:
            before.append(means[:-1] - means.mean())
            after.append(means[1:] - means.mean())
    if not before:
        return 0.0
    x, y = np.concatenate(before), np.concatenate(after)
    power = float(np.sqrt((x @ x) * (y @ y)))
    return float(x @ y) / power if power > 1e-9 else 0.0
