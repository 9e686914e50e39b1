"""The pitched notes of a score as columns, with their places in the bars."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from symgen.music.meter import convert_ticks
from symgen.music.score import Score

__all__ = ["STEPS", "NoteTable", "note_table"]

Ints = NDArray[np.int64]
BarContent = tuple[tuple[int, int, int], ...]

STEPS = 12
"""Grid steps per quarter note; all times below are in these."""


@dataclass(frozen=True)
class NoteTable:
    """Notes in order of onset and pitch."""

    # shape (notes,); times in grid steps, to the nearest; `place` counts from the bar line, `bar`
    # is the index of the bar, in which a pickup counts
    onset: Ints
    duration: Ints
    pitch: Ints
    place: Ints
    bar: Ints
    bar_steps: Ints  # shape (bars,); length of each bar
    beat_steps: Ints  # shape (bars,); length of a felt beat in each bar
    has_pickup: bool  # whether bar 0 is a pickup

    def __len__(self) -> int:
        return len(self.onset)

    def bar_contents(self) -> list[BarContent]:
        """List what stands in each full bar, a pickup left out, as ``(place, pitch, duration)`` rows."""
        contents: list[list[tuple[int, int, int]]] = [[] for _ in self.bar_steps]
        for bar, place, pitch, duration in zip(
            self.bar, self.place, self.pitch, self.duration, strict=True
        ):
            contents[bar].append((int(place), int(pitch), int(duration)))
        return [tuple(rows) for rows in contents[int(self.has_pickup) :]]

    def top_line(self) -> NoteTable:
        """Keep the highest note of each onset: the melody."""
        keep = (
            np.append(self.onset[1:] != self.onset[:-1], True)
            if len(self)
            else np.zeros(0, dtype=bool)
        )
        columns = (
            self.onset[keep],
            self.duration[keep],
            self.pitch[keep],
            self.place[keep],
            self.bar[keep],
        )
        return NoteTable(*columns, self.bar_steps, self.beat_steps, self.has_pickup)


def note_table(score: Score, *, drums: bool = False) -> NoteTable:
    """Read the notes of all parts but the drums."""
    bars = score.bars
    starts = np.array([bar.start for bar in bars], dtype=np.int64)
    parts = [part for part in score.parts if drums or not part.is_drum]
    rows = sorted((n.onset, n.pitch, n.duration) for part in parts for n in part.notes)
    onset, pitch, duration = (
        np.array(column, dtype=np.int64)
        for column in (zip(*rows, strict=True) if rows else ((),) * 3)
    )
    bar = np.searchsorted(starts, onset, side="right") - 1

    def steps(ticks: Ints) -> Ints:
        return convert_ticks(ticks, score.resolution, STEPS)

    return NoteTable(
        onset=steps(onset),
        duration=np.maximum(1, steps(duration)),
        pitch=pitch,
        place=steps(onset - starts[bar]) if len(starts) else onset,
        bar=bar,
        bar_steps=steps(np.array([b.length for b in bars], dtype=np.int64)),
        beat_steps=np.array([round(b.meter.beat_quarters * STEPS) for b in bars], dtype=np.int64),
        has_pickup=score.has_pickup,
    )
