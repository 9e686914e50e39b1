"""Lay an interpretation over a score, without losing what is written.

What was struck one after the other is still so, in all parts; every note stays in its bar; the notes of a chord go from
the lowest up; strokes so close that they are one gesture, such as flams and grace notes, keep their distance; no key is
struck while it is held by the note before; the piece ends at the same tick and the same second.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from symgen.midi.events import MidiFile
from symgen.music.score import FASTEST, SLOWEST, Part, Score, TempoChange
from symgen.performer.interpretation import Floats, Interpretation, Ints
from symgen.performer.turns import turn_ticks

__all__ = ["laid_over"]

# Onsets closer than this share of a quarter are one gesture.
_GESTURE = 1 / 16
# However the clock bends, the tempo stays within these shares of what is written.
_SLOWEST, _FASTEST = 0.5, 2.0


def laid_over(score: Score, played: Interpretation, feel: float, *, since: int = 0) -> Score:
    """Return a score as it is played, at a strength of 0..1; what begins before tick `since` stays as it is."""
    notes = score.note_array()
    fresh = notes[:, 0] >= since
    late = np.where(fresh, feel * played.late, 0.0)
    clock = _after(played.clock * (1.0, feel), since) if len(played.clock) else played.clock
    clock, late = _early_bars(score, notes, clock, late, since)
    tempos = _tempos(score, clock)
    laid = replace(score, tempos=tempos)
    moved = notes.copy()
    moved[:, 0] += _shifts(score, laid, notes, late, since)
    durations = _durations(score, notes, moved[:, 0], played.held**feel)
    moved[:, 1] = np.where(fresh, durations, notes[:, 1])
    velocity = notes[:, 3] + feel * (played.velocity - notes[:, 3])
    velocity = np.where(fresh, np.rint(velocity), notes[:, 3])
    moved[:, 3] = np.clip(velocity, 1, 127)
    parts = [
        _with_rows(part, moved[moved[:, 4] == number, :4])
        for number, part in enumerate(score.parts)
    ]
    return replace(laid, parts=tuple(parts), length=score.length)


def _with_rows(part: Part, rows: Ints) -> Part:
    return Part.from_array(rows, part.program, part.is_drum, part.name)


def _after(clock: Floats, since: int) -> Floats:
    """Return a clock that is in time up to a tick."""
    if since <= clock[0, 0]:
        return clock
    end = clock[-1, 0]
    ticks = np.concatenate([[0.0, since], clock[clock[:, 0] > since, 0]])
    behind = np.interp(ticks, clock[:, 0], clock[:, 1])
    # What was behind at the join is given back on the way to the end.
    left = np.clip((end - ticks) / max(1.0, end - since), 0.0, 1.0) * behind[1]
    return np.column_stack([ticks, np.where(ticks > since, behind - left, 0.0)])


# -- time ----------------------------------------------------------------------------------


def _early_bars(
    score: Score, notes: Ints, clock: Floats, late: Floats, since: int
) -> tuple[Floats, Floats]:
    """Let bar lines stand where their earliest notes are struck, so that none falls into the bar before."""
    starts = np.array([bar.start for bar in score.bars if bar.start > since], dtype=np.int64)
    at = np.searchsorted(starts, notes[:, 0])
    opens = at < len(starts)
    opens[opens] = starts[at[opens]] == notes[opens, 0]
    early = np.zeros(len(starts))
    np.minimum.at(early, at[opens], late[opens])
    if not early.any():
        return clock, late
    ends = [0.0, float(score.length)]
    known = clock if len(clock) else np.array([[ends[0], 0.0], [ends[1], 0.0]])
    bends = np.concatenate([ends[:1], starts, ends[1:]]), np.concatenate([[0.0], early, [0.0]])
    ticks = np.unique(np.concatenate([known[:, 0], bends[0]]))
    behind = np.interp(ticks, *known.T) + np.interp(ticks, *bends)
    return np.column_stack([ticks, behind]), late - np.interp(notes[:, 0], *bends)


def _tempos(score: Score, clock: Floats) -> tuple[TempoChange, ...]:
    """Return tempos that follow a clock, to the microsecond at its ticks."""
    if not len(clock) or not clock[:, 1].any():
        return score.tempos
    changes = [change.tick for change in score.tempos if change.tick < score.length]
    ticks = np.unique(np.concatenate([np.rint(clock[:, 0]), changes, [score.length]]))
    ticks = ticks.astype(np.int64)
    written = np.array([score.seconds(tick) for tick in ticks.tolist()])
    behind = np.interp(ticks, *clock.T)
    quarters = np.diff(ticks) / score.resolution
    found, debt = list[TempoChange](), 0.0
    for tick, span, seconds in zip(
        ticks[:-1].tolist(),
        quarters.tolist(),
        _bent(np.diff(written), np.diff(behind), quarters).tolist(),
        strict=True,
    ):
        length = min(max(round(1e6 * (seconds + debt) / span), FASTEST), SLOWEST)
        debt += seconds - length * span / 1e6
        found.append(TempoChange(tick, length))
    return (*found, *(change for change in score.tempos if change.tick >= score.length))


def _bent(written: Floats, bends: Floats, quarters: Floats) -> Floats:
    """Return how many seconds stretches last that are bent, within what a tempo may be; their sum is kept."""
    least = np.maximum(_SLOWEST * written, FASTEST / 1e6 * quarters)
    most = np.minimum(_FASTEST * written, SLOWEST / 1e6 * quarters)
    found = np.clip(written + bends, least, most)
    # What is cut off here is made up for where there is room.
    missing = float((written + bends - found).sum())
    room = most - found if missing > 0 else found - least
    bent: Floats = found + room * min(1.0, abs(missing) / max(float(room.sum()), 1e-12)) * np.sign(
        missing
    )
    return bent


def _shifts(score: Score, laid: Score, notes: Ints, late: Floats, since: int) -> Ints:
    """Return by how many ticks each note is struck later than it is written; what begins before `since` stays."""
    onsets, group = np.unique(notes[:, 0], return_inverse=True)
    if not len(onsets):
        return np.zeros(0, dtype=np.int64)
    ticks = late / _tick_seconds(laid, notes[:, 0])
    apart = np.diff(onsets, prepend=onsets[0]) >= _GESTURE * score.resolution
    gesture = np.cumsum(apart.astype(np.int64))
    is_single = np.bincount(gesture)[gesture] == 1
    ticks = np.where(is_single[group], ticks, _means(ticks, gesture[group])[gesture[group]])
    shifts = np.rint(_from_the_lowest(notes, ticks)).astype(np.int64)
    earliest, latest = _room(score, onsets, gesture)
    if since:
        # A gesture that begins before stays whole, and no key is struck before it is let go there.
        first = onsets[np.searchsorted(gesture, gesture)]
        held = notes[notes[:, 0] < since]
        let_go = int((held[:, 0] + held[:, 1]).max(initial=since))
        earliest = np.maximum(earliest, np.minimum(0, let_go - first))
        earliest, latest = np.where(first < since, 0, earliest), np.where(first < since, 0, latest)
    moved: Ints = np.clip(shifts, earliest[group], latest[group])
    return moved


def _tick_seconds(score: Score, ticks: Ints) -> Floats:
    """Return how long a tick lasts at each of some ticks, in seconds."""
    starts = [change.tick for change in score.tempos]
    lengths = np.array([change.microseconds for change in score.tempos]) / 1e6 / score.resolution
    found: Floats = lengths[np.searchsorted(starts, ticks, side="right") - 1]
    return found


def _means(values: Floats, group: Ints) -> Floats:
    means: Floats = np.bincount(group, values) / np.maximum(np.bincount(group), 1)
    return means


def _from_the_lowest(notes: Ints, ticks: Floats) -> Floats:
    """Let the notes of a chord of one part come from the lowest up, moved as little as can be."""
    found = ticks.copy()
    # Rows are sorted by onset, part and pitch.
    same = (np.diff(notes[:, [0, 4]], axis=0) == 0).all(axis=1)
    bounds = np.flatnonzero(np.concatenate([[True], ~same, [True]]))
    falls = np.concatenate([[0], np.cumsum(same & (np.diff(ticks) < 0))])
    for first, last in zip(bounds[:-1].tolist(), bounds[1:].tolist(), strict=True):
        if falls[last - 1] > falls[first]:
            found[first:last] = _isotonic(ticks[first:last].tolist())
    return found


def _isotonic(values: list[float]) -> list[float]:
    """Return the rising row that is nearest to some values (pool adjacent violators)."""
    pools: list[tuple[float, int]] = []
    for value in values:
        pools.append((value, 1))
        while len(pools) > 1 and pools[-2][0] > pools[-1][0]:
            (a, m), (b, n) = pools[-2:]
            pools[-2:] = [((a * m + b * n) / (m + n), m + n)]
    return [mean for mean, count in pools for _ in range(count)]


def _room(score: Score, onsets: Ints, gesture: Ints) -> tuple[Ints, Ints]:
    """Return how early and how late each onset may be: less than half way to its neighbors, in its bar and sound."""
    firsts = np.flatnonzero(np.diff(gesture, prepend=-1))
    lasts = np.append(firsts[1:], len(onsets)) - 1
    gaps = onsets[firsts[1:]] - onsets[lasts[:-1]]
    starts, ends = np.array([(bar.start, bar.end) for bar in score.bars], dtype=np.int64).T
    bar = np.maximum(np.searchsorted(starts, onsets[firsts], side="right") - 1, 0)
    last_bar = np.maximum(np.searchsorted(starts, onsets[lasts], side="right") - 1, 0)
    # A gesture over a bar line stays where it is.
    crosses = bar != last_bar
    early = np.minimum(np.append(onsets[0], gaps // 2), onsets[firsts] - starts[bar])
    late = np.append((gaps - 1) // 2, max(0, score.length - 1 - int(onsets[-1])))
    late = np.minimum(late, np.maximum(0, ends[bar] - 1 - onsets[lasts]))
    turns = turn_ticks(score)
    turns = np.concatenate([[0], turns, [max(score.length, int(onsets[-1])) + 1]])
    early = np.minimum(early, onsets[firsts] - _last(turns, onsets[firsts]))
    late = np.minimum(late, _next(turns, onsets[lasts]) - 1 - onsets[lasts])
    early, late = np.where(crosses, 0, early), np.where(crosses, 0, late)
    return -early[gesture], late[gesture]


def _last(turns: Ints, ticks: Ints) -> Ints:
    found: Ints = turns[np.searchsorted(turns, ticks, side="right") - 1]
    return found


def _next(turns: Ints, ticks: Ints) -> Ints:
    found: Ints = turns[np.searchsorted(turns, ticks, side="right")]
    return found


# -- how long notes sound --------------------------------------------------------------------


def _durations(score: Score, notes: Ints, onsets: Ints, held: Floats) -> Ints:
    """Return how many ticks each note sounds, from where it is struck now."""
    shifts = onsets - notes[:, 0]
    ends = notes[:, 0] + notes[:, 1]
    found = np.empty(len(notes), dtype=np.int64)
    for number, part in enumerate(score.parts):
        rows = np.flatnonzero(notes[:, 4] == number)
        if part.is_drum or not len(rows):
            found[rows] = notes[rows, 1]
            continue
        # A note that is written up to the next one still reaches it.
        at = np.minimum(np.searchsorted(notes[rows, 0], ends[rows]), len(rows) - 1)
        reaches = notes[rows[at], 0] == ends[rows]
        moved = ends[rows] + np.where(reaches, shifts[rows[at]], shifts[rows])
        full = np.maximum(1, moved - onsets[rows])
        found[rows] = np.maximum(1, np.rint(full * held[rows]))
    return _not_restruck(score, notes, onsets, found)


def _not_restruck(score: Score, notes: Ints, onsets: Ints, durations: Ints) -> Ints:
    """End notes where their key is struck again and at the end of the piece; what overlapped as written still may."""
    key = _players(score)[notes[:, 4]] * 128 + notes[:, 2]
    order = np.lexsort((onsets, notes[:, 0], key))
    # Of the notes of a key the first one that is written at the end of a note or later.
    far = np.int64(score.length + 1)
    following = np.searchsorted(
        (key * far + notes[:, 0])[order], key * far + notes[:, 0] + notes[:, 1]
    )
    after = order[np.minimum(following, len(order) - 1)]
    comes = (following < len(order)) & (key[after] == key)
    room = np.where(comes, onsets[after], score.length) - onsets
    ended: Ints = np.minimum(durations, np.maximum(1, np.minimum(room, score.length - onsets)))
    return ended


def _players(score: Score) -> Ints:
    """Return a number for each part; parts of one channel, whose keys are the same keys, have the same."""
    source = score.source
    places = source.places if isinstance(source, MidiFile) else ()
    channels = [
        (source.tracks[track].port, channel) if isinstance(source, MidiFile) else (0, channel)
        for track, channel in places
    ]
    # Of parts that are in no file yet those of one instrument may come to share a channel.
    others = [(-1, -1 if part.is_drum else part.program) for part in score.parts[len(channels) :]]
    known = [*channels, *others]
    return np.array([known.index(each) for each in known], dtype=np.int64)
