"""The small signs of ABC: lengths, meters, tempos, keys and what voices say of themselves. Text in, numbers out.

The standard is ABC 2.1 (abcnotation.com/wiki/abc:standard:v2.1).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from fractions import Fraction

from symgen.music.meter import Meter
from symgen.music.theory import Key
from symgen.system.errors import ControlError, FormatError

__all__ = [
    "AbcKey",
    "VoiceTraits",
    "abc_key",
    "length_of",
    "meter_of_field",
    "signature_of",
    "tempo_of",
    "traits_of",
]

_ORDER = "FCGDAEB"
"""The letters in the order in which sharps are written; flats go backwards."""
_MODES = {
    "maj": 0,
    "ion": 0,
    "lyd": 1,
    "mix": -1,
    "dor": -2,
    "min": -3,
    "aeo": -3,
    "phr": -4,
    "loc": -5,
}
_TONIC = re.compile(
    r"([A-Ga-g])([#b]?)"
    r"(?:\s*([Mm](?![A-Za-z=])|(?i:exp|maj|ion|lyd|mix|dor|min|aeo|phr|loc)[A-Za-z]*)|(?![A-Za-z#=]))"
)
_ASSIGNED = re.compile(r'([A-Za-z]+)=("[^"]*"?|\S+)')
_EXPLICIT = re.compile(r"(\^\^?|__?|=)([A-Ga-g])")
_CLEF_OCTAVE = re.compile(
    r"(?:treble|bass|alto|tenor|soprano|mezzosoprano|baritone|perc|none|[GCF])\d?([+-])(8|15)"
)
_ALTERS = {"^": 1, "^^": 2, "_": -1, "__": -2, "=": 0}
_FRACTION = re.compile(r"(\d+)\s*/\s*(\d+)")


@dataclass(frozen=True, slots=True)
class AbcKey:
    """What a ``K:`` field says of the pitches."""

    # semitones up or down by letter, ``"A"`` to ``"G"``, in every octave.
    alters: dict[str, int] = field(default_factory=dict)
    # the key signature as sharps, -7..7; the nearest for one of another kind.
    sharps: int = 0
    # whether the field names the minor mode.
    minor: bool = False


@dataclass(frozen=True, slots=True)
class VoiceTraits:
    """What a ``V:`` or ``K:`` field says of a voice; None where it says nothing."""

    # for the reader.
    name: str | None = None
    # octaves up.
    octave: int | None = None
    # octaves up that the clef asks for, such as ``treble-8``.
    clef_octave: int | None = None
    # semitones up.
    transpose: int | None = None


def length_of(text: str) -> Fraction:
    """Read a length such as ``""``, ``"3"``, ``"/"``, ``"3/2"`` or ``"//"``, in units."""
    if not text:
        return Fraction(1)
    above, slashes, below = re.fullmatch(r"(\d*)(/*)(\d*)", text).groups()  # type: ignore[union-attr]
    divisor = int(below) * 2 ** (len(slashes) - 1) if below else 2 ** len(slashes)
    if len(slashes) > 8 or divisor == 0 or above.strip("0") == "" != above:
        raise FormatError(f"has the length {text[:20]!r}, which makes no sense; correct it")
    return Fraction(int(above or 1), divisor)


def meter_of_field(text: str) -> Meter | None:
    """Read an ``M:`` field; None for music without a meter."""
    text = re.sub(r"[()\s]", "", text)
    if text.lower() in ("", "none"):
        return None
    found = re.match(r"(\d+(?:\+\d+)*)/(\d+)", text)
    try:
        if text.startswith("C"):
            return Meter(2, 2) if text.startswith("C|") else Meter(4, 4)
        if found:
            return Meter(sum(map(int, found[1].split("+"))), int(found[2]))
    except ControlError as error:
        raise FormatError(f"has a {error}") from None
    raise FormatError(f"has the meter {text[:20]!r}; write it like 6/8, C, C| or none")


def tempo_of(text: str, unit: Fraction) -> float | None:
    """Read a ``Q:`` field as quarters a minute; None for words without a number."""
    text = re.sub(r'"[^"]*"?', " ", text)
    beats, equals, rate = text.rpartition("=")
    found = re.search(r"\d+(?:\.\d+)?", rate)
    if not found:
        return None
    old = re.search(r"[Cc](\d*)\s*$", beats)
    if not equals or old:
        return float(found[0]) * float(unit * int((old and old[1]) or 1))
    quarters = sum(
        (Fraction(4 * int(n), int(d)) for n, d in _FRACTION.findall(beats) if int(d)), Fraction(0)
    )
    return float(found[0]) * float(quarters or 1)


def signature_of(text: str) -> AbcKey | None:
    """Read the key of a ``K:`` field; None where it names none, as in ``K:clef=bass``."""
    text = text.strip()
    words = _ASSIGNED.sub(" ", text)
    explicit = {letter.upper(): _ALTERS[sign] for sign, letter in _EXPLICIT.findall(words)}
    if re.match(r"H[Pp]\b", text):
        return AbcKey({"F": 1, "C": 1} | explicit, 2)
    if not text or re.match(r"none\b", text, re.IGNORECASE):
        return _with_accidentals(0, False, explicit)
    parts = _tonic(text)
    if parts is None:
        return _with_accidentals(0, False, explicit) if explicit else None
    letter, accidental, mode = parts
    if mode.lower().startswith("exp"):
        return _with_accidentals(0, False, explicit)
    shift = -3 if mode == "m" else _MODES.get(mode[:3].lower(), 0)
    fifths = _ORDER.index(letter) - 1 + {"": 0, "#": 7, "b": -7}[accidental] + shift
    return _with_accidentals(fifths, shift == -3, explicit)


def abc_key(text: str) -> Key | None:
    """Return the key that a ``K:`` field names, None if it names none."""
    parts = _tonic(text.strip())
    if parts is None or parts[2].lower().startswith("exp"):
        return None
    try:
        return Key.parse(f"{parts[0]}{parts[1]} {parts[2]}")
    except ControlError:
        return None


def traits_of(text: str) -> VoiceTraits:
    """Read what a field says of a voice beside its identifier or key."""
    given = {name.lower(): value.strip('"') for name, value in _ASSIGNED.findall(text)}
    clef = _CLEF_OCTAVE.search(text)
    octaves = (1 if clef[1] == "+" else -1) * (2 if clef[2] == "15" else 1) if clef else None
    names_clef = "clef" in given or re.search(r"\b(?:treble|bass|alto|tenor)\b", text)
    return VoiceTraits(
        name=given.get("name", given.get("nm")),
        octave=_whole(given.get("octave", given.get("o")), 10),
        clef_octave=octaves if octaves is not None else (0 if names_clef else None),
        transpose=_whole(given.get("transpose", given.get("t")), 120),
    )


def _tonic(text: str) -> tuple[str, str, str] | None:
    """Return letter, accidental and mode word."""
    found = _TONIC.match(text)
    if not found:
        return None
    return found[1].upper(), found[2], found[3] or ""


def _with_accidentals(fifths: int, minor: bool, explicit: dict[str, int]) -> AbcKey:
    alters = {letter: (fifths + 6 - place) // 7 for place, letter in enumerate(_ORDER)} | explicit
    sharps = sum(alters.values())
    return AbcKey(
        {letter: alter for letter, alter in alters.items() if alter}, max(-7, min(7, sharps)), minor
    )


def _whole(text: str | None, most: int) -> int | None:
    if text is None:
        return None
    if not re.fullmatch(r"[+-]?\d{1,3}", text) or abs(int(text)) > most:
        raise FormatError(f"has an octave or transposition of {text[:20]!r}; use a whole number")
    return int(text)
