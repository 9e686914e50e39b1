"""Chords beside the notes of kern: ``**harm``, numerals in the key, and ``**mxhm``, chord symbols of MusicXML."""

from __future__ import annotations

import re

from symgen.formats.chord_kinds import CHORD_KINDS
from symgen.music.chord_symbols import NO_CHORD, ChordSymbol, Tone, fifth_of
from symgen.music.roman_numerals import roman_symbol

__all__ = ["CHORD_SPINES", "KernTonic", "kern_chord", "tonic_of"]

CHORD_SPINES = ("**harm", "**mxhm")

KernTonic = tuple[int, bool]
"""Place of the tonic on the line of fifths, F being 0, and whether the key is minor."""

_SHORT_KINDS = {
    "maj": "",
    "min": "m",
    "hdim7": "m7b5",
    "min7": "m7",
    "minmaj7": "mmaj7",
    "min6": "m6",
    "min9": "m9",
}
"""Of the short names behind a colon, those that symbols write otherwise."""

_TONE = r"([A-G])(#{1,2}|-{1,2}|b{1,2})?"
_SYMBOL = re.compile(rf"{_TONE}\s*:?\s*([^/]*(?:/\d[^/]*)?)(?:/\s*{_TONE})?")
_KEY = re.compile(r"\*([A-Ga-g])([#-]?):")
_SIGNS = {"": 0, "#": 1, "##": 2, "-": -1, "--": -2, "b": -1, "bb": -2}


def tonic_of(sign: str) -> KernTonic | None:
    """Read the tonic of a key such as ``*a:`` or ``*B-:``."""
    found = _KEY.match(sign)
    if not found:
        return None
    return fifth_of((found[1].upper(), _SIGNS[found[2]])), found[1].islower()


def kern_chord(sign: str, kind: str, tonic: KernTonic) -> str:
    """Return the name of a chord in a column of a kind, empty if it names none."""
    sign = sign.strip()
    if sign in ("r", "R", "N", "none") or sign.rstrip(".").upper() in ("N.C", "NC"):
        return NO_CHORD if kind == "**mxhm" or sign != "N" else _numeral(sign, tonic)
    return _numeral(sign, tonic) if kind == "**harm" else _symbol(sign)


def _numeral(sign: str, tonic: KernTonic) -> str:
    symbol = roman_symbol(sign, tonic[0], minor=tonic[1])
    return "" if symbol is None else str(symbol)


def _symbol(sign: str) -> str:
    found = _SYMBOL.fullmatch(sign)
    if not found:
        return ""
    letter, mark, kind, bass, bass_mark = found.groups()
    kind = kind.strip()
    if kind == "none":
        return NO_CHORD
    kind = CHORD_KINDS.get(kind, _SHORT_KINDS.get(kind, kind))
    return str(ChordSymbol(_tone(letter, mark), kind, _tone(bass, bass_mark) if bass else None))


def _tone(letter: str, mark: str | None) -> Tone:
    return letter, _SIGNS[mark or ""]
