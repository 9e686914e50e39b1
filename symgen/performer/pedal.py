"""The sustain pedal, as pianists use it: changed with the harmony, and not where it would blur.

Legato pedaling, also called syncopated (J. Banowetz, The Pianist's Guide to Pedaling, 1985): the pedal comes up as a
new harmony is struck, and goes down again while the keys are held. B. H. Repp (Pedal timing and tempo in expressive
piano performance, 1996) measured when; ``python -m lab pedal`` measures how it goes with the harmony.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from symgen.music.chords import ChordReading, ChordSpan
from symgen.music.lines import hardly_overlap
from symgen.music.score import Part, Score
from symgen.music.tempo import tick_seconds
from symgen.performer.manners import Manner

__all__ = ["DAMPED", "LIFT", "PRESS", "has_damper", "pedal_of", "pedals_of"]

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

DAMPED = frozenset((0, 1, 2, 3, 4, 5, 8, 11, 46))
"""Programs that have a damper pedal, or ring until they are damped: pianos, celesta, vibraphone and harp."""

_UP, _DOWN = 0, 127
LIFT, PRESS = 0.02, 0.1
"""Seconds after a new harmony at which the pedal comes up, and goes down again."""

# In songs of POP909 the medians are 0.1 before and 0.09 after; what is lifted so early leaves a gap where keys are let
# go on time.
# Of the shortest note at a change, and of the time up to the next change, the pedal waits for so much at most.
_CATCH, _WAIT = 0.6, 0.4
# Seconds of a harmony that is too short for a pedal of its own.
_SHORTEST = 0.25
# Less of the time that keys are down is staccato.
_DETACHED = 0.5
# In quarters: a longer time without a key down is a rest.
_REST = 1.0
# Runs in the bass: so many moves by step, each within so many seconds, below this pitch; and their share of all onsets.
_RUN, _QUICK, _LOW, _RUNNING = 3, 0.25, 57, 0.5
_STEP = 2
# A line that moves by step in so many of its moves would blur.
_STEPWISE = 0.5
# A bass that changes below this pitch is a harmony of its own; tones from the second on may blur with a chord.
_BASS, _HIGH = 55, 72


def pedals_of(score: Score, manner: Manner) -> tuple[Ints, ...]:
    """Return the pedal of each part, as `pedal_of` does."""
    parts = [number for number, part in enumerate(score.parts) if _is_pedaled(part, manner)]
    changes = _changes(score) if parts else np.zeros(0, dtype=np.int64)
    return tuple(
        _pedal(score, part, changes) if number in parts else np.zeros((0, 2), dtype=np.int64)
        for number, part in enumerate(score.parts)
    )


def pedal_of(score: Score, part: int, manner: Manner) -> Ints:
    """Return when the pedal of a part goes down and comes up.

    Parameters
    ----------
    score : Score
        As it is written; the harmony is that of all parts.
    part : int
        Its number, from 0.
    manner : Manner
        Says whether pedals are used at all.

    Returns
    -------
    ndarray of int64, shape (m, 2)
        Tick, rising, and value of controller 64: 127 (down) and 0 (up) in turn, up at the end. No rows for drums, for
        programs without dampers, and for a line that moves by step.
    """
    return pedals_of(score, manner)[part]


def has_damper(part: Part) -> bool:
    """Tell whether a part is played on an instrument of which a pedal lifts the dampers."""
    return not part.is_drum and part.program in DAMPED


def _is_pedaled(part: Part, manner: Manner) -> bool:
    return manner.pedal and has_damper(part) and part.note_count > 0 and not _walks(part)


def _walks(part: Part) -> bool:
    """Tell whether a part is one line that moves by step."""
    onset, duration, pitch, _ = part.note_array().T
    moves = np.abs(np.diff(pitch))
    moves = moves[moves > 0]
    is_line = hardly_overlap(onset, duration)
    return bool(is_line and len(moves) and np.mean(moves <= _STEP) >= _STEPWISE)


# -- where the harmony changes -------------------------------------------------------------


def _changes(score: Score) -> Ints:
    """Return the ticks at which the pedal is due to change: bar lines, new chords, new basses, tones of no chord."""
    reading = ChordReading.of_score(score)
    spans = reading.spans()
    beats, lowest = np.asarray(reading.starts), reading.heard.lowest
    known = np.flatnonzero(lowest < _BASS)
    moved = np.diff(lowest[known] % 12, prepend=-1) != 0
    ticks = [
        np.array([bar.start for bar in score.bars], dtype=np.int64),
        np.array([span.start for span in spans], dtype=np.int64),
        beats[known[moved]],
        _foreign(score, spans, beats),
    ]
    return np.unique(np.concatenate(ticks))


def _foreign(score: Score, spans: Sequence[ChordSpan], beats: Ints) -> Ints:
    """Return the beats at which tones are struck that are none of the chord, but for high ones."""
    notes = score.note_array()
    pitched = np.array([not part.is_drum for part in score.parts], dtype=bool)
    notes = notes[pitched[notes[:, 4]] & (notes[:, 2] < _HIGH) & np.isin(notes[:, 0], beats)]
    tones = np.ones((len(spans) + 1, 12), dtype=bool)
    for row, span in zip(tones, spans, strict=False):
        if span.chord is not None:
            row[:] = np.isin(np.arange(12), list(span.chord.pitch_classes))
    at = np.searchsorted([span.start for span in spans], notes[:, 0], side="right") - 1
    found: Ints = notes[~tones[at, notes[:, 2] % 12], 0]
    return found


# -- the pedal of a part -------------------------------------------------------------------


@dataclass(frozen=True)
class _Stretch:
    """What a part plays between two changes."""

    start: int
    end: int
    # Rows of onset, duration and pitch that are struck in it.
    struck: Ints
    # How many of its onsets go on with a run.
    running: int
    seconds: float
    # For how much of it keys are down.
    filled: float

    def delay(self, usual: float) -> int:
        """Return how many ticks after its start the pedal moves: no note that opens it may be over by then."""
        rate = (self.end - self.start) / self.seconds
        opening = self.struck[self.struck[:, 0] == self.start, 1]
        shortest = int(opening.min(initial=self.end - self.start)) / rate
        share = usual / PRESS
        return round(rate * min(usual, share * _CATCH * shortest, share * _WAIT * self.seconds))

    def is_dry(self) -> bool:
        """Tell whether a pianist would leave the pedal up."""
        if not len(self.struck) or self.seconds < _SHORTEST or self.filled < _DETACHED:
            return True
        return self.running >= max(_RUN, _RUNNING * len(np.unique(self.struck[:, 0])))


def _pedal(score: Score, part: Part, changes: Ints) -> Ints:
    """Return the moves of the pedal of one part."""
    stretches = _stretches(score, part.note_array()[:, :3], changes)
    moves: list[tuple[int, int]] = []
    for number, stretch in enumerate(stretches):
        if stretch.is_dry():
            continue
        last = stretch.end
        following = stretches[number + 1] if number + 1 < len(stretches) else None
        if following is not None and following.start == last:
            last += following.delay(LIFT)
        first = stretch.start + stretch.delay(PRESS)
        if moves:
            first = max(first, moves[-1][0] + 1)
        if first < last:
            moves += [(first, _DOWN), (last, _UP)]
    return np.array(moves, dtype=np.int64).reshape(-1, 2)


def _stretches(score: Score, notes: Ints, changes: Ints) -> list[_Stretch]:
    """Cut what a part plays at the changes of harmony, and at rests."""
    sounding = _sounding(notes, _REST * score.resolution)
    edges = [
        (start, end)
        for first, last in sounding
        for start, end in pairwise(
            [first, *changes[(changes > first) & (changes < last)].tolist(), last]
        )
    ]
    if not edges:
        return []
    running = _running(score, notes)
    bounds = np.array(edges, dtype=np.int64)
    seconds = np.diff(tick_seconds(score, bounds), axis=1)[:, 0]
    firsts = np.searchsorted(notes[:, 0], bounds)
    filled = _filled(notes, bounds)
    return [
        _Stretch(start, end, notes[a:b], int(running[a:b].sum()), float(length), float(share))
        for (start, end), (a, b), length, share in zip(
            edges, firsts.tolist(), seconds, filled, strict=True
        )
    ]


def _running(score: Score, notes: Ints) -> NDArray[np.bool_]:
    """Tell of each note whether a run in the bass goes on with it; of a chord the lowest note is told of."""
    found = np.zeros(len(notes), dtype=bool)
    # Notes are sorted by onset and pitch.
    lowest = np.flatnonzero(np.diff(notes[:, 0], prepend=-1))
    step = np.abs(np.diff(notes[lowest, 2], prepend=-_STEP - 1))
    apart = np.diff(tick_seconds(score, notes[lowest, 0]), prepend=-np.inf)
    is_quick = (apart <= _QUICK) & (notes[lowest, 2] < _LOW)
    found[lowest] = is_quick & (step > 0) & (step <= _STEP)
    return found


def _sounding(notes: Ints, rest: float) -> list[tuple[int, int]]:
    """Return from when to when a part plays without a longer rest."""
    ends = np.maximum.accumulate(notes[:, 0] + notes[:, 1])
    opens = np.flatnonzero(notes[1:, 0] - ends[:-1] > rest) + 1
    starts = notes[np.concatenate([[0], opens]), 0]
    stops = ends[np.concatenate([opens - 1, [len(notes) - 1]])]
    return list(zip(starts.tolist(), stops.tolist(), strict=True))


def _filled(notes: Ints, bounds: Ints) -> Floats:
    """Return for which share of each stretch keys are down."""
    ends = np.maximum.accumulate(notes[:, 0] + notes[:, 1])
    # Time with a key down up to each onset, as notes are sorted by their onsets.
    fresh = ends - np.maximum(notes[:, 0], np.concatenate([[0], ends[:-1]]))
    fresh = np.maximum(fresh, 0)
    total = np.concatenate([[0], np.cumsum(fresh)])
    at = np.searchsorted(notes[:, 0], bounds, side="right")
    # What the notes so far hold beyond the bound comes later.
    beyond = np.maximum(np.concatenate([[0], ends])[at] - bounds, 0)
    held = total[at] - np.minimum(beyond, total[at])
    share: Floats = np.diff(held, axis=1)[:, 0] / np.maximum(1, bounds[:, 1] - bounds[:, 0])
    return share
