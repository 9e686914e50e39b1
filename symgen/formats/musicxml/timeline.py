"""When the measures of a MusicXML document begin and end in a score, and which bars of the score it lacks."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

from symgen.formats.musicxml.marks import document_marks
from symgen.formats.musicxml.source import Document
from symgen.formats.musicxml.tree import parse
from symgen.music.meter import Meter
from symgen.music.score import Score
from symgen.music.sources import XmlDocument

__all__ = ["NewMeasure", "Timeline"]


@dataclass(frozen=True, slots=True)
class NewMeasure:
    """A measure to be written behind those of a part."""

    # first tick, and first tick after it.
    start: int
    end: int
    # nothing where the meter of the document holds.
    meter: Meter | None


@dataclass(frozen=True, slots=True)
class Timeline:
    """Times of measures."""

    # first tick of each measure, and first tick after it, by index; those that the score leaves
    # out are missing.
    spans: dict[int, tuple[int, int]]
    # how many measures the document goes on to have: those at its end that lie behind the score
    # and hold nothing go.
    kept: int
    # bars of the score behind the document.
    bars: tuple[NewMeasure, ...]

    @classmethod
    def of(cls, document: Document, score: Score, source: XmlDocument) -> Timeline:
        """Set a score beside the document that it was read from."""
        played = sorted((start, index) for index, start in enumerate(source.starts) if start >= 0)
        spans = {index: (start, after) for (start, index), (after, _) in pairwise(played)}
        if played:
            start, index = played[-1]
            lengths = (
                part.measures[index].length for part in document.parts if index < len(part.measures)
            )
            end = start + max(1, round(max(lengths) * score.resolution))
            spans[index] = start, next((bar.end for bar in score.bars if bar.end >= end), end)
        last = max((end for _, end in spans.values()), default=0)
        bars = tuple(
            NewMeasure(bar.start, bar.end, bar.meter) for bar in score.bars if bar.start >= last
        )
        count = len(source.starts)
        while (
            not bars
            and count > 1
            and spans.get(count - 1, (0, 0))[0] >= score.length
            and _is_empty(document, count - 1)
        ):
            count -= 1
        return cls(spans, count, bars)

    def added(self, count: int) -> list[NewMeasure]:
        """Return what is written behind the measures of a part that has so many."""
        missing = [
            NewMeasure(*self.spans[index], None)
            for index in range(count, self.kept)
            if index in self.spans
        ]
        return [*missing, *self.bars] if self.bars else []


def _is_empty(document: Document, index: int) -> bool:
    """Tell whether a measure holds nothing but rests in all parts."""
    for part in document.parts:
        if index < len(part.measures):
            measure = part.measures[index]
            children = parse(document.data, measure.start, measure.end).children
            cues = any(child.tag == "note" and not child.find("rest") for child in children)
            if measure.notes or cues or document_marks(children):
                return False
    return True
