"""A small band on the grid, and ways of playing it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from symgen.music.score import Note, Part, Score

RESOLUTION = 480
CHORDS = ((60, 64, 67), (57, 60, 64), (65, 69, 72), (67, 71, 74))
TUNE = ((0, 1.0), (1, 0.5), (1.5, 0.5), (2, 1.5), (3.5, 0.5))


def band(bars: int = 8, *, drums: bool = True) -> Score:
    """Four parts in 4/4, 480 ticks a quarter: tune, chords on halves, bass on quarters, drums."""
    tune, chords, bass, beat = [], [], [], []
    for bar in range(bars):
        root, third, fifth = CHORDS[bar % 4]
        start = 4 * bar
        pitches = (fifth, third + 12, root + 12, fifth, third + 12)
        tune += [
            (start + at, length, pitch) for (at, length), pitch in zip(TUNE, pitches, strict=True)
        ]
        chords += [(start + at, 2.0, pitch) for at in (0, 2) for pitch in (root, third, fifth)]
        bass += [
            (start + at, 1.0, pitch)
            for at, pitch in enumerate((root - 24, root - 24, fifth - 24, root - 24))
        ]
        beat += [(start + at / 2, 0.25, 42) for at in range(8)]
        beat += [(start + at, 0.25, 36) for at in (0, 2)] + [
            (start + at, 0.25, 38) for at in (1, 3)
        ]
    parts = [Part(notes_of(tune), 73), Part(notes_of(chords), 0), Part(notes_of(bass), 33)]
    return Score(tuple(parts) + (Part(notes_of(beat), 0, is_drum=True),) * drums, RESOLUTION)


def notes_of(rows: list[tuple[float, float, int]]) -> tuple[Note, ...]:
    return tuple(
        Note(round(at * RESOLUTION), pitch, round(length * RESOLUTION))
        for at, length, pitch in rows
    )


def moved(score: Score, place: Callable[[float], float], jitter: float = 0.0) -> Score:
    """Put notes at other places of a file, in quarters, each early or late at random by so many quarters."""
    rng = np.random.default_rng(5)

    def played(note: Note) -> Note:
        onset, end = (place(tick / RESOLUTION) for tick in (note.onset, note.end))
        onset = max(0.0, onset + rng.normal(0, jitter))
        return replace(
            note,
            onset=round(onset * RESOLUTION),
            duration=max(1, round((end - onset) * RESOLUTION)),
        )

    return score.with_parts(
        [part.with_notes(map(played, part.notes)) for part in score.parts], length=0
    )


def drifting(bpm: float, drift: float) -> Callable[[float], float]:
    """A tempo that rises and falls by the drift over 16 quarters, in the quarters of a file at 120."""
    grid = np.arange(0, 400, 0.05)
    slow = 1 + drift * np.sin(2 * np.pi * grid / 16)
    times = np.concatenate([[0], np.cumsum(slow[:-1] * 0.05 * 120 / bpm)])
    return lambda quarters: float(np.interp(quarters, grid, times))
