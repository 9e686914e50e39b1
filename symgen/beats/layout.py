"""Where a score begins that is laid on beats, and which tempos it writes."""

from __future__ import annotations

from fractions import Fraction
from math import ceil, floor

import numpy as np

from symgen.beats.grid import BeatGrid
from symgen.beats.placing import FINE
from symgen.music.meter import Meter
from symgen.music.score import MeterChange, TempoChange

__all__ = ["RESOLUTION", "find_opening", "opening_meters", "tempo_changes"]

RESOLUTION = 480
"""Ticks a quarter of the scores that are made."""
_SLOWEST, _FASTEST = 4.0, 10_000.0
_STEADY = 0.15
"""Logarithm of a tempo beside the mean from which on the score follows it."""
_NEWS = 0.04
"""Logarithm of the step from a tempo to the next that the score writes."""


def find_opening(first: int, meter: Meter) -> tuple[int, Meter | None]:
    """Return the place at which a score begins, in steps of a `FINE`th quarter from a bar line, and its pickup.

    Parameters
    ----------
    first : int
        Place of the first note, in such steps.
    meter : Meter
    """
    bar = int(meter.quarters * FINE)
    line = floor(first / bar) * bar
    lead = line + bar - first
    whole = (
        FINE // 4 if lead % (FINE // 4) == 0 else FINE
    )  # a triplet begins its quarter with a rest
    short = Fraction(ceil(lead / whole) * whole, FINE)
    for denominator in (4, 8, 16):
        beats = short * denominator / 4
        if beats.denominator == 1 and 0 < short < meter.quarters and first != line:
            return line + bar - int(short * FINE), Meter(int(beats), denominator)
    return line, None


def opening_meters(pickup: Meter | None, meter: Meter, resolution: int) -> tuple[MeterChange, ...]:
    """Return the meters of a score that begins with a pickup, or with a full bar."""
    if pickup is None:
        return (MeterChange(0, meter),)
    return (MeterChange(0, pickup), MeterChange(pickup.bar_ticks(resolution), meter))


def tempo_changes(
    grid: BeatGrid, start: float, end: float, resolution: int = RESOLUTION
) -> tuple[TempoChange, ...]:
    """Return the mean tempo, or those of the bars where they leave it far.

    Parameters
    ----------
    grid : BeatGrid
    start, end : float
        Where the score begins and ends, in quarters from the first full bar line.
    resolution : int
        Ticks a quarter of the score.
    """
    mean = (TempoChange.of_bpm(0, float(np.clip(grid.bpm, _SLOWEST, _FASTEST))),)
    bar = float(grid.meter.quarters)
    lines = np.concatenate(
        [[start], np.arange(floor(start / bar) + 1, ceil(end / bar)) * bar, [end]]
    )
    lines = lines[np.append(True, np.diff(lines) > 1e-9)]
    if len(lines) < 3:
        return mean
    local = 60.0 * np.diff(lines) / np.diff(grid.seconds(lines))
    if np.abs(np.log(local / grid.bpm)).max() <= _STEADY:
        return mean
    found: list[TempoChange] = []
    for line, bpm in zip(lines.tolist(), local.tolist(), strict=False):
        if not found or abs(np.log(bpm / found[-1].bpm)) > _NEWS:
            found.append(
                TempoChange.of_bpm(
                    round((line - start) * resolution), float(np.clip(bpm, _SLOWEST, _FASTEST))
                )
            )
    return tuple(found)
