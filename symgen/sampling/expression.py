"""Velocities for notes of a network that was not taught any: a light accent on the beat."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from statistics import fmean

from symgen.music.meter import Bar
from symgen.music.score import Note

__all__ = ["Accents"]

_USUAL = (92, 84, 78)


class Accents:
    """Velocities of the first beat, of the other beats and of the rest.

    Parameters
    ----------
    levels : tuple of int
        Velocities 1..127.
    """

    def __init__(self, levels: tuple[int, int, int] = _USUAL) -> None:
        self.levels = levels

    @classmethod
    def of(cls, notes: Sequence[Note], bars: Sequence[Bar], resolution: int) -> Accents:
        """Learn the levels of a prompt: the mean velocity at each kind of place."""
        if not notes:
            return cls()
        by_place: dict[int, list[int]] = {}
        everything = round(fmean(note.velocity for note in notes))
        index = 0
        for note in sorted(notes):
            while index + 1 < len(bars) and bars[index].end <= note.onset:
                index += 1
            by_place.setdefault(_place(note.onset, bars[index], resolution), []).append(
                note.velocity
            )
        first, beat, rest = (
            round(fmean(by_place[i])) if i in by_place else everything for i in range(3)
        )
        return cls((first, beat, rest))

    def apply(self, notes: Sequence[Note], bars: Sequence[Bar], resolution: int) -> list[Note]:
        """Return the notes with these velocities."""
        made, index = [], 0
        for note in sorted(notes):
            while index + 1 < len(bars) and bars[index].end <= note.onset:
                index += 1
            made.append(
                replace(note, velocity=self.levels[_place(note.onset, bars[index], resolution)])
            )
        return made


def _place(onset: int, bar: Bar, resolution: int) -> int:
    """0 on the first beat, 1 on another beat, 2 elsewhere."""
    offset = onset - bar.start
    if offset == 0 and bar.number > 0:
        return 0
    beat = max(1, round(bar.meter.beat_quarters * resolution))
    return 1 if offset % beat == 0 else 2
