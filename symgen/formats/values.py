"""How notes are printed: note values, beams, tuplets and tempos, whatever the format."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

__all__ = [
    "NoteValue",
    "Stem",
    "beams",
    "brackets",
    "shortest_bpm",
    "split_duration",
    "split_ticks",
]

# -- note values -----------------------------------------------------------------------

_TYPES = {
    Fraction(8): "breve", Fraction(4): "whole", Fraction(2): "half", Fraction(1): "quarter", Fraction(1, 2): "eighth",
    Fraction(1, 4): "16th", Fraction(1, 8): "32nd", Fraction(1, 16): "64th", Fraction(1, 32): "128th",
}  # fmt: skip
_TUPLETS = ((1, 1), (3, 2), (5, 4), (7, 4))
_DOTS = (Fraction(1), Fraction(3, 2), Fraction(7, 4))
_MOST_PIECES = 4


@dataclass(frozen=True, slots=True)
class NoteValue:
    """A note value."""

    # as MusicXML has it
    name: str
    dots: int
    # of its tuplet, such as 3 in the time of 2
    actual: int
    normal: int


_VALUES = {
    base * dotted * Fraction(normal, actual): NoteValue(name, dots, actual, normal)
    for actual, normal in reversed(_TUPLETS)
    for dots, dotted in reversed(tuple(enumerate(_DOTS)))
    if actual == 1 or dots == 0
    for base, name in _TYPES.items()
}
_LONGEST_FIRST = sorted(_VALUES, reverse=True)


def split_ticks(ticks: int, resolution: int) -> list[int]:
    """Return the ticks of the note values that a duration is written with, one after the other."""
    return [length for length, _ in split_duration(ticks, resolution)]


def split_duration(ticks: int, resolution: int) -> list[tuple[int, NoteValue | None]]:
    """Split a duration into note values; what no few values add up to stays whole and nameless."""
    left = Fraction(ticks, resolution)
    found: list[tuple[int, NoteValue | None]] = []
    while left and len(found) < _MOST_PIECES:
        value: Fraction | None = left
        if left not in _VALUES:
            # best the longest value that leaves a single one, else the longest that fits; what
            # halves of a quarter add up to is no tuplet
            fitting = [value for value in _LONGEST_FIRST if value <= left]
            exact = [value for value in fitting if left - value in _VALUES]
            if left.denominator & (left.denominator - 1) == 0:
                exact.sort(key=lambda value: _VALUES[value].actual != 1)
            value = next(iter([*exact, *fitting]), None)
        if value is None or (value * resolution).denominator != 1:
            break
        found.append((int(value * resolution), _VALUES[value]))
        left -= value
    return found if not left else [(ticks, None)]


# -- beams and tuplets -----------------------------------------------------------------

_FLAGS = {"eighth": 1, "16th": 2, "32nd": 3, "64th": 4, "128th": 5}


@dataclass(frozen=True, slots=True)
class Stem:
    """A chord or a rest of one voice."""

    # quarters; the onset counts from the bar line
    onset: Fraction
    length: Fraction
    # its note value as MusicXML names it; empty if it has none
    kind: str
    is_rest: bool = False
    # notes of its tuplet, and in the time of how many; 1 and 1 outside of one
    ratio: tuple[int, int] = (1, 1)

    @property
    def flags(self) -> int:
        """How many beams it may have."""
        return 0 if self.is_rest else _FLAGS.get(self.kind, 0)


def beams(stems: Sequence[Stem], beat: Fraction) -> list[tuple[str, ...]]:
    """Return the beams of each stem of a voice in a bar, the outermost first; beats are in quarters."""
    found: list[tuple[str, ...]] = [()] * len(stems)
    first = 0
    for end in range(1, len(stems) + 1):
        if end == len(stems) or not _together(stems[end - 1], stems[end], beat):
            group = stems[first:end]
            for place, stem in enumerate(group if len(group) > 1 else ()):
                levels = range(1, stem.flags + 1)
                found[first + place] = tuple(_beam(group, place, level) for level in levels)
            first = end
    return found


def _together(one: Stem, other: Stem, beat: Fraction) -> bool:
    touch = one.flags and other.flags and one.onset + one.length == other.onset
    return bool(touch) and one.onset // beat == other.onset // beat


def _beam(group: Sequence[Stem], place: int, level: int) -> str:
    before = place > 0 and group[place - 1].flags >= level
    after = place + 1 < len(group) and group[place + 1].flags >= level
    if before and after:
        return "continue"
    if before or after:
        return "end" if before else "begin"
    return "backward hook" if place else "forward hook"


def brackets(stems: Sequence[Stem]) -> list[str]:
    """Return ``"start"`` or ``"stop"`` for each stem at an end of a tuplet's bracket, else ``""``."""
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


# -- tempos --------------------------------------------------------------------------


def shortest_bpm(bpm: float) -> str:
    """Return the shortest number of quarters a minute that is the same whole number of microseconds."""
    microseconds = round(6e7 / bpm)
    whole = len(str(int(bpm)))
    for places in range(max(0, 3 - whole), 12):
        number = f"{bpm:.{places}f}"
        if float(number) and round(6e7 / float(number)) == microseconds:
            return number.rstrip("0").rstrip(".") if places else number
    return f"{bpm:.12f}"
