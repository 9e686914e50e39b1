"""Chord symbols that change in measures which a document has already."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from xml.etree import ElementTree as Xml

from symgen.formats.musicxml.document import Document, XmlMeasure
from symgen.formats.musicxml.harmony import harmony_element, sounding_chord
from symgen.formats.musicxml.tree import Edit, cut_out, parse, space_before, whole
from symgen.music.score import Score

__all__ = ["led_part", "symbol_edits"]

Spans = Mapping[int, tuple[int, int]]
Symbol = tuple[int, str]
"""Tick and name."""


def led_part(document: Document, indices: Iterable[int]) -> int:
    """Return which of some parts of a document has chord symbols, the first one where none has."""
    parts = list(indices)
    having = (i for i in parts if any(each.chords for each in document.parts[i].measures))
    return next(having, parts[0])


def symbol_edits(
    document: Document, score: Score, old: Sequence[Symbol], spans: Spans, part: int
) -> Iterator[Edit]:
    """Yield the edits with which the measures of a document say the symbols of a score in place of old ones."""
    new = [(chord.tick, chord.name) for chord in score.chords]
    for index, (start, end) in spans.items():
        wanted = [each for each in new if start <= each[0] < end]
        if wanted == [each for each in old if start <= each[0] < end]:
            continue
        for each in document.parts:
            if index < len(each.measures):
                yield from _gone(document.data, each.measures[index])
        if index < len(document.parts[part].measures):
            measure = document.parts[part].measures[index]
            places = [(Fraction(tick - start, score.resolution), name) for tick, name in wanted]
            yield from _new(document.data, measure, places)


def _gone(data: bytes, measure: XmlMeasure) -> Iterator[Edit]:
    for element in parse(data, measure.start, measure.end).all("harmony"):
        yield cut_out(data, element.start, element.end)


def _new(
    data: bytes, measure: XmlMeasure, chords: Sequence[tuple[Fraction, str]]
) -> Iterator[Edit]:
    """Put chord symbols before the notes of the first voice with which they begin, or that they divide."""
    if measure.inner == measure.end:  # one tag is all of it
        return
    divisions = measure.after.divisions
    semitones, letters = measure.after.transpose_of(1)
    places, now = [(Fraction(0), measure.inner_end)], Fraction(0)
    for element in parse(data, measure.start, measure.end).children:
        if element.tag == "backup":
            break
        if element.tag == "note" and not element.find("chord"):
            places = [*places, (now, element.start)] if now else [(now, element.start)]
            now += whole(element.value("duration", "0")) / Fraction(divisions)
    for at, name in chords:
        onset, place = [each for each in places if each[0] <= at][-1]
        offset = round((at - onset) * divisions)
        symbol = harmony_element(sounding_chord(name, (-semitones, -letters)), offset)
        yield place, place, Xml.tostring(symbol) + space_before(data, place)
