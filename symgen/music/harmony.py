"""Chord symbols: names, pitch classes, progressions."""

from __future__ import annotations

import re
from dataclasses import dataclass

from symgen.music.theory import parse_tonic
from symgen.system.errors import ControlError

__all__ = ["QUALITIES", "Chord", "parse_chords"]

QUALITIES: dict[str, tuple[int, ...]] = {
    "": (0, 4, 7),
    "m": (0, 3, 7),
    "7": (0, 4, 7, 10),
    "maj7": (0, 4, 7, 11),
    "m7": (0, 3, 7, 10),
    "mmaj7": (0, 3, 7, 11),
    "dim": (0, 3, 6),
    "dim7": (0, 3, 6, 9),
    "m7b5": (0, 3, 6, 10),
    "aug": (0, 4, 8),
    "sus2": (0, 2, 7),
    "sus4": (0, 5, 7),
    "7sus4": (0, 5, 7, 10),
    "6": (0, 4, 7, 9),
    "m6": (0, 3, 7, 9),
    "9": (0, 2, 4, 7, 10),
    "maj9": (0, 2, 4, 7, 11),
    "m9": (0, 2, 3, 7, 10),
    "add9": (0, 2, 4, 7),
    "5": (0, 7),
}
"""Semitones above the root by the name of the quality."""

_OTHER_NAMES = {
    "maj": "",
    "M": "",
    "min": "m",
    "-": "m",
    "M7": "maj7",
    "Δ": "maj7",
    "Δ7": "maj7",
    "min7": "m7",
}
_OTHER_NAMES |= {
    "-7": "m7",
    "°": "dim",
    "o": "dim",
    "°7": "dim7",
    "o7": "dim7",
    "ø": "m7b5",
    "ø7": "m7b5",
    "+": "aug",
}
_OTHER_NAMES |= {"sus": "sus4", "mM7": "mmaj7", "min6": "m6", "min9": "m9", "M9": "maj9"}


@dataclass(frozen=True, slots=True)
class Chord:
    """A chord symbol.

    Parameters
    ----------
    root : int
        Pitch class, 0 = C ... 11 = B.
    quality : str
        A name in `QUALITIES`.
    name : str
        As it was written.
    """

    root: int
    quality: str
    name: str

    @classmethod
    def parse(cls, text: str) -> Chord:
        """Read ``"C"``, ``"Am7"``, ``"Bbmaj7"``, ``"F#dim"``; a bass after a slash, as in ``"C/E"``, is left out.

        Raises
        ------
        ControlError
            If the text is no chord symbol.
        """
        found = re.fullmatch(r"([A-Ga-g][#b♯♭]?)([^/\s]*)(?:/[A-Ga-g][#b♯♭]?)?", text.strip())
        quality = _OTHER_NAMES.get(found[2], found[2]) if found else None
        if not found or quality not in QUALITIES:
            known = ", ".join(name for name in QUALITIES if name)
            raise ControlError(
                f"chord {text!r}: write a root and a quality, such as C, Am or F#m7 (qualities: {known})"
            )
        return cls(parse_tonic(found[1]), quality, text.strip())

    @property
    def pitch_classes(self) -> frozenset[int]:
        """The pitch classes of the chord."""
        return frozenset((self.root + step) % 12 for step in QUALITIES[self.quality])

    def __str__(self) -> str:
        return self.name


def parse_chords(text: str) -> tuple[Chord, ...]:
    """Read a progression such as ``"C G Am F"``; bar lines and commas between chords are left out.

    Raises
    ------
    ControlError
        If it holds no chord, or something else.
    """
    names = text.replace("|", " ").replace(",", " ").split()
    if not names:
        raise ControlError("chords: none given; write them like 'C G Am F', one a bar")
    return tuple(Chord.parse(name) for name in names)
