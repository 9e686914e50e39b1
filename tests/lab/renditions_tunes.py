"""A small tune for tests."""

from __future__ import annotations

from symgen.music.meter import Meter
from symgen.music.score import KeyChange, MeterChange, Note, Part, Score

PITCHES = (
    67,
    69,
    71,
    72,
    74,
    74,
    71,
    67,
    69,
    69,
    66,
    62,
    67,
    71,
    74,
    79,
    78,
    76,
    74,
    72,
    71,
    69,
    67,
)
LENGTHS = (240, 480, 480, 240, 240, 480, 480, 960)


def make_tune(bars: int = 16) -> Score:
    """Return a tune in G, 4/4, with a pickup of a quarter."""
    notes, at, i = [Note(0, 62, 480)], 480, 0
    while at < 480 + bars * 1920:
        length = LENGTHS[i % len(LENGTHS)]
        notes.append(Note(at, PITCHES[i % len(PITCHES)], length))
        at, i = at + length, i + 1
    meters = (MeterChange(0, Meter(1, 4)), MeterChange(480, Meter(4, 4)))
    return Score((Part(tuple(notes)),), meters=meters, keys=(KeyChange(0, 1),))


TUNE = make_tune()
