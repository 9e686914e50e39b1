"""How drummers played: strokes of the recordings, how loud and how late each is, and what was known before it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray

from lab.drums.pieces import Take
from symgen.performer.kit_memory import KitMemory
from symgen.performer.kit_net import PlayedStrokes
from symgen.performer.kit_strokes import (
    SEEN,
    Strokes,
    contexts_of_strokes,
    instruments_of_hits,
    seen_of_strokes,
)

__all__ = ["Playing", "Span", "batch", "bent", "play_of_take", "remember"]

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

# How much freer or steadier players are made, and by how many milliseconds they push or drag.
_FREER, _PUSHED = (0.8, 1.2), 6.0


@dataclass(frozen=True, eq=False)
class Playing:
    """A recording: its strokes, and how each was played."""

    name: str
    style: str
    split: str
    steps: int
    strokes: Strokes
    # 1..127.
    velocity: Ints
    # Behind the place, in whole milliseconds.
    late: Ints


@dataclass(frozen=True, eq=False)
class Span:
    """A recording with what the network is told of each stroke, as small numbers."""

    playing: Playing
    seen: NDArray[np.float16]
    remembered: NDArray[np.float32]


def play_of_take(take: Take) -> Playing:
    """Return the strokes of a recording; of two of one instrument at one place the louder stays."""
    hits, quarter = take.hits, 60 / take.groove.bpm
    instrument = instruments_of_hits(hits.drum, hits.key)
    order = np.lexsort((-hits.velocity, instrument, hits.step))
    key = hits.step[order] * 64 + instrument[order]
    order = order[np.append(True, np.diff(key) > 0)] if len(order) else order
    step = hits.step[order]
    strokes = Strokes(
        instrument[order], step, step % hits.steps, step // hits.steps, np.full(len(order), quarter)
    )
    late = np.round(hits.late[order] * quarter * 1000).astype(np.int64)
    return Playing(
        take.name, take.groove.style, take.split, hits.steps, strokes, hits.velocity[order], late
    )


def bent(span: Span, rng: np.random.Generator) -> Span:
    """Return a recording as if its player had pushed or dragged, and been steadier or freer."""
    playing = span.playing
    late = rng.uniform(*_FREER) * playing.late + rng.normal(0, _PUSHED)
    other = replace(playing, late=np.round(late).astype(np.int64))
    return Span(other, span.seen, _remembered(other))


def remember(playing: Playing) -> Span:
    """Look up what is seen and remembered at each stroke of a recording."""
    seen = seen_of_strokes(playing.strokes).astype(np.float16)
    return Span(playing, seen, _remembered(playing))


def _remembered(playing: Playing) -> NDArray[np.float32]:
    strokes, memory = playing.strokes, KitMemory()
    rows = []
    columns = (strokes.instrument, strokes.step, strokes.place, playing.velocity, playing.late)
    values = zip(*(column.tolist() for column in columns), strict=True)
    contexts = contexts_of_strokes(strokes)
    for both, (instrument, step, place, velocity, late) in zip(contexts, values, strict=True):
        rows.append(memory.recall(instrument, step, place, both))
        memory.add(instrument, place, both, velocity, late / 1000)
    return np.array(rows, np.float32)


def batch(
    parts: Sequence[tuple[Span, int, int]],
    styles: Sequence[str],
    hidden: Sequence[bool] | None = None,
) -> PlayedStrokes:
    """Lay stretches of recordings side by side, the style of some hidden."""
    longest = max(stop - first for _, first, stop in parts)
    shape = (len(parts), longest)
    seen = np.zeros((*shape, SEEN + len(styles)), np.float32)
    remembered = np.zeros((*shape, parts[0][0].remembered.shape[1]), np.float32)
    instrument, velocity, late = (np.zeros(shape, np.int64) for _ in range(3))
    velocity += 1
    weight = np.zeros(shape, np.float32)
    for row, (span, first, stop) in enumerate(parts):
        own, cut = span.playing, slice(first, stop)
        count = stop - first
        seen[row, :count, :SEEN] = span.seen[cut]
        if own.style in styles and not (hidden and hidden[row]):
            seen[row, :count, SEEN + styles.index(own.style)] = 1
        remembered[row, :count] = span.remembered[cut]
        instrument[row, :count] = own.strokes.instrument[cut]
        velocity[row, :count] = own.velocity[cut]
        late[row, :count] = own.late[cut]
        weight[row, :count] = 1
    arrays = (seen, remembered, instrument, velocity.astype(np.float32), late.astype(np.float32))
    return PlayedStrokes(*map(torch.from_numpy, (*arrays, weight)))
