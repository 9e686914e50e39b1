"""Notes of a staff as MusicXML elements, in bars and voices, in the style of a document."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from itertools import chain
from xml.etree import ElementTree as Xml

from symgen.formats.musicxml.document import FORTE, Attributes, XmlPart
from symgen.formats.musicxml.tree import Element, parse, space_after, space_before
from symgen.formats.values import NoteValue, shortest_bpm, split_duration
from symgen.music.meter import COMMON_TIME, Meter
from symgen.music.score import Note
from symgen.music.theory import spell

__all__ = [
    "Chord",
    "Sheet",
    "StaffWriter",
    "Whitespace",
    "cut",
    "key_element",
    "split_voices",
    "tempo_direction",
    "text",
    "time_element",
    "to_xml",
]


@dataclass(frozen=True, slots=True)
class Chord:
    """Notes that begin and end together within a bar; ties lead over its bar lines."""

    # ticks
    onset: int
    end: int
    # as they sound; one that is tied begins before `onset` or lasts beyond `end`
    notes: tuple[Note, ...]


def cut(notes: Iterable[Note], spans: Sequence[tuple[int, int]]) -> list[list[Chord]]:
    """Cut notes at bar lines and gather those that begin and end together."""
    found: list[dict[tuple[int, int], list[Note]]] = [defaultdict(list) for _ in spans]
    first = 0
    for note in notes:
        while first < len(spans) and spans[first][1] <= note.onset:
            first += 1
        for i in range(first, len(spans)):
            start, end = spans[i]
            if start >= note.end:
                break
            found[i][max(note.onset, start), min(note.end, end)].append(note)
    return [[Chord(*span, tuple(group)) for span, group in sorted(bar.items())] for bar in found]


def split_voices(chords: Iterable[Chord]) -> list[list[Chord]]:
    """Put chords of one bar, sorted, into as many voices as overlap; there is one at least."""
    voices: list[list[Chord]] = [[]]
    for chord in chords:
        free = (voice for voice in voices if not voice or voice[-1].end <= chord.onset)
        voice = next(free, None)
        if voice is None:
            voices.append([chord])
        else:
            voice.append(chord)
    return voices


def text(parent: Xml.Element, tag: str, value: object) -> Xml.Element:
    """Append an element that holds a text."""
    element = Xml.SubElement(parent, tag)
    element.text = str(value)
    return element


@dataclass(frozen=True)
class StaffWriter:
    """Writes the notes of one staff."""

    # ticks a quarter
    resolution: int
    # of a quarter, as the measure counts durations; every time is a whole number of them
    divisions: int
    # of the key signature as it is written
    sharps: int = 0
    # semitones from the written to the sounding pitch
    transpose: int = 0
    meter: Meter = COMMON_TIME
    # number of the staff, empty in a part of one
    staff: str = ""
    # notes of the document to be copied, by the MIDI number of the drum
    drums: Mapping[int, Xml.Element] = field(default_factory=dict)

    # Durations are exact: divisions are chosen so that every time is a whole number of them, and a
    # duration that no few note values add up to is written without a note value.

    def voices(
        self,
        measure: Xml.Element,
        chords: Sequence[Chord],
        span: tuple[int, int],
        names: Sequence[str],
    ) -> None:
        """Append the chords of a bar in as many voices as overlap; rests fill the first."""
        start, end = span
        if not chords:
            measure.extend(self.bar_rest(end - start, names[0]))
            return
        # A page shows the rests of one voice; in further ones they would only be clutter.
        for place, voice in enumerate(split_voices(chords)):
            name = names[place] if place < len(names) else _free_name(names, place)
            if place:
                measure.append(self.move("backup", end - start))
            at = start
            for chord in voice:
                measure.extend(self.gap(chord.onset - at, name, shown=not place))
                measure.extend(self.chord(chord, name))
                at = chord.end
            measure.extend(self.gap(end - at, name, shown=not place))

    def bar_rest(self, ticks: int, voice: str) -> list[Xml.Element]:
        """Return what rests a whole measure; one that is shorter than the meter wants cannot say so."""
        if ticks != self.meter.quarters * self.resolution:
            return self.gap(ticks, voice)
        element = Xml.Element("note")
        Xml.SubElement(element, "rest", measure="yes")
        self._value(element, ticks, None, voice, ())
        return [element]

    def move(self, tag: str, ticks: int) -> Xml.Element:
        """Return a ``backup`` or ``forward``."""
        element = Xml.Element(tag)
        self._duration(element, ticks)
        return element

    def gap(self, ticks: int, voice: str, *, shown: bool = True) -> list[Xml.Element]:
        """Return rests, or a step forward where they are not shown."""
        if ticks and not shown:
            return [self.move("forward", ticks)]
        rests = []
        for length, value in split_duration(ticks, self.resolution) if ticks else ():
            element = Xml.Element("note")
            Xml.SubElement(element, "rest")
            self._value(element, length, value, voice, ())
            rests.append(element)
        return rests

    def chord(self, chord: Chord, voice: str) -> list[Xml.Element]:
        """Return the notes of a chord, tied where no single value is as long."""
        at, elements = chord.onset, []
        for length, value in split_duration(chord.end - chord.onset, self.resolution):
            for place, note in enumerate(chord.notes):
                element = Xml.Element("note", dynamics=f"{100 * note.velocity / FORTE:.4f}")
                if place:
                    Xml.SubElement(element, "chord")
                element.extend(self.pitch(note.pitch))
                stops, starts = at > note.onset, at + length < note.end
                ties = ("stop",) * stops + ("start",) * starts
                self._value(element, length, value, voice, ties, note.pitch)
                elements.append(element)
            at += length
        return elements

    def pitch(self, sounding: int) -> list[Xml.Element]:
        """Return the element that names a pitch, as it is written; of a drum, what a note of it in the document has."""
        if sounding in self.drums:
            # which line and notehead a drum has is the document's affair
            drum = self.drums[sounding]
            return [deepcopy(child) for child in drum if child.tag in ("unpitched", "pitch")]
        step, alter, octave = spell(sounding - self.transpose, self.sharps)
        element = Xml.Element("pitch")
        text(element, "step", step)
        if alter:
            text(element, "alter", alter)
        text(element, "octave", octave)
        return [element]

    def _duration(self, element: Xml.Element, ticks: int) -> None:
        text(element, "duration", ticks * self.divisions // self.resolution)

    def _value(
        self,
        element: Xml.Element,
        ticks: int,
        value: NoteValue | None,
        voice: str,
        ties: tuple[str, ...],
        drum: int = -1,
    ) -> None:
        drawn = self.drums.get(drum, ())
        self._duration(element, ticks)
        for tie in ties:
            Xml.SubElement(element, "tie", type=tie)
        element.extend(deepcopy(child) for child in drawn if child.tag == "instrument")
        text(element, "voice", voice)
        if value:
            text(element, "type", value.name)
            for _ in range(value.dots):
                Xml.SubElement(element, "dot")
            if value.actual > 1:
                change = Xml.SubElement(element, "time-modification")
                text(change, "actual-notes", value.actual)
                text(change, "normal-notes", value.normal)
        element.extend(deepcopy(child) for child in drawn if child.tag in ("stem", "notehead"))
        if self.staff:
            text(element, "staff", self.staff)
        if ties:
            notations = Xml.SubElement(element, "notations")
            for tie in ties:
                Xml.SubElement(notations, "tied", type=tie)


def key_element(sharps: int, mode: str) -> Xml.Element:
    """Return a key signature; the mode may be empty."""
    element = Xml.Element("key")
    text(element, "fifths", sharps)
    if mode:
        text(element, "mode", mode)
    return element


def time_element(meter: Meter) -> Xml.Element:
    """Return a time signature."""
    element = Xml.Element("time")
    text(element, "beats", meter.numerator)
    text(element, "beat-type", meter.denominator)
    return element


def tempo_direction(bpm: float, offset: int) -> Xml.Element:
    """Return a tempo mark, so many divisions behind the place where it is written."""
    direction = Xml.Element("direction", placement="above")
    metronome = Xml.SubElement(Xml.SubElement(direction, "direction-type"), "metronome")
    text(metronome, "beat-unit", "quarter")
    text(metronome, "per-minute", shortest_bpm(bpm))
    if offset:
        text(direction, "offset", offset).set("sound", "yes")
    Xml.SubElement(direction, "sound", tempo=shortest_bpm(bpm))
    return direction


def _free_name(names: Sequence[str], number: int) -> str:
    """Name one more voice than there are names for."""
    used = [int(name) for name in names if name.isdecimal()]
    return str(max(used, default=0) + number - len(names) + 1)


# -- the style of a document -----------------------------------------------------------

_DRAWN = ("unpitched", "instrument", "stem", "notehead")
"""What notes of one drum have in common."""


_LINE = re.compile(rb"(?:\r\n|\r|\n)[ \t]*")


@dataclass(frozen=True, slots=True)
class Whitespace:
    """How a document sets its elements apart."""

    # what stands before a measure, and before what is in it
    measure: bytes
    child: bytes
    # by how much deeper elements are indented
    unit: str

    @classmethod
    def of(cls, data: bytes, part: XmlPart) -> Whitespace:
        """Look at the measures of a part."""
        outers = (space_before(data, measure.start) for measure in reversed(part.measures))
        outer = next(outers, b"")
        filled = (measure for measure in part.measures if measure.inner < measure.inner_end)
        inner = next((space_after(data, measure.inner) for measure in filled), outer)
        return cls(outer, inner, inner.removeprefix(outer).decode())

    @property
    def tail(self) -> bytes:
        """What stands before the end tag of a measure."""
        return self.measure if self.child else b""

    def write(self, element: Xml.Element, before: bytes) -> bytes:
        """Return an element as bytes, with the space before it."""
        # a document on one line stays on one line; else what is new is indented as the rest is
        line = _LINE.findall(before)[-1:] if _LINE.search(self.child) else []
        if line:
            Xml.indent(element, self.unit)
        element.tail = None
        written = Xml.tostring(element, encoding="unicode").encode()
        return before + written.replace(b"\n", b"".join(line))


@dataclass(frozen=True, slots=True)
class Sheet:
    """A part of a document, to be written in."""

    # the document
    data: bytes
    part: XmlPart
    style: Whitespace
    # ticks a quarter
    resolution: int
    # notes to be copied, by the MIDI number of the drum
    drums: Mapping[int, Xml.Element]

    @classmethod
    def of(cls, data: bytes, part: XmlPart, resolution: int) -> Sheet:
        """Look at a part."""
        drums: dict[int, Xml.Element] = {}
        for note in chain.from_iterable(measure.notes for measure in part.measures):
            if note.pitch not in drums and b"<unpitched" in data[note.start : note.end]:
                drums[note.pitch] = _drawn(parse(data, note.start, note.end))
        return cls(data, part, Whitespace.of(data, part), resolution, drums)

    def pen(self, staff: int, state: Attributes, scale: int = 1) -> StaffWriter:
        """Return what writes on a staff where so much holds; divisions are made finer by a scale."""
        return StaffWriter(
            self.resolution,
            int(state.divisions * scale),
            state.sharps_of(staff),
            state.transpose_of(staff)[0],
            state.meter,
            str(staff) if len(self.part.staves) > 1 else "",
            self.drums,
        )


def _drawn(note: Element) -> Xml.Element:
    return to_xml(note, [child for child in note.children if child.tag in _DRAWN])


def to_xml(element: Element, children: Sequence[Element] | None = None) -> Xml.Element:
    """Return an element of the document to be written anew, with all of its children or with some."""
    made = Xml.Element(element.tag, element.attributes)
    made.text = element.text.strip() or None
    made.extend(to_xml(child) for child in (element.children if children is None else children))
    return made
