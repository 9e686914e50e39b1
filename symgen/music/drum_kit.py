"""The drums of a kit, which of them each key of General MIDI is, and what bands' styles ask of them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["BAND_DRUMS", "CYMBALS", "DRUMS", "KEYS", "OTHER_KEYS", "TOMS", "drum_of_keys"]

DRUMS = (
    "bass drum",
    "snare",
    "closed hi-hat",
    "open hi-hat",
    "low tom",
    "middle tom",
    "high tom",
    "crash",
    "ride",
)
KEYS = (36, 38, 42, 46, 43, 47, 50, 49, 51)
"""The MIDI key of each drum."""
TOMS, CYMBALS = (4, 5, 6), (7, 8)
OTHER_KEYS = {1: 37, 2: 44, 8: 53}
"""A second sound of a drum: cross stick, pedal hi-hat, bell of the ride."""

BAND_DRUMS = {
    "pop-ballad": "pop/soft",
    "disco": "dance/disco",
    "bossa": "latin/brazilian-bossa",
    "swing": "jazz/swing",
    "blues-shuffle": "blues/shuffle",
    "waltz": "jazz",
    "lo-fi": "hiphop",
    "film": "rock/halftime",
}
"""Styles of bands, and what drummers call what is played in them."""

# Keys that an electronic kit or General MIDI has for the same drum; what is struck by hand is none of them.
_SAME = (
    (35, 36),
    (37, 38, 39, 40),
    (22, 42, 44),
    (26, 46),
    (41, 43, 58),
    (45, 47),
    (48, 50),
    (49, 52, 55, 57),
    (51, 53, 59),
)


def drum_of_keys() -> NDArray[np.int64]:
    """Return the drum of each MIDI key, -1 for keys that are none of them, shape (128,)."""
    table = np.full(128, -1, dtype=np.int64)
    for drum, keys in enumerate(_SAME):
        table[list(keys)] = drum
    return table
