"""The tokens of Humdrum kern: notes, meters, keys, tempos, instruments and bar lines."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction

from symgen.music.meter import Meter
from symgen.music.theory import LETTERS, Key
from symgen.system.errors import ControlError, FormatError

__all__ = [
    "BarLine",
    "KernNote",
    "bar_line",
    "kern_notes",
    "key_of",
    "meter_of_kern",
    "program_of",
    "sharps_of",
]

_LENGTH = re.compile(r"(\d+)(?:%(\d+))?")
_PITCH = re.compile(r"([a-g]+|[A-G]+)(#+|-+|n)?")
_KEY = re.compile(r"\*([A-Ga-g])([#-]?):(ion|dor|phr|lyd|mix|aeo|loc)?$")
_PROGRAMS = {
    "piano": 0, "cemba": 6, "clavi": 7, "organ": 19, "guitr": 24, "lute": 24, "violn": 40, "viola": 41, "cello": 42,
    "cbass": 43, "arpa": 46, "timpa": 47, "tromp": 56, "tromb": 57, "tuba": 58, "cor": 60, "oboe": 68, "cangl": 69,
    "fagot": 70, "clars": 71, "clara": 71, "clarb": 71, "picco": 72, "flt": 73, "flts": 73, "recor": 74,
}  # fmt: skip
"""General MIDI programs of some instrument codes."""


@dataclass(frozen=True, slots=True)
class KernNote:
    """A note of a token, or a rest (without a pitch); `duration` is in quarters."""

    duration: Fraction
    pitch: int | None
    tie_start: bool = False
    tie_stop: bool = False


@dataclass(frozen=True, slots=True)
class BarLine:
    """What a bar line says."""

    starts_repeat: bool
    ends_repeat: bool
    ends_section: bool


def kern_notes(token: str) -> list[KernNote]:
    """Return the notes of a token; in a chord a length holds until another is given."""
    found: list[KernNote] = []
    length: Fraction | None = None
    for note in token.split():
        if "q" in note or "Q" in note:  # a grace note takes no time
            continue
        given = _duration(note)
        length = given if given is not None else length
        is_rest = "r" in note or "R" in note
        pitch = None if is_rest else _PITCH.search(note)
        if length is None or (pitch is None and not is_rest):
            raise FormatError(
                f"has the token {token[:20]!r}, which is no note of a length; correct it"
            )
        if pitch is not None:
            ties = "[" in note or "_" in note, "]" in note or "_" in note
            midi = _midi(pitch[1], pitch[2] or "")
            found.append(KernNote(length, midi, *ties))
    if found or length is None:
        return found
    return [KernNote(length, None)]


def _duration(token: str) -> Fraction | None:
    """Return a length in quarters: ``4`` is one, ``0`` and ``00`` are 8 and 16, ``3%2`` two thirds of a whole note."""
    found = _LENGTH.search(token)
    if not found:
        return None
    parts = int(found[1])
    if (not parts and len(found[1]) > 3) or (found[2] and not int(found[2])):
        raise FormatError(f"has the length {found[0][:20]!r}, which makes no sense; correct it")
    plain = Fraction(4 * 2 ** len(found[1]))  # zeros double: 0 is a breve, 00 a long
    if parts:
        plain = Fraction(4 * int(found[2] or 1), parts)
    dots = min(token.count("."), 8)
    return plain * (2 - Fraction(1, 2**dots))


def _midi(letters: str, accidental: str) -> int:
    # c is middle C, cc the octave above; C lies below, CC below that
    octave = 3 + len(letters) if letters.islower() else 4 - len(letters)
    alter = accidental.count("#") - accidental.count("-")
    return 12 * (octave + 1) + LETTERS[letters[0].upper()] + alter


def bar_line(token: str) -> BarLine:
    """Read a token such as ``=3``, ``==``, ``=:|!|:`` or ``=||``."""
    signs = token.lstrip("=0123456789abcdefghijklmnopqrstuvwxyz")
    strokes = [place for place, sign in enumerate(signs) if sign in "|!"]
    ends = bool(strokes) and ":" in signs[: strokes[0]]
    starts = bool(strokes) and ":" in signs[strokes[-1] :]
    return BarLine(starts, ends, token.startswith("==") or "||" in token)


def meter_of_kern(token: str) -> Meter | None:
    """Read ``*M3/4`` or ``*M2+3/8``; None for a meter that has no bar, such as ``*MX``."""
    found = re.match(r"\*M(\d+(?:\+\d+)*)/(\d+)$", token)
    if not found:
        return None
    beats = sum(map(int, found[1].split("+")))
    try:
        return Meter(beats, int(found[2]))
    except ControlError as error:
        raise FormatError(f"has a {error}") from None


def sharps_of(token: str) -> int:
    """Read a key signature such as ``*k[f#c#]``: sharps are positive."""
    return max(-7, min(7, token.count("#") - token.count("-")))


def key_of(token: str) -> Key | None:
    """Read a key such as ``*a:``, ``*B-:`` or ``*d:dor``."""
    found = _KEY.match(token)
    if not found:
        return None
    mode = found[3] or ("major" if found[1].isupper() else "minor")
    return Key.parse(f"{found[1].upper()}{found[2].replace('-', 'b')} {mode}")


def program_of(token: str) -> int | None:
    """Return the program of an instrument code such as ``*Iflt``."""
    return _PROGRAMS.get(token.removeprefix("*I").strip())
