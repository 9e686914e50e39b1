"""Another tempo for a MusicXML document: what it says of tempos, and nothing else, is said anew."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from xml.etree import ElementTree as Xml

from symgen.formats.musicxml.document import Document, XmlMeasure
from symgen.formats.musicxml.reading import read_document
from symgen.formats.musicxml.staff import tempo_direction
from symgen.formats.musicxml.tree import Edit, Element, cut_out, number, parse, splice
from symgen.music.sources import XmlDocument

__all__ = ["one_tempo", "scaled_tempos"]

_SOUNDING = re.compile(rb"""\s+tempo\s*=\s*(?:"[^"]*"|'[^']*')""")
_NUMBER = re.compile(r"\d+(?:\.\d+)?")


def one_tempo(source: XmlDocument, bpm: float) -> XmlDocument:
    """Take all tempos out, and let one hold from the first measure on, in quarter notes a minute."""
    document = read_document(source.data)
    edits: list[Edit] = []
    for part in document.parts:
        for measure in part.measures:
            edits += _without_tempo(document.data, measure)
    edits += _opened(source, document, bpm)
    return _spliced(source, document, edits)


def scaled_tempos(source: XmlDocument, factor: Fraction, opening: float) -> XmlDocument:
    """Multiply all tempos; where the document opens without one, write the tempo with which it opens now."""
    document = read_document(source.data)
    edits: list[Edit] = []
    for part in document.parts:
        for measure in part.measures:
            edits += _scaled(document.data, measure, float(factor))
    firsts = [measure for part in document.parts for measure in part.measures[:1]]
    if not any(at == 0 for measure in firsts for at, _ in measure.tempos):
        edits += _opened(source, document, opening)
    return _spliced(source, document, edits)


def _opened(source: XmlDocument, document: Document, bpm: float) -> Iterator[Edit]:
    """Write a tempo at the start of the first part."""
    first = document.parts[source.places[0][0]].measures[:1] if source.places else ()
    for measure in first:
        at = _opening(document.data, measure)
        yield at, at, Xml.tostring(tempo_direction(bpm, 0))


def _spliced(source: XmlDocument, document: Document, edits: list[Edit]) -> XmlDocument:
    data = splice(document.data, edits)
    if document.encoding != "utf-8":
        data = data.decode().encode(document.encoding)
    return replace(source, data=data)


def _without_tempo(data: bytes, measure: XmlMeasure) -> Iterator[Edit]:
    for element in parse(data, measure.start, measure.end).children:
        if element.tag == "sound":
            yield from _silent(data, element)
        if element.tag != "direction":
            continue
        kinds = list(element.all("direction-type"))
        marks = [kind for kind in kinds if kind.find("metronome")]
        sound = element.find("sound")
        if len(marks) == len(kinds):
            if marks:
                yield cut_out(data, element.start, element.end)
            continue
        for mark in marks:
            yield cut_out(data, mark.start, mark.end)
        if sound is not None:
            yield from _silent(data, sound)


def _silent(data: bytes, sound: Element) -> Iterator[Edit]:
    """Take the tempo out of a sound element, which may say other things too."""
    if "tempo" in sound.attributes:
        tag = data[sound.start : sound.inner]
        yield sound.start, sound.inner, _SOUNDING.sub(b"", tag)


def _opening(data: bytes, measure: XmlMeasure) -> int:
    """Return the place behind the attributes with which a measure opens."""
    children = parse(data, measure.start, measure.end).children
    ends = [child.end for child in children if child.tag == "attributes"]
    return ends[0] if ends else measure.inner


def _scaled(data: bytes, measure: XmlMeasure, factor: float) -> Iterator[Edit]:
    for element in parse(data, measure.start, measure.end).walk():
        if element.tag == "sound" and number(element.attributes.get("tempo", "")):
            told = number(element.attributes["tempo"]) * factor
            new = f' tempo="{told:.6g}"'.encode()
            yield (
                element.start,
                element.inner,
                _SOUNDING.sub(new, data[element.start : element.inner]),
            )
        if element.tag == "per-minute" and (found := _NUMBER.search(element.text)):
            told = float(found[0]) * factor
            new = f"{element.text[: found.start()]}{told:.6g}{element.text[found.end() :]}".encode()
            yield element.inner, element.inner_end, new
