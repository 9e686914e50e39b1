"""Guitar chords: shapes that four fingers can hold on six strings."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache
from itertools import pairwise, product

from symgen.accompanying.voicings import Voicing, needed_tones
from symgen.music.harmony import PlacedChord
from symgen.music.theory import QUALITIES

__all__ = ["MUTED", "STRINGS", "Shape", "fret_chords", "shape_pitches", "shapes"]

STRINGS = (40, 45, 50, 55, 59, 64)
"""Pitches of the open strings, from E2 to E4."""

MUTED = -1
"""The fret of a string that is not played."""

Shape = tuple[int, ...]
"""The fret of each string, from the lowest string on; 0 is an open one."""

_FINGERS, _SPAN, _HIGHEST = 4, 3, 9
# So many shapes of a chord are compared.
_MOST = 24
# What a fret of the hand's motion, a fret up the neck, a fret between fingers, a string less,
# another bass, a missing tone and a finger weigh.
_MOTION, _UP, _WIDE, _FEWER, _BASS, _MISSING, _FINGER = 0.6, 0.35, 0.3, 0.5, 4.0, 6.0, 0.15


def shape_pitches(shape: Shape) -> Voicing:
    """Return the pitches of a shape, from the lowest string to the highest."""
    sounding = zip(STRINGS, shape, strict=True)
    return tuple(string + fret for string, fret in sounding if fret != MUTED)


@cache
def shapes(root: int, quality: str, bass: int) -> tuple[tuple[float, Shape], ...]:
    """Return shapes of a chord, the best first, and what speaks against each."""
    chord = PlacedChord(0, root, quality, bass)
    found = {shape: _cost(shape, chord) for shape in _playable(chord)}
    ranked = sorted((cost, shape) for shape, cost in found.items())
    return tuple(ranked[:_MOST])


def _playable(chord: PlacedChord) -> Iterator[Shape]:
    """Yield shapes with tones of the chord alone, on neighboring strings up to the highest or the one below it."""
    tones = {(chord.root + step) % 12 for step in QUALITIES[chord.quality]}
    lowest = tones | {chord.bass}
    for first in range(3):  # the lowest string that sounds
        for place in range(1, _HIGHEST):
            frets = [0, *range(place, place + _SPAN + 1)]
            options = [
                [
                    fret
                    for fret in frets
                    if (string + fret) % 12 in (lowest if i == first else tones)
                ]
                for i, string in enumerate(STRINGS)
            ]
            options[-1] = options[-1] or [MUTED]
            for held in product(*options[first:]):
                shape = (MUTED,) * first + held
                if _fingers(shape) <= _FINGERS:
                    yield shape


def _fingers(shape: Shape) -> int:
    """Return how many fingers a shape needs; the first one may lie across strings at the lowest fret."""
    pressed = [fret for fret in shape if fret > 0]
    if not pressed:
        return 0
    lowest = min(pressed)
    barred = pressed.count(lowest)
    across = shape[next(i for i, fret in enumerate(shape) if fret == lowest) :]
    # A finger across strings stops the open ones that it covers.
    if barred > 1 and 0 not in across:
        return len(pressed) - barred + 1
    return len(pressed)


def _cost(shape: Shape, chord: PlacedChord) -> float:
    pitches = shape_pitches(shape)
    classes = {pitch % 12 for pitch in pitches}
    # The bass is here on the guitar itself, so it may be the root.
    needed = {*needed_tones(chord, 4), chord.root}
    pressed = [fret for fret in shape if fret > 0]
    cost = _MISSING * len(needed - classes) + _BASS * (pitches[0] % 12 != chord.bass)
    if pressed:
        cost += _UP * (min(pressed) - 1) + _WIDE * (max(pressed) - min(pressed))
    cost += _FINGER * _fingers(shape)
    return cost + _FEWER * shape.count(MUTED)


def fret_chords(chords: Sequence[PlacedChord]) -> list[Voicing]:
    """Return how a guitar plays chords, with the hand moving as little as it can."""
    if not chords:
        return []
    options = [shapes(chord.root, chord.quality, chord.bass) for chord in chords]
    total = [cost for cost, _ in options[0]]
    backs: list[list[int]] = []
    for before, now in pairwise(options):
        back, costs = [], []
        for cost, shape in now:
            ways = [
                total[i] + _MOTION * abs(_place(shape) - _place(old))
                for i, (_, old) in enumerate(before)
            ]
            best = ways.index(min(ways))
            back.append(best)
            costs.append(ways[best] + cost)
        backs.append(back)
        total = costs
    choice = total.index(min(total))
    found = [choice]
    for back in reversed(backs):
        choice = back[choice]
        found.append(choice)
    chosen = zip(options, reversed(found), strict=True)
    return [shape_pitches(row[number][1]) for row, number in chosen]


def _place(shape: Shape) -> int:
    """Return the fret at which the hand lies."""
    return min((fret for fret in shape if fret > 0), default=1)
