"""Tones of one chord as tones of another one: each by its degree, or all of a part by least motion."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from symgen.accompanying.voicings import needed_tones
from symgen.music.harmony import PlacedChord
from symgen.music.theory import QUALITIES, Key

__all__ = ["degree_moved", "fit_pitches", "signed_interval"]

# Steps of a scale that intervals above a root are; what is not here is between two of them.
_STEPS = {2: 1, 5: 3, 9: 5, 11: 6}
_REACH = 6
# Where that leads out of the span of a part, so many semitones.
_FARTHEST = 18
# So many rows are followed, and what a semitone from the example, a semitone of motion, a tone that
# is missing and one that is there once more weigh.
_ROWS, _AWAY, _MOTION, _MISSING, _TWICE = 48, 1.0, 0.4, 9.0, 1.5


def signed_interval(pitch: int, root: int) -> int:
    """Return the interval from the nearest tone with the pitch class of a root, -6..5."""
    return (pitch - root + 6) % 12 - 6


def degree_moved(interval: int, source: PlacedChord, target: PlacedChord, key: Key) -> int:
    """Return the interval above the root of another chord that is the same degree, 0..11."""
    tones, others = QUALITIES[source.quality], QUALITIES[target.quality]
    if interval in tones:
        degree = tones.index(interval)
        if degree < len(others):
            return others[degree] % 12
    if interval in (10, 11) and len(others) > 3:
        return interval if source.quality == target.quality else others[3] % 12
    scale = sorted((tone - target.root) % 12 for tone in key.scale)
    if interval not in _STEPS or len(scale) != 7 or scale[0] != 0:
        return interval
    return scale[_STEPS[interval]]


@dataclass(frozen=True, slots=True)
class _Row:
    """Pitches that were chosen so far, from the lowest on."""

    pitches: tuple[int, ...] = ()
    cost: float = 0.0


def fit_pitches(
    pitches: Sequence[int],
    source: PlacedChord,
    target: PlacedChord,
    key: Key,
    span: tuple[int, int],
    before: Mapping[int, int],
) -> dict[int, int]:
    """Return what becomes of each pitch that a part plays over a chord, rising, when another one sounds.

    `span` is the lowest and the highest pitch of the part, `before` what became of the pitches over the chord before.
    """
    tones = frozenset((target.root + step) % 12 for step in QUALITIES[target.quality])
    if (source.root, source.quality) == (target.root, target.quality):
        return {pitch: pitch for pitch in pitches}
    intervals = {(pitch - source.root) % 12 for pitch in pitches}
    # Power chords, and what else has no third, keep their tones.
    is_bare = QUALITIES[source.quality][1] not in intervals
    rows = [_Row()]
    for pitch in pitches:
        classes = _classes(pitch, source, target, key, is_bare=is_bare)
        able = _able(pitch, classes, span)
        rows = [
            _Row(
                (*row.pitches, found),
                row.cost + _step_cost(row, pitch, found, before),
            )
            for row in rows
            for found in able
            if not row.pitches or found > row.pitches[-1]
        ]
        rows = sorted(rows, key=lambda row: (row.cost, row.pitches))[:_ROWS]
    needed = () if is_bare else needed_tones(target, len(intervals))
    if not rows:  # no room for all of them
        return {pitch: _able(pitch, tones, span)[0] for pitch in pitches}
    best = min(rows, key=lambda row: (row.cost + _lack(row, needed), row.pitches))
    return dict(zip(pitches, best.pitches, strict=True))


def _classes(
    pitch: int, source: PlacedChord, target: PlacedChord, key: Key, *, is_bare: bool
) -> frozenset[int]:
    """Return the pitch classes that may stand for a pitch: tones of the chord, or the color that it has."""
    tones = frozenset((target.root + step) % 12 for step in QUALITIES[target.quality])
    interval = (pitch - source.root) % 12
    # A seventh colors a chord of three tones as a ninth does.
    steps = QUALITIES[source.quality][: len(tones)]
    if interval in steps and not is_bare:
        return tones
    color = (target.root + degree_moved(interval, source, target, key)) % 12
    # A semitone above a tone of the chord is no color of it, nor is one below its root.
    clashes = (color - 1) % 12 in tones or (
        (color + 1) % 12 == target.root and color not in key.scale
    )
    return tones if clashes else frozenset([color])


def _able(pitch: int, classes: frozenset[int], span: tuple[int, int]) -> list[int]:
    """Return pitches near one, the nearest first; within the span wherever one is that far."""
    near = sorted(
        range(pitch - _FARTHEST, pitch + _FARTHEST + 1), key=lambda each: abs(each - pitch)
    )
    fitting = [each for each in near if each % 12 in classes]
    inside = [each for each in fitting if span[0] <= each <= span[1]]
    close = [each for each in inside if abs(each - pitch) <= _REACH]
    # The next one too: a tone below it may have had to go up by an octave.
    return inside[: len(close) + 1] or fitting[:1]


def _step_cost(row: _Row, pitch: int, found: int, before: Mapping[int, int]) -> float:
    cost = _AWAY * abs(found - pitch) + _MOTION * abs(found - before.get(pitch, found))
    return cost + _TWICE * (found % 12 in {each % 12 for each in row.pitches[-2:]})


def _lack(row: _Row, needed: Sequence[int]) -> float:
    """Return what it costs that tones are missing, that of the third most."""
    there = {pitch % 12 for pitch in row.pitches}
    return sum(_MISSING / (1 + place / 2) for place, tone in enumerate(needed) if tone not in there)
