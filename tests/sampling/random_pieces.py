"""Pieces that are drawn at random, and pairs of filters that are asked about each of their fields."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from small import V

from symgen.music.meter import Meter
from symgen.sampling.filters import Draft
from symgen.tokens import BarRun, Events, Header
from symgen.tokens.prefix import Prefix
from symgen.tokens.vocabulary import FIELDS

_METERS = ("4/4", "3/4", "6/8", "2/4", "5/8", "12/8", "8/4")
_TRIES = 30


@dataclass
class Pair:
    """The filter of the package, and the plain one that it must equal."""

    fast: Any
    plain: Any
    # Whether what it leaves out is not drawn.
    holds: bool = True


@dataclass
class Asked:
    """What is asked while pieces are drawn, and how often it was."""

    filters: Sequence[Pair]
    guides: Sequence[Pair] = ()
    # The bars before are drawn with the first filter alone.
    first: int = 0
    count: int = 0
    narrowed: set[str] = field(default_factory=set)


def random_header(rng: random.Random, parts: int, *, bars: int = 8) -> Header:
    meters = [Meter.parse(rng.choice(_METERS)) for _ in range(rng.choice((1, 1, 2)))]
    runs = [BarRun(rng.randint(2, bars), each, each.bar_ticks(V.grid)) for each in meters]
    if pickup := rng.random() < 0.3:
        runs.insert(0, BarRun(1, meters[0], rng.choice((6, 12))))
    return Header(
        tuple(runs),
        pickup=pickup,
        programs=(0,) * parts,
        drums=(False,) * parts,
        names=("",) * parts,
    )


def draw_pieces(
    rng: random.Random, header: Header, asked: Asked, *, voices: int, takes: int = 3
) -> list[Prefix]:
    """Draw takes in turns, going back to earlier bar lines now and then, and compare all filters on the way."""
    # All takes share the filters: what a filter remembers of one must not tell on another.
    pieces = [Prefix(header, V, voices=voices) for _ in range(takes)]
    lines = [[piece.copy()] for piece in pieces]
    left = list(range(takes))
    while left:
        take = rng.choice(left)
        piece = pieces[take]
        bar = piece.bar
        row = draw_row(rng, piece, asked)
        if row is None or row[0] == V.end:
            left.remove(take)
            continue
        piece.push(row)
        if piece.bar > bar:
            lines[take].append(piece.copy())
        if rng.random() < 0.03:
            other = rng.randrange(takes)
            pieces[take] = rng.choice(lines[other]).copy()
            lines[take] = [pieces[take].copy()]
    return pieces


def draw_row(rng: random.Random, prefix: Prefix, asked: Asked) -> list[int] | None:
    """Draw an event; none if nothing is left to draw in many tries."""
    for _ in range(_TRIES):
        row, draft, fields = [0] * len(FIELDS), Draft(), ["time"]
        while fields:
            name = fields.pop(0)
            value = _draw_class(rng, name, prefix, draft, asked)
            if value is None:
                break
            row[FIELDS.index("pitch" if name == "goal" else name)] = value
            if name == "time":
                draft.time = value
                if value == V.bar:
                    fields = ["form", "goal"]
                elif value < V.skip:
                    fields = ["part", "pitch", "duration", "velocity"]
            elif name in ("part", "pitch"):
                setattr(draft, name, value)
        else:
            return row
    return None


def _draw_class(
    rng: random.Random, name: str, prefix: Prefix, draft: Draft, asked: Asked
) -> int | None:
    allowed = np.ones(V.sizes[FIELDS.index("pitch" if name == "goal" else name)], dtype=bool)
    is_old = prefix.bar < asked.first - 1 or (prefix.bar < asked.first and rng.random() < 0.8)
    for pair in asked.filters[:1] if is_old else asked.filters:
        fast, plain = allowed.copy(), allowed.copy()
        pair.plain.allow(name, prefix, draft, plain)
        if name in getattr(pair.fast, "fields", (name,)):
            pair.fast.allow(name, prefix, draft, fast)
            asked.count += 1
        kind = type(pair.plain).__name__
        where = f"{kind}, {name} at {prefix.now} in bar {prefix.bar}, {vars(draft)}"
        assert np.flatnonzero(fast).tolist() == np.flatnonzero(plain).tolist(), where
        if not np.array_equal(plain, allowed):
            asked.narrowed.add(f"{kind} {name}")
        if pair.holds:
            allowed = plain
    for pair in () if is_old else asked.guides:
        _compare_bias(pair, name, prefix, draft, asked)
    classes = np.flatnonzero(allowed).tolist()
    if not classes:
        return None
    if name == "time" and V.bar in classes and rng.random() < 0.1:
        return V.bar
    crowded = {"time": 3.0, "duration": 2.0}.get(name, 1.0)  # short ones are likelier
    return int(classes[int(len(classes) * rng.random() ** crowded)])


def _compare_bias(pair: Pair, name: str, prefix: Prefix, draft: Draft, asked: Asked) -> None:
    fast, plain = (each.bias(name, prefix, draft) for each in (pair.fast, pair.plain))
    kind = type(pair.plain).__name__
    if name not in getattr(pair.fast, "fields", (name,)):
        assert plain is None, kind
        return
    asked.count += 1
    where = f"{kind}, {name} at {prefix.now} in bar {prefix.bar}, {vars(draft)}"
    assert (fast is None) == (plain is None), where
    if plain is not None:
        assert fast.dtype == plain.dtype, where
        assert fast.tobytes() == plain.tobytes(), where
        if plain.any():
            asked.narrowed.add(f"{kind} bias {name}")


def events_of(rng: random.Random, header: Header, grammar: Pair, *, voices: int) -> Events:
    """Draw a whole piece by its grammar alone."""
    while True:
        prefix, rows = Prefix(header, V, voices=voices), []
        while (row := draw_row(rng, prefix, Asked([grammar]))) is not None:
            rows.append(row)
            if row[0] == V.end:
                return Events(np.array(rows, dtype=np.uint8), header)
            prefix.push(row)
