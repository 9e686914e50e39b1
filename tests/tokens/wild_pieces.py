"""Random pieces straight as events: 32 parts, silent bars, ties, changing meters, chords in any order."""

from __future__ import annotations

import random

import numpy as np

from symgen.music.meter import Meter
from symgen.tokens import BarRun, Events, Header, Vocabulary
from symgen.tokens.vocabulary import FIELDS

METERS = ("4/4", "3/4", "6/8", "7/8", "2/2", "5/16", "9/8", "8/1")


def wild_header(draw: random.Random, vocabulary: Vocabulary, bars: int, parts: int) -> Header:
    """Bars of meters that change, with or without a pickup, and any instruments."""
    runs: list[BarRun] = []
    pickup = bool(draw.getrandbits(1))
    if pickup:
        runs.append(BarRun(1, Meter.parse("4/4"), draw.choice([vocabulary.grid // 2, 5])))
    while sum(run.count for run in runs) < bars:
        meter = Meter.parse(draw.choice(METERS))
        runs.append(BarRun(draw.randint(1, 9), meter, int(meter.bar_ticks(vocabulary.grid))))
    return Header(
        runs=tuple(runs),
        pickup=pickup,
        programs=tuple(draw.randrange(128) for _ in range(parts)),
        drums=tuple(draw.random() < 0.2 for _ in range(parts)),
        names=("",) * parts,
    )


def wild_events(
    seed: int, *, vocabulary: Vocabulary, bars: int = 30, parts: int = 3, crowd: int = 2
) -> Events:
    """A piece of at least so many bars in which bars and runs of notes come again."""
    draw = random.Random(seed)  # noqa: S311
    header = wild_header(draw, vocabulary, bars, parts)
    pitches = [draw.randrange(128) for _ in range(draw.choice([2, 5, 40]))]
    lengths = [1, 3, vocabulary.grid, vocabulary.longest, vocabulary.longest + 1]
    rows: list[tuple[int, ...]] = []
    earlier: list[list[tuple[int, int, int, int, int]]] = []
    starts = header.bar_starts
    for bar in range(header.bars):
        size = int(starts[bar + 1] - starts[bar])
        notes: list[tuple[int, int, int, int, int]] = []
        if earlier and draw.random() < 0.5:
            notes = [note for note in draw.choice(earlier) if note[0] < size]
        elif draw.random() < 0.8:
            steps = sorted(draw.randrange(size) for _ in range(draw.randint(1, 6)))
            for step in steps:
                for _ in range(draw.randint(1, crowd)):
                    part, pitch = draw.randrange(parts), draw.choice(pitches)
                    notes.append((step, part, pitch, draw.choice(lengths), draw.randrange(128)))
        earlier.append(notes)
        form, goal = draw.randrange(vocabulary.sizes[FIELDS.index("form")]), draw.randrange(128)
        rows.append((vocabulary.bar, 0, goal, 0, 0, form))
        now = 0
        for step, *fields in notes:
            while step - now >= vocabulary.longest:
                rows.append((vocabulary.skip, 0, 0, 0, 0, 0))
                now += vocabulary.longest
            rows.append((step - now, *fields, 0))
            now = step
        if size - now > vocabulary.longest and draw.random() < 0.5:
            rows.append((vocabulary.skip, 0, 0, 0, 0, 0))
    rows.append((vocabulary.end, 0, 0, 0, 0, 0))
    return Events(np.array(rows, dtype=np.uint8), header)
