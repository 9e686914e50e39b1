"""Where the measures and parts of a MusicXML document stand in the score that was read from it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from fractions import Fraction

from symgen.formats.measures import Measure, Sound, expand_repeats, lay_out, merge_ties
from symgen.formats.musicxml.reading import read_document
from symgen.formats.musicxml.source import Written, XmlPart
from symgen.formats.musicxml.tune_measures import document_measures, document_places
from symgen.music.score import Score
from symgen.music.sources import SourcePart, XmlDocument
from symgen.system.errors import FormatError

__all__ = ["locate"]

Row = tuple[int, int, int]
_ENOUGH = 0.9


def locate(data: bytes, score: Score) -> XmlDocument | None:
    """Find a score in its document."""
    try:
        document = read_document(data)
    except FormatError:
        return None
    parts = tuple(
        SourcePart(
            part.program, tuple((note.onset, note.pitch, note.duration) for note in part.notes)
        )
        for part in score.parts
    )
    places, starts = (
        document_places(document),
        _starts(document_measures(document), score.resolution),
    )
    rows = [_rows(document.parts[part], staff, starts, score.resolution) for part, staff in places]
    agree = [
        _agreement(here, part.notes) >= _ENOUGH for here, part in zip(rows, parts, strict=False)
    ]
    if len(rows) != len(parts) or not all(agree):
        return None
    return XmlDocument(data, tuple(places), tuple(starts), parts, score.length)


def _agreement(some: Sequence[Row], others: Sequence[Row]) -> float:
    """Share of the notes that are the same."""
    same = Counter(some) & Counter(others)
    return same.total() / max(1, len(some), len(others)) if some or others else 1.0


def _starts(measures: Sequence[Measure], resolution: int) -> list[int]:
    """Return the tick at which each measure begins, -1 for those that the score leaves out."""
    sounding = [i for i, measure in enumerate(measures) if measure.length]
    there = [measures[i] for i in sounding]
    order = expand_repeats(there, "written")
    starts = [-1] * len(measures)
    for i, time in zip(order, lay_out(there, order), strict=True):
        starts[sounding[i]] = round(time * resolution)
    return starts


def _rows(part: XmlPart, staff: int, starts: Sequence[int], resolution: int) -> list[Row]:
    """Return onset, pitch and duration in ticks of the notes of a staff, tied ones joined."""
    sounds = [
        (Fraction(start, resolution), _sound(note))
        for start, measure in zip(starts, part.measures, strict=False)
        for note in measure.notes
        if start >= 0 and note.staff == staff
    ]
    rows: list[Row] = []
    for start, sound in merge_ties(sounds):
        onset, end = round(start * resolution), round((start + sound.duration) * resolution)
        rows.append((onset, sound.pitch, max(1, end - onset)))
    return rows


def _sound(note: Written) -> Sound:
    return Sound(note.onset, note.duration, note.pitch, 1, note.starts_tie, note.stops_tie)
