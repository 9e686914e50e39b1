"""Where the measures and parts of a MusicXML document stand in the score that was read from it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from fractions import Fraction

from symgen.errors import FormatError
from symgen.formats.measures import Measure, Sound, expand_repeats, lay_out, merge_ties
from symgen.meter import COMMON_TIME
from symgen.musicxml.reading import read_document
from symgen.musicxml.source import Document, Written, XmlPart
from symgen.notation_source import SourcePart, XmlDocument
from symgen.score import Score

__all__ = ["locate"]

Row = tuple[int, int, int]
_ENOUGH = 0.9


def locate(data: bytes, score: Score) -> XmlDocument | None:
    """Find a score in its document.

    Parameters
    ----------
    data : bytes
        A MusicXML document, as it stands in the file.
    score : Score
        As another reader understood the document.

    Returns
    -------
    XmlDocument or None
        Nothing if in some part one note of ten or more is not the same, as then the bar lines may be others; nor for a
        document that is not partwise.
    """
    try:
        document = read_document(data)
    except FormatError:
        return None
    parts = tuple(
        SourcePart(part.program, tuple((note.onset, note.pitch, note.duration) for note in part.notes))
        for part in score.parts
    )
    for fills in (True, False):
        starts = _starts(_measures(document, fills), score.resolution)
        places = _places(document, starts, parts, score.resolution)
        if len(places) == len(parts):
            return XmlDocument(data, tuple(places), tuple(starts), parts, score.length)
    return None


def _places(
    document: Document, starts: Sequence[int], parts: Sequence[SourcePart], resolution: int
) -> list[tuple[int, int]]:
    """Return part and staff of the document for the parts of a score, as many as agree."""
    places: list[tuple[int, int]] = []
    for index in document.listed:
        here, staves = document.parts[index], document.parts[index].staves
        rows = _rows(here, starts, resolution)
        for some in (staves, [0]):
            candidates = parts[len(places) : len(places) + len(some)]
            theirs = [row for part in candidates for row in part.notes]
            if len(candidates) == len(some) and _agreement(rows, theirs) >= _ENOUGH:
                places += [(index, staff) for staff in some]
                break
    return places


def _agreement(some: Sequence[Row], others: Sequence[Row]) -> float:
    """Share of the notes that are the same."""
    same = Counter(some) & Counter(others)
    return same.total() / max(1, len(some), len(others)) if some or others else 1.0


def _measures(document: Document, fills: bool) -> list[Measure]:
    """Return the measures as the layout of a score needs them; one without content is filled, or has no length."""
    count = max((len(part.measures) for part in document.parts), default=0)
    meter, found = COMMON_TIME, []
    for i in range(count):
        here = [part.measures[i] for part in document.parts if i < len(part.measures)]
        meter = next((one.after.meter for one in here if one.after.meter != one.before.meter or not i), meter)
        length = max(one.length for one in here)
        found.append(
            Measure(
                length if length or not fills else meter.quarters,
                meter,
                starts_repeat=any(one.starts_repeat for one in here),
                ends_repeat=any(one.ends_repeat for one in here),
                ends_section=any(one.ends_section for one in here),
                endings=next((one.endings for one in here if one.endings), frozenset()),
            )
        )
    return found


def _starts(measures: Sequence[Measure], resolution: int) -> list[int]:
    """Return the tick at which each measure begins, -1 for those that the score leaves out."""
    sounding = [i for i, measure in enumerate(measures) if measure.length]
    there = [measures[i] for i in sounding]
    order = expand_repeats(there, "written")
    starts = [-1] * len(measures)
    for i, time in zip(order, lay_out(there, order), strict=True):
        starts[sounding[i]] = round(time * resolution)
    return starts


def _rows(part: XmlPart, starts: Sequence[int], resolution: int) -> list[Row]:
    """Return onset, pitch and duration in ticks of the notes of a part, tied ones joined."""
    rows: list[Row] = []
    for staff in part.staves:
        sounds = [
            (Fraction(start, resolution), _sound(note))
            for start, measure in zip(starts, part.measures, strict=False)
            for note in measure.notes
            if start >= 0 and note.staff == staff
        ]
        for start, sound in merge_ties(sounds):
            onset, end = round(start * resolution), round((start + sound.duration) * resolution)
            rows.append((onset, sound.pitch, max(1, end - onset)))
    return rows


def _sound(note: Written) -> Sound:
    return Sound(note.onset, note.duration, note.pitch, 1, note.starts_tie, note.stops_tie)
