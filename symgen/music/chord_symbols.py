"""Chord symbols over a score, as lead sheets have them: ``Am7``, ``G/B``."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from symgen.system.errors import FormatError
from symgen.system.text import one_line

__all__ = [
    "NO_CHORD",
    "ChordChange",
    "ChordSymbol",
    "Tone",
    "moved_chords",
    "names_chord",
    "pitch_class_of",
]

NO_CHORD = "N.C."
"""The symbol that says that no chord sounds."""

_SYMBOL = r"([A-Ga-g])(##|bb|[#b]?)([^/]*(?:/\d[^/]*)?)(?:/([A-Ga-g])(##|bb|[#b]?))?"
_QUALITY = (
    r"(?:maj|min|mi|ma|dim|aug|sus|add|omit|no|alt|[mMjoø°Δ+#b(),-]|/(?=\d)|1[13]|69|[2-79])*"
)
_SIGNS = str.maketrans({"♯": "#", "♭": "b", "𝄪": "##", "𝄫": "bb"})
_FIFTHS = "FCGDAEB"
_ALTERS = {"": 0, "#": 1, "b": -1, "##": 2, "bb": -2}
_MARKS = {alter: sign for sign, alter in _ALTERS.items()}
# Fb and B#, on the line of fifths.
_FLATTEST, _SHARPEST = -7, 13

Tone = tuple[str, int]
"""A letter and the semitones that it is raised by."""


@dataclass(frozen=True, slots=True)
class ChordSymbol:
    """A chord symbol in its parts."""

    root: Tone
    # as it is written behind the root, such as ``"m7"``
    kind: str
    bass: Tone | None = None

    @classmethod
    def parse(cls, name: str) -> ChordSymbol | None:
        """Read a symbol; None for a text that names no root."""
        found = re.fullmatch(_SYMBOL, name.translate(_SIGNS).strip())
        if not found:
            return None
        root, sign, kind, bass, bass_sign = found.groups()
        lowest = (bass.upper(), _ALTERS[bass_sign]) if bass else None
        return cls((root.upper(), _ALTERS[sign]), kind.strip(), lowest)

    def moved(self, places: int) -> ChordSymbol:
        """Return the symbol so many places along the line of fifths, of which twelve are one name for another."""
        tones = [fifth_of(tone) for tone in (self.root, self.bass) if tone]
        places -= 12 * (max(tones) + places > _SHARPEST) - 12 * (min(tones) + places < _FLATTEST)
        bass = tone_at(fifth_of(self.bass) + places) if self.bass else None
        return ChordSymbol(tone_at(fifth_of(self.root) + places), self.kind, bass)

    def __str__(self) -> str:
        bass = f"/{_name(self.bass)}" if self.bass else ""
        return f"{_name(self.root)}{self.kind}{bass}"


def fifth_of(tone: Tone) -> int:
    """Return where a tone stands on the line of fifths; F is 0."""
    return _FIFTHS.index(tone[0]) + 7 * tone[1]


def tone_at(place: int) -> Tone:
    """Return the tone at a place on the line of fifths, with two sharps or flats at most."""
    return _FIFTHS[place % 7], max(-2, min(2, place // 7))


def pitch_class_of(tone: Tone) -> int:
    """Return the pitch class of a tone, 0..11."""
    return 7 * (fifth_of(tone) - 1) % 12


def names_chord(text: str) -> bool:
    """Whether a text is a chord symbol and nothing else, or says that no chord sounds."""
    symbol = ChordSymbol.parse(text)
    if symbol is None:
        return text.strip().rstrip(".").upper() in ("N.C", "NC")
    return text[:1].isupper() and re.fullmatch(_QUALITY, symbol.kind) is not None


def _name(tone: Tone) -> str:
    return f"{tone[0]}{_MARKS[tone[1]]}"


@dataclass(frozen=True, slots=True, order=True)
class ChordChange:
    """A chord symbol from a tick on.

    Parameters
    ----------
    tick : int
        0 or more.
    name : str
        As it is written, such as ``"Am7"`` or ``"G/B"``; ``"N.C."`` where no chord sounds.

    Raises
    ------
    FormatError
        If the tick is negative or the name is empty.
    """

    tick: int
    name: str

    def __post_init__(self) -> None:
        object.__setattr__(self, "name", one_line(self.name).strip())
        if self.tick < 0 or not self.name:
            raise FormatError(f"{self}: tick must be >= 0, and the chord needs a name")


def moved_chords(
    chords: Iterable[ChordChange], semitones: int, moves: Sequence[tuple[int, int]]
) -> tuple[ChordChange, ...]:
    """Return chords moved by semitones, spelled as their keys are; what names no root stays as it is."""
    # `moves` are the places along the line of fifths by which key signatures move, and since when.
    found = []
    for chord in chords:
        symbol = ChordSymbol.parse(chord.name)
        if symbol is not None:
            usual = (7 * semitones + 5) % 12 - 5
            places = [place for tick, place in moves if tick <= chord.tick][-1:] or [usual]
            chord = ChordChange(chord.tick, str(symbol.moved(places[0])))
        found.append(chord)
    return tuple(found)
