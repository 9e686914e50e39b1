"""Chords as numbers relative to a key: what the planner reads and draws, the same in every key."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from symgen.music.harmony import NO_CHORD_ROOT, PLAN_QUALITIES, PlacedChord
from symgen.music.theory import RELATIVES, Key

__all__ = [
    "CADENCES",
    "CHORDS",
    "MODES_PLANNED",
    "NONE",
    "NO_CHORD",
    "SONORITIES",
    "START",
    "bass_above",
    "cadence_of",
    "chord_at",
    "chord_class",
    "mode_of",
    "quality_of",
    "root_of",
    "sonority_of",
    "sonority_table",
]

Ints = NDArray[np.int64]

_TONES = 12
_QUALITIES = {name: number for number, name in enumerate(PLAN_QUALITIES)}

NO_CHORD = _TONES * len(PLAN_QUALITIES)
"""The chord class where none sounds; a chord is ``12 * quality + root``, its root counted from the tonic."""
CHORDS = NO_CHORD + 1
NONE = NO_CHORD * _TONES
"""The sonority where no chord sounds; one is ``12 * chord class + bass``, its bass counted from the root."""
SONORITIES = NONE + 1
START = SONORITIES
"""What stands before the first beat."""

CADENCES = ("authentic", "plagal", "tonic", "half", "deceptive", "modulating", "open")
"""How a phrase ends: ``tonic`` on the tonic chord in another way, ``open`` in any other way."""

MODES_PLANNED = ("major", "minor", "dorian", "phrygian", "lydian", "mixolydian", "locrian")
_NEAREST = {**RELATIVES, "harmonic minor": "minor", "melodic minor": "minor"}
_TONIC, _FOURTH, _FIFTH, _LEADING = 0, 5, 7, 11
_SIXTHS = (8, 9)
_MAJOR = tuple(_QUALITIES[name] for name in ("", "7"))
_LED = tuple(_QUALITIES[name] for name in ("dim", "dim7", "m7b5"))


def mode_of(key: Key) -> int:
    """Return the number of the mode, or of the one nearest to it."""
    return MODES_PLANNED.index(_NEAREST.get(key.mode, key.mode))


def sonority_of(chord: PlacedChord, tonic: int) -> int:
    """Return the sonority that a chord is in a key."""
    if not chord.is_chord:
        return NONE
    degree = (chord.root - tonic) % _TONES
    kind = _QUALITIES[chord.quality] * _TONES + degree
    return kind * _TONES + (chord.bass - chord.root) % _TONES


def chord_at(place: int, sonority: int, tonic: int) -> PlacedChord:
    """Return the chord that a sonority is in a key."""
    if sonority == NONE:
        return PlacedChord(place, NO_CHORD_ROOT)
    kind, above = divmod(sonority, _TONES)
    quality, degree = divmod(kind, _TONES)
    root = (degree + tonic) % _TONES
    return PlacedChord(place, root, PLAN_QUALITIES[quality], (root + above) % _TONES)


def sonority_table(tonic: int) -> tuple[PlacedChord, ...]:
    """Return the chord of every sonority in a key, in the order of their numbers."""
    return tuple(chord_at(0, number, tonic) for number in range(SONORITIES))


# -- parts of a sonority, whole arrays at once ---------------------------------------------


def chord_class(sonorities: Ints) -> Ints:
    """Return the classes of the chords; of what stands before the first beat, `CHORDS`."""
    kinds: Ints = np.where(sonorities >= NONE, sonorities - NONE + NO_CHORD, sonorities // _TONES)
    return kinds


def bass_above(sonorities: Ints) -> Ints:
    """Return how far the bass stands above the root; 0 where there is no chord."""
    above: Ints = np.where(sonorities >= NONE, 0, sonorities % _TONES)
    return above


def root_of(sonority: int) -> int:
    """Return the root in semitones above the tonic, or `NO_CHORD_ROOT`."""
    return sonority // _TONES % _TONES if sonority < NONE else NO_CHORD_ROOT


def quality_of(sonority: int) -> int:
    """Return the number of the quality in `PLAN_QUALITIES`, or -1."""
    return sonority // (_TONES * _TONES) if sonority < NONE else -1


# -- cadences ------------------------------------------------------------------------------


def cadence_of(sonorities: Sequence[int]) -> int:
    """Return which of `CADENCES` the last two chords of a phrase make, from what sounds on each beat of it."""
    kinds: list[tuple[int, int]] = []
    for sonority in reversed(sonorities):
        kind = root_of(sonority), quality_of(sonority)
        if kind[1] >= 0 and (not kinds or kinds[-1][0] != kind[0]):
            kinds.append(kind)
        if len(kinds) == 2:
            break
    return CADENCES.index(_cadence(kinds))


def _cadence(kinds: Sequence[tuple[int, int]]) -> str:
    if not kinds:
        return "open"
    root, quality = kinds[0]
    before, kind = kinds[1] if len(kinds) > 1 else (-1, -1)
    from_dominant = before == _FIFTH or (before == _LEADING and kind in _LED)
    if root == _TONIC and from_dominant:
        return "authentic"
    if root == _TONIC:
        return "plagal" if before == _FOURTH else "tonic"
    if before == _FIFTH and root in (*_SIXTHS, _FOURTH):
        return "deceptive"
    if (before - root) % _TONES == _FIFTH and kind in _MAJOR and root != _FOURTH:
        # The fifth above the dominant leads into it: the music has gone to another key. From the
        # tonic to the fourth the same step is at home.
        return "modulating"
    return "half" if root == _FIFTH and quality in _MAJOR else "open"
