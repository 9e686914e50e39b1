"""A document with empty measures before its first one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from xml.etree import ElementTree as Xml

from symgen.formats.musicxml.document import XmlMeasure, XmlPart, spliced
from symgen.formats.musicxml.reading import read_document
from symgen.formats.musicxml.staff import StaffWriter
from symgen.formats.musicxml.tree import Edit, Element, parse
from symgen.music.meter import Meter
from symgen.music.sources import SourcePart, XmlDocument

__all__ = ["delayed_document"]

_HEAD = ("attributes", "print", "barline")


def delayed_document(
    source: XmlDocument, resolution: int, ticks: int, meter: Meter
) -> XmlDocument | None:
    """Return a document that begins so many ticks later; None if its divisions cannot say so."""
    length = meter.bar_ticks(resolution)
    count, rest = divmod(ticks, length)
    document = read_document(source.data)
    edits: list[Edit] = []
    for part in document.parts:
        if not part.measures or part.measures[0].inner == part.measures[0].end:
            return None
        divisions = part.measures[0].after.divisions
        exact = [Fraction(each, resolution) * divisions for each in (length, rest)]
        if any(each.denominator != 1 for each in exact):
            return None
        edits += _edits(document.data, part, count, (length, rest, resolution), meter)
    starts = [start if start < 0 else start + ticks for start in source.starts]
    if rest and starts:
        # A pickup is the end of the last one of these measures.
        starts[0] = ticks - rest
    symbols = source.symbols
    return replace(
        source,
        data=spliced(document, edits, source.data),
        starts=(*(i * length for i in range(count)), *starts),
        parts=tuple(_later(part, ticks) for part in source.parts),
        length=source.length + ticks,
        symbols=symbols and tuple((tick + ticks, name) for tick, name in symbols),
    )


def _later(part: SourcePart, ticks: int) -> SourcePart:
    rows = ((onset + ticks, pitch, duration) for onset, pitch, duration in part.notes)
    return SourcePart(part.program, tuple(rows))


def _edits(
    data: bytes, part: XmlPart, count: int, times: tuple[int, int, int], meter: Meter
) -> Iterator[Edit]:
    """Yield the edits of a part: measures that rest, and a rest before a pickup."""
    length, rest, resolution = times
    measure = part.measures[0]
    opened = parse(data, measure.start, measure.end)
    pen = StaffWriter(resolution, int(measure.after.divisions), meter=meter)
    head = list(_head(opened))
    written = []
    for number in range(count):
        element = Xml.Element("measure", number=f"X{number + 1}", implicit="yes")
        element.extend(pen.bar_rest(length, _voice(measure)))
        body = Xml.tostring(element)
        if not number:
            # What holds at the beginning holds from here on.
            said = b"".join(data[each.start : each.end] for each in head if each.tag != "barline")
            at = body.index(b">") + 1
            body = body[:at] + said + body[at:]
        written.append(body + b"\n")
    yield measure.start, measure.start, b"".join(written)
    if rest:
        tag = data[measure.start : measure.inner]
        yield measure.start, measure.inner, tag.replace(b'implicit="yes"', b'implicit="no"')
        at = head[-1].end if head else measure.inner
        rests = pen.gap(rest, _voice(measure))
        yield at, at, b"".join(map(Xml.tostring, rests))


def _voice(measure: XmlMeasure) -> str:
    return measure.notes[0].voice if measure.notes else "1"


def _head(measure: Element) -> Iterator[Element]:
    """Yield what a measure says before its first note that holds on: attributes, and tempos."""
    for child in measure.children:
        sound = child.find("sound") if child.tag == "direction" else None
        if child.tag in _HEAD or (sound is not None and "tempo" in sound.attributes):
            yield child
        elif child.tag in ("note", "backup", "forward"):
            return
