"""A MusicXML document as a score, and where its measures and parts stand in a score that was read from it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction

from symgen.formats.limits import Limits, check_score
from symgen.formats.measures import (
    Measure,
    Sound,
    build_score,
    expand_repeats,
    lay_out,
    merge_ties,
    meter_of,
    with_start,
)
from symgen.formats.musicxml.document import Document, WrittenNote, XmlMeasure, XmlPart
from symgen.formats.musicxml.reading import read_document
from symgen.formats.tunes import Tune, one_line
from symgen.music.meter import COMMON_TIME, Meter
from symgen.music.score import KeyChange, Part, Score, TempoChange
from symgen.music.sources import SourcePart, XmlDocument
from symgen.music.theory import Key
from symgen.system.errors import FormatError

__all__ = ["document_measures", "document_places", "locate", "parse_musicxml"]

_TONICS = {
    "major": 0, "ionian": 0, "dorian": 2, "phrygian": 4, "lydian": 5, "mixolydian": 7, "minor": 9, "aeolian": 9,
    "locrian": 11,
}  # fmt: skip
"""Semitones from the tonic of the major key with the same signature."""


def parse_musicxml(data: bytes, repeats: str, limits: Limits) -> Tune:
    """Read a MusicXML document."""
    document = read_document(data)
    places = document_places(document)
    if len(places) > limits.tracks:
        raise limits.refusal("", "tracks", len(places))
    measures = [measure for measure in document_measures(document) if measure.length]
    order = expand_repeats(measures, repeats)
    notes = sum(len(part) for i in order for part in measures[i].sounds)
    if notes > limits.notes:
        raise limits.refusal("", "notes", notes)
    score, problems = build_score(measures, order, [_part(document, *place) for place in places])
    score = check_score(replace(score, title=_title(document)), "", limits)
    return Tune(score, score.title, _first_key(document), problems=(*_lost(document), *problems))


def document_places(document: Document) -> list[tuple[int, int]]:
    """Return for each part of the score its part of the document, from 0, and its staff, from 1."""
    return [(index, staff) for index in document.listed for staff in document.parts[index].staves]


def document_measures(document: Document) -> list[Measure]:
    """Return all measures of a document; one that holds nothing lasts as long as its meter."""
    places = document_places(document)
    count = max((len(part.measures) for part in document.parts), default=0)
    listed = [document.parts[index].measures for index in document.listed]
    meter: Meter | None = None
    tempo, key = TempoChange(0), None
    found = []
    # A bar line counts in whichever part it stands, and of meters and keys that differ those of the
    # first part hold: most documents repeat them in every part, some have them in one only.
    for i in range(count):
        here = [measures[i] for measures in listed if i < len(measures)]
        meter = next((one.meter for one in here if one.meter is not None), meter)
        length = max((one.length for one in here), default=Fraction(0))
        length = length or (meter or COMMON_TIME).quarters
        tempos, keys = with_start(_tempos(here), tempo), with_start(_keys(here), key)
        tempo, key = tempos[-1][1], keys[-1][1] if keys else None
        found.append(
            Measure(
                length,
                meter or meter_of(length, 4) or COMMON_TIME,
                tuple(
                    _sounds(document.parts[part].measures[i : i + 1], staff)
                    for part, staff in places
                ),
                tuple(tempos),
                tuple(keys),
                any(one.starts_repeat for one in here),
                any(one.ends_repeat for one in here),
                any(one.ends_section for one in here),
                next((one.endings for one in here if one.endings), frozenset()),
                _chords(here),
            )
        )
    return found


def _sounds(measures: Sequence[XmlMeasure], staff: int) -> tuple[Sound, ...]:
    return tuple(
        Sound(note.onset, note.duration, note.pitch, note.velocity, note.starts_tie, note.stops_tie)
        for measure in measures
        for note in measure.notes
        if note.staff == staff and 0 <= note.pitch <= 127
    )


def _tempos(measures: Sequence[XmlMeasure]) -> list[tuple[Fraction, TempoChange]]:
    """Return the tempos of all parts; of several at one time that of the first part holds."""
    found = {at: TempoChange.of_bpm(0, bpm) for one in reversed(measures) for at, bpm in one.tempos}
    return sorted(found.items())


def _chords(measures: Sequence[XmlMeasure]) -> tuple[tuple[Fraction, str], ...]:
    """Return the chords of all parts; of several at one time that of the first part holds."""
    found = {at: name for one in reversed(measures) for at, name in one.chords}
    return tuple(sorted(found.items()))


def _keys(measures: Sequence[XmlMeasure]) -> list[tuple[Fraction, KeyChange]]:
    """Return the keys of the first part that has some."""
    for measure in measures:
        if measure.keys:
            return [
                (at, KeyChange(0, sharps, mode == "minor")) for at, sharps, mode in measure.keys
            ]
    return []


def _first_key(document: Document) -> Key | None:
    measures = (measure for part in document.listed for measure in document.parts[part].measures)
    keys = (key for measure in measures for key in measure.keys)
    _, sharps, mode = next(keys, (Fraction(0), 0, ""))
    if mode not in _TONICS:
        return None
    tonic = (7 * sharps + _TONICS[mode]) % 12
    return Key(tonic, {"ionian": "major", "aeolian": "minor"}.get(mode, mode))


def _part(document: Document, index: int, staff: int) -> Part:
    entry = document.entry(document.parts[index])
    measures = document.parts[index].measures
    notes = (note for measure in measures for note in measure.notes if note.staff == staff)
    is_drum = any(note.unpitched for note in notes)
    if entry is None:
        return Part(is_drum=is_drum)
    instruments = list(entry.all("midi-instrument"))
    written = (one.value("midi-program") for one in instruments)
    programs = [int(text) for text in written if text.isdecimal()]
    channels = [one.value("midi-channel") for one in instruments]
    program = programs[0] - 1 if programs and 1 <= programs[0] <= 128 else 0
    is_drum = is_drum or channels[:1] == ["10"]
    return Part((), program, is_drum, one_line(entry.value("part-name"), 200))


def _title(document: Document) -> str:
    root = document.root
    return one_line(root.value("work/work-title") or root.value("movement-title"), 300)


def _lost(document: Document) -> list[str]:
    """Say what of the notes does not come through as it is written."""
    measures = [measure for part in document.parts for measure in part.measures]
    notes = [note for measure in measures for note in measure.notes]
    lost = sum(measure.lost for measure in measures)
    outside = sum(not 0 <= note.pitch <= 127 for note in notes)
    between = sum(note.between for note in notes)
    listed = set(document.listed)
    names = [part.id for index, part in enumerate(document.parts) if index not in listed]
    problems = [
        f"the part {name!r:.40} is not in the list of parts and was left out" for name in names
    ]
    if lost:
        problems.append(f"{lost} notes without a length were left out")
    if outside:
        problems.append(f"{outside} notes out of the range of MIDI were left out")
    if between:
        problems.append(f"{between} notes between two keys were moved to the nearest")
    return problems


# -- document and score side by side ---------------------------------------------------

Row = tuple[int, int, int]
_ENOUGH = 0.9


def locate(data: bytes, score: Score) -> XmlDocument | None:
    """Find a score in its document; None if they are too different to be edited together."""
    # The score came from another process: its notes are looked for in the document, so that what is
    # edited later is what is heard.
    try:
        document = read_document(data)
    except FormatError:
        return None
    parts = tuple(map(_source_part, score.parts))
    places = document_places(document)
    if len(places) != len(parts):
        return None
    starts = _starts(document_measures(document), score.resolution)
    for (index, staff), part in zip(places, parts, strict=True):
        rows = _rows(document.parts[index], staff, starts, score.resolution)
        # one note of ten or more is another one: then bar lines may be others too
        if _agreement(rows, part.notes) < _ENOUGH:
            return None
    symbols = tuple((chord.tick, chord.name) for chord in score.chords)
    where = tuple(places), tuple(starts)
    return XmlDocument(data, *where, parts, score.length, symbols=symbols)


def _source_part(part: Part) -> SourcePart:
    rows = ((note.onset, note.pitch, note.duration) for note in part.notes)
    return SourcePart(part.program, tuple(rows))


def _agreement(some: Sequence[Row], others: Sequence[Row]) -> float:
    """Share of the notes that are the same."""
    same = Counter(some) & Counter(others)
    most = max(len(some), len(others))
    return same.total() / most if most else 1.0


def _starts(measures: Sequence[Measure], resolution: int) -> list[int]:
    """Return the tick at which each measure begins, -1 for those that the score leaves out."""
    filled = [i for i, measure in enumerate(measures) if measure.length]
    played = [measures[i] for i in filled]
    order = expand_repeats(played, "written")
    starts = [-1] * len(measures)
    for i, time in zip(order, lay_out(played, order), strict=True):
        starts[filled[i]] = round(time * resolution)
    return starts


def _rows(part: XmlPart, staff: int, starts: Sequence[int], resolution: int) -> list[Row]:
    """Return onset, pitch and duration in ticks of the notes of a staff, tied ones joined."""
    sounds: list[tuple[Fraction, Sound]] = []
    for start, measure in zip(starts, part.measures, strict=False):
        if start >= 0:
            time = Fraction(start, resolution)
            sounds += [(time, _sound(note)) for note in measure.notes if note.staff == staff]
    rows: list[Row] = []
    for time, sound in merge_ties(sounds):
        onset = round(time * resolution)
        end = round((time + sound.duration) * resolution)
        rows.append((onset, sound.pitch, max(1, end - onset)))
    return rows


def _sound(note: WrittenNote) -> Sound:
    return Sound(note.onset, note.duration, note.pitch, 1, note.starts_tie, note.stops_tie)
