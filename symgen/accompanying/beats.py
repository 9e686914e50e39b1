"""The beats of a piece as patterns take them, and what each chord has of a bar."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from symgen.accompanying.patterns import Beat
from symgen.music.harmony import PlacedChord, chord_beat
from symgen.music.meter import Bar

__all__ = ["Stretch", "bar_beats", "cut_stretches"]


@dataclass(frozen=True, slots=True)
class Stretch:
    """Beats of a bar under one chord."""

    chord: PlacedChord
    beats: tuple[Beat, ...]

    @property
    def start(self) -> int:
        """First tick."""
        return self.beats[0].start

    @property
    def end(self) -> int:
        """First tick after it."""
        return self.beats[-1].end


def bar_beats(bar: Bar, resolution: int) -> list[Beat]:
    """Return the beats of a bar; uneven numbers of short ones are felt in twos and a three."""
    quarters = chord_beat(bar.meter)
    count = max(1, min(bar.length, round(bar.length / (quarters * resolution))))
    lines = [bar.start + round(i * bar.length / count) for i in range(count + 1)]
    opened = _openings(count)
    if quarters < 1 and count % 2 and count > 3:
        spans = pairwise([0, *opened, count])
        return [
            Beat(lines[first], lines[stop], 1 if first else 0, stop - first)
            for first, stop in spans
        ]
    parts = 3 if quarters.numerator == 3 and quarters.denominator > 1 else 2
    return [
        Beat(start, end, 0 if i == 0 else 1 if i in opened else 2, parts)
        for i, (start, end) in enumerate(pairwise(lines))
    ]


def _openings(count: int) -> list[int]:
    """Return the beats within a bar that open a half of it, or a group of two or three."""
    if count % 2 == 0:
        return [count // 2]
    return list(range(2, count - 2, 2)) if count > 3 else []


def cut_stretches(
    bars: Sequence[Bar], resolution: int, chords: Sequence[PlacedChord], start: int, end: int
) -> Iterator[Stretch]:
    """Yield what each chord has of each bar between two ticks, nothing where no chord sounds."""
    ends = [chord.at for chord in chords[1:]] + [end]
    rows = [
        (chord, max(start, chord.at), min(end, stop))
        for chord, stop in zip(chords, ends, strict=True)
        if chord.is_chord
    ]
    number = 0
    for bar in bars:
        beats = bar_beats(bar, resolution)
        while number < len(rows) and rows[number][2] <= bar.start:
            number += 1
        for chord, first, stop in rows[number:]:
            if first >= bar.end:
                break
            mine = tuple(_clipped(beats, first, stop))
            if mine:
                yield Stretch(chord, mine)


def _clipped(beats: Sequence[Beat], start: int, end: int) -> Iterator[Beat]:
    """Yield what lies of beats between two ticks."""
    for beat in beats:
        if beat.start >= start and beat.end <= end:
            yield beat
        elif beat.end > start and beat.start < end:
            # A piece of a beat is struck once.
            yield replace(beat, start=max(start, beat.start), end=min(end, beat.end), parts=1)
