"""Strokes on a drum kit as its player sees them: what is struck, where in the bar, and what stands around it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from symgen.music.drum_kit import DRUMS, OTHER_KEYS, drum_of_keys

__all__ = [
    "BEAT",
    "INSTRUMENTS",
    "SEEN",
    "Strokes",
    "contexts_of_strokes",
    "instrument_of_keys",
    "instruments_of_hits",
    "seen_of_strokes",
]

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

BEAT = 12
"""Steps of a quarter, as fine as places are told apart."""
INSTRUMENTS = len(DRUMS) + len(OTHER_KEYS)
"""The drums, and behind them their second sounds: cross stick, pedal hi-hat, bell of the ride."""

# Keys of General MIDI that are no drum of the kit, by the instrument that is played most like them.
_LIKE = {
    3: (54, 69, 70, 82),  # what is shaken: an open hi-hat is the nearest
    4: (64, 66, 87),
    5: (61, 62, 68),
    6: (60, 63, 65, 67),
    9: (73, 74, 75, 76, 77, 78, 79, 85),
    11: (56, 58, 71, 72, 80, 81, 83, 84),
}
_CROSS_STICK = 9

# Steps behind and before a stroke within which it sees what is struck.
_AROUND = BEAT
_WIDTH = 2 * _AROUND + 1
# Beats of a bar that are told apart, and classes of tempo.
_BEATS, _TEMPOS = 8, (60.0, 80.0, 100.0, 120.0, 140.0, 170.0, 210.0)
_DENSITIES = 4
# Steps beyond which gaps are all the same.
_FAR = BEAT + 1

_PLACE = INSTRUMENTS
_BEAT = _PLACE + BEAT
_BOTH = _BEAT + _BEATS
_NEAR = _BOTH + INSTRUMENTS * BEAT
_TEMPO = _NEAR + _WIDTH * len(DRUMS)
_GAPS = _TEMPO + len(_TEMPOS)
_REST = _GAPS + 4
SEEN = _REST + _DENSITIES
"""How many numbers are seen of a stroke besides the style."""


@dataclass(frozen=True, eq=False)
class Strokes:
    """Strokes in the order in which they are played: by step, then by instrument; shape (strokes,) each."""

    instrument: Ints
    # In the piece, in twelfths of a quarter; in the bar likewise; and the number of the bar.
    step: Ints
    place: Ints
    bar: Ints
    # How long a quarter is there, in seconds.
    quarter: Floats

    def __len__(self) -> int:
        return len(self.instrument)


def instrument_of_keys() -> Ints:
    """Return the instrument of each MIDI key, shape (128,); each key has one, the nearest there is."""
    table = drum_of_keys()
    for number, key in enumerate(OTHER_KEYS.values()):
        table[key] = len(DRUMS) + number
    for instrument, keys in _LIKE.items():
        table[list(keys)] = np.where(table[list(keys)] < 0, instrument, table[list(keys)])
    table[table < 0] = _CROSS_STICK
    return table


def seen_of_strokes(strokes: Strokes) -> Floats:
    """Return what is seen of each stroke before anything is played, shape (strokes, SEEN)."""
    count = len(strokes)
    seen = np.zeros((count, SEEN))
    rows = np.arange(count)
    in_beat = strokes.place % BEAT
    seen[rows, strokes.instrument] = 1
    seen[rows, _PLACE + in_beat] = 1
    seen[rows, _BEAT + np.minimum(strokes.place // BEAT, _BEATS - 1)] = 1
    seen[rows, _BOTH + strokes.instrument * BEAT + in_beat] = 1
    seen[:, _NEAR:_TEMPO] = _near(strokes)
    seen[:, _TEMPO:_GAPS] = _tempo(60 / strokes.quarter)
    seen[:, _GAPS:_REST] = _gaps(strokes)
    seen[:, _REST:] = _densities(strokes)
    return seen


def contexts_of_strokes(strokes: Strokes) -> list[tuple[int, int]]:
    """Return what strokes are like: gaps before and behind of the instrument; and what is struck at once, and where."""
    own = np.empty((len(strokes), 2), dtype=np.int64)
    for instrument in np.unique(strokes.instrument):
        rows = np.flatnonzero(strokes.instrument == instrument)
        own[rows] = np.minimum(_apart(strokes.step[rows]), _FAR)
    gaps = (strokes.instrument * (_FAR + 1) + own[:, 0]) * (_FAR + 1) + own[:, 1]
    onsets, at = np.unique(strokes.step, return_inverse=True)
    struck = np.zeros(len(onsets), dtype=np.int64)
    np.bitwise_or.at(struck, at, 1 << _drum(strokes.instrument))
    whole = (struck[at] * BEAT + strokes.place % BEAT) * INSTRUMENTS + strokes.instrument
    return list(zip(gaps.tolist(), whole.tolist(), strict=True))


def _drum(instrument: Ints) -> Ints:
    """Return the drum of each instrument, its second sound or not."""
    drums = np.array([*range(len(DRUMS)), *OTHER_KEYS])
    found: Ints = drums[instrument]
    return found


def _near(strokes: Strokes) -> Floats:
    """Return which drums are struck up to a quarter before and behind each stroke."""
    if not len(strokes):
        return np.zeros((0, _WIDTH * len(DRUMS)))
    first = int(strokes.step.min())
    laid = np.zeros((int(strokes.step.max()) - first + _WIDTH, len(DRUMS)))
    laid[strokes.step - first + _AROUND, _drum(strokes.instrument)] = 1
    windows = np.lib.stride_tricks.sliding_window_view(laid, _WIDTH, axis=0)
    found: Floats = windows[strokes.step - first].reshape(len(strokes), -1)
    return found


def _tempo(bpm: Floats) -> Floats:
    """Return the classes of tempo, each number shared by the two nearest."""
    at = np.interp(bpm, _TEMPOS, np.arange(len(_TEMPOS)))
    return np.asarray(np.maximum(0.0, 1 - np.abs(at[:, None] - np.arange(len(_TEMPOS)))))


def _gaps(strokes: Strokes) -> Floats:
    """Return how far the strokes of the same instrument and of any are away, before and behind, as logarithms."""
    found = np.empty((len(strokes), 4))
    quarter = strokes.quarter
    onsets = np.unique(strokes.step)
    found[:, :2] = _apart(onsets)[np.searchsorted(onsets, strokes.step)]
    for instrument in np.unique(strokes.instrument):
        own = np.flatnonzero(strokes.instrument == instrument)
        found[own, 2:] = _apart(strokes.step[own])
    return np.asarray(np.log2(np.clip(found / BEAT * quarter[:, None], 0.03, 4.0)))


def _apart(steps: Ints) -> Floats:
    """Return how far numbers in rising order are from the ones before and behind them, shape (numbers, 2)."""
    gaps = np.diff(steps).astype(np.float64)
    return np.stack([np.append(np.inf, gaps), np.append(gaps, np.inf)], axis=1)


def _densities(strokes: Strokes) -> Floats:
    """Return how much is struck at once, in the beats near each stroke and in the whole piece."""
    found = np.empty((len(strokes), _DENSITIES))
    step = strokes.step
    left, right = (np.searchsorted(step, step, side=side) for side in ("left", "right"))
    found[:, 0] = (right - left) / 3
    # Whether others of this onset are played before it.
    found[:, 1] = np.arange(len(step)) > left
    for column, reach in ((2, 2 * BEAT), (3, 8 * BEAT)):
        near = np.searchsorted(step, step + reach) - np.searchsorted(step, step - reach)
        found[:, column] = near * BEAT / (4 * reach)
    return found


def instruments_of_hits(drum: Ints, key: Ints) -> Ints:
    """Return the instruments of hits, by drum and key."""
    found = drum.copy()
    for number, (own, other) in enumerate(OTHER_KEYS.items()):
        found[(drum == own) & (key == other)] = len(DRUMS) + number
    return found
