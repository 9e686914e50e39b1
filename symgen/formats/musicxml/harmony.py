"""Chord symbols in MusicXML: ``harmony`` elements, read as names and written from them."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from xml.etree import ElementTree as Xml

from symgen.formats.chord_kinds import CHORD_KINDS
from symgen.formats.musicxml.document import Attributes, TimedElement
from symgen.formats.musicxml.tree import Element, number, whole
from symgen.music.chord_symbols import NO_CHORD, ChordSymbol, Tone
from symgen.music.roman_numerals import roman_symbol
from symgen.system.text import one_line

__all__ = ["chord_at", "harmony_element", "put_chords", "sounding_chord"]

_NAMES = {name: kind for kind, name in CHORD_KINDS.items()} | {
    "maj": "major", "M": "major", "min": "minor", "-": "minor", "+": "augmented", "o": "diminished", "°": "diminished",
    "M7": "major-seventh", "j7": "major-seventh", "Δ": "major-seventh", "Δ7": "major-seventh", "min7": "minor-seventh",
    "-7": "minor-seventh", "o7": "diminished-seventh", "°7": "diminished-seventh", "ø": "half-diminished",
    "ø7": "half-diminished", "mM7": "major-minor", "+7": "augmented-seventh", "7#5": "augmented-seventh",
    "min6": "minor-sixth", "min9": "minor-ninth", "M9": "major-ninth", "sus": "suspended-fourth",
}  # fmt: skip

_WITH_DEGREES = {
    "7sus4": ("suspended-fourth", (7, -1)), "7sus": ("suspended-fourth", (7, -1)),
    "9sus4": ("suspended-fourth", (9, 0)), "add9": ("major", (9, 0)), "madd9": ("minor", (9, 0)),
    "add2": ("major", (2, 0)), "7b9": ("dominant", (9, -1)), "7#9": ("dominant", (9, 1)),
    "69": ("major-sixth", (9, 0)), "6/9": ("major-sixth", (9, 0)),
}  # fmt: skip
"""Names that need a degree more: which one, and by how many semitones it is altered."""

_NUMERALS = ("", "I", "II", "III", "IV", "V", "VI", "VII")
_MINOR_MODES = ("minor", "natural minor", "melodic minor", "harmonic minor")
# On the line of fifths, F being 0, above the sharps of the signature.
_MAJOR_TONIC, _MINOR_TONIC = 1, 4
_SIGNS = {-2: "bb", -1: "b", 0: "", 1: "#", 2: "##"}
_LETTERS = "ABCDEFG"
_LONGEST = 40


def chord_at(place: TimedElement) -> tuple[Fraction, str] | None:
    """Return time and name of a chord symbol, None if an element is none that can be named."""
    harmony = place.element
    if harmony.tag != "harmony":
        return None
    name = _name_of(harmony, place.state)
    offset = harmony.find("offset")
    now = place.onset
    if offset is not None:
        distance = Fraction(number(offset.text)).limit_denominator(65536)
        now = max(Fraction(0), now + distance / place.state.divisions)
    return (now, name) if name else None


def _name_of(harmony: Element, state: Attributes) -> str:
    """Return the name of a chord as it sounds; that of a transposing instrument is written as it is fingered."""
    kind = harmony.find("kind")
    if kind is None:
        return ""
    if kind.text.strip() == "none":
        return one_line(kind.attributes.get("text", ""), _LONGEST) or NO_CHORD
    root = _root(harmony, state)
    if not root:
        return ""
    quality = _quality(kind)
    shown = [each for each in harmony.all("degree") if each.attributes.get("print-object") != "no"]
    added = "".join(map(_degree, shown))
    bass = _tone(harmony.find("bass"), "bass")
    name = f"{root}{quality}{added}" + (f"/{bass}" if bass else "")
    return sounding_chord(name, state.transpose_of(1))


def _quality(kind: Element) -> str:
    """Return what is written behind the root: as it is shown, if that is known to say the same."""
    name, shown = kind.text.strip(), one_line(kind.attributes.get("text", ""), _LONGEST)
    known = _WITH_DEGREES.get(shown, (_NAMES.get(shown),))[0]
    return shown if known == name else CHORD_KINDS.get(name, shown)


def sounding_chord(name: str, transpose: tuple[int, int]) -> str:
    """Return the name of a chord that sounds so many semitones and letters above what is written."""
    symbol = ChordSymbol.parse(name) if transpose[0] % 12 else None
    if symbol is None:
        return name
    semitones, letters = transpose
    return str(symbol.moved(7 * semitones - 12 * letters))


def _root(harmony: Element, state: Attributes) -> str:
    """Name the root, which may be given as a degree of the key; empty if there is none."""
    root, numeral = harmony.find("root"), harmony.find("numeral")
    function = harmony.value("function").strip()
    if root is not None:
        return _tone(root, "root")
    sharps, minor = state.sharps_of(1), state.minor
    if numeral is not None:
        key = numeral.find("numeral-key")
        if key is not None:
            sharps = whole(key.value("numeral-fifths", "0"))
            minor = key.value("numeral-mode").strip() in _MINOR_MODES
        degree = whole(numeral.value("numeral-root", "0"))
        alter = max(-1, min(1, whole(numeral.value("numeral-alter", "0"))))
        # A numeral in capitals takes no raised tone by itself.
        function = _SIGNS[alter] + _NUMERALS[degree] if 1 <= degree <= len(_NUMERALS) - 1 else ""
    tonic = sharps + (_MINOR_TONIC if minor else _MAJOR_TONIC)
    symbol = roman_symbol(function, tonic, minor=minor) if function else None
    return "" if symbol is None else str(ChordSymbol(symbol.root, ""))


def _tone(element: Element | None, tag: str) -> str:
    """Name the tone of a root or a bass."""
    if element is None or element.value(f"{tag}-step") not in (*_LETTERS,):
        return ""
    alter = max(-2, min(2, whole(element.value(f"{tag}-alter", "0"))))
    return element.value(f"{tag}-step") + _SIGNS[alter]


def _degree(degree: Element) -> str:
    """Return how a degree is written that is added, altered or left out: ``add9``, ``b5``, ``no3``."""
    alter = max(-2, min(2, whole(degree.value("degree-alter", "0"))))
    value = whole(degree.value("degree-value", "0"))
    kind = degree.value("degree-type", "add")
    if not 1 <= value <= 99:
        return ""
    if kind == "subtract":
        return f"no{value}"
    return f"{_SIGNS[alter]}{value}" if alter else f"add{value}"


def put_chords(measure: Xml.Element, chords: Sequence[tuple[int, str]]) -> None:
    """Put chord symbols before the notes of the first voice with which they begin, or that they divide."""
    # times in divisions, from the measure's start
    places: list[tuple[int, int]] = []
    now = 0
    for index, element in enumerate(measure):
        if element.tag == "backup":
            break
        if element.tag == "note" and element.find("chord") is None:
            places.append((now, index))
            now += whole(element.findtext("duration", "0"))
    for at, name in reversed(chords):
        before = [place for place in places if place[0] <= at]
        onset, index = before[-1] if before else (at, len(measure))
        measure.insert(index, harmony_element(name, at - onset))


def harmony_element(name: str, offset: int) -> Xml.Element:
    """Return a chord symbol, so many divisions behind the place where it is written."""
    harmony = Xml.Element("harmony")
    symbol = ChordSymbol.parse(name)
    if symbol is None:
        # A root has to be there; that of a symbol without one is not shown.
        _put_tone(harmony, "root", ("C", 0)).set("text", "")
        kind = Xml.SubElement(harmony, "kind", text=name)
        kind.text = "none"
    else:
        _put_tone(harmony, "root", symbol.root)
        _put_kind(harmony, symbol)
    if offset:
        Xml.SubElement(harmony, "offset").text = str(offset)
    return harmony


def _put_kind(harmony: Xml.Element, symbol: ChordSymbol) -> None:
    written = symbol.kind
    known, degree = _WITH_DEGREES.get(written, (_NAMES.get(written, ""), None))
    kind = Xml.SubElement(harmony, "kind")
    kind.text = known or "other"
    if written:
        kind.set("text", written)
    if symbol.bass:
        _put_tone(harmony, "bass", symbol.bass)
    if degree:
        element = Xml.SubElement(harmony, "degree", {"print-object": "no"})
        for tag, value in (("value", degree[0]), ("alter", degree[1]), ("type", "add")):
            Xml.SubElement(element, f"degree-{tag}").text = str(value)


def _put_tone(harmony: Xml.Element, tag: str, tone: Tone) -> Xml.Element:
    """Append the tone of a root or a bass, and return its letter."""
    element = Xml.SubElement(harmony, tag)
    letter = Xml.SubElement(element, f"{tag}-step")
    letter.text = tone[0]
    if tone[1]:
        Xml.SubElement(element, f"{tag}-alter").text = str(tone[1])
    return letter
