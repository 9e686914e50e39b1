"""Small tunes written down as text, for hand-computed figures."""

from __future__ import annotations

import random

from symgen.evaluation.pieces import Piece
from symgen.music.meter import Meter
from symgen.music.score import MeterChange, Note, Part, Score
from symgen.music.theory import parse_pitch


def tune(text: str, *, meter: str = "4/4", resolution: int = 12) -> Score:
    """Make a melody: bars parted by ``|``, notes as ``pitch:quarters`` (1 by default), ``-`` for a rest."""
    meter = Meter.parse(meter)
    bar_ticks = meter.bar_ticks(resolution)
    notes = []
    bars = text.split("|")
    for number, bar in enumerate(bars):
        time = number * bar_ticks
        for word in bar.split():
            name, _, quarters = word.partition(":")
            ticks = round(float(quarters or 1) * resolution)
            if name != "-":
                notes.append(Note(time, parse_pitch(name), ticks))
            time += ticks
        assert time <= (number + 1) * bar_ticks
    return Score(
        (Part(tuple(notes)),),
        resolution,
        meters=(MeterChange(0, meter),),
        length=len(bars) * bar_ticks,
    )


def with_pickup(text: str, *, pickup: str = "1/4", meter: str = "4/4") -> Score:
    """Make a melody whose first bar is a pickup."""
    first, rest = text.split("|", 1)
    body, head = tune(rest, meter=meter), tune(first, meter=pickup)
    shift = head.length
    moved = [Note(n.onset + shift, n.pitch, n.duration) for n in body.parts[0].notes]
    meters = (MeterChange(0, Meter.parse(pickup)), MeterChange(shift, Meter.parse(meter)))
    return Score(
        (Part((*head.parts[0].notes, *moved)),), 12, meters=meters, length=shift + body.length
    )


def walks(count: int, first: int = 0, *, leaps: int = 1) -> list[Score]:
    """Random eighths in C major over eight bars."""
    scale = [0, 2, 4, 5, 7, 9, 11]
    scores = []
    for seed in range(first, first + count):
        draw = random.Random(seed)  # noqa: S311
        steps, place = [], 0
        for _ in range(64):
            place = (place + draw.choice([-leaps, 0, leaps])) % 7
            steps.append(60 + scale[place])
        scores.append(
            Score((Part(tuple(Note(6 * i, pitch, 6) for i, pitch in enumerate(steps))),), 12)
        )
    return scores


def pieces_of(scores: list[Score]) -> list[Piece]:
    return [Piece(str(number), score) for number, score in enumerate(scores)]
