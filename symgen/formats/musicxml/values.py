"""Note values: how a duration is written."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

__all__ = ["Value", "breaks", "pieces"]

_TYPES = {
    Fraction(8): "breve", Fraction(4): "whole", Fraction(2): "half", Fraction(1): "quarter", Fraction(1, 2): "eighth",
    Fraction(1, 4): "16th", Fraction(1, 8): "32nd", Fraction(1, 16): "64th", Fraction(1, 32): "128th",
}  # fmt: skip
_TUPLETS = ((1, 1), (3, 2), (5, 4), (7, 4))
_DOTS = (Fraction(1), Fraction(3, 2), Fraction(7, 4))
_MOST_PIECES = 4


@dataclass(frozen=True, slots=True)
class Value:
    """A note value."""

    # as MusicXML has it.
    name: str
    dots: int
    # of its tuplet, such as 3 in the time of 2.
    actual: int
    normal: int


_VALUES = {
    base * dotted * Fraction(normal, actual): Value(name, dots, actual, normal)
    for actual, normal in reversed(_TUPLETS)
    for dots, dotted in reversed(tuple(enumerate(_DOTS)))
    if actual == 1 or dots == 0
    for base, name in _TYPES.items()
}
_LONGEST_FIRST = sorted(_VALUES, reverse=True)


def breaks(ticks: int, resolution: int) -> list[int]:
    """Return the ticks of the note values that a duration is written with, one after the other."""
    return [length for length, _ in pieces(ticks, resolution)]


def pieces(ticks: int, resolution: int) -> list[tuple[int, Value | None]]:
    """Split a duration into note values; what no few values add up to stays whole and nameless."""
    left = Fraction(ticks, resolution)
    found: list[tuple[int, Value | None]] = []
    while left and len(found) < _MOST_PIECES:
        exact = [value for value in _LONGEST_FIRST if value == left or (left - value) in _VALUES]
        value = (
            left
            if left in _VALUES
            else next(iter(exact), next((v for v in _LONGEST_FIRST if v <= left), None))
        )
        if value is None or (value * resolution).denominator != 1:
            break
        found.append((int(value * resolution), _VALUES[value]))
        left -= value
    return found if not left else [(ticks, None)]
