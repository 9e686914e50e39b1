"""A score that was played without a click, laid on its pulse."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import numpy as np

from symgen.beats.clock import Clock
from symgen.beats.layout import opening_meters, tempo_changes
from symgen.beats.pulse import Pulse
from symgen.music.score import KeyChange, Note, Part, Score, TempoChange

__all__ = ["score_on_pulse"]

_SHORTEST = 4
"""Notes of this part of a quarter are rhythm; what is held over a bar line for less is none."""


def score_on_pulse(score: Score, pulse: Pulse) -> Score:
    """Return a score whose bars are those that were played.

    Parameters
    ----------
    score : Score
        As read.
    pulse : Pulse
        As `find_pulse` finds it in this score.

    Returns
    -------
    Score
        The same notes in every part, in as many ticks a quarter as before, but of the pulse; early or late by as much
        as they were played: nothing is moved to a grid. It begins with the bar, or the pickup, of the first note.
        Meter and tempo are those of the pulse; key signatures go along, each to the nearest bar line. What is held
        over the bar line behind the last onset by less than a sixteenth ends there.
    """
    meters = opening_meters(pulse.pickup, pulse.meter, score.resolution)
    parts = [_moved(part, pulse, score.resolution) for part in score.parts]
    laid = Score(tuple(parts), score.resolution, _tempos(score, pulse), meters, title=score.title)
    laid = _without_overhang(laid)
    return replace(laid, keys=_keys(score.keys, pulse, laid))


def _ticks(times: Iterable[int], pulse: Pulse, resolution: int) -> list[int]:
    """Return times of the file in ticks of the score on the pulse; what begins before it begins with it."""
    quarters = pulse.quarters(np.fromiter(times, np.float64))
    return [max(0, tick) for tick in np.rint(quarters * resolution).astype(np.int64).tolist()]


def _moved(part: Part, pulse: Pulse, resolution: int) -> Part:
    onsets = _ticks((note.onset for note in part.notes), pulse, resolution)
    ends = _ticks((note.end for note in part.notes), pulse, resolution)
    return part.with_notes(
        Note(onset, note.pitch, max(1, end - onset), note.velocity)
        for note, onset, end in zip(part.notes, onsets, ends, strict=True)
    )


def _without_overhang(laid: Score) -> Score:
    last = max((note.onset for part in laid.parts for note in part.notes), default=0)
    line = next((bar.end for bar in laid.bars if bar.end > last), laid.length)
    if not 0 < laid.music_end - line < laid.resolution // _SHORTEST:
        return laid
    parts = [
        part.with_notes(
            replace(note, duration=min(note.end, line) - note.onset) for note in part.notes
        )
        for part in laid.parts
    ]
    return laid.with_parts(parts, length=0)


def _tempos(score: Score, pulse: Pulse) -> tuple[TempoChange, ...]:
    """Return the tempos at which it was played, through the tempo map of the file."""
    played = replace(pulse.grid, beats=Clock.played(score).to_seconds(pulse.grid.beats))
    start = float(pulse.start)
    end = start + float(pulse.quarters([score.music_end])[0])
    return tempo_changes(played, start, max(end, start), score.resolution)


def _keys(keys: Iterable[KeyChange], pulse: Pulse, laid: Score) -> tuple[KeyChange, ...]:
    lines = np.array([0, *(bar.end for bar in laid.bars)])
    found = []
    for key in keys:
        tick = _ticks([key.tick], pulse, laid.resolution)[0] if key.tick else 0
        found.append(replace(key, tick=int(lines[np.argmin(np.abs(lines - tick))])))
    return tuple(found)
