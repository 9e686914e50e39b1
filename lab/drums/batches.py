"""Stretches of drums side by side, as the network reads them in training."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from lab.drums.pieces import Take
from symgen.drummer.grooves import BEAT, EVENTS
from symgen.drummer.loudness import remembered_levels
from symgen.drummer.net import Heard
from symgen.drummer.tables import (
    LAGS,
    PHASES,
    column,
    first_row,
    groove_rows,
    late_class,
    memory_columns,
    since_fills,
    usual_classes,
    usual_columns,
    usual_rows,
)
from symgen.music.drum_kit import DRUMS

__all__ = ["LaidTake", "batch", "lay_take"]

Ints = NDArray[np.int64]

_DRUMS = range(len(DRUMS))
_MEMORY = {lag: np.array([first_row(f"memory{lag}.{drum}") for drum in _DRUMS]) for lag in LAGS}
_USUAL = np.array([first_row(f"usual{drum}") for drum in _DRUMS])


@dataclass(frozen=True)
class LaidTake:
    """A recording with all that the network is told of it."""

    take: Take
    rows: Ints
    # In few bits, as all recordings are held at once.
    recalled: NDArray[np.int8]
    event_rows: Ints
    late: Ints

    @property
    def bars(self) -> int:
        """How many bars there are."""
        return self.take.groove.bars


def lay_take(take: Take, styles: Sequence[str]) -> LaidTake:
    """Lay out a recording."""
    groove = take.groove
    style = 1 + styles.index(groove.style) if groove.style in styles else 0
    since = since_fills(groove.events)
    event_rows = np.stack([groove.bar % PHASES, PHASES + since[groove.bar]], axis=1)
    recalled = remembered_levels(groove.laid())[groove.bar, groove.place].astype(np.int8)
    rows, late = groove_rows(groove, style), late_class(groove.late)
    return LaidTake(take, rows, recalled, event_rows, late)


def batch(
    stretches: Sequence[tuple[LaidTake, int, int]],
    rng: np.random.Generator | None = None,
    hide: float = 0.0,
) -> Heard:
    """Lay stretches from a bar to another side by side; some hide their style and what stands before them."""
    parts = [_stretch(laid, first, stop, rng, hide) for laid, first, stop in stretches]
    longest = max(len(part["feel"]) for part in parts)
    padded = {name: np.stack([_padded(part[name], longest) for part in parts]) for name in parts[0]}
    return Heard(**{name: torch.from_numpy(value) for name, value in padded.items()})


def _stretch(
    laid: LaidTake, first: int, stop: int, rng: np.random.Generator | None, hide: float
) -> dict[str, NDArray[np.generic]]:
    groove = laid.take.groove
    begin, end = np.searchsorted(groove.bar, [first, stop]).tolist()
    cut = slice(begin, end)
    rows, recalled = laid.rows[cut].copy(), laid.recalled[cut].astype(np.int64)
    if rng is not None:
        for name in ("style", "tempo"):
            if rng.random() < hide:
                rows[:, column(name)] = first_row(name) + (0 if name == "style" else 8)
    bar, place = groove.bar[cut], groove.place[cut]
    if first and (rng is None or rng.random() < 0.5):
        _begin_anew(rows, bar - first)
        own = groove.laid()[first:stop]
        rows[:, usual_columns()] = usual_rows(usual_classes(own)[bar - first, place])
        recalled = remembered_levels(own)[bar - first, place]
    memory = np.stack([rows[:, memory_columns(lag)] - _MEMORY[lag] for lag in LAGS], axis=2)
    return {
        "rows": rows,
        "memory": np.array([0, -1, 1], dtype=np.float32)[memory],
        "usual": rows[:, usual_columns()] - _USUAL,
        "levels": groove.levels[cut],
        "recalled": recalled,
        "late": laid.late[cut],
        "other": groove.other[cut],
        "feel": groove.feel[cut],
        "event": groove.events[bar],
        "event_rows": laid.event_rows[cut],
        "opens_beat": (place % BEAT == 0).astype(np.float32),
        "opens_bar": (place == 0).astype(np.float32),
        "weight": np.ones(end - begin, dtype=np.float32),
    }


def _begin_anew(rows: Ints, bar: Ints) -> None:
    """Hide what stands before a stretch."""
    for lag in LAGS:
        rows[bar < lag, memory_columns(lag)] = _MEMORY[lag]
    rows[bar == 0, column("last_event")] = first_row("last_event") + len(EVENTS)
    for drum in range(len(DRUMS)):
        rows[0, column(f"last{drum}")] = first_row(f"last{drum}")


def _padded(values: NDArray[np.generic], length: int) -> NDArray[np.generic]:
    wide = [(0, length - len(values))] + [(0, 0)] * (values.ndim - 1)
    return np.pad(values, wide)
