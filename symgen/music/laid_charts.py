"""Charts over the bars of a piece: where their chords begin, as a plan and as symbols."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from symgen.music.charts import ChordChart
from symgen.music.chord_symbols import NO_CHORD, ChordChange
from symgen.music.harmony import (
    NO_CHORD_ROOT,
    PlacedChord,
    chord_beat,
    only_changes,
    plan_quality,
)
from symgen.music.meter import Bar, Meter
from symgen.music.theory import Chord
from symgen.system.errors import ControlError

__all__ = ["chart_changes", "chart_chords", "chart_places"]


def chart_places(
    chart: ChordChart, bars: Sequence[Bar], resolution: int
) -> tuple[tuple[int, Chord | None], ...]:
    """Return where chords begin, in the unit of the bars; several in a bar share its beats, the first ones more."""
    found: list[tuple[int, Chord | None]] = []
    for number, bar in enumerate(bars):
        chords = chart.bar(number).chords
        starts = _starts(bar, len(chords), resolution)
        if starts is None:
            raise ControlError(
                f"chords: a bar of meter {bar.meter} has no room for {len(chords)} chords; name fewer"
            )
        found += zip(starts, chords, strict=True)
    return tuple(each for i, each in enumerate(found) if not i or each[1] != found[i - 1][1])


def _starts(bar: Bar, count: int, resolution: int) -> list[int] | None:
    """Return where so many chords of a bar begin, None where it is too short for them."""
    for unit in _units(bar.meter):
        ticks = unit * resolution
        beats = round(bar.length / ticks)
        if beats >= count and ticks >= 1:
            share, more = divmod(beats, count)
            lines = [i * share + min(i, more) for i in range(count)]
            return [bar.start + round(line * ticks) for line in lines]
    return [bar.start] if count == 1 else None


def _units(meter: Meter) -> list[Fraction]:
    """Return what chords of a bar may be counted in, in quarters: beats, then what beats divide into."""
    beat = chord_beat(meter)
    eighth = Fraction(1, 2)
    divided = [eighth] if beat > eighth and (beat / eighth).numerator % 3 == 0 else []
    return [
        beat,
        *divided,
        *(Fraction(1, part) for part in (1, 2, 4, 8) if Fraction(1, part) < beat),
    ]


def chart_chords(
    chart: ChordChart, bars: Sequence[Bar], resolution: int
) -> tuple[PlacedChord, ...]:
    """Return a chart over bars as a plan, in the unit of the bars, with the qualities that plans know."""
    placed = (_placed(at, chord) for at, chord in chart_places(chart, bars, resolution))
    return only_changes(placed)


def _placed(at: int, chord: Chord | None) -> PlacedChord:
    if chord is None:
        return PlacedChord(at, NO_CHORD_ROOT)
    return PlacedChord(at, chord.root, plan_quality(chord.quality), chord.bass)


def chart_changes(
    chart: ChordChart, bars: Sequence[Bar], resolution: int
) -> tuple[ChordChange, ...]:
    """Return a chart over bars as chord symbols."""
    placed = chart_places(chart, bars, resolution)
    return tuple(ChordChange(at, NO_CHORD if each is None else str(each)) for at, each in placed)
