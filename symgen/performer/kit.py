"""How drums of a score are struck: loud or soft, early or late, by a kit that shares one clock."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from symgen.music.drum_kit import BAND_DRUMS
from symgen.music.score import Score
from symgen.nets.network import find_network
from symgen.performer.kit_checkpoint import KIT_PLAYER, read_kit_player
from symgen.performer.kit_inference import InferenceKit
from symgen.performer.kit_strokes import BEAT, Strokes, instrument_of_keys
from symgen.performer.levels import SLOW_BARS, slow_level
from symgen.system.files import PathLike

__all__ = ["SHIPPED_KIT_PLAYER", "KitPlaying", "load_kit_player", "play_kit", "shared_clock"]

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

SHIPPED_KIT_PLAYER = "kit-player"
"""The player that comes along."""

# Strokes of a key closer than this share of a quarter are one gesture, a flam or a drag.
_GESTURE = 1 / 16
# The clock is the mean of the strokes nearby, which count by how many beats they are away.
_NEAR = 0.75
# Of a kit's strokes so many percent are softer than its accents, which are as loud as the kit is written.
_ACCENTS = 75
# As many strokes in time, in weight, pull the clock towards nothing.
_STEADY = 0.5


@dataclass(frozen=True, eq=False)
class KitPlaying:
    """How strokes are played, in the order of the rows that were asked for."""

    # 1..127.
    velocity: Floats
    # Seconds behind the clock.
    late: Floats
    # Shape (k, 2): ticks and how many seconds the clock of the kit is behind there; it neither begins nor ends at 0.
    clock: Floats


def play_kit(score: Score, rows: Ints, style: str | None, rng: np.random.Generator) -> KitPlaying:
    """Play the notes of a score's drum parts; `rows` are those of `Score.note_array`, `style` a style of drums."""
    notes = score.note_array()[rows]
    if not len(rows):
        return KitPlaying(np.zeros(0), np.zeros(0), np.zeros((0, 2)))
    strokes, order, leads = _strokes(score, notes)
    velocity, late = load_kit_player().play(strokes, _broad(style), rng)
    clock = shared_clock(score, notes[order, 0], late)
    late = late - np.interp(notes[order, 0], clock[:, 0], clock[:, 1])
    velocity *= _level(score, notes[order]) / np.percentile(velocity, _ACCENTS)
    own = np.empty(len(notes), dtype=np.int64)
    own[order] = np.arange(len(order))
    # The strokes that lead into another go with it, as much softer as they are written.
    loud = velocity[own[leads]] * np.minimum(1.0, notes[:, 3] / np.maximum(1, notes[leads, 3]))
    return KitPlaying(np.clip(loud, 1, 127), late[own[leads]], clock)


def _level(score: Score, notes: Ints) -> Floats:
    """Return how loud the kit is written around each stroke, in order of time: a player's accents are as loud."""
    bar = max((bar.length for bar in score.bars), default=score.resolution)
    reach = np.full(len(notes), SLOW_BARS / 2 * bar)
    return slow_level(notes[:, 0], notes[:, 3].astype(np.float64), reach)


def shared_clock(score: Score, ticks: Ints, late: Floats) -> Floats:
    """Return the clock of a kit, shape (beats, 2): what strokes near each beat are behind more than all are."""
    beats = np.arange(0, score.length + score.resolution, score.resolution)
    whole = float(late.mean())
    at, reach = ticks / score.resolution, int(np.ceil(3 * _NEAR))
    weight, sums = np.zeros(len(beats)), np.zeros(len(beats))
    for shift in range(-reach, reach + 1):
        beat = np.floor(at).astype(np.int64) + shift
        inside = (beat >= 0) & (beat < len(beats))
        near = np.exp(-0.5 * ((at - beat) / _NEAR) ** 2)[inside]
        np.add.at(weight, beat[inside], near)
        np.add.at(sums, beat[inside], near * (late[inside] - whole))
    ends = np.minimum(beats, score.length).astype(np.float64)
    return np.column_stack([ends, sums / (weight + _STEADY)])


@lru_cache(maxsize=2)
def load_kit_player(name: PathLike = SHIPPED_KIT_PLAYER) -> InferenceKit:
    """Read a player from a folder, or the one that comes along."""
    model = read_kit_player(find_network(KIT_PLAYER, name))
    return InferenceKit(model.config, model.weights)


def _broad(style: str | None) -> str | None:
    """Return the broad style of drums of a name: ``jazz`` of ``jazz/swing``, and of ``swing`` too."""
    name = (style or "").strip().lower().replace(" ", "-")
    return BAND_DRUMS.get(name, name).partition("/")[0] or None


def _strokes(score: Score, notes: Ints) -> tuple[Strokes, Ints, Ints]:
    """Return what is struck, the row of each stroke, and the row of the stroke that each note goes with."""
    leads = np.arange(len(notes))
    for first, then in _gestures(score, notes):
        leads[first] = then
    # A gesture of several goes with its last stroke.
    while (leads != leads[leads]).any():
        leads = leads[leads]
    rows = np.unique(leads)
    starts = np.array([bar.start for bar in score.bars], dtype=np.int64)
    at = notes[rows, 0]
    bar = np.maximum(np.searchsorted(starts, at, side="right") - 1, 0)
    place = np.floor((at - starts[bar]) * BEAT / score.resolution + 0.5).astype(np.int64)
    step = np.floor(starts[bar] * BEAT / score.resolution + 0.5).astype(np.int64) + place
    instrument = instrument_of_keys()[notes[rows, 2]]
    order = np.lexsort((rows, instrument, step))
    quarter = _quarters(score, at)
    strokes = Strokes(instrument[order], step[order], place[order], bar[order], quarter[order])
    return strokes, rows[order], leads


def _gestures(score: Score, notes: Ints) -> Iterator[tuple[int, int]]:
    """Yield rows of strokes with the next ones of their keys, where these follow within a sixteenth of a quarter."""
    order = np.lexsort((notes[:, 0], notes[:, 2]))
    now, then = order[:-1], order[1:]
    gaps = notes[then, 0] - notes[now, 0]
    same = (notes[now, 2] == notes[then, 2]) & (gaps < _GESTURE * score.resolution)
    yield from zip(now[same].tolist(), then[same].tolist(), strict=True)


def _quarters(score: Score, ticks: Ints) -> Floats:
    """Return how long a quarter is at ticks, in seconds."""
    starts = np.array([change.tick for change in score.tempos])
    lengths = np.array([change.microseconds for change in score.tempos]) / 1e6
    found: Floats = lengths[np.searchsorted(starts, ticks, side="right") - 1]
    return found
