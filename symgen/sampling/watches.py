"""What looks at each bar when it is finished, and may have it drawn again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import ceil
from typing import Any, Protocol

from symgen.music.constraints import Form
from symgen.music.controls import Controls
from symgen.tokens.prefix import Prefix
from symgen.tokens.statistics import BLOCKS, BarContent

__all__ = ["LoopWatch", "Watch", "loop_watch", "most_usual"]


class Watch(Protocol):
    """Says whether a bar that was drawn may stand."""

    def accepts(self, prefix: Prefix, bar: int) -> bool:
        """Return false for a bar that is to be drawn again."""
        ...


class LoopWatch:
    """No block of bars returns more often than in music of its style."""

    def __init__(
        self, most: Sequence[int], first: int, bars: int, form: Form | None = None
    ) -> None:
        self._most, self._first, self._bars, self._form = tuple(most), first, bars, form

    def accepts(self, prefix: Prefix, bar: int) -> bool:
        """Return whether the bar makes no block return too often."""
        if bar < self._first or self._returns(bar):
            return True
        bars = [
            _content(prefix, i) for i in range(bar + 1) if i < self._first or not self._returns(i)
        ]
        for size, most in zip(BLOCKS, self._most, strict=True):
            block = tuple(bars[-size:])
            usual = max(most, self._of_prompt(bars[: self._first], block))
            if all(block) and _count(bars, block) > usual:
                return False
        return True

    def _returns(self, bar: int) -> bool:
        return (
            self._form is not None
            and self._form.bar_source(bar - self._first, self._bars) is not None
        )

    def _of_prompt(self, bars: Sequence[BarContent], block: Sequence[BarContent]) -> int:
        """How often a block would sound if the piece went on as its prompt, where it returns there."""
        found = _count(bars, block)
        places = self._first - len(block) + 1
        return ceil(found * (places + self._bars) / places) if found > 1 else 0


def _count(bars: Sequence[BarContent], block: Sequence[BarContent]) -> int:
    size, wanted = len(block), tuple(block)
    windows = (tuple(bars[i : i + size]) for i in range(len(bars) - size + 1))
    return sum(window == wanted for window in windows)


def _content(prefix: Prefix, bar: int) -> BarContent:
    notes = range(prefix.bar_start_note(bar), prefix.bar_start_note(bar + 1))
    start = prefix.starts[bar]
    return tuple((prefix.onsets[i] - start, *prefix.notes[i][:2]) for i in notes)


def loop_watch(
    controls: Controls, info: Mapping[str, Any], style: str, *, first: int, bars: int
) -> LoopWatch | None:
    """Return what watches over a piece, or nothing if more returns are asked for or the model knows no norms."""
    most = most_usual(info, style, first + bars)
    if not most or controls.asks_for_returns:
        return None
    return LoopWatch(most, first, bars, controls.form)


def most_usual(info: Mapping[str, Any], style: str, bars: int) -> tuple[int, ...]:
    """Return how often a block returns at most in 99 of 100 pieces of so many bars, for each size in `BLOCKS`."""
    # Nothing, if the model does not know; what it knows of its longest pieces is carried on to
    # longer ones.
    norms = info.get("norms", {})
    rows = norms.get(style, norms.get("", {})).get("returns", [])
    for longest, *most in rows:
        if bars <= longest:
            return tuple(most)
    if not rows:
        return ()
    longest, *most = rows[-1]
    return tuple(ceil(each * bars / longest) for each in most)
