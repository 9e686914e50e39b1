"""Where things stand in a piano roll: bars in rows, pitches and drums in heights."""

from __future__ import annotations

from dataclasses import dataclass

from symgen.music.instruments import drum_name
from symgen.music.meter import Bar
from symgen.music.score import Score
from symgen.music.theory import pitch_name

__all__ = ["NATURALS", "Row", "Scale", "break_rows", "find_scale"]

NATURALS = frozenset({0, 2, 4, 5, 7, 9, 11})
_LANE = 2
_MAX_ROWS = 24
_LEAST_SPAN = 14

Row = list[Bar]
"""Bars that stand side by side."""


@dataclass(frozen=True, slots=True)
class Scale:
    """Heights in semitones: pitches as they are, and below them one lane for each drum that is struck."""

    low: int
    high: int
    drums: tuple[int, ...]

    def height(self, pitch: int, *, drum: bool) -> float:
        """Return where the middle of a note stands."""
        return self.bottom + _LANE * (self.drums.index(pitch) + 0.5) if drum else pitch

    @property
    def bottom(self) -> int:
        """Where the lowest lane begins."""
        return self.low - (_LANE * len(self.drums) if self.drums else 0)

    @property
    def is_narrow(self) -> bool:
        """Whether there is room to name every white key."""
        return self.high - self.low <= 26

    @property
    def ticks(self) -> dict[float, str]:
        """Labels by height: every C, in a narrow range every white key, and the drums."""
        chosen = [
            p
            for p in range(self.low + 1, self.high)
            if p % 12 == 0 or (self.is_narrow and p % 12 in NATURALS)
        ]
        labels = {self.height(p, drum=True): drum_name(p) for p in self.drums}
        return labels | {float(pitch): pitch_name(pitch) for pitch in chosen}


def find_scale(score: Score) -> Scale:
    """Return the heights that hold all notes."""
    drums = sorted({note.pitch for part in score.parts if part.is_drum for note in part.notes})
    pitches = {note.pitch for part in score.parts if not part.is_drum for note in part.notes}
    if not pitches:
        return Scale(0, 0, tuple(drums))
    low, high = min(pitches) - 2, max(pitches) + 2
    spare = max(0, _LEAST_SPAN - (high - low)) // 2
    return Scale(low - spare, high + spare, tuple(drums))


def break_rows(score: Score, quarters: float) -> list[Row]:
    """Break the bars into rows of about so many quarter notes, or longer ones where there would be too many."""
    bars = list(score.bars)
    total = (bars[-1].end - bars[0].start) / score.resolution
    if total <= 1.25 * quarters:
        return [bars]
    most = max(quarters, total / _MAX_ROWS) * score.resolution
    rows = [[bars[0]]]
    for bar in bars[1:]:
        pickup = rows[-1][0] is bars[0] and bars[0].number == 0
        start = rows[-1][1].start if pickup and len(rows[-1]) > 1 else rows[-1][0].start
        if bar.end - start > most and not (pickup and len(rows[-1]) == 1):
            rows.append([])
        rows[-1].append(bar)
    return rows
