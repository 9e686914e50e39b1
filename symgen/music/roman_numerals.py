"""Roman numerals of harmonic analyses as chord symbols: ``V7`` in C is ``G7``.

Read are the numerals of Humdrum's ``**harm``, in which inversions are letters (``V7b``) and sevenths may be named
(``IM7``, ``viioD7``), and those with figures (``V65``). What they leave open follows from the key.
"""

from __future__ import annotations

import re

from symgen.music.chord_symbols import ChordSymbol, tone_at

__all__ = ["roman_symbol"]

_DEGREES = {
    False: {"i": 0, "ii": 2, "iii": 4, "iv": -1, "v": 1, "vi": 3, "vii": 5},
    True: {"i": 0, "ii": 2, "iii": -3, "iv": -1, "v": 1, "vi": -4, "vii": -2},
}
"""Places on the line of fifths from the tonic, in major and in minor."""

_TRIADS = {"o": "dim", "°": "dim", "ø": "dim", "+": "aug"}
"""By the sign behind the numeral; without one it is major in capitals, else minor."""

_QUALITIES = {
    "": {"m": "7", "M": "maj7", "D": "7"},
    "m": {"m": "m7", "M": "mmaj7", "D": "m7"},
    "dim": {"m": "m7b5", "M": "m7b5", "D": "dim7"},
    "aug": {"m": "7#5", "M": "maj7#5", "D": "7#5"},
}
"""By triad and seventh."""

_NUMERAL = re.compile(
    r"([#b-]*)(vii|vi|iv|v|iii|ii|i|VII|VI|IV|V|III|II|I)(o|ø|°|\+)?"
    r"(?:([MmDd])?7)?(65|64|6|43|42|2|9)?([abcd])?"
)
_SIXTHS = {"Gn": "7", "Lt": "7", "It": "7", "Fr": "7b5"}
"""Augmented sixth chords, named as they sound."""

_FIGURES = {"6": 1, "64": 2, "65": 1, "43": 2, "42": 3, "2": 3}
_SEVENTHS = frozenset(("65", "43", "42", "2", "9"))
_MAJOR, _MINOR, _RAISED = 4, -3, 7
# Of each quality the third, fifth and seventh, as places on the line of fifths from the root.
_TONES = {
    "": (_MAJOR, 1), "m": (_MINOR, 1), "dim": (_MINOR, -6), "aug": (_MAJOR, 8), "7": (_MAJOR, 1, -2),
    "maj7": (_MAJOR, 1, 5), "m7": (_MINOR, 1, -2), "dim7": (_MINOR, -6, -9), "m7b5": (_MINOR, -6, -2),
    "mmaj7": (_MINOR, 1, 5), "7#5": (_MAJOR, 8, -2), "maj7#5": (_MAJOR, 8, 5), "7b5": (_MAJOR, -6, -2),
}  # fmt: skip


def roman_symbol(text: str, tonic: int, *, minor: bool) -> ChordSymbol | None:
    """Read a numeral in a key whose tonic has a place on the line of fifths, F being 0; None if it is none."""
    plain = re.sub(r"^[\d.%]+|[\[\](){};?~\s]", "", text)
    chord, *applied = plain.split("/")
    for name in reversed(applied):  # V7/ii: as if ii were the tonic
        found = _read(name, tonic, minor=minor)
        if found is None:
            return None
        tonic, quality, _ = found
        minor = quality[:1] == "m" and quality[:3] != "maj"
    found = _read(chord, tonic, minor=minor, is_applied=bool(applied))
    if found is None:
        return None
    root, quality, inversion = found
    tones = (0, *_TONES[quality])
    if inversion >= len(tones):
        return None
    bass = tone_at(root + tones[inversion]) if inversion else None
    return ChordSymbol(tone_at(root), quality, bass)


def _read(
    text: str, tonic: int, *, minor: bool, is_applied: bool = False
) -> tuple[int, str, int] | None:
    """Return the place of the root, the quality and the inversion."""
    special = re.fullmatch(r"(N|Gn|Lt|It|Fr)(?:6|([abcd]))?", text)
    if special:
        is_neapolitan = special[1] == "N"
        inversion = "abcd".index(special[2] or "a") if is_neapolitan else 0
        inversion = 1 if is_neapolitan and text.endswith("6") else inversion
        return tonic + (-5 if is_neapolitan else -4), _SIXTHS.get(special[1], ""), inversion
    found = _NUMERAL.fullmatch(text)
    if not found:
        return None
    signs, numeral, mark, kind, figure, letter = found.groups()
    is_seventh = "7" in text or figure in _SEVENTHS
    degree = numeral.lower()
    place = _DEGREES[minor][degree]
    # In minor a chord on the leading tone, or a diminished one on the sixth, has the raised tone.
    is_low = numeral.islower()
    raised = minor and is_low and (degree == "vii" or (degree == "vi" and mark is not None))
    if raised:
        place += _RAISED
        signs = signs.replace("#", "", 1)
    place += _RAISED * (signs.count("#") - signs.count("b") - signs.count("-"))
    seventh = _seventh(degree, mark, kind, minor=minor, is_low=is_low, applied=is_applied)
    triad = _TRIADS.get(mark or "", "m" if is_low else "")
    quality = _QUALITIES[triad][seventh] if is_seventh else triad
    inversion = _FIGURES.get(figure or "", "abcd".index(letter or "a"))
    return tonic + place, quality, inversion


def _seventh(
    degree: str, mark: str | None, kind: str | None, *, minor: bool, is_low: bool, applied: bool
) -> str:
    """Return the seventh that is meant: major (M), minor (m) or diminished (D)."""
    if kind or mark == "ø":
        return (kind or "m").replace("d", "D")
    if mark in ("o", "°"):
        return "D" if degree == "vii" and (minor or applied) else "m"
    majors = ("iii", "vi") if minor else ("i", "iv")
    return "M" if degree in majors and not is_low and not applied else "m"
