"""Styles of accompaniment: who plays, where, and in which patterns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from symgen.accompanying.voicings import Compass

__all__ = ["STYLES", "Player", "Style"]


@dataclass(frozen=True, slots=True)
class Player:
    """One part of an accompaniment."""

    name: str
    program: int


@dataclass(frozen=True, slots=True)
class Style:
    """How chords are played."""

    # One player has all tones; of several, one a line from the highest to the lowest, which is the bass.
    players: tuple[Player, ...]
    compass: Compass
    # Lowest and highest bass.
    bass: tuple[int, int]
    # Names in `symgen.accompanying.patterns.PATTERNS` that a seed chooses from.
    patterns: tuple[str, ...]
    # Where chords may change: ``"bar"``, ``"half bar"`` or ``"beat"``.
    rate: str = "half bar"
    # Tones that go on from chord to chord are held.
    ties: bool = False
    # Chords are held by a hand on six strings.
    fretted: bool = False
    # By how much it is softer than the tune, as a velocity.
    below: int = 14


STYLES: Mapping[str, Style] = {
    "piano": Style(
        (Player("Piano", 0),),
        Compass(50, 74, 3),
        (34, 54),
        ("strong beats", "every beat", "bass and chords", "waltz", "broken", "arpeggio"),
    ),
    "guitar": Style(
        (Player("Guitar", 25),),
        Compass(40, 76, 4),
        (40, 57),
        ("strummed down", "strummed", "bass and chords", "waltz", "arpeggio"),
        fretted=True,
        below=12,
    ),
    "pad": Style(
        (Player("Pad", 89),),
        Compass(50, 74, 3),
        (36, 55),
        ("held",),
        rate="bar",
        ties=True,
        below=18,
    ),
    "strings": Style(
        (Player("Violin", 40), Player("Viola", 41), Player("Cello", 42)),
        Compass(55, 76, 2),
        (36, 55),
        ("held", "strong beats"),
        ties=True,
        below=16,
    ),
}
"""By name."""
