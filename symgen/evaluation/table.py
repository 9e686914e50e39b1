"""The pitched notes of a score as columns, with their places in the bars."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from symgen.music.meter import convert_ticks
from symgen.music.score import Score

__all__ = ["STEPS", "NoteTable", "note_table"]

Ints = NDArray[np.int64]
BarContent = tuple[tuple[int, int, int], ...]

STEPS = 12
"""Grid steps per quarter note; all times below are in these."""

_NOTE_COLUMNS = ("onset", "duration", "pitch", "place", "bar")


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
        rows = np.stack([self.place, self.pitch, self.duration], axis=1).tolist()
        for bar, (place, pitch, duration) in zip(self.bar.tolist(), rows, strict=True):
            contents[bar].append((place, pitch, duration))
        return [tuple(notes) for notes in contents[int(self.has_pickup) :]]

    def keep(self, chosen: NDArray[np.bool_]) -> NoteTable:
        """Keep the notes of a mask; the bars stay."""
        notes = {name: getattr(self, name)[chosen] for name in _NOTE_COLUMNS}
        return replace(self, **notes)

    def top_line(self) -> NoteTable:
        """Keep the highest note of each onset: the melody."""
        # The last of each onset is the highest, as rows are sorted by onset and pitch.
        return self.keep(np.diff(self.onset, append=-1) != 0)


def note_table(score: Score, *, drums: bool = False) -> NoteTable:
    """Read the notes of all parts but the drums."""
    bars = score.bars
    starts = np.array([bar.start for bar in bars], dtype=np.int64)
    parts = [part for part in score.parts if drums or not part.is_drum]
    rows = sorted((n.onset, n.pitch, n.duration) for part in parts for n in part.notes)
    onset, pitch, duration = np.array(rows, dtype=np.int64).reshape(len(rows), 3).T
    bar = np.searchsorted(starts, onset, side="right") - 1

    def steps(ticks: Ints) -> Ints:
        return convert_ticks(ticks, score.resolution, STEPS)

    beats = [round(bar.meter.beat_quarters * STEPS) for bar in bars]
    return NoteTable(
        onset=steps(onset),
        duration=np.maximum(1, steps(duration)),
        pitch=pitch,
        place=steps(onset - starts[bar]) if len(starts) else onset,
        bar=bar,
        bar_steps=steps(np.array([bar.length for bar in bars], dtype=np.int64)),
        beat_steps=np.array(beats, dtype=np.int64),
        has_pickup=score.has_pickup,
    )
