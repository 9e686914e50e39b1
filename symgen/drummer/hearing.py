"""Drums of a piece as the drummer hears them: what was played before he goes on, and where its fills come."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import takewhile

import numpy as np

from symgen.drummer.grooves import BEAT, FILL, GROOVE, PLACES, Groove, bar_events, slots_of_beat
from symgen.music.drum_kit import DRUMS, OTHER_KEYS, drum_of_keys
from symgen.music.meter import Bar
from symgen.music.score import Note

__all__ = ["DRAWN", "Heard", "hear", "phrase_events"]

DRAWN = -1
"""The event of a bar that is left to the drummer."""

# So many bars are listened to, the last ones.
_MOST = 16
_VELOCITIES = 16
# Bars after which fills may come.
_PHRASES = (2, 4, 8, 16)


@dataclass(frozen=True)
class Heard:
    """The last bars of a part of drums."""

    groove: Groove
    # The key of each drum that is struck, and of its second sound, by drum and whether it is the second.
    keys: dict[tuple[int, bool], int]
    # Number of the first bar of the groove among the full bars of the piece.
    first: int

    @property
    def events(self) -> tuple[int, ...]:
        """What each bar of the groove is."""
        return tuple(self.groove.events.tolist())


def hear(notes: Sequence[Note], bars: Sequence[Bar], resolution: int, bpm: float) -> Heard | None:
    """Listen to the last bars of one meter; None where no drum that the drummer knows is struck."""
    full = [bar for bar in bars if bar.number > 0]
    alike = takewhile(
        lambda bar: (bar.meter, bar.length) == (full[-1].meter, full[-1].length), reversed(full)
    )
    last = list(alike)[:_MOST][::-1]
    if not last:
        return None
    steps = -(-last[0].length * BEAT // resolution)
    drum_of, start = drum_of_keys(), last[0].start
    known = [note for note in notes if drum_of[note.pitch] >= 0]
    inside = [note for note in known if start - resolution // (2 * BEAT) <= note.onset]
    if not inside:
        return None
    at = np.array([(note.onset - start) * BEAT / resolution for note in inside])
    slots, places = _laid(np.maximum(at, 0.0), len(last), steps)
    levels = np.zeros((len(slots), len(DRUMS)), dtype=np.int64)
    other = np.zeros_like(levels)
    row_of = {step: row for row, (step, _) in enumerate(slots)}
    for note, place in zip(inside, places, strict=True):
        if place in row_of:
            drum, level = int(drum_of[note.pitch]), 1 + note.velocity // _VELOCITIES
            if level >= levels[row_of[place], drum]:
                levels[row_of[place], drum] = level
                other[row_of[place], drum] = note.pitch == OTHER_KEYS.get(drum)
    step, feel = np.array(slots, dtype=np.int64).T
    none = np.zeros_like(levels)
    meter, events = str(last[0].meter), np.full(len(last), GROOVE, dtype=np.int64)
    groove = Groove(
        meter, steps, bpm, "", step // steps, step % steps, feel, levels, none, other, events
    )
    events[:] = bar_events(groove.laid())
    return Heard(groove, _keys(known), len(full) - len(last))


def phrase_events(events: Sequence[int], first: int, count: int) -> tuple[int, ...]:
    """Say which of `count` new bars are fills, as those that were heard from bar `first` on come in phrases."""
    fills = {first + bar for bar, event in enumerate(events) if event == FILL}
    if not fills:
        return (DRAWN,) * count
    stop = first + len(events)

    def misses(phrase: int, place: int) -> int:
        due = {bar for bar in range(first, stop) if bar % phrase == place}
        return len(due ^ fills)

    places = [(phrase, place) for phrase in _PHRASES if phrase <= stop for place in range(phrase)]
    if not places:
        return (DRAWN,) * count
    phrase, place = min(places, key=lambda each: (misses(*each), each))
    return tuple(FILL if bar % phrase == place else GROOVE for bar in range(stop, stop + count))


def _keys(notes: Sequence[Note]) -> dict[tuple[int, bool], int]:
    """Return the key that is struck most of each drum, and of its second sound."""
    drum_of, found = drum_of_keys(), dict[tuple[int, bool], int]()
    for key, _ in Counter(note.pitch for note in notes).most_common():
        drum = int(drum_of[key])
        found.setdefault((drum, key == OTHER_KEYS.get(drum)), key)
    return found


def _laid(
    at: np.ndarray[tuple[int], np.dtype[np.float64]], bars: int, steps: int
) -> tuple[list[tuple[int, int]], list[int]]:
    """Return step and feel of all slots of the bars, and the step of the slot of each hit."""
    starts = [bar * steps + place for bar in range(bars) for place in range(0, steps, BEAT)]
    lengths = [min(BEAT, steps - start % steps) for start in starts]
    beat = np.clip(np.searchsorted(starts, at + 1e-9, side="right") - 1, 0, len(starts) - 1)
    slots: list[tuple[int, int]] = []
    found = np.zeros(len(at), dtype=np.int64)
    for number, (start, length) in enumerate(zip(starts, lengths, strict=True)):
        mine = np.flatnonzero(beat == number)
        inside = at[mine] - start
        ways = [np.array([*slots_of_beat(feel, length), length]) for feel in range(len(PLACES))]
        off = [np.abs(inside[:, None] - way).min(axis=1).sum() for way in ways]
        feel = int(np.argmin(off))
        found[mine] = start + ways[feel][np.abs(inside[:, None] - ways[feel]).argmin(axis=1)]
        slots += [(start + place, feel) for place in slots_of_beat(feel, length)]
    return slots, found.tolist()
