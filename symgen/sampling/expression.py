"""Velocities for notes of a network that was not taught any: a light accent on the beat."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import pairwise
from statistics import fmean

import numpy as np

from symgen.music.meter import Bar, Meter
from symgen.music.score import Note, Part

__all__ = ["Accents", "continued_drums", "playable"]

_USUAL = (92, 84, 78)


class Accents:
    """Velocities of the first beat, of the other beats and of the rest."""

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

    def on(self, part: Part, bars: Sequence[Bar], resolution: int) -> Part:
        """Return a part with these velocities, as `apply` gives them."""
        notes = part.note_array()
        if not len(notes):
            return part
        index = np.searchsorted([bar.end for bar in bars], notes[:, 0], side="right")
        index = np.minimum(index, len(bars) - 1)
        beats = {meter: _beat(meter, resolution) for meter in {bar.meter for bar in bars}}
        lines = np.array([(bar.start, bar.number > 0, beats[bar.meter]) for bar in bars])
        start, is_counted, beat = lines[index].T
        offset = notes[:, 0] - start
        place = np.where(offset % beat == 0, 1, 2)
        place[(offset == 0) & (is_counted > 0)] = 0
        notes[:, 3] = np.array(self.levels)[place]
        return Part.from_array(notes, part.program, part.is_drum, part.name)


def _beat(meter: Meter, resolution: int) -> int:
    return max(1, round(meter.beat_quarters * resolution))


def _place(onset: int, bar: Bar, resolution: int) -> int:
    """0 on the first beat, 1 on another beat, 2 elsewhere."""
    offset = onset - bar.start
    if offset == 0 and bar.number > 0:
        return 0
    return 1 if offset % _beat(bar.meter, resolution) == 0 else 2


def playable(fresh: Iterable[Note], held: Iterable[Note]) -> list[Note]:
    """Return the new notes of a part that can be played beside those it has."""
    # A note ends where its key is struck again. Of several that strike a key at once the longest
    # stays, and none that strikes a key while a held note sounds on it: in MIDI it would end that
    # note, and end with it.
    taken: dict[int, list[Note]] = defaultdict(list)
    for note in held:
        taken[note.pitch].append(note)
    onsets: dict[int, dict[int, Note]] = defaultdict(dict)
    for note in sorted(fresh):  # of one onset and pitch the longest comes last
        if not any(old.onset <= note.onset < old.end for old in taken[note.pitch]):
            onsets[note.pitch][note.onset] = note
    made: list[Note] = []
    for pitch, notes in onsets.items():
        starts = sorted({*notes, *(old.onset for old in taken[pitch])})
        following = dict(pairwise(starts))
        for onset, note in notes.items():
            end = min(note.end, following.get(onset, note.end))
            made.append(replace(note, duration=end - onset))
    return sorted(made)


# A stroke less than a twelfth of a quarter before a bar line belongs to the bar that follows.
_EARLY = 12
# With no more than this share of their usual strokes drums would fall silent.
_FEWEST = 0.5


def continued_drums(
    notes: Sequence[Note], bars: Sequence[Bar], sources: Sequence[int | None], resolution: int
) -> list[Note]:
    """Return the strokes of new bars: those of the bars that they take up."""
    early = resolution // _EARLY
    starts = [bar.start for bar in bars]
    by_bar: list[list[Note]] = [[] for _ in bars]
    for note in notes:
        by_bar[max(0, bisect_right(starts, note.onset + early) - 1)].append(note)
    known = sources.count(None)
    usual = len(notes) / max(1, known) * (len(sources) - known)
    fresh = _taken_up(by_bar, bars, sources, early, pauses=True)
    return (
        fresh
        if len(fresh) > _FEWEST * usual
        else _taken_up(by_bar, bars, sources, early, pauses=False)
    )


def _taken_up(
    by_bar: Sequence[Sequence[Note]],
    bars: Sequence[Bar],
    sources: Sequence[int | None],
    early: int,
    *,
    pauses: bool,
) -> list[Note]:
    """Return the strokes of new bars; without pauses bars with strokes stand for those that have none."""
    heard = [i for i, strokes in enumerate(by_bar) if strokes]
    strokes, fresh = list(by_bar), list[Note]()
    for index, source in enumerate(sources):
        if source is None or not heard:
            continue
        begun = source if pauses or strokes[source] else heard[source % len(heard)]
        start, shift = bars[index].start, bars[index].start - bars[begun].start
        strokes[index] = [
            replace(note, onset=max(start - early, note.onset + shift))
            for note in strokes[begun]
            if note.onset - bars[begun].start < bars[index].length
        ]
        fresh += strokes[index]
    return fresh
