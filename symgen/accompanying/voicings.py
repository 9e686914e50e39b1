"""Voicings: which pitches a chord is played with, so that hands and lines move as little as they can."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise

import numpy as np
from numpy.typing import NDArray

from symgen.music.harmony import PlacedChord
from symgen.music.theory import QUALITIES

__all__ = ["Compass", "Voicing", "bass_line", "lead_voices", "needed_tones"]

Floats = NDArray[np.float64]

Voicing = tuple[int, ...]
"""Pitches from the lowest to the highest."""

# What a semitone of motion, of reaching over the melody, and of lying off the middle weigh.
_MOTION, _OVER, _OFF = 1.0, 6.0, 0.15
# A tone that is missing, a tone that is there twice, and a second between neighbors.
_MISSING, _TWICE, _CLUSTER = 12.0, 2.0, 1.5
# Every voice moves the same way by the same step: the chord is pushed about as a block.
_BLOCK = 2.0
# So many voicings of one chord are compared, those that lie best.
_MOST = 48


@dataclass(frozen=True, slots=True)
class Compass:
    """Where chords of so many voices lie, lowest and highest pitch both meant."""

    low: int
    high: int
    voices: int

    @property
    def middle(self) -> float:
        """The pitch about which they lie."""
        return (self.low + self.high) / 2

    def moved(self, semitones: int) -> Compass:
        """Return the compass moved."""
        return Compass(self.low + semitones, self.high + semitones, self.voices)


def needed_tones(chord: PlacedChord, voices: int) -> tuple[int, ...]:
    """Return the pitch classes that so many voices over a bass must have, the third first."""
    # A bass is there beside them, so of a seventh chord the fifth goes first, and then the root.
    root, third, *others = QUALITIES[chord.quality]
    fifth, seventh = others[0], others[1:]
    order = [third, *seventh, root, fifth] if seventh else [third, root, fifth]
    if chord.quality in ("dim", "m7b5", "aug", "dim7"):  # the fifth makes the chord
        order = [third, fifth, *seventh, root]
    return tuple((chord.root + step) % 12 for step in order[:voices])


def lead_voices(
    chords: Sequence[PlacedChord], compass: Compass, ceilings: Sequence[int]
) -> list[Voicing]:
    """Return a voicing for each chord, of the least motion over all of them; each has a pitch not to reach."""
    if not chords:
        return []
    options = [
        _options(chord, compass, ceiling) for chord, ceiling in zip(chords, ceilings, strict=True)
    ]
    total = options[0][1]
    backs = []
    for (before, _), (now, cost) in pairwise(options):
        table = total[:, None] + _moves(before, now)
        back = table.argmin(axis=0)
        backs.append(back)
        total = table[back, np.arange(len(now))] + cost
    choice = int(total.argmin())
    found = [choice]
    for back in reversed(backs):
        choice = int(back[choice])
        found.append(choice)
    chosen = zip(options, reversed(found), strict=True)
    return [tuple(voicings[number].tolist()) for (voicings, _), number in chosen]


def _options(
    chord: PlacedChord, compass: Compass, ceiling: int
) -> tuple[NDArray[np.int64], Floats]:
    """Return voicings of a chord, shape (voicings, voices), and what speaks against each."""
    tones = {(chord.root + step) % 12 for step in QUALITIES[chord.quality]}
    pitches = [pitch for pitch in range(compass.low, compass.high + 1) if pitch % 12 in tones]
    voicings = np.array(list(combinations(pitches, compass.voices)), dtype=np.int64)
    needed = needed_tones(chord, compass.voices)
    classes = voicings % 12
    missing = sum((classes != tone).all(axis=1) for tone in needed)
    distinct = np.array([len(set(row)) for row in classes.tolist()])
    gaps = np.diff(voicings, axis=1)
    cost: Floats = (
        _MISSING * np.asarray(missing)
        + _TWICE * (compass.voices - distinct)
        + _CLUSTER * (gaps <= 2).sum(axis=1)
        + _OFF * np.abs(voicings - compass.middle).sum(axis=1)
        + _OVER * np.maximum(0, voicings[:, -1] - ceiling + 1)
    )
    best = np.argsort(cost, kind="stable")[:_MOST]
    return voicings[best], cost[best]


def _moves(before: NDArray[np.int64], now: NDArray[np.int64]) -> Floats:
    """Return what each way from one voicing to another costs, shape (before, now)."""
    steps = now[None, :, :] - before[:, None, :]
    pushed = (steps == steps[:, :, :1]).all(axis=2) & (steps[:, :, 0] != 0)
    cost: Floats = _MOTION * np.abs(steps).sum(axis=2) + _BLOCK * pushed
    return cost


def bass_line(
    chords: Sequence[PlacedChord], low: int, high: int, ceilings: Sequence[int]
) -> list[int]:
    """Return the bass of each chord near the one before, from `low` on, below a pitch of its own if it can be."""
    found: list[int] = []
    for chord, ceiling in zip(chords, ceilings, strict=True):
        lowest = low + (chord.bass - low) % 12
        able = [pitch for pitch in range(lowest, high + 1, 12) if pitch < ceiling] or [lowest]
        near = found[-1] if found else (low + high) / 2
        found.append(min(able, key=lambda pitch: (abs(pitch - near), pitch)))
    return found
