"""The voices of an ABC tune, bar by bar, as measures of all of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from itertools import zip_longest

from symgen.formats.abc.signs import AbcKey
from symgen.formats.abc.voice import Bar, Event, Mark, Voice
from symgen.formats.measures import Measure, meter_of, with_start
from symgen.music.meter import COMMON_TIME, Meter
from symgen.music.score import KeyChange, TempoChange

__all__ = ["join_voices"]


def join_voices(voices: Sequence[Voice], problems: list[str]) -> list[Measure]:
    """Put the bars of all voices side by side."""
    columns = [[bar for bar in voice.bars if not bar.is_empty] for voice in voices]
    _part_long_bars(columns, problems)
    meter: Meter | None = COMMON_TIME
    tempo = TempoChange(0)
    key: KeyChange | None = None
    measures = []
    for number, row in enumerate(zip_longest(*columns), 1):
        here = [bar for bar in row if bar is not None]
        lengths = sorted({bar.length for bar in here})
        if len(lengths) > 1:
            problems.append(
                f"bar {number}: its voices last {' and '.join(f'{float(x):g}' for x in lengths)} quarters"
            )
        meter = next(
            (bar.meter for bar in here if bar.changes_meter),
            here[0].meter if number == 1 else meter,
        )
        tempos, keys = with_start(_tempos(here), tempo), with_start(_keys(here), key)
        tempo, key = tempos[-1][1], keys[-1][1] if keys else None
        measures.append(
            Measure(
                lengths[-1],
                meter or meter_of(lengths[-1], 4) or COMMON_TIME,
                tuple(tuple(bar.sounds()) if bar else () for bar in row),
                tuple(tempos),
                tuple(keys),
                any(bar.starts_repeat for bar in here),
                any(bar.ends_repeat for bar in here),
                any(bar.ends_section for bar in here),
                next((bar.endings for bar in here if bar.endings), frozenset()),
            )
        )
    return measures


def _part_long_bars(columns: list[list[Bar]], problems: list[str]) -> None:
    """Put the bar lines in that one voice lacks and the others have."""
    for number in range(max(map(len, columns), default=0)):
        here = [column[number] for column in columns if number < len(column)]
        shortest = min(bar.length for bar in here)
        for column, bar in zip(columns, here, strict=False) if len(here) == len(columns) else ():
            parts = (
                _parted(bar, shortest)
                if bar.length > shortest and bar.length % shortest == 0
                else []
            )
            if parts:
                column[number : number + 1] = parts
                problems.append(
                    f"bar {number + 1}: a bar line that other voices have was put into one"
                )


def _parted(bar: Bar, step: Fraction) -> list[Bar]:
    """Cut a bar into bars of a length; none where a note stands over a cut."""
    count = int(bar.length / step)
    layers: list[list[list[Event | Mark]]] = [[[] for _ in bar.layers] for _ in range(count)]
    for layer in range(len(bar.layers)):
        for at, item in bar.timed(layer):
            place = min(int(at / step), count - 1)
            if isinstance(item, Event) and at + item.length * item.scale > (place + 1) * step:
                return []
            layers[place][layer].append(item)
    parts = [Bar(lines, bar.meter, endings=bar.endings, section=bar.section) for lines in layers]
    parts[0] = replace(parts[0], changes_meter=bar.changes_meter, starts_repeat=bar.starts_repeat)
    parts[-1] = replace(parts[-1], ends_repeat=bar.ends_repeat, ends_section=bar.ends_section)
    return parts


def _tempos(bars: Sequence[Bar]) -> list[tuple[Fraction, TempoChange]]:
    found = {
        at: TempoChange.of_bpm(0, max(4.0, min(10_000.0, value)))
        for bar in reversed(bars)
        for at, value in bar.marks()
        if isinstance(value, float)
    }
    return sorted(found.items())


def _keys(bars: Sequence[Bar]) -> list[tuple[Fraction, KeyChange]]:
    """Return the changes of the first voice that has some."""
    for bar in bars:
        found = [
            (at, KeyChange(0, key.sharps, key.minor))
            for at, key in bar.marks()
            if isinstance(key, AbcKey)
        ]
        if found:
            return found
    return []
