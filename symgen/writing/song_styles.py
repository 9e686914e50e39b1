"""Styles of full songs: the chords that suit each, and the melody that is sung or played over them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

__all__ = ["SONG_STYLES", "SongStyle"]

_STRAIGHT, _TRIPLETS = 0.5, 2 / 3
_BLUES = frozenset({0, 5, 7})


@dataclass(frozen=True, slots=True)
class SongStyle:
    """What a song in a style is like, beside its band."""

    # Program, lowest and highest pitch, and the fewest and the most notes a bar of the melody.
    program: int
    range: str
    density: str
    # Where notes of the melody begin and end: the shortest note.
    grid: str = "1/8"
    # Style in which the planner draws the chords.
    planner: str = "pop"
    # Chords a bar: fewest and most.
    changes: tuple[float, float] = (0.5, 1.25)
    # Roots above the tonic that chords may have; any if empty.
    roots: frozenset[int] = frozenset()
    # Whether major chords are sevenths.
    sevenths: bool = False
    # Where the off-beat eighths of its band stand in their quarter.
    swing: float = _STRAIGHT


SONG_STYLES: Mapping[str, SongStyle] = {
    "rock": SongStyle(65, "E4-G5", "2-6"),
    "pop-ballad": SongStyle(73, "C4-G5", "2-6"),
    "disco": SongStyle(81, "C4-A5", "2-7"),
    "funk": SongStyle(65, "C4-G5", "2-6", changes=(0.25, 1.0)),
    "reggae": SongStyle(71, "A3-F5", "2-6", changes=(0.5, 1.0)),
    "bossa": SongStyle(73, "C4-G5", "2-6", planner="standard"),
    "swing": SongStyle(
        65, "C4-G5", "2-7", planner="standard", changes=(0.75, 2.0), swing=_TRIPLETS
    ),
    "blues-shuffle": SongStyle(
        56, "C4-G5", "2-6", changes=(0.25, 1.0), roots=_BLUES, sevenths=True, swing=_TRIPLETS
    ),
    "country": SongStyle(40, "C4-A5", "2-7", changes=(0.5, 1.25)),
    "waltz": SongStyle(40, "C4-A5", "1-4", planner="standard"),
    "lo-fi": SongStyle(4, "C4-E5", "1-6", changes=(0.5, 1.0)),
    "film": SongStyle(60, "G3-D5", "1-4", changes=(0.5, 1.0)),
}
"""By name."""
