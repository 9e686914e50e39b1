"""What a style plays before a piece and behind it: the bars of its introduction and its ending, and their chords."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from symgen.accompanying.bar_fitting import bars_for
from symgen.accompanying.examples import Example
from symgen.music.harmony import PlacedChord, only_changes
from symgen.music.meter import Bar
from symgen.music.theory import Key

__all__ = ["framed_bars", "framed_chords", "section_length"]

_FIFTH = 7


def section_length(example: Example, name: str, bar: Bar, resolution: int) -> int:
    """Return how many bars such as one a section of an example lasts, 0 where it has none of that name."""
    section = example.section(name)
    return bars_for(bar, resolution, section.bars, section.score.resolution) if section else 0


def framed_bars(bars: Sequence[Bar], intro: int, ending: int) -> tuple[Bar, ...]:
    """Return the bars of a piece with others before and behind them, each as long as the first one or the last one."""
    first, last = bars[0], bars[-1]
    before = [
        Bar(number + 1, at := first.start - (intro - number) * first.length, at + first.length, first.meter)
        for number in range(intro)
    ]  # fmt: skip
    behind = [
        Bar(last.number + 1 + number, last.end + number * last.length,
            last.end + (number + 1) * last.length, last.meter)
        for number in range(ending)
    ]  # fmt: skip
    return (*before, *bars, *behind)


def framed_chords(
    chords: Sequence[PlacedChord], key: Key, bars: Sequence[Bar], intro: int, ending: int
) -> tuple[PlacedChord, ...]:
    """Return chords in ticks with those of an introduction, which has those of the first bars, and of an ending.

    `bars` are all bars, with those before and behind the piece.
    """
    if not intro and not ending:
        return tuple(chords)
    tonic = PlacedChord(0, key.tonic, "m" if key.minor else "")
    found = list(chords)
    if intro:
        start, lead = bars[0].start, bars[intro - 1].start
        shift = bars[intro].start - start
        opening = [replace(chord, at=chord.at - shift) for chord in chords]
        opening = [chord for chord in opening if start <= chord.at < lead]
        found += opening or [replace(tonic, at=start)]
        if intro > 1:
            found.append(PlacedChord(lead, (key.tonic + _FIFTH) % 12))
    if ending:
        found.append(replace(tonic, at=bars[len(bars) - ending].start))
    return only_changes(found)
