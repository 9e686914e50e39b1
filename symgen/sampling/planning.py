"""From controls to the header of a piece: what is not asked for is drawn as the corpus has it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from symgen.errors import ControlError
from symgen.instruments import program_name
from symgen.meter import COMMON_TIME, Meter
from symgen.sampling.controls import Controls
from symgen.theory import Key
from symgen.tokens import BarRun, Header, Vocabulary

__all__ = ["bar_steps", "check_pair", "check_style", "plan_piece"]

_BEATS_A_MINUTE = 112
_KEY_CHANGE_RANGE = 7


def bar_steps(meter: Meter, vocabulary: Vocabulary) -> int:
    """Return the length of a bar in steps.

    Raises
    ------
    ControlError
        If it is no whole number of steps.
    """
    steps = meter.quarters * vocabulary.grid
    if steps.denominator != 1:
        raise ControlError(f"meter {meter}: a bar is no whole number of steps on a grid of {vocabulary.grid} a quarter")
    return int(steps)


def check_style(style: str | None, styles: Sequence[str]) -> None:
    """Refuse a style that the model does not know.

    Raises
    ------
    ControlError
        Naming those it does.
    """
    if style and style not in styles:
        raise ControlError(f"style {style!r}: this model knows {', '.join(styles) or 'no styles'}")


def check_pair(controls: Controls, usual: Sequence[Sequence[Any]]) -> None:
    """Refuse a style in a metre that it never has.

    Raises
    ------
    ControlError
        Naming both, and the metres that the style has.
    """
    if controls.style and controls.meter:
        meters = list(dict.fromkeys(row[0] for row in usual if row[1] == controls.style))
        if meters and str(controls.meter) not in meters:
            raise ControlError(
                f"style {controls.style!r} is never in {controls.meter}, only in {', '.join(meters)}; "
                "change --style or --meter"
            )


def plan_piece(controls: Controls, info: Mapping[str, Any], vocabulary: Vocabulary, *, seed: int) -> Header:
    """Make the header of a new piece.

    Metre, style and key that were not asked for are drawn together from the training pieces
    that have what was asked for.

    Parameters
    ----------
    controls : Controls
    info : mapping
        Of the model: ``usual`` rows ``[metre, style, key, pieces]``, ``program``.
    vocabulary : Vocabulary
    seed : int

    Returns
    -------
    Header
    """
    rng = np.random.Generator(np.random.PCG64([seed, 1]))
    meter, style, key = _choose(controls, info.get("usual", ()), rng)
    program = controls.program if controls.program is not None else int(info.get("program", 0))
    tempo = controls.tempo or float(_BEATS_A_MINUTE * meter.beat_quarters)
    sharps = key.sharps if key else 0
    return Header(
        runs=(BarRun(controls.bars or 16, meter, bar_steps(meter, vocabulary)),),
        key=key,
        style=style,
        programs=(program,),
        names=(program_name(program),),
        tempos=((0, round(60_000_000 / tempo)),),
        signatures=((0, sharps, key.minor),) if key and abs(sharps) <= _KEY_CHANGE_RANGE else (),
    )


def _choose(
    controls: Controls, usual: Sequence[Sequence[Any]], rng: np.random.Generator
) -> tuple[Meter, str, Key | None]:
    """Draw metre, style and key; every control that was given is kept."""
    meter = str(controls.meter) if controls.meter else "4/4" if controls.style is None else None
    rows = [row for row in usual if meter in (None, row[0])]
    with_style = [row for row in rows if controls.style in (None, row[1])]
    rows = with_style or [row for row in usual if controls.style in (None, row[1])] or list(usual)
    chosen: Sequence[Any] = (meter or str(COMMON_TIME), controls.style or "", "", 1)
    if rows:
        shares = np.array([row[3] for row in rows], dtype=np.float64)
        chosen = rows[int(np.searchsorted(np.cumsum(shares), rng.random() * shares.sum(), side="right"))]
    style = controls.style if controls.style is not None else (chosen[1] if with_style else "")
    key = controls.key or (Key.parse(chosen[2]) if chosen[2] else None)
    return Meter.parse(meter or chosen[0]), style, key  # type: ignore[return-value]
