"""How the generator writes tunes: bar after bar, every bar in view of those before it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from symgen.gan.checkpoint import HISTORY, LAGS, conditions
from symgen.gan.inference import InferenceGenerator
from symgen.gan.steps import PITCHES, REST, STEP_METERS, mode_index
from symgen.music.meter import Meter
from symgen.music.theory import Key
from symgen.system.errors import CheckpointError

__all__ = ["SURER", "WIDEST", "Form", "Wish", "bar_steps", "read_forms", "write_bars"]

Symbols = NDArray[np.uint8]
Form = tuple[int, ...]
"""For each bar of a tune the earlier one that it repeats, or -1."""

WIDEST = 12
"""Semitones from one pitch to the next, at most."""
SURER = 0.8
"""Two bars are drawn, and so often the one is taken of whose symbols the generator is surer; else the first."""
_PLAIN = 1.0
"""A lead of this much is as good as any."""


@dataclass(frozen=True)
class Wish:
    """A tune that is to be written."""

    # Its meter and key, how many new bars, and what came before them.

    meter: str  # one of `STEP_METERS`
    key: Key
    bars: int
    before: Symbols  # shape (any, steps); bars to go on from; none of a new tune


def write_bars(
    net: InferenceGenerator,
    wishes: Sequence[Wish],
    rngs: Sequence[np.random.Generator],
    forms: Sequence[Form] = (),
    surer: float = SURER,
) -> Symbols:
    """Write bar after bar, each from its own random numbers and the bars 1, 4 and 8 back."""
    # `surer`: 0..1: how often the surer one of two bars is taken, and not the first; returns shape
    # (wishes, bars, steps), as many bars as the longest wish has.
    line = _beginning(wishes, bar_steps(wishes[0].meter, net.config.grid))
    meter = np.array([STEP_METERS.index(wish.meter) for wish in wishes])
    tune = np.stack([rng.standard_normal(net.config.tune_latent) for rng in rngs]).astype(
        np.float32
    )
    drawn = [_draw_form(forms, wish, rng) for wish, rng in zip(wishes, rngs, strict=True)]
    for place in range(max(wish.bars for wish in wishes)):
        condition = _condition(wishes, meter, place)
        context = np.stack([line[:, line.shape[1] - lag] for lag in LAGS], axis=1)
        one, other = (
            net.logits(context, condition, meter, np.concatenate([tune, bar], axis=1))
            for bar in _draw_bars(net, rngs)
        )
        better = (_sureness(other) > _sureness(one)) & np.array(
            [rng.random() < surer for rng in rngs]
        )
        chosen = _choose(np.where(better[:, None, None], other, one), line)
        for number, form in enumerate(drawn):
            if place < len(form) and form[place] >= 0:
                again = line[number, HISTORY + form[place]]
                if not _leaps(_last_pitch(line[number]), again):
                    chosen[number] = again
        line = np.concatenate([line, chosen[:, None]], axis=1)
    return line[:, HISTORY:].astype(np.uint8)


def _beginning(wishes: Sequence[Wish], steps: int) -> NDArray[np.int64]:
    """Lay out the last bars before the new ones, silence where there are none, shape (wishes, HISTORY, steps)."""
    line = np.full((len(wishes), HISTORY, steps), REST, dtype=np.int64)
    for row, wish in zip(line, wishes, strict=True):
        tail = wish.before[-HISTORY:]
        if len(tail):
            row[HISTORY - len(tail) :] = tail
    return line


def _condition(wishes: Sequence[Wish], meter: NDArray[np.int64], place: int) -> NDArray[np.float32]:
    """Say what the new bar number `place` of each tune is to be like."""
    mode = np.array([mode_index(wish.key) for wish in wishes])
    tonic = np.array([wish.key.tonic for wish in wishes])
    old = np.array([len(wish.before) for wish in wishes])
    count = old + np.array([wish.bars for wish in wishes])
    return conditions(meter, mode, tonic, old + place, np.maximum(count, old + place + 1))


def _draw_bars(
    net: InferenceGenerator, rngs: Sequence[np.random.Generator]
) -> list[NDArray[np.float32]]:
    """Draw the random numbers of two bars for each tune."""
    pairs = np.stack([rng.standard_normal((2, net.config.bar_latent)) for rng in rngs]).astype(
        np.float32
    )
    return [pairs[:, 0], pairs[:, 1]]


def _sureness(logits: NDArray[np.float32]) -> NDArray[np.float32]:
    """Say how far the likeliest symbols of each bar lie above the next ones, shape (batch,)."""
    two = np.partition(logits, -2, axis=2)[:, :, -2:]
    margin: NDArray[np.float32] = np.minimum(two[:, :, 1] - two[:, :, 0], _PLAIN).mean(axis=1)
    return margin


def _draw_form(forms: Sequence[Form], wish: Wish, rng: np.random.Generator) -> Form:
    """Draw a form as long as the tune: for each bar the earlier one that it repeats, or -1."""
    known = [] if len(wish.before) else [form for form in forms if len(form) >= wish.bars]
    known = [form for form in known if len(form) == wish.bars] or known
    return known[int(rng.integers(len(known)))][: wish.bars] if known else ()


def read_forms(rows: Any) -> tuple[Form, ...]:
    """Read the forms off a card; each bar repeats an earlier one, or none."""
    try:
        forms = tuple(tuple(int(source) for source in row) for row in rows)
        if any(not -1 <= source < bar for form in forms for bar, source in enumerate(form)):
            raise ValueError("a bar repeats a later one")
    except (TypeError, ValueError) as error:
        raise CheckpointError(
            f"the forms on the card are damaged ({error}); copy the model again"
        ) from None
    return forms


def _choose(logits: NDArray[np.float32], line: NDArray[np.int64]) -> NDArray[np.int64]:
    """Choose the likeliest symbol of each step that leaps an octave at most."""
    # `logits` has shape (batch, steps, SYMBOLS); `line`: shape (batch, bars, steps), the bars
    # before; returns shape (batch, steps).
    last = np.array([_last_pitch(row) for row in line])
    pitches, chosen = np.arange(PITCHES), []
    for step in range(logits.shape[1]):
        far = (np.abs(pitches - last[:, None]) > WIDEST) & (last[:, None] >= 0)
        wanted = logits[:, step].copy()
        wanted[:, :PITCHES][far] = -np.inf
        symbol = wanted.argmax(axis=1)
        last = np.where(symbol < PITCHES, symbol, last)
        chosen.append(symbol)
    return np.stack(chosen, axis=1)


def _last_pitch(line: NDArray[np.int64]) -> int:
    """Return the pitch that begins last, or -1."""
    struck = line[line < PITCHES]
    return int(struck[-1]) if len(struck) else -1


def _leaps(last: int, bar: NDArray[np.int64]) -> bool:
    """Whether a bar begins too far from the pitch before it."""
    struck = bar[bar < PITCHES]
    return last >= 0 and len(struck) > 0 and abs(int(struck[0]) - last) > WIDEST


def bar_steps(meter: str, grid: int) -> int:
    """Return the steps of a bar."""
    return int(Meter.parse(meter).quarters * grid)
