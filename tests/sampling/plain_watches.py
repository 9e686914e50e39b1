"""What looks for loops, plainly: each call goes over the whole piece."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil

from symgen.music.constraints import Form
from symgen.tokens.prefix import Prefix
from symgen.tokens.statistics import BLOCKS, BarContent


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
