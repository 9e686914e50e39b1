"""How a MusicXML document sets its elements apart, and how its staves are written."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from xml.etree import ElementTree as Xml

from symgen.formats.musicxml.engraving import Pen
from symgen.formats.musicxml.source import State, XmlPart
from symgen.formats.musicxml.tree import Element, parse

__all__ = ["Sheet", "Style", "space_before", "to_xml"]

_DRAWN = ("unpitched", "instrument", "stem", "notehead")
"""What notes of one drum have in common."""


_LINE = re.compile(rb"(?:\r\n|\r|\n)[ \t]*")


@dataclass(frozen=True, slots=True)
class Style:
    """How a document sets its elements apart."""

    # what stands before a measure, and before what is in it.
    measure: bytes
    child: bytes
    # by how much deeper elements are indented.
    unit: str

    @classmethod
    def of(cls, data: bytes, part: XmlPart) -> Style:
        """Look at the measures of a part."""
        outer = next((space_before(data, measure.start) for measure in part.measures[::-1]), b"")
        filled = (measure for measure in part.measures if measure.inner < measure.inner_end)
        inner = next((space_after(data, measure.inner) for measure in filled), outer)
        return cls(outer, inner, inner.removeprefix(outer).decode())

    @property
    def tail(self) -> bytes:
        """What stands before the end tag of a measure."""
        return self.measure if self.child else b""

    def write(self, element: Xml.Element, before: bytes) -> bytes:
        """Return an element as bytes, with the space before it."""
        line = _LINE.findall(before)[-1:] if _LINE.search(self.child) else []
        if line:
            Xml.indent(element, self.unit)
        element.tail = None
        return before + Xml.tostring(element, encoding="unicode").encode().replace(
            b"\n", b"".join(line)
        )


def space_before(data: bytes, at: int) -> bytes:
    """Return the space that ends at a byte."""
    start = at
    while start and data[start - 1] in b" \t\r\n":
        start -= 1
    return data[start:at]


def space_after(data: bytes, at: int) -> bytes:
    """Return the space that begins at a byte."""
    end = at
    while end < len(data) and data[end] in b" \t\r\n":
        end += 1
    return data[at:end]


@dataclass(frozen=True, slots=True)
class Sheet:
    """A part of a document, to be written in."""

    # the document.
    data: bytes
    part: XmlPart
    style: Style
    # ticks a quarter.
    resolution: int
    # notes to be copied, by the MIDI number of the drum.
    drums: Mapping[int, Xml.Element]

    @classmethod
    def of(cls, data: bytes, part: XmlPart, resolution: int) -> Sheet:
        """Look at a part."""
        drums: dict[int, Xml.Element] = {}
        for measure in part.measures:
            for note in measure.notes:
                if note.pitch not in drums and b"<unpitched" in data[note.start : note.end]:
                    drums[note.pitch] = _drawn(parse(data, note.start, note.end))
        return cls(data, part, Style.of(data, part), resolution, drums)

    def pen(self, staff: int, state: State, scale: int = 1) -> Pen:
        """Return what writes on a staff where so much holds; divisions are made finer by a scale."""
        return Pen(
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
