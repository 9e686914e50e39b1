"""The text of ABC: tune books, lines and fields; keys, meters, tempos and lengths as values."""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction

from symgen.music.chord_symbols import NO_CHORD
from symgen.music.meter import Meter
from symgen.music.theory import Key
from symgen.system.errors import ControlError, FormatError

__all__ = [
    "AbcKey",
    "VoiceProperties",
    "abc_fields",
    "abc_key",
    "abc_lines",
    "chord_name",
    "length_of",
    "meter_of_field",
    "plain_title",
    "properties_of",
    "signature_of",
    "split_book",
    "tempo_of",
]

FIELD = re.compile(r"^\s*([A-Za-z]):(?![|:\]])\s*(.*)$")
_TUNE = re.compile(r"(?m)^(?=[ \t]*X:)")
_HEAD_FIELD = re.compile(r"(?:[LMRmUIQ]:|%%)")
_BLOCK = re.compile(r"%%begin(\w+)")
_NO_MUSIC = re.compile(r'"[^"]*"|![^!|\s]*!|\+[^+|\s]*\+|\{[^}]*\}|\[[A-Za-z]:[^\]]*\]')
_NAMED = re.compile(r"\\([%&\\])|\\([`'^~\",])([A-Za-z])|\\c([cC])|(&#?\w+;?)")
_COMMENT = re.compile(r"(?<!\\)%.*$")
_ACCENTS = dict(zip("`'^~\",", "\u0300\u0301\u0302\u0303\u0308\u0327", strict=True))


def split_book(text: str) -> list[str]:
    """Return the tunes of a book, each as its ``X:`` field, the fields of the book's head, its lines."""
    # By the standard an empty line ends a tune, but old books have empty lines within tunes too: what
    # follows one and can only be music belongs to the tune. A text without ``X:`` is one tune.
    text = text.lstrip("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    head, *tunes = [piece.lstrip(" \t") for piece in _TUNE.split(text)]
    if not head.startswith("X:"):
        if not tunes:
            return [f"X:1\n{_until_end(head)}"]
        kept = [line for line in head.split("\n\n")[0].splitlines() if _HEAD_FIELD.match(line)]
    else:
        tunes, kept = [head, *tunes], []
    fields = "".join(f"\n{line}" for line in kept)
    return [_until_end(tune.replace("\n", f"{fields}\n", 1)) for tune in tunes]


def _until_end(tune: str) -> str:
    """Cut a tune at its first empty line after which there is no music."""
    blocks = re.split(r"\n[ \t]*(?=\n)", tune)
    kept = [blocks[0]]
    for block in blocks[1:]:
        # before its key a tune has no music yet, so that it cannot be over
        has_key = any(re.search(r"(?m)^\s*K:", before) for before in kept)
        if block.strip() and has_key and not _is_music(block):
            break
        kept.append(block)
    return "".join(kept)


def _is_music(block: str) -> bool:
    """Whether each line is a field, a comment or music with bar lines, and some are music."""
    lines = [line.split("%")[0].strip() for line in block.splitlines()]
    music = [line for line in lines if line and not FIELD.match(line)]
    return bool(music) and not any(is_prose(line) or "|" not in line for line in music)


def is_prose(line: str) -> bool:
    """Whether a line holds words: small letters that stand for nothing in music."""
    return len(re.findall(r"[h-tw]", _NO_MUSIC.sub("", line))) > 1


def abc_lines(chunk: str) -> Iterator[str]:
    """Yield the lines of a tune without comments, continuations and blocks of text; directives stay."""
    until = ""
    for line in chunk.splitlines():
        if until:
            until = "" if line.startswith(until) else until
            continue
        block = _BLOCK.match(line)
        if block:
            until = f"%%end{block[1]}"
        elif line.startswith("%%"):
            yield line
        else:
            yield _COMMENT.sub("", line).rstrip().removesuffix("\\")


def abc_fields(chunk: str) -> dict[str, str]:
    """Return the first value of each field of the tune's head."""
    found: dict[str, str] = {}
    for line in chunk.splitlines():
        field = FIELD.match(line)
        if field:
            found.setdefault(field[1], _COMMENT.sub("", field[2]).strip())
            if field[1] == "K":
                break
    return found


def plain_title(text: str) -> str:
    r"""Return a text with its characters instead of ABC's names for them: ``caf\'e``, ``caf&eacute;``."""

    def plain(found: re.Match[str]) -> str:
        escaped, accent, letter, cedilla, entity = found.groups()
        if accent or cedilla:
            return letter + _ACCENTS[accent] if accent else cedilla + _ACCENTS[","]
        return escaped or html.unescape(entity)

    return unicodedata.normalize("NFC", _NAMED.sub(plain, text))


# -- what fields say -------------------------------------------------------------------

_ORDER = "FCGDAEB"
"""The letters in the order in which sharps are written; flats go backwards."""
_MODES = dict(maj=0, ion=0, lyd=1, mix=-1, dor=-2, min=-3, aeo=-3, phr=-4, loc=-5)  # noqa: C408
"""Fifths from a major tonic to that of the mode with the same signature."""
_TONIC = re.compile(
    r"([A-Ga-g])([#b]?)"
    r"(?:\s*([Mm](?![A-Za-z=])|(?i:exp|maj|ion|lyd|mix|dor|min|aeo|phr|loc)[A-Za-z]*)|(?![A-Za-z#=]))"
)
_ASSIGNED = re.compile(r'([A-Za-z]+)=("[^"]*"?|\S+)')
_EXPLICIT = re.compile(r"(\^\^?|__?|=)([A-Ga-g])")
_CLEF_OCTAVE = re.compile(
    r"(?:treble|bass|alto|tenor|soprano|mezzosoprano|baritone|perc|none|[GCF])\d?([+-])(8|15)"
)
_CHORD = re.compile(
    r"([A-G](?:##|bb|[#b])?(?:maj|min|dim|aug|sus|add|alt|no\d|omit\d|M|m|\+|-|/?[#b]?\d|[o°øΔ]|\([^()]*\d\))*"
    r"(?:/[A-G](?:##|bb|[#b])?)?)"
    r"(?:\s*\(.*\)|[;,].*)?"
)
_SHARP_SIGNS = str.maketrans({"♯": "#", "♭": "b", "=": None})
_ALTERS = {"^": 1, "^^": 2, "_": -1, "__": -2, "=": 0}
_FRACTION = re.compile(r"(\d+)\s*/\s*(\d+)")


@dataclass(frozen=True, slots=True)
class AbcKey:
    """What a ``K:`` field says of the pitches."""

    # semitones up or down by letter, ``"A"`` to ``"G"``, in every octave
    alters: dict[str, int] = field(default_factory=dict)
    # the key signature as sharps, -7..7; the nearest for one of another kind
    sharps: int = 0
    # whether the field names the minor mode
    minor: bool = False


@dataclass(frozen=True, slots=True)
class VoiceProperties:
    """What a ``V:`` or ``K:`` field says of a voice; None where it says nothing."""

    # for the reader
    name: str | None = None
    # octaves up
    octave: int | None = None
    # octaves up that the clef asks for, such as ``treble-8``
    clef_octave: int | None = None
    # semitones up
    transpose: int | None = None


def length_of(text: str) -> Fraction:
    """Read a length such as ``""``, ``"3"``, ``"/"``, ``"3/2"`` or ``"//"``, in units."""
    if not text:
        return Fraction(1)
    above, slashes, below = re.fullmatch(r"(\d*)(/*)(\d*)", text).groups()  # type: ignore[union-attr]
    # each slash halves, but the one before a number divides by it: A// is A/4, and so is A/4
    divisor = int(below) * 2 ** (len(slashes) - 1) if below else 2 ** len(slashes)
    is_zero = bool(above) and not above.strip("0")
    if len(slashes) > 8 or divisor == 0 or is_zero:
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
            beats = sum(map(int, found[1].split("+")))
            return Meter(beats, int(found[2]))
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
    # the old forms ``Q:100`` and ``Q:C3=40`` count unit lengths
    old = re.search(r"[Cc](\d*)\s*$", beats)
    if not equals or old:
        units = int((old and old[1]) or 1)
        return float(found[0]) * float(unit * units)
    terms = [(int(above), int(below)) for above, below in _FRACTION.findall(beats)]
    quarters = sum((Fraction(4 * above, below) for above, below in terms if below), Fraction(0))
    return float(found[0]) * float(quarters or 1)


def signature_of(text: str) -> AbcKey | None:
    """Read the key of a ``K:`` field; None where it names none, as in ``K:clef=bass``."""
    text = text.strip()
    words = _ASSIGNED.sub(" ", text)
    explicit = {letter.upper(): _ALTERS[sign] for sign, letter in _EXPLICIT.findall(words)}
    if re.match(r"H[Pp]\b", text):  # Highland bagpipes: F sharp, C sharp and G natural
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


def chord_name(text: str) -> str:
    """Return the chord that a text in quotes names, empty for words; of two, ``"G(Em)"``, the first."""
    found = _CHORD.fullmatch(text.strip('"').translate(_SHARP_SIGNS).strip())
    if not found:
        return NO_CHORD if text.strip('" ').rstrip(".").upper() in ("N.C", "NC") else ""
    return found[1]


def abc_key(text: str) -> Key | None:
    """Return the key that a ``K:`` field names, None if it names none."""
    parts = _tonic(text.strip())
    if parts is None or parts[2].lower().startswith("exp"):
        return None
    try:
        return Key.parse(f"{parts[0]}{parts[1]} {parts[2]}")
    except ControlError:
        return None


def properties_of(text: str) -> VoiceProperties:
    """Read what a field says of a voice beside its identifier or key."""
    given = {name.lower(): value.strip('"') for name, value in _ASSIGNED.findall(text)}
    name = given.get("name", given.get("nm"))
    clef = _CLEF_OCTAVE.search(text)
    names_clef = "clef" in given or re.search(r"\b(?:treble|bass|alto|tenor)\b", text)
    octaves = 0 if names_clef else None  # a plain clef takes back the octave of one before
    if clef:
        octaves = 2 if clef[2] == "15" else 1
        octaves = octaves if clef[1] == "+" else -octaves
    return VoiceProperties(
        name=None if name is None else plain_title(name),
        octave=_whole(given.get("octave", given.get("o")), 10),
        clef_octave=octaves,
        transpose=_whole(given.get("transpose", given.get("t")), 120),
    )


def _tonic(text: str) -> tuple[str, str, str] | None:
    """Return letter, accidental and mode word."""
    found = _TONIC.match(text)
    if not found:
        return None
    return found[1].upper(), found[2], found[3] or ""


def _with_accidentals(fifths: int, minor: bool, explicit: dict[str, int]) -> AbcKey:
    alters = {letter: (fifths + 6 - place) // 7 for place, letter in enumerate(_ORDER)}
    alters |= explicit
    sharps = max(-7, min(7, sum(alters.values())))
    return AbcKey({letter: alter for letter, alter in alters.items() if alter}, sharps, minor)


def _whole(text: str | None, most: int) -> int | None:
    if text is None:
        return None
    if not re.fullmatch(r"[+-]?\d{1,3}", text) or abs(int(text)) > most:
        raise FormatError(f"has an octave or transposition of {text[:20]!r}; use a whole number")
    return int(text)
