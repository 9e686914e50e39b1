"""Bars of one meter in bars of another one: beats are cut off, repeated, or felt in three."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

from symgen.music.meter import Bar

__all__ = ["Piece", "bars_for", "fit_bar"]

# Where a part of a beat in two lies in a beat in three: up to each of these shares, at that third.
_THIRDS = ((1 / 6, 0), (5 / 12, 1), (11 / 12, 2))


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of a bar, and the stretch of an example that is played in it."""

    start: int
    end: int
    # Ticks of the example.
    source: int
    source_end: int
    # Beats in two become beats in three.
    in_three: bool = False

    def tick(self, source: int) -> int:
        """Return where a tick of the example lies."""
        share = (source - self.source) / (self.source_end - self.source)
        length = self.end - self.start
        if self.in_three:
            third = next((third for most, third in _THIRDS if share < most), 3)
            return self.start + round(length * third / 3)
        return self.start + round(length * share)


def fit_bar(
    bar: Bar, resolution: int, number: int, bars: Sequence[Bar], source_resolution: int
) -> tuple[Piece, ...]:
    """Return what is played in a bar that is the one with a number, from 0, since the example's `bars` began."""
    there = bars[number % len(bars)]
    mine, theirs = _beats(bar, resolution), _beats(there, source_resolution)
    by_three = _in_three(bar)
    if by_three == _in_three(there) and bar.meter.quarters == there.meter.quarters:
        return _cut([Piece(bar.start, bar.start + mine[-1][1], there.start, there.end)], bar)
    if by_three and not _in_three(there) and len(theirs) == 3:  # a waltz in each beat
        sources = [bars[(number * len(mine) + i) % len(bars)] for i in range(len(mine))]
        spans = [(source.start, source.end) for source in sources]
        return _cut([_piece(bar, at, span) for at, span in zip(mine, spans, strict=True)], bar)
    first = 0
    if len(mine) < len(theirs) and len(theirs) % len(mine) == 0:
        # A bar of the example lasts for several ones.
        times = len(theirs) // len(mine)
        there, first = bars[number // times % len(bars)], number % times * len(mine)
        theirs = _beats(there, source_resolution)
    order = _order(len(theirs), len(mine), first)
    squeezed = by_three and not _in_three(there)
    pieces = [
        _piece(bar, at, (there.start + theirs[i][0], there.start + theirs[i][1]), in_three=squeezed)
        for at, i in zip(mine, order, strict=True)
    ]
    return _cut(pieces, bar)


def bars_for(bar: Bar, resolution: int, bars: Sequence[Bar], source_resolution: int) -> int:
    """Return how many bars such as one it takes to play all of the example's `bars`."""
    mine, theirs = _beats(bar, resolution), _beats(bars[0], source_resolution)
    by_three, there = _in_three(bar), _in_three(bars[0])
    if by_three and not there and len(theirs) == 3:  # a waltz in each beat
        return max(1, len(bars) // len(mine))
    alike = by_three == there and bar.meter.quarters == bars[0].meter.quarters
    if not alike and len(mine) < len(theirs) and len(theirs) % len(mine) == 0:
        return len(bars) * (len(theirs) // len(mine))
    return len(bars)


def _piece(
    bar: Bar, at: tuple[int, int], source: tuple[int, int], *, in_three: bool = False
) -> Piece:
    return Piece(bar.start + at[0], bar.start + at[1], *source, in_three)


def _in_three(bar: Bar) -> bool:
    """Whether beats fall into three: 6/8 and its like, and 3/8, which is felt in one."""
    return bar.meter.beat_quarters.numerator == 3 or bar.meter.quarters == Fraction(3, 2)


def _beats(bar: Bar, resolution: int) -> list[tuple[int, int]]:
    """Return from where to where the beats of a bar go, from its beginning on; what is left is a short one."""
    quarters = bar.meter.quarters
    beat = Fraction(1)
    if _in_three(bar):
        beat = min(max(bar.meter.beat_quarters, Fraction(3, 2)), quarters)
    count = max(1, -(-quarters // beat))
    ticks = [round(min(quarters, beat * i) * resolution) for i in range(count + 1)]
    return [(first, stop) for first, stop in pairwise(ticks) if stop > first] or [(0, bar.length)]


def _order(there: int, count: int, first: int) -> list[int]:
    """Return which beats of so many ones are played in a bar of another number: the last ones once more."""
    order = list(range(first, there))[:count]
    while len(order) < count:
        missing = min(count - len(order), there)
        order += range(there - missing, there)
    return order


def _cut(pieces: Sequence[Piece], bar: Bar) -> tuple[Piece, ...]:
    """Leave out pieces that begin behind the end of a bar that a new meter cuts short."""
    return tuple(piece for piece in pieces if piece.start < bar.end)
