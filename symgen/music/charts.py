"""Charts: the chords of a song bar by bar, as players write them down."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from symgen.music.chord_symbols import NO_CHORD
from symgen.music.theory import Chord
from symgen.system.errors import ControlError

__all__ = ["ChartBar", "ChordChart"]

# A double bar line, and the one at the end, part bars as any.
_LINE = re.compile(r"\s*(?:\|\||\|\]|\|)\s*")
_AGAIN, _GOES_ON = "%", "/"
_HOW = "write them like 'C G Am F', one a bar, or with bar lines: '| C | Am7 F |'"


@dataclass(frozen=True, slots=True)
class ChartBar:
    """The chords of a bar, in equal shares of its beats; None where no chord sounds."""

    chords: tuple[Chord | None, ...]

    @property
    def tones(self) -> tuple[frozenset[int], ...]:
        """The pitch classes of each chord; none where no chord sounds."""
        return tuple(frozenset() if each is None else each.tones for each in self.chords)

    def __str__(self) -> str:
        return " ".join(NO_CHORD if each is None else str(each) for each in self.chords)


@dataclass(frozen=True, slots=True)
class ChordChart:
    """Chords bar by bar; they come round."""

    bars: tuple[ChartBar, ...]

    def __post_init__(self) -> None:
        if not self.bars:
            raise ControlError(f"chords: none given; {_HOW}")

    @classmethod
    def parse(cls, text: str) -> ChordChart:
        """Read ``"| C | G/B | Am7 F | % | N.C. |"``; without bar lines one chord a bar."""
        if "|" not in text:
            return cls.of(text.replace(",", " ").split())
        bars = _LINE.split(text.strip())
        # Lines around the whole close no bar.
        first, last = not bars[0], len(bars) - (not bars[-1])
        return cls.of(bars[first:last])

    @classmethod
    def of(cls, bars: Iterable[str | Chord | None]) -> ChordChart:
        """Read bars, each as a text of its chords or as one chord; None is a bar without a chord."""
        found: list[ChartBar] = []
        for bar in bars:
            if isinstance(bar, str):
                found.append(_read_bar(bar, found))
            elif bar is None or isinstance(bar, Chord):
                found.append(ChartBar((bar,)))
            else:
                raise ControlError(f"chords {bar!r:.40}: {_HOW}")
        return cls(tuple(found))

    def bar(self, number: int) -> ChartBar:
        """Return the chords of a bar of the piece, from 0 on."""
        return self.bars[number % len(self.bars)]

    @property
    def is_plain(self) -> bool:
        """Whether each bar has one chord."""
        return all(len(bar.chords) == 1 for bar in self.bars)

    def __str__(self) -> str:
        bars = list(map(str, self.bars))
        return " ".join(bars) if self.is_plain else f"| {' | '.join(bars)} |"


def _read_bar(text: str, before: Sequence[ChartBar]) -> ChartBar:
    """Read the chords of a bar; one that is empty, or ``%``, is the bar before again."""
    words = text.replace(",", " ").split()
    if not words or words == [_AGAIN]:
        if not before:
            raise ControlError(
                "chords: the first bar has no bar before it to repeat; name its chord"
            )
        return before[-1]
    last = before[-1].chords[-1] if before else None
    found: list[Chord | None] = []
    for word in words:
        if word not in (_AGAIN, _GOES_ON):
            is_none = word.rstrip(".").upper() in ("N.C", "NC")
            last = None if is_none else Chord.parse(word)
        elif not (before or found):
            raise ControlError(f"chords: {word!r} goes on with a chord, but none stands before it")
        found.append(last)
    return ChartBar(tuple(found))
