"""Play a score on the grid as people play without a click: drifting, early and late, chords rolled."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from symgen.music.score import Note, Part, Score

Floats = NDArray[np.float64]

RESOLUTION = 960
SECOND = 2 * RESOLUTION
"""Ticks: the file counts at 120 quarters a minute, whatever is played."""


@dataclass(frozen=True)
class Playing:
    """How freely it is played."""

    # Quarters a minute, on the whole.
    bpm: float
    # Relative standard deviation of a tempo that wanders, and height of one that rises and falls
    # with the phrase.
    wander: float = 0.015
    swell: float = 0.02
    # Standard deviations of the onset of a chord and of its notes about it, and time from note to
    # note, seconds.
    together: float = 0.012
    alone: float = 0.005
    roll: float = 0.006
    # Share of a note's length that sounds.
    gate: float = 0.9

    @classmethod
    def drawn(cls, bpm: float, rng: np.random.Generator) -> Playing:
        """Draw a manner; one of four keeps the tempo."""
        free = rng.random() >= 0.25
        return cls(
            bpm,
            wander=free * rng.uniform(0, 0.03),
            swell=free * rng.uniform(0, 0.03),
            together=rng.uniform(0.003, 0.02),
            alone=rng.uniform(0, 0.008),
            roll=rng.uniform(0, 0.012),
            gate=rng.uniform(0.7, 1),
        )


@dataclass(frozen=True, eq=False)
class Played:
    """A score as it was played, in a file at 120 quarters a minute."""

    score: Score
    # Shape (knots,): when each place of the score was played.
    quarters: Floats
    seconds: Floats

    def times(self, quarters: Floats) -> Floats:
        """Return when places of the score were played."""
        return np.interp(quarters, self.quarters, self.seconds)

    def places(self, seconds: Floats) -> Floats:
        """Return the places of the score that were played then."""
        return np.interp(seconds, self.seconds, self.quarters)


def play_freely(score: Score, playing: Playing, rng: np.random.Generator) -> Played:
    """Play a score; it begins up to two seconds after the recording."""
    quarters = np.arange(0, score.length / score.resolution + 4, 0.25)
    steps = rng.normal(0, 1, len(quarters))
    wandered = np.zeros(len(quarters))
    for i in range(1, len(quarters)):
        wandered[i] = 0.97 * wandered[i - 1] + np.sqrt(1 - 0.97**2) * steps[i]
    phrase = np.sin(2 * np.pi * quarters / rng.choice([8, 16, 32]) + rng.uniform(0, 2 * np.pi))
    tempo = playing.bpm * np.exp(playing.wander * wandered + playing.swell * phrase)
    seconds = np.concatenate([[0], np.cumsum(15 / tempo)])[:-1] + rng.uniform(0, 2)
    played = Played(score, quarters, seconds)
    late: dict[int, float] = {}
    parts = [_play(part, score, played, playing, rng, late) for part in score.parts]
    return replace(played, score=Score(tuple(parts), RESOLUTION))


def _play(
    part: Part,
    score: Score,
    played: Played,
    playing: Playing,
    rng: np.random.Generator,
    late: dict[int, float],
) -> Part:
    """Play a part; what begins together in all parts is late together."""
    notes, before, place = [], -1, 0
    for note in part.notes:
        place = place + 1 if note.onset == before else 0
        before = note.onset
        onset, end = played.times(
            np.array([note.onset, note.onset + playing.gate * note.duration]) / score.resolution
        )
        onset += late.setdefault(note.onset, rng.normal(0, playing.together)) + rng.normal(
            0, playing.alone
        )
        onset += 0 if part.is_drum else playing.roll * place
        tick = max(0, round(float(onset) * SECOND))
        velocity = int(np.clip(note.velocity + rng.normal(0, 6), 1, 127))
        notes.append(Note(tick, note.pitch, max(20, round(float(end) * SECOND) - tick), velocity))
    return replace(part, notes=tuple(notes))


def humanized(score: Score, rng: np.random.Generator, seconds: float, swing: float = 0.5) -> Score:
    """Move each note of a file by up to so many seconds, and off-beat eighths to another place of their quarter."""
    fine = score.with_resolution(max(score.resolution, RESOLUTION))
    reach = seconds * score.tempos[0].bpm / 60

    def moved(note: Note) -> Note:
        whole, part = divmod(note.onset / fine.resolution, 1)
        place = part / 0.5 * swing if part < 0.5 else swing + (part - 0.5) / 0.5 * (1 - swing)
        onset = round((whole + place + rng.uniform(-reach, reach)) * fine.resolution)
        return replace(note, onset=max(0, onset))

    return fine.with_parts([part.with_notes(map(moved, part.notes)) for part in fine.parts])
