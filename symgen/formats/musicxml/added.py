"""Parts that a document gets behind its own."""

from __future__ import annotations

from collections.abc import Iterator
from xml.etree import ElementTree as Xml

from symgen.formats.musicxml.append import Timeline
from symgen.formats.musicxml.document import Document
from symgen.formats.musicxml.fresh import Frame, PartPlan, list_part, write_part
from symgen.formats.musicxml.staff import to_xml
from symgen.formats.musicxml.tree import Edit, parse
from symgen.music.meter import Bar
from symgen.music.score import Score
from symgen.music.sources import XmlDocument

__all__ = ["added_parts"]

# What stands at the beginning of a measure.
_OPENING = "left"


def added_parts(
    document: Document, score: Score, source: XmlDocument, timeline: Timeline
) -> Iterator[Edit]:
    """Yield the edits that put parts of a score behind those of the document that it was read from."""
    parts = score.parts[len(source.places) :]
    entries = [entry for entry in document.entries if entry.tag == "score-part"]
    if not parts or not entries:
        return
    frames = list(_frames(document, score, source, timeline))
    used = {part.id for part in document.parts}
    number = len(document.parts)
    listing = Xml.Element("part-list")
    written = []
    for part in parts:
        number += 1
        while f"P{number}" in used:
            number += 1
        plan = PartPlan(number, f"P{number}")
        list_part(listing, part, plan)
        written.append(write_part(score, part, plan, frames))
    yield entries[-1].end, entries[-1].end, b"".join(map(_bytes, listing))
    end = max(part.end for part in document.parts)
    yield end, end, b"".join(map(_bytes, written))


def _bytes(element: Xml.Element) -> bytes:
    # In ASCII, whatever the encoding of the document can say.
    Xml.indent(element, " ")
    return b"\n" + Xml.tostring(element)


def _frames(
    document: Document, score: Score, source: XmlDocument, timeline: Timeline
) -> Iterator[Frame]:
    """Yield the measures of a document, and those that it gets behind them."""
    measures = document.parts[source.places[0][0]].measures
    bars = {bar.start: bar for bar in score.bars}
    last, meter, end = len(measures), score.meters[0].meter, 0
    number = 0
    for index in range(timeline.kept):
        attributes = {"number": str(index + 1)}
        opening: list[Xml.Element] = []
        closing: list[Xml.Element] = []
        if index < last:
            element = parse(document.data, measures[index].start, measures[index].end)
            known = ("number", "implicit")
            attributes = {k: v for k, v in element.attributes.items() if k in known}
            for line in element.all("barline"):
                opens = line.attributes.get("location") == _OPENING
                (opening if opens else closing).append(to_xml(line))
        digits = attributes.get("number", "")
        number = int(digits) if digits.isdecimal() else number + 1
        span = timeline.spans.get(index)
        if span is None:
            length = int(measures[index].length * score.resolution) if index < last else 0
            bar = Bar(1, end, end + (length or meter.bar_ticks(score.resolution)), meter)
        else:
            known_bar = bars.get(span[0], Bar(1, *span, meter))
            meter, end = known_bar.meter, span[1]
            bar = Bar(known_bar.number, *span, meter)
        yield Frame(bar, attributes, opening, closing, span is not None)
    for place, added in enumerate(timeline.bars, 1):
        bar = bars.get(added.start, Bar(1, added.start, added.end, added.meter or meter))
        yield Frame(bar, {"number": str(number + place)})
