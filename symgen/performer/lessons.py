"""What the pitched player learns from: performances as features and as what is to be said of each note."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from symgen.performer.features import note_features, score_notes
from symgen.performer.groups import Groups
from symgen.performer.played import PlayedNotes

__all__ = ["LEAST_SPREAD", "Lesson", "lesson_of", "with_plain_ends"]

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]

LEAST_SPREAD = 3.0
"""Standard deviation of the velocities of a piece below which it counts as played evenly."""
# Seconds, and log shares, beyond which a note is no rule.
_LATEST, _HELD = 0.15, 1.5
# A note that sounds for this share of the way to the next one is written up to it.
_REACHES = 0.3


@dataclass(frozen=True, eq=False)
class Lesson:
    """The notes of a piece as the network is taught them."""

    # (notes, features), not yet standardized; in 16 bits, as many pieces are held at once.
    features: NDArray[np.float16]
    # (notes, aspects): velocity off the piece's mean by its deviation, seconds, log share.
    played: Floats
    # (notes,): seconds, and numbers of the part and of the chord.
    seconds: NDArray[np.float64]
    part: Ints
    onset: Ints
    # Steps of velocity of a deviation of 1.
    spread: float

    @property
    def own(self) -> Groups:
        """Chords of each part."""
        return Groups.of(self.part << 32 | self.onset)


def lesson_of(played: PlayedNotes, aspects: Sequence[str]) -> Lesson:
    """Return the lesson of a performance."""
    notes = score_notes(played.score, played.rows)
    table = played.score.note_array()
    spread = max(LEAST_SPREAD, float(played.velocity.std()))
    said = {
        "velocity": (played.velocity - played.velocity.mean()) / spread,
        "late": np.clip(played.late - np.median(played.late), -_LATEST, _LATEST),
        "held": np.clip(np.log(np.maximum(played.held, 1e-3)), -_HELD, _HELD),
    }
    return Lesson(
        features=note_features(notes).astype(np.float16),
        played=np.stack([said[name] for name in aspects], axis=1).astype(np.float32),
        seconds=notes.seconds,
        part=table[:, 4],
        onset=table[:, 0],
        spread=spread,
    )


def with_plain_ends(played: PlayedNotes) -> PlayedNotes:
    """Return the same notes as a writer has them: up to the next chord of the part, if they sound some of the way."""
    notes = played.score.note_array()
    own = Groups.of(notes[:, 4] << 32 | notes[:, 0])
    first = notes[own.first_notes]
    same = np.append(first[1:, 4] == first[:-1, 4], False)
    following = np.where(same, np.append(first[1:, 0], 0), first[:, 0] + 1)[own.index]
    way = following - notes[:, 0]
    length = np.where((notes[:, 1] >= _REACHES * way) & same[own.index], way, notes[:, 1])
    parts = []
    for number, part in enumerate(played.score.parts):
        mine = notes[:, 4] == number
        rows = np.column_stack([notes[mine, 0], length[mine], notes[mine, 2:4]])
        parts.append(type(part).from_array(rows, part.program, part.is_drum, part.name))
    held = played.held * notes[:, 1] / length
    return replace(played, score=replace(played.score, parts=tuple(parts)), held=held)
