"""From controls to the header of a piece: what is not asked for is drawn as the corpus has it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from symgen.music.actions import known_values
from symgen.music.controls import Controls
from symgen.music.instruments import program_name
from symgen.music.meter import COMMON_TIME, Meter, MeterPlan
from symgen.music.theory import Key
from symgen.nets.checkpoint import NetConfig
from symgen.system.errors import ControlError
from symgen.system.text import did_you_mean
from symgen.tokens import BarRun, Header, Vocabulary

__all__ = [
    "bar_steps",
    "check_asked",
    "check_known",
    "check_labels",
    "check_pair",
    "plan_piece",
    "plan_runs",
]

_BEATS_A_MINUTE = 112


def bar_steps(meter: Meter, vocabulary: Vocabulary) -> int:
    """Return the length of a bar in steps."""
    steps = meter.quarters * vocabulary.grid
    if steps.denominator != 1:
        raise ControlError(
            f"meter {meter}: a bar is no whole number of steps on a grid of {vocabulary.grid} a quarter"
        )
    return int(steps)


def check_known(controls: Controls, styles: Sequence[str], periods: Sequence[str]) -> None:
    """Refuse a style or a period that the model does not know."""
    for kind, value, known in (
        ("style", controls.style, styles),
        ("period", controls.period, periods),
    ):
        if value and value not in known:
            others = [name for name in known_values(f"{kind}s") if name != value]
            hint = did_you_mean(value, [*known, *others])
            raise ControlError(
                f"{kind} {value!r}{hint}: this model knows {', '.join(known) or f'no {kind}s'}"
            )


def check_asked(controls: Controls, config: NetConfig) -> None:
    """Refuse names that a network does not know."""
    check_known(controls, config.styles, config.periods)
    check_labels(controls, dict(config.labels))


def check_labels(controls: Controls, known: Mapping[str, Sequence[str]]) -> None:
    """Refuse a label that the model does not know, or a value that it does not know of it."""
    for name, value in controls.labels:
        if name not in known:
            names = ", ".join(known) or "no labels; train one on a corpus with --labels"
            raise ControlError(
                f"label {name!r}{did_you_mean(name, known)}: this model knows {names}"
            )
        values = known[name]
        if value not in values:
            hint = did_you_mean(value, values)
            raise ControlError(
                f"label {name}={value!r}{hint}: this model knows {', '.join(values)}"
            )


def check_pair(controls: Controls, usual: Sequence[Sequence[Any]]) -> None:
    """Refuse a style in a meter that it never has."""
    if controls.style and controls.meter:
        meters = list(dict.fromkeys(row[0] for row in usual if row[1] == controls.style))
        for meter in _meters(controls):
            if meters and str(meter) not in meters:
                known = ", ".join(meters)
                raise ControlError(
                    f"style {controls.style!r} is never in {meter}, only in {known}; change one of them"
                )


def _meters(controls: Controls) -> tuple[Meter, ...]:
    if controls.meter_plan:
        return tuple(meter for _, meter in controls.meter_plan.runs)
    return (controls.steady_meter,) if controls.steady_meter else ()


def plan_runs(
    controls: Controls, meter: Meter, bars: int, vocabulary: Vocabulary
) -> tuple[BarRun, ...]:
    """Return the new bars: as planned, else `bars` of one meter."""
    plan = controls.meter_plan or MeterPlan(((controls.bars or bars, meter),))
    return tuple(BarRun(count, each, bar_steps(each, vocabulary)) for count, each in plan.runs)


def plan_piece(
    controls: Controls, info: Mapping[str, Any], vocabulary: Vocabulary, *, seed: int
) -> Header:
    """Make the header of a new piece."""
    # Meter, style and key that were not asked for are drawn together from the training pieces that
    # have what was asked for; then the parts and the period from those of that style.
    rng = np.random.Generator(np.random.PCG64([seed, 1]))
    usual = _of_labels(controls, info, "usual")
    meter, style, key = _choose(controls, usual, rng)
    parts = _choose_parts(controls, info, style, rng)
    tempo = controls.tempo or float(_BEATS_A_MINUTE * meter.beat_quarters)
    return Header(
        runs=plan_runs(controls, meter, 16, vocabulary),
        key=key,
        style=style,
        period=parts.period,
        labels=controls.labels,
        programs=parts.programs,
        drums=parts.drums,
        names=parts.names,
        tempos=((0, round(60_000_000 / tempo)),),
        signatures=((0, key.sharps, key.minor),) if key else (),
    )


def _of_labels(controls: Controls, info: Mapping[str, Any], kind: str) -> list[Sequence[Any]]:
    """Return what is usual of the training pieces that have the labels, or of all of them."""
    rows: list[Sequence[Any]] = list(info.get(kind, ()))
    by_label = info.get("by_label", {})
    tables = [by_label.get(name, {}).get(value, {}).get(kind) for name, value in controls.labels]
    for number, table in enumerate(filter(None, tables)):
        counts = {str(row[:-1]): row[-1] for row in table}
        both = [row for row in rows if str(row[:-1]) in counts]
        # Each label narrows the rows, unless none would be left.
        if number == 0:
            rows = list(table)
        elif both:
            rows = [[*row[:-1], row[-1] * counts[str(row[:-1])]] for row in both]
    return rows


class _Parts(NamedTuple):
    """The parts of a piece, and its period."""

    programs: tuple[int, ...]
    drums: tuple[bool, ...]
    names: tuple[str, ...]
    period: str


def _choose_parts(
    controls: Controls, info: Mapping[str, Any], style: str, rng: np.random.Generator
) -> _Parts:
    """Draw an ensemble and a period that fit style and controls, as the training pieces have them."""
    rows = [] if info.get("monophonic", True) else _of_labels(controls, info, "ensembles")
    asked = controls.instruments
    if not rows:
        if asked and len(asked) > 1:
            raise ControlError(
                "instruments: this model writes one part; give one with --instrument"
            )
        program = int(info.get("program", 0))
        chosen: Sequence[Any] = [asked or (program,), (False,), ("",), style, "", 1]
    else:
        # What was given narrows the rows one by one, unless none would be left.
        if asked:
            rows = [row for row in rows if len(row[0]) == len(asked)] or rows
        for column, value in ((4, controls.period), (3, style or None)):
            found = [row for row in rows if value in (None, row[column])]
            rows = found or rows
        shares = np.cumsum([float(row[5]) for row in rows])
        chosen = rows[_drawn(shares, rng.random() * shares[-1])]
    programs, drums, names = asked or tuple(chosen[0]), tuple(chosen[1]), tuple(chosen[2])
    if asked or controls.instrument is not None or not any(names):
        if controls.instrument is not None:
            programs = (controls.instrument,) * len(programs)
        drums = (False,) * len(programs) if asked else drums
        names = tuple(program_name(program) for program in programs)
    return _Parts(programs, drums, names, controls.period or chosen[4])


def _choose(
    controls: Controls, usual: Sequence[Sequence[Any]], rng: np.random.Generator
) -> tuple[Meter, str, Key | None]:
    """Draw meter, style and key; every control that was given is kept."""
    asked = _meters(controls)
    meter = "4/4" if controls.style is None else None
    if asked:
        meter = str(asked[0])
    rows = [row for row in usual if meter in (None, row[0])]
    with_style = [row for row in rows if controls.style in (None, row[1])]
    in_any_meter = [row for row in usual if controls.style in (None, row[1])]
    rows = with_style or in_any_meter or list(usual)
    chosen: Sequence[Any] = (meter or str(COMMON_TIME), controls.style or "", "", 1)
    if rows:
        shares = np.array([row[3] for row in rows], dtype=np.float64)
        chosen = rows[_drawn(np.cumsum(shares), rng.random() * shares.sum())]
    style = controls.style if controls.style is not None else (chosen[1] if with_style else "")
    key = controls.key or (Key.parse(chosen[2]) if chosen[2] else None)
    return Meter.parse(meter or chosen[0]), style, key


def _drawn(sums: NDArray[np.float64], place: float) -> int:
    """Return the index of the share in which a place among the running sums lies."""
    return int(np.searchsorted(sums, place, side="right"))
