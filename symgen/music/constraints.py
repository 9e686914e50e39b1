"""What a control may ask for: ranges, grids, densities, forms; read from the words of the command line."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction

from symgen.music.theory import parse_pitch, pitch_name
from symgen.system.errors import ControlError

__all__ = ["Density", "Form", "NoteGrid", "PitchRange"]


@dataclass(frozen=True, slots=True)
class PitchRange:
    """The lowest and the highest pitch."""

    # MIDI numbers.
    low: int
    high: int

    def __post_init__(self) -> None:
        if not 0 <= self.low <= self.high <= 127:
            raise ControlError(
                f"range {self.low}-{self.high}: the lower pitch comes first, both within 0..127"
            )

    @classmethod
    def parse(cls, text: str) -> PitchRange:
        """Read ``"A3-E6"``."""
        found = re.fullmatch(
            r"\s*([A-Ga-g][#b♯♭]?-?\d)\s*(?:-|\.\.)\s*([A-Ga-g][#b♯♭]?-?\d)\s*", text
        )
        if not found:
            raise ControlError(f"range {text!r}: write it like A3-E6")
        low, high = parse_pitch(found[1]), parse_pitch(found[2])
        if low > high:
            raise ControlError(
                f"range {text!r}: {found[1]} lies above {found[2]}; write the lower pitch first"
            )
        return cls(low, high)

    def __str__(self) -> str:
        return f"{pitch_name(self.low)}-{pitch_name(self.high)}"


@dataclass(frozen=True, slots=True)
class NoteGrid:
    """The shortest note, and whether triplets of it may stand beside it."""

    # Which part of a whole note: 16 for a sixteenth.
    part: int
    triplets: bool = False

    @classmethod
    def parse(cls, text: str) -> NoteGrid:
        """Read ``"1/16"``, or ``"1/8t"`` for eighths and triplets of eighths."""
        found = re.fullmatch(r"\s*(?:1/)?(1|2|4|8|16)(t?)\s*", text)
        if not found:
            raise ControlError(
                f"grid {text!r}: write the shortest note like 1/8 or 1/16, with triplets 1/8t"
            )
        return cls(int(found[1]), bool(found[2]))

    @property
    def units(self) -> tuple[Fraction, ...]:
        """Note values in quarters whose multiples are allowed, from the bar line on."""
        straight = Fraction(4, self.part)
        return (straight, straight * Fraction(2, 3)) if self.triplets else (straight,)

    def __str__(self) -> str:
        return f"1/{self.part}{'t' * self.triplets}"


@dataclass(frozen=True, slots=True)
class Density:
    """How many notes begin in each bar."""

    low: int
    high: int

    @classmethod
    def parse(cls, text: str) -> Density:
        """Read ``"4-8"``, or ``"6"`` for exactly six."""
        found = re.fullmatch(r"\s*(\d{1,3})\s*(?:-\s*(\d{1,3}))?\s*", text)
        low, high = (int(found[1]), int(found[2] or found[1])) if found else (1, 0)
        if low > high or high < 1:
            raise ControlError(
                f"density {text!r}: write the fewest and the most notes a bar, like 4-8"
            )
        return cls(low, high)

    def __str__(self) -> str:
        return f"{self.low}-{self.high}"


@dataclass(frozen=True, slots=True)
class Form:
    """Sections of equal length: which are the same."""

    # A letter, and whether the section is a varied one.
    sections: tuple[tuple[str, bool], ...]

    @classmethod
    def parse(cls, text: str) -> Form:
        """Read ``"AABA"``; an apostrophe asks for a variation: ``"AA'BA"``."""
        found = re.fullmatch(r"\s*((?:[A-Za-z]['\u2019]?)+)\s*", text)
        letters = re.findall(r"([A-Za-z])(['\u2019]?)", found[1]) if found else []
        if not letters or letters[0][1]:
            raise ControlError(
                f"form {text!r}: write a letter for each section, like AABA, varied ones like AA'BA"
            )
        return cls(tuple((letter.upper(), bool(mark)) for letter, mark in letters))

    def source(self, section: int) -> int | None:
        """Return the section that one takes up: the first with its letter; none for a new one."""
        letters = [letter for letter, _ in self.sections]
        first = letters.index(letters[section])
        return first if first < section else None

    def bar_source(self, bar: int, bars: int) -> tuple[int, bool] | None:
        """Return the bar that a bar takes up, and whether varied; none for a new one."""
        length = bars // len(self.sections)
        section, place = divmod(bar, length)
        source = self.source(section)
        return None if source is None else (source * length + place, self.sections[section][1])

    def __str__(self) -> str:
        return "".join(letter + "'" * varied for letter, varied in self.sections)
