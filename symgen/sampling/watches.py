"""What looks at each bar when it is finished, and may have it drawn again."""

from __future__ import annotations

from collections import Counter
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
        self._blocks = _Blocks()

    def accepts(self, prefix: Prefix, bar: int) -> bool:
        """Return whether the bar makes no block return too often."""
        if bar < self._first or self._returns(bar):
            return True
        blocks = self._blocks
        for number in range(blocks.back_to(prefix, bar), bar + 1):
            is_counted = number < self._first or not self._returns(number)
            blocks.add(prefix, number, is_old=number < self._first, is_counted=is_counted)
        for size, most in zip(BLOCKS, self._most, strict=True):
            block = blocks.last(size)
            usual = max(most, self._of_prompt(blocks.old[size][block], len(block)))
            if all(block) and blocks.counts[size][block] > usual:
                return False
        return True

    def _returns(self, bar: int) -> bool:
        return (
            self._form is not None
            and self._form.bar_source(bar - self._first, self._bars) is not None
        )

    def _of_prompt(self, found: int, size: int) -> int:
        """How often a block would sound if the piece went on as its prompt, where it returns there."""
        places = self._first - size + 1
        return ceil(found * (places + self._bars) / places) if found > 1 else 0


class _Blocks:
    """How often the blocks of bars so far sound; what each new bar adds is counted, and no bar twice."""

    # A piece that goes on from an earlier bar line, as one does whose last bar is drawn again, has
    # the very notes that it had there: a note is made once, and copies share it. So where the last
    # note before a line is the same object, all before it is the same, and only what follows is
    # counted anew.

    def __init__(self) -> None:
        # Of each block its numbers of bars: how often it sounds, and how often in the prompt.
        self.counts = {size: Counter[tuple[int, ...]]() for size in BLOCKS}
        self.old = {size: Counter[tuple[int, ...]]() for size in BLOCKS}
        # Bars that are the same have one number; 0 is an empty one.
        self._numbers: dict[BarContent, int] = {(): 0}
        self._bars: list[int] = []
        # Of each bar how many notes there are up to its end, the last of them, and whether it is
        # counted, and of the prompt.
        self._lines: list[tuple[int, tuple[int, ...] | None, bool, bool]] = []

    def last(self, size: int) -> tuple[int, ...]:
        """Return the block of so many bars that ends here."""
        return tuple(self._bars[-size:])

    def back_to(self, prefix: Prefix, bar: int) -> int:
        """Forget the bars from one on, and those before it that a piece has not; return how many are left."""
        while self._lines and (len(self._lines) > bar or not self._is_in(prefix)):
            *_, is_counted, is_old = self._lines.pop()
            if is_counted:
                self._count(-1, is_old=is_old)
                self._bars.pop()
        return len(self._lines)

    def add(self, prefix: Prefix, bar: int, *, is_counted: bool, is_old: bool) -> None:
        """Count the blocks that end with a bar."""
        start, stop = prefix.bar_start_note(bar), prefix.bar_start_note(bar + 1)
        last = prefix.notes[stop - 1] if stop else None
        self._lines.append((stop, last, is_counted, is_old))
        if not is_counted:
            return
        line = prefix.starts[bar]
        notes = zip(prefix.onsets[start:stop], prefix.notes[start:stop], strict=True)
        content = tuple((onset - line, part, pitch) for onset, (part, pitch, *_) in notes)
        self._bars.append(self._numbers.setdefault(content, len(self._numbers)))
        self._count(1, is_old=is_old)

    def _is_in(self, prefix: Prefix) -> bool:
        """Whether a piece has the last bar of these."""
        stop, last, *_ = self._lines[-1]
        if prefix.bar_start_note(len(self._lines)) != stop:
            return False
        return not stop or prefix.notes[stop - 1] is last

    def _count(self, change: int, *, is_old: bool) -> None:
        for size in BLOCKS:
            self.counts[size][self.last(size)] += change
            if is_old:
                self.old[size][self.last(size)] += change


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
