"""Read a MusicXML document measure by measure."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from fractions import Fraction
from functools import lru_cache
from xml.etree import ElementTree

from symgen.formats.measures import MOST_PASSES, USUAL_VELOCITY
from symgen.formats.musicxml.container import check_xml
from symgen.formats.musicxml.document import (
    FORTE,
    Attributes,
    Document,
    TimedElement,
    WrittenNote,
    XmlMeasure,
    XmlPart,
)
from symgen.formats.musicxml.harmony import chord_at
from symgen.formats.musicxml.tree import Element, number, parse, whole
from symgen.music.meter import Meter
from symgen.music.theory import LETTERS
from symgen.system.errors import ControlError, FormatError

__all__ = ["key_at", "read_document", "tempos_at", "typed_length", "velocity_of", "walk_measure"]

_ENCODING = re.compile(rb"""^<\?xml[^>]*?encoding\s*=\s*["']([A-Za-z0-9._-]+)""")
_SECTION = ("light-heavy", "light-light", "heavy-heavy")
_MOST_STAVES = 100
_LONGEST = 200


# A document is read for its score, for what is lost of it and for the output: once is enough.
@lru_cache(maxsize=1)
def read_document(data: bytes) -> Document:
    """Read a MusicXML document."""
    check_xml(data)
    encoding = _encoding(data)
    try:
        plain = data if encoding == "utf-8" else data.decode(encoding).encode()
    except (LookupError, UnicodeError) as error:
        raise FormatError(
            f"is in an encoding that is not known ({error}); save it as UTF-8"
        ) from None
    # Elements are found by their bytes, which entities would shift and timewise scores scatter.
    if b"<!ENTITY" in plain or b"<score-timewise" in plain:
        plain, encoding = _partwise(data), "utf-8"
    reader = _DocumentReader()
    take = {"part-list": reader.listing, "measure": reader.measure, "part": reader.part}
    root = parse(plain, take=take)
    if root.tag != "score-partwise":
        raise FormatError(
            f"is no partwise MusicXML (its root is <{root.tag[:40]}>); export it as MusicXML again"
        )
    return Document(plain, encoding, root, reader.entries, tuple(reader.parts))


def _partwise(data: bytes) -> bytes:
    """Write a document anew: without entities, and part by part where it was measure by measure."""
    root = ElementTree.fromstring(data)  # noqa: S314 - checked: its entities are single characters
    if root.tag == "score-timewise":
        parts: dict[str, ElementTree.Element] = {}
        for measure in root.findall("measure"):
            root.remove(measure)
            for old in measure.findall("part"):
                new = ElementTree.Element("part", old.attrib)
                part = parts.setdefault(old.get("id", ""), new)
                ElementTree.SubElement(part, "measure", measure.attrib).extend(old)
        root.tag = "score-partwise"
        root.extend(parts.values())
    text: bytes = ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)
    return text


def _encoding(data: bytes) -> str:
    for mark, name in ((codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16")):
        if data.startswith(mark):
            return name
    found = _ENCODING.match(data.removeprefix(codecs.BOM_UTF8))
    name = found[1].decode().lower() if found else "utf-8"
    return "utf-8" if name in ("utf8", "us-ascii", "ascii") else name


class _DocumentReader:
    """Gets the elements of a document as they end."""

    def __init__(self) -> None:
        self.parts: list[XmlPart] = []
        self.entries: list[Element] = []
        self._drums: dict[str, int] = {}
        self._measures: list[XmlMeasure] = []
        self._state, self._endings = Attributes(), frozenset[int]()

    def listing(self, listing: Element) -> None:
        self.entries = listing.children
        for element in listing.walk():
            key = whole(element.value("midi-unpitched", "0")) - 1
            if element.tag == "midi-instrument" and 0 <= key <= 127:
                self._drums[element.attributes.get("id", "")] = key

    def measure(self, element: Element) -> None:
        measure, self._endings = _read_measure(element, self._state, self._endings, self._drums)
        self._state = measure.after
        self._measures.append(measure)

    def part(self, element: Element) -> None:
        name, measures = element.attributes.get("id", ""), tuple(self._measures)
        part = XmlPart(name, element.start, element.end, element.inner_end, measures)
        self.parts.append(part)
        self._measures, self._state, self._endings = [], Attributes(), frozenset()


def _read_measure(
    element: Element, before: Attributes, running: frozenset[int], drums: dict[str, int]
) -> tuple[XmlMeasure, frozenset[int]]:
    """Return a measure, and the ending that is still open behind it."""
    places = list(walk_measure(element, before))
    written = [_written(place, drums) for place in places if place.kind == "note"]
    notes = [note for note in written if note.duration]
    barlines = list(element.all("barline"))
    bars = [bar for bar in barlines if bar.attributes.get("location") != "middle"]
    right = (bar for bar in bars if bar.attributes.get("location") != "left")
    repeats = {mark.attributes.get("direction") for bar in bars for mark in bar.all("repeat")}
    marks = [mark for bar in bars for mark in bar.all("ending")]
    opening = [mark for mark in marks if mark.attributes.get("type") == "start"]
    endings = running.union(*map(_passes, opening))
    closed = any(mark.attributes.get("type") in ("stop", "discontinue") for mark in marks)
    length = max((place.onset + place.duration for place in places), default=Fraction(0))
    keys = map(key_at, places)
    measure = XmlMeasure(
        element.attributes.get("number", ""),
        element.start,
        element.end,
        element.inner,
        element.inner_end,
        length,
        before,
        places[-1].state if places else before,
        tuple(notes),
        starts_repeat="forward" in repeats,
        ends_repeat="backward" in repeats,
        ends_section=any(bar.value("bar-style") in _SECTION for bar in right),
        endings=endings,
        meter=_set_meter(element),
        tempos=tuple(tempo for place in places for tempo in tempos_at(place)),
        keys=tuple(key for key in keys if key is not None),
        chords=tuple(chord for chord in map(chord_at, places) if chord is not None),
        lost=len(written) - len(notes),
    )
    return measure, frozenset() if closed else endings


def _set_meter(measure: Element) -> Meter | None:
    """Return the meter that a measure sets."""
    for attributes in measure.all("attributes"):
        for time in attributes.all("time"):
            meter = _meter(time)
            if meter is not None:
                return meter
    return None


def _passes(ending: Element) -> frozenset[int]:
    """Return the passes that an ending names, such as ``"1, 2"`` or ``"1-3"``."""
    passes: set[int] = set()
    numbers = ending.attributes.get("number", "")[:_LONGEST]
    for first, last in re.findall(r"(\d+)(?:\s*-\s*(\d+))?", numbers):
        end = int(last or first)
        if end > MOST_PASSES:
            raise FormatError(f"has an ending for pass {last or first}; use 1..{MOST_PASSES}")
        passes.update(range(int(first), end + 1))
    return frozenset(passes)


def walk_measure(measure: Element, state: Attributes) -> Iterator[TimedElement]:
    """Yield the children of a measure in the order of the document."""
    now = before = Fraction(0)
    for child in measure.children:
        length = _quarters(child.value("duration"), state.divisions)
        # some programs leave out durations and mean what the note's type says
        if child.tag == "note" and not length and not child.find("duration"):
            length = typed_length(child)
        if child.tag == "attributes":
            state = _changed(state, child)
            yield TimedElement(child, "other", now, Fraction(0), state)
        elif child.tag == "note" and child.find("grace"):
            yield TimedElement(child, "grace", now, Fraction(0), state)
        elif child.tag == "note":
            # a further note of a chord begins with the one before it, and takes no more time
            joins = child.find("chord")
            onset = before if joins else now
            yield TimedElement(child, _kind(child), onset, length, state)
            before = onset
            now = now if joins else onset + length
        elif child.tag == "forward":
            yield TimedElement(child, "skip", now, length, state)
            now += length
        elif child.tag == "backup":
            now = max(Fraction(0), now - length)
            yield TimedElement(child, "back", now, Fraction(0), state)
        else:
            yield TimedElement(child, "other", now, Fraction(0), state)


def _kind(note: Element) -> str:
    if note.find("cue"):
        return "cue"
    return "note" if note.find("pitch") or note.find("unpitched") else "rest"


def _quarters(text: str, divisions: Fraction) -> Fraction:
    try:
        return max(Fraction(0), Fraction(text or "0") / divisions)
    except (ValueError, ZeroDivisionError):
        return Fraction(0)


def _changed(state: Attributes, attributes: Element) -> Attributes:
    """Return what holds behind an ``attributes`` element."""
    sharps, transpose, meter = dict(state.sharps), dict(state.transpose), state.meter
    minor = state.minor
    for key in attributes.all("key"):
        minor = key.value("mode") == "minor"
        sharps[whole(key.attributes.get("number", "0"))] = whole(key.value("fifths", "0"))
    for move in attributes.all("transpose"):
        octaves = whole(move.value("octave-change", "0"))
        semitones = whole(move.value("chromatic", "0")) + 12 * octaves
        letters = whole(move.value("diatonic", "0")) + 7 * octaves
        transpose[whole(move.attributes.get("number", "0"))] = semitones, letters
    for time in attributes.all("time"):
        meter = _meter(time) or meter
    written = attributes.value("divisions")
    divisions = _quarters(written, Fraction(1)) or state.divisions
    if attributes.find("divisions") and number(written) <= 0:
        raise FormatError(f"has <divisions> of {written[:20]!r}; correct the number")
    staves = whole(attributes.value("staves", str(state.staves)))
    staves = max(1, min(_MOST_STAVES, staves))
    return Attributes(divisions, meter, sharps, transpose, staves, minor)


def _meter(time: Element) -> Meter | None:
    """Return the meter of a time signature, also of one that is a sum such as 3+2/8."""
    pairs = zip(time.all("beats"), time.all("beat-type"), strict=False)
    try:
        terms = [
            (sum(int(n) for n in beats.text.split("+")), int(unit.text)) for beats, unit in pairs
        ]
        finest = max(unit for _, unit in terms)  # 3/4 + 1/8 is 7/8
        return Meter(sum(count * finest // unit for count, unit in terms), finest)
    except (ValueError, ZeroDivisionError, ControlError):
        return None


def _written(place: TimedElement, drums: dict[str, int]) -> WrittenNote:
    """Return the note that sounds at a place."""
    note = place.element
    staff = max(1, whole(note.value("staff", "1")))
    pitch = note.find("pitch")
    name = "pitch/{}" if pitch else "unpitched/display-{}"
    step = note.value(name.format("step"), "B")
    octave = whole(note.value(name.format("octave"), "4"))
    sounding = LETTERS.get(step, LETTERS["B"]) + 12 * (octave + 1)
    if pitch:
        sounding += whole(pitch.value("alter", "0")) + place.state.transpose_of(staff)[0]
    elif instrument := note.find("instrument"):
        sounding = drums.get(instrument.attributes.get("id", ""), sounding)
    elif len(drums) == 1:  # notes that name none of the part's instruments have the only one
        sounding = next(iter(drums.values()))
    ties = {tie.attributes.get("type") for tie in _ties(note)}
    return WrittenNote(
        place.onset,
        place.duration,
        sounding,
        staff,
        note.value("voice", "1"),
        "start" in ties,
        "stop" in ties,
        note.start,
        note.end,
        velocity_of(note),
        unpitched=pitch is None,
        between=pitch is not None and number(pitch.value("alter", "0")) % 1 != 0,
    )


def _ties(note: Element) -> list[Element]:
    """Return the marks of ties that sound, and where there are none those that are printed."""
    printed = (tie for notations in note.all("notations") for tie in notations.all("tied"))
    return list(note.all("tie")) or list(printed)


# -- how it sounds ---------------------------------------------------------------------

_SLOWEST, _FASTEST = 4, 10_000
_TYPES: dict[str, int | Fraction] = {
    "maxima": 32, "long": 16, "breve": 8, "whole": 4, "half": 2, "quarter": 1, "eighth": Fraction(1, 2),
    "16th": Fraction(1, 4), "32nd": Fraction(1, 8), "64th": Fraction(1, 16), "128th": Fraction(1, 32),
    "256th": Fraction(1, 64), "512th": Fraction(1, 128), "1024th": Fraction(1, 256),
}  # fmt: skip


def typed_length(note: Element) -> Fraction:
    """Return the quarters that a note's type, dots and tuplet add up to, 0 if it has no type."""
    length = Fraction(_TYPES.get(note.value("type"), 0)) * _dotted(note, "dot")
    actual = whole(note.value("time-modification/actual-notes", "1"))
    normal = whole(note.value("time-modification/normal-notes", "1"))
    return length * Fraction(normal, actual) if actual > 0 and normal > 0 else length


def _dotted(element: Element, tag: str) -> Fraction:
    """Return by how much dots lengthen a value: one makes it 3/2 as long, two 7/4."""
    dots = min(8, sum(1 for _ in element.all(tag)))
    return 2 - Fraction(1, 2**dots)


def velocity_of(note: Element) -> int:
    """Return the level of a note, 1..127; 100 % is a forte."""
    level = number(note.attributes.get("dynamics", ""))
    if level <= 0:
        return USUAL_VELOCITY
    return max(1, min(127, round(level * FORTE / 100)))


def tempos_at(place: TimedElement) -> Iterator[tuple[Fraction, float]]:
    """Yield time and quarters a minute where an element sets the tempo."""
    # What is said for programs (``sound``) goes before the mark that is printed, of which a range or
    # a ``ca.`` gives its first number. An offset moves what is printed only, unless it says otherwise.
    element, now = place.element, place.onset
    if element.tag not in ("direction", "sound"):
        return
    sound = element if element.tag == "sound" else element.find("sound")
    sounding = number(sound.attributes.get("tempo", "")) if sound is not None else 0
    offset = element.find("offset")
    if sound is not None and sound is not element and sound.find("offset"):
        offset = sound.find("offset")
    moves = offset is not None and (offset.attributes.get("sound") == "yes" or sound is element)
    if offset is not None and moves:
        distance = Fraction(number(offset.text)).limit_denominator(65536)
        now = max(Fraction(0), now + distance / place.state.divisions)
    found = sounding or _metronome(element)
    if _SLOWEST <= found <= _FASTEST:
        yield now, found


def _metronome(direction: Element) -> float:
    """Return the tempo of a metronome mark such as a dotted quarter = 60, 0 if there is none."""
    for mark in direction.walk():
        if mark.tag != "metronome":
            continue
        rate = re.search(r"\d+(?:\.\d+)?", mark.value("per-minute"))
        unit = Fraction(_TYPES.get(mark.value("beat-unit"), 0))
        if rate and unit:
            return float(rate[0]) * float(unit * _dotted(mark, "beat-unit-dot"))
    return 0


def key_at(place: TimedElement) -> tuple[Fraction, int, str] | None:
    """Return time, sharps as they sound and mode where an element sets the key."""
    key = place.element.find("key") if place.element.tag == "attributes" else None
    if key is None or key.find("fifths") is None:
        return None
    staff = max(1, whole(key.attributes.get("number", "1")))
    sharps, moved = whole(key.value("fifths")), place.state.transpose_of(staff)[0]
    if moved % 12:
        sharps = (sharps + 7 * moved + 5) % 12 - 5
    return (place.onset, sharps, key.value("mode")) if -7 <= sharps <= 7 else None
