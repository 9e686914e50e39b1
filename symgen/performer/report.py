"""What a performance did to a score, in figures and in words."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import median
from typing import Any

import numpy as np

from symgen.midi.channels import channel_messages, setting_of
from symgen.midi.events import CONTROLLER, MidiFile
from symgen.music.score import Score
from symgen.performer.own_manner import (
    has_own_pedal,
    has_own_tempo,
    has_own_time,
    has_own_velocity,
)

__all__ = ["PlayedFacts", "played_facts"]

_SUSTAIN, _DOWN = 64, 64
# From this share of the usual tempo on, an end slows down.
_SLOWER = 0.97


@dataclass(frozen=True)
class PlayedFacts:
    """What a performance did."""

    velocities: tuple[int, int]  # the softest and the loudest note, 1..127
    moved: float  # share of the notes that are struck early or late, 0..1
    pedals: int  # how often the sustain pedal goes down
    slows: bool  # whether the end is slower than the piece
    own: tuple[str, ...]  # what the piece was played with already, in some part

    def to_json(self) -> dict[str, Any]:
        """Return plain data."""
        return {
            "velocities": list(self.velocities),
            "moved": round(self.moved, 3),
            "pedals": self.pedals,
            "slows_down": self.slows,
            "own": list(self.own),
        }

    def __str__(self) -> str:
        """Say it in a line."""
        low, high = self.velocities
        told = [f"velocities {low}-{high}" if low < high else f"velocity {low}"]
        told.append(f"{self.moved:.0%} of the notes early or late" if self.moved else "in time")
        if self.pedals:
            told.append("pedal once" if self.pedals == 1 else f"pedal {self.pedals} times")
        if self.slows:
            told.append("slows down at the end")
        return ", ".join(told)


def played_facts(before: Score, after: Score) -> PlayedFacts:
    """Set a performance beside the score that it was made of, which has at least one note."""
    velocity = after.note_array()[:, 3]
    old, new = (np.sort(score.note_array()[:, 0]) for score in (before, after))
    parts = range(len(before.parts))
    own = {
        "velocities": any(map(has_own_velocity, before.parts)),
        "timing": any(has_own_time(before, part) for part in parts),
        "tempo": has_own_tempo(before),
        "pedal": any(has_own_pedal(before, part) for part in parts),
    }
    return PlayedFacts(
        velocities=(int(velocity.min()), int(velocity.max())),
        moved=float((old != new).mean()),
        pedals=_pedals(after),
        slows=_slows(after) and not _slows(before),
        own=tuple(name for name, is_own in own.items() if is_own),
    )


def _pedals(score: Score) -> int:
    """Count how often the sustain pedal goes down."""
    if not isinstance(score.source, MidiFile):
        return 0
    count = 0
    for messages in channel_messages(score.source).values():
        pedal = (CONTROLLER, _SUSTAIN)
        values = [each.event[3] for each in messages if setting_of(each.event) == pedal]
        down = np.array([0, *values]) >= _DOWN
        count += int((down[1:] & ~down[:-1]).sum())
    return count


def _slows(score: Score) -> bool:
    """Whether the last tempo within the music is slower than most."""
    tempos = [change.bpm for change in score.tempos if change.tick < score.music_end]
    return bool(tempos) and tempos[-1] < _SLOWER * median(tempos)
