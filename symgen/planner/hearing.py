"""The key in which a plan is heard, from its chords alone."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from symgen.music.keys import key_of_shares
from symgen.music.theory import Key
from symgen.planner.beats import Beats
from symgen.planner.sonorities import chord_at

__all__ = ["is_heard_in"]

Ints = NDArray[np.int64]

# Fewer beats tell no key: what stands before them is listened to with them.
_FEWEST = 16


def is_heard_in(key: Key, sonorities: Ints, beats: Beats, first: int) -> bool:
    """Whether a plan is heard in a key, major or minor, from a beat on."""
    first = max(0, min(first, len(beats) - _FEWEST))
    # As `symgen.music.keys.describe_pitches` would, if all chords were struck on each beat.
    shares = np.zeros((3, 12))
    chords = [chord_at(0, number, key.tonic) for number in sonorities[first:].tolist()]
    lasts = (beats.ends - beats.starts)[first:].tolist()
    for chord, length, level in zip(chords, lasts, beats.levels[first:].tolist(), strict=True):
        tones = sorted(chord.pitch_classes)
        shares[0, tones] += length
        shares[1, tones] += length * (level == 0)
    shares = np.sqrt(shares / np.maximum(shares.sum(axis=1, keepdims=True), 1))
    basses = [chord.bass for chord in chords if chord.is_chord]
    if not basses:
        return True
    shares[2, basses[0]] = 1.0
    heard = key_of_shares(shares)
    return (heard.tonic, heard.minor) == (key.tonic, key.minor)
