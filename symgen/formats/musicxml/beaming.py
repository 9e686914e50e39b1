"""What groups notes on a page: beams, and brackets of tuplets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

__all__ = ["Stem", "beams", "brackets"]

_FLAGS = {"eighth": 1, "16th": 2, "32nd": 3, "64th": 4, "128th": 5}


@dataclass(frozen=True, slots=True)
class Stem:
    """A chord or a rest of one voice."""

    # quarters; the onset counts from the bar line.
    onset: Fraction
    length: Fraction
    # its note value as MusicXML names it; empty if it has none.
    kind: str
    is_rest: bool = False
    # notes of its tuplet, and in the time of how many; 1 and 1 outside of one.
    ratio: tuple[int, int] = (1, 1)

    @property
    def flags(self) -> int:
        """How many beams it may have."""
        return 0 if self.is_rest else _FLAGS.get(self.kind, 0)


def beams(stems: Sequence[Stem], beat: Fraction) -> list[tuple[str, ...]]:
    """Return the beams of each stem, the outermost first, as MusicXML names them."""
    found: list[tuple[str, ...]] = [()] * len(stems)
    first = 0
    for end in range(1, len(stems) + 1):
        if end == len(stems) or not _together(stems[end - 1], stems[end], beat):
            for place in range(first, end) if end - first > 1 else ():
                found[place] = tuple(
                    _beam(stems[first:end], place - first, level)
                    for level in range(1, stems[place].flags + 1)
                )
            first = end
    return found


def _together(one: Stem, other: Stem, beat: Fraction) -> bool:
    touch = one.flags and other.flags and one.onset + one.length == other.onset
    return bool(touch) and one.onset // beat == other.onset // beat


def _beam(group: Sequence[Stem], place: int, level: int) -> str:
    before = place > 0 and group[place - 1].flags >= level
    after = place + 1 < len(group) and group[place + 1].flags >= level
    if before or after:
        return "continue" if before and after else "end" if before else "begin"
    return "backward hook" if place else "forward hook"


def brackets(stems: Sequence[Stem]) -> list[str]:
    """Return for each stem whether a bracket of a tuplet starts or stops there: ``"start"``,
    ``"stop"`` or nothing."""
    # A tuplet is as long as its notes in the time of so many ordinary ones of the shortest value
    # in it.
    found = [""] * len(stems)
    first, length, unit = 0, Fraction(0), Fraction(0)
    for place, stem in enumerate(stems):
        if stem.ratio == (1, 1) or (length and not _goes_on(stems[place - 1], stem)):
            length = Fraction(0)
        if stem.ratio == (1, 1):
            continue
        if not length:
            first, unit = place, stem.length
        length, unit = length + stem.length, min(unit, stem.length)
        if place > first and length % (unit * stem.ratio[0]) == 0:
            found[first], found[place] = "start", "stop"
            length = Fraction(0)
    return found


def _goes_on(one: Stem, other: Stem) -> bool:
    return one.ratio == other.ratio and one.onset + one.length == other.onset
