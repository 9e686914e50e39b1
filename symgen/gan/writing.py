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
from symgen.system.following import step

__all__ = ["CONFIDENT_SHARE", "WIDEST", "Form", "Request", "bar_steps", "read_forms", "write_bars"]

Symbols = NDArray[np.uint8]
Form = tuple[int, ...]
"""For each bar of a tune the earlier one that it repeats, or -1."""

WIDEST = 12
"""Semitones from one pitch to the next, at most."""
CONFIDENT_SHARE = 0.8
"""Two bars are drawn, and so often the one is taken that the generator is more confident of; else the first."""
_PLAIN = 1.0
"""A lead of this much is as good as any."""


@dataclass(frozen=True)
class Request:
    """A tune that is to be written."""

    # Its meter and key, how many new bars, and what came before them.

    meter: str  # one of `STEP_METERS`
    key: Key
    bars: int
    before: Symbols  # shape (any, steps); bars to go on from; none of a new tune


def write_bars(
    net: InferenceGenerator,
    requests: Sequence[Request],
    rngs: Sequence[np.random.Generator],
    forms: Sequence[Form] = (),
    confident_share: float = CONFIDENT_SHARE,
) -> Symbols:
    """Write bar after bar, each from its own random numbers and the bars 1, 4 and 8 back."""
    # `confident_share`: 0..1: how often the more confident one of two bars is taken, and not the
    # first; returns shape (requests, bars, steps), as many bars as the longest request has.
    line = _beginning(requests, bar_steps(requests[0].meter, net.config.grid))
    meter = np.array([STEP_METERS.index(request.meter) for request in requests])
    # One latent vector for the whole tune, and one for each bar: what a tune has in common is in
    # the first.
    tune = _draw_latents(rngs, net.config.tune_latent)
    drawn = [_draw_form(forms, asked, rng) for asked, rng in zip(requests, rngs, strict=True)]
    for place in range(max(request.bars for request in requests)):
        condition = _condition(requests, meter, place)
        context = np.stack([line[:, line.shape[1] - lag] for lag in LAGS], axis=1)
        bars = _draw_latents(rngs, 2, net.config.bar_latent)
        first, second = (
            net.logits(context, condition, meter, np.concatenate([tune, bars[:, i]], axis=1))
            for i in (0, 1)
        )
        chooses = np.array([rng.random() < confident_share for rng in rngs])
        takes_second = chooses & (_confidence(second) > _confidence(first))
        chosen = _choose(np.where(takes_second[:, None, None], second, first), line)
        for number, form in enumerate(drawn):
            _repeat(chosen, line, number, form[place] if place < len(form) else -1)
        line = np.concatenate([line, chosen[:, None]], axis=1)
        step()
    return line[:, HISTORY:].astype(np.uint8)


def _repeat(chosen: NDArray[np.int64], line: NDArray[np.int64], number: int, source: int) -> None:
    """Put an earlier bar of a tune in place of the new one, where its form asks for it and no leap comes of it."""
    if source < 0:
        return
    again = line[number, HISTORY + source]
    if not _leaps(_last_pitch(line[number]), again):
        chosen[number] = again


def _beginning(requests: Sequence[Request], steps: int) -> NDArray[np.int64]:
    """Lay out the last bars before the new ones, silence where there are none, shape (requests, HISTORY, steps)."""
    line = np.full((len(requests), HISTORY, steps), REST, dtype=np.int64)
    for row, request in zip(line, requests, strict=True):
        tail = request.before[-HISTORY:]
        if len(tail):
            row[HISTORY - len(tail) :] = tail
    return line


def _condition(
    requests: Sequence[Request], meter: NDArray[np.int64], place: int
) -> NDArray[np.float32]:
    """Say what the new bar number `place` of each tune is to be like."""
    mode = np.array([mode_index(request.key) for request in requests])
    tonic = np.array([request.key.tonic for request in requests])
    old = np.array([len(request.before) for request in requests])
    count = old + np.array([request.bars for request in requests])
    return conditions(meter, mode, tonic, old + place, np.maximum(count, old + place + 1))


def _draw_latents(rngs: Sequence[np.random.Generator], *shape: int) -> NDArray[np.float32]:
    """Draw the latent vectors of each tune from its own random numbers, shape (tunes, ...)."""
    return np.stack([rng.standard_normal(shape) for rng in rngs]).astype(np.float32)


def _confidence(logits: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return how far the likeliest symbols of each bar lie above the next ones, shape (batch,)."""
    two = np.partition(logits, -2, axis=2)[:, :, -2:]
    margins = np.minimum(two[:, :, 1] - two[:, :, 0], _PLAIN)
    mean: NDArray[np.float32] = margins.mean(axis=1)
    return mean


def _draw_form(forms: Sequence[Form], request: Request, rng: np.random.Generator) -> Form:
    """Draw a form as long as the tune: for each bar the earlier one that it repeats, or -1."""
    if len(request.before):
        return ()
    fitting = [form for form in forms if len(form) >= request.bars]
    # A form of the exact length ends where the tune does; a longer one is cut off.
    fitting = [form for form in fitting if len(form) == request.bars] or fitting
    if not fitting:
        return ()
    return fitting[int(rng.integers(len(fitting)))][: request.bars]


def read_forms(rows: Any) -> tuple[Form, ...]:
    """Read the forms off a card; each bar repeats an earlier one, or none."""
    try:
        forms = tuple(tuple(map(int, row)) for row in rows)
        for form in forms:
            if any(not -1 <= source < bar for bar, source in enumerate(form)):
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
    for place in range(logits.shape[1]):
        distances = np.abs(pitches - last[:, None])
        far = (distances > WIDEST) & (last[:, None] >= 0)
        allowed = logits[:, place].copy()
        allowed[:, :PITCHES][far] = -np.inf
        symbol = allowed.argmax(axis=1)
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
