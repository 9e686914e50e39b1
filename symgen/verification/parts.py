"""Whether each part of a continuation goes on as it was: read from the written file alone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from symgen.music.theory import pitch_name
from symgen.verification.facts import Facts, NoteFact

__all__ = ["PartFound", "compare_parts"]

_REACH = 7
_NEAR = 24
"""Notes closer than this share of a quarter are struck at once."""


@dataclass(frozen=True)
class PartFound:
    """What one part does in a stretch of a piece."""

    range: tuple[int, int]  # its lowest and its highest pitch
    # Most notes that it strikes, and sounds, at once
    chord: int
    polyphony: int
    notes_per_bar: float
    rests: float  # share of the time in which it is silent
    shortest: float  # its shortest note in quarters

    def to_json(self) -> dict[str, Any]:
        """Return plain data."""
        return {
            "range": "-".join(map(pitch_name, self.range)),
            "chord": self.chord,
            "polyphony": self.polyphony,
            "notes_per_bar": round(self.notes_per_bar, 2),
            "rests": round(self.rests, 3),
            "shortest": round(self.shortest, 3),
        }


def compare_parts(facts: Facts, start: int) -> list[dict[str, Any]]:
    """Set what each part does from a tick on beside what it did before.

    `start`: first tick of the new bars.
    """
    bars = [
        sum(bar.start < start for bar in facts.bars),
        sum(bar.start >= start for bar in facts.bars),
    ]
    end = facts.bars[-1].end
    rows = []
    for part, program in enumerate(facts.programs):
        mine = [note for note in facts.notes if note.part == part]
        old = _found([n for n in mine if n.onset < start], (0, start), bars[0], facts.resolution)
        new = _found([n for n in mine if n.onset >= start], (start, end), bars[1], facts.resolution)
        if old is not None:
            row = {
                "part": part + 1,
                "drums": program < 0,
                "prompt": old.to_json(),
                "new": new.to_json() if new else None,
            }
            rows.append(row | {"met": _met(old, new)})
    return rows


def _met(old: PartFound, new: PartFound | None) -> dict[str, bool]:
    if new is None:
        return dict.fromkeys(("range", "chord", "polyphony", "notes_per_bar"), False)
    return {
        "range": old.range[0] - _REACH <= new.range[0] and new.range[1] <= old.range[1] + _REACH,
        "chord": new.chord <= old.chord + 1,
        "polyphony": new.polyphony <= old.polyphony + 1,
        "notes_per_bar": old.notes_per_bar / 2 <= new.notes_per_bar <= 2 * old.notes_per_bar,
    }


def _found(
    notes: Sequence[NoteFact], span: tuple[int, int], bars: int, resolution: int
) -> PartFound | None:
    if not notes:
        return None
    near = max(1, resolution // _NEAR)
    changes = sorted(
        [(note.onset, 1) for note in notes]
        + [(max(note.onset, note.end - near), -1) for note in notes]
    )
    sounding = most = 0
    for _, change in changes:
        sounding += change
        most = max(most, sounding)
    pitches = [note.pitch for note in notes]
    return PartFound(
        (min(pitches), max(pitches)),
        max(Counter(note.onset // near for note in notes).values()),
        most,
        len(notes) / max(1, bars),
        1 - _heard(notes, span[1]) / max(1, span[1] - span[0]),
        min(note.end - note.onset for note in notes) / resolution,
    )


def _heard(notes: Sequence[NoteFact], stop: int) -> int:
    """Return how many ticks any of the notes sounds up to a tick."""
    heard = reached = 0
    for note in sorted(notes):
        end = min(note.end, stop)
        heard += max(0, end - max(note.onset, reached))
        reached = max(reached, end)
    return heard
