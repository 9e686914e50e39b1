"""Keyboard music that has both hands in one part, told apart."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from statistics import fmean

from symgen.music.score import Note, Part

__all__ = ["split_hands"]

_KEYBOARDS = frozenset((*range(8), *range(16, 24)))
"""General MIDI programs that are played with two hands: pianos, organs, accordions."""
_SPAN = 14
"""Semitones that a hand spans with ease: a ninth."""
_STRETCH = 3.0
"""What each semitone beyond that weighs against a semitone of motion."""
_FOLLOWS = 0.3
"""How fast a hand's place follows its notes."""
_WIDE, _BOTH = 0.2, 0.15
"""There are two hands if more is sounded than one can span in this share of the chords, and each has this share."""


def split_hands(part: Part) -> tuple[Part, ...]:
    """Return the right and the left hand of a part that one hand cannot play; any other part as it is.

    Each chord is divided where the hands move and stretch least.

    Parameters
    ----------
    part : Part
        Notes of one chord begin at the same tick.
    """
    if part.is_drum or part.program not in _KEYBOARDS or len(part.notes) < 2:
        return (part,)
    right, left, wide = _divide(part.notes)
    if wide < _WIDE or min(len(right), len(left)) < _BOTH * len(part.notes):
        return (part,)
    return part.with_notes(right), part.with_notes(left)


def _divide(notes: Sequence[Note]) -> tuple[list[Note], list[Note], float]:
    """Return the notes of the right and of the left hand, and the share of the chords that are wider than a hand."""
    pitches = sorted(note.pitch for note in notes)
    places = [float(pitches[3 * len(pitches) // 4]), float(pitches[len(pitches) // 4])]
    hands: tuple[list[Note], list[Note]] = ([], [])
    sounding: tuple[list[Note], list[Note]] = ([], [])
    wide = chords = 0
    for onset, group in groupby(notes, key=lambda note: note.onset):
        chord = sorted(group, key=lambda note: -note.pitch)
        for held in sounding:
            held[:] = [note for note in held if note.end > onset]
        every = [note.pitch for note in (*chord, *sounding[0], *sounding[1])]
        chords += 1
        wide += max(every) - min(every) > _SPAN
        cut = min(
            range(len(chord) + 1), key=lambda k: _cost((chord[:k], chord[k:]), sounding, places)
        )
        for hand, mine in enumerate((chord[:cut], chord[cut:])):
            hands[hand].extend(mine)
            sounding[hand].extend(mine)
            if mine:
                places[hand] += _FOLLOWS * (fmean(note.pitch for note in mine) - places[hand])
    return *hands, wide / max(1, chords)


def _cost(
    division: tuple[Sequence[Note], Sequence[Note]],
    sounding: tuple[Sequence[Note], Sequence[Note]],
    places: Sequence[float],
) -> float:
    """Return how far the hands move and stretch."""
    cost = 0.0
    for mine, held, place in zip(division, sounding, places, strict=True):
        cost += sum(abs(note.pitch - place) for note in mine)
        pitches = [note.pitch for note in (*mine, *held)]
        if mine and pitches:
            cost += _STRETCH * max(0, max(pitches) - min(pitches) - _SPAN)
    return cost
