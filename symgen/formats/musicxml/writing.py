"""Writing a score as a MusicXML document of its own."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from xml.etree import ElementTree as Xml

from symgen.formats.musicxml.edit import edit_document
from symgen.formats.musicxml.engraving import (
    Pen,
    cut,
    key_element,
    tempo_direction,
    text,
    time_element,
)
from symgen.formats.musicxml.finishing import group_notes, mark_accidentals
from symgen.music.instruments import program_name
from symgen.music.meter import Bar
from symgen.music.score import KeyChange, Part, Score
from symgen.music.sources import XmlDocument

__all__ = ["write_musicxml"]

_HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    '<!DOCTYPE score-partwise PUBLIC "-//Recordare//DTD MusicXML 4.0 Partwise//EN" '
    '"http://www.musicxml.org/dtds/partwise.dtd">\n'
)


def write_musicxml(score: Score) -> bytes:
    """Write a score as an uncompressed MusicXML file: into the document that it was read from, if
    that is its source."""
    if isinstance(score.source, XmlDocument) and len(score.source.places) == len(score.parts):
        return edit_document(score, score.source).data
    return _new_document(score)


def _new_document(score: Score) -> bytes:
    root = Xml.Element("score-partwise", version="4.0")
    if score.title:
        text(Xml.SubElement(root, "work"), "work-title", score.title)
        text(root, "movement-title", score.title)
    listing = Xml.SubElement(root, "part-list")
    parts = score.parts or (Part(),)
    for number, part in enumerate(parts, 1):
        _list_part(listing, part, number)
        element = Xml.SubElement(root, "part", id=f"P{number}")
        _write_part(element, score, part, with_tempo=number == 1)
    Xml.indent(root, " ")
    return (_HEAD + Xml.tostring(root, encoding="unicode") + "\n").encode()


def _list_part(listing: Xml.Element, part: Part, number: int) -> None:
    entry = Xml.SubElement(listing, "score-part", id=f"P{number}")
    text(entry, "part-name", part.name)
    instrument = Xml.SubElement(entry, "score-instrument", id=f"P{number}-I1")
    text(instrument, "instrument-name", "Drums" if part.is_drum else program_name(part.program))
    midi = Xml.SubElement(entry, "midi-instrument", id=f"P{number}-I1")
    channel = (number - 1) % 15 + 1
    text(midi, "midi-channel", 10 if part.is_drum else channel + (channel > 9))
    text(midi, "midi-program", part.program + 1)


def _write_part(element: Xml.Element, score: Score, part: Part, *, with_tempo: bool) -> None:
    bars = score.bars or (
        Bar(1, 0, score.meters[0].meter.bar_ticks(score.resolution), score.meters[0].meter),
    )
    chords = cut(part.notes, [(bar.start, bar.end) for bar in bars])
    pen = Pen(score.resolution, score.resolution)
    meter = None
    for i, bar in enumerate(bars):
        measure = Xml.SubElement(element, "measure", number=str(bar.number))
        if bar.number == 0:
            measure.set("implicit", "yes")
        attributes = Xml.Element("attributes")
        if not i:
            text(attributes, "divisions", score.resolution)
        since = bars[i - 1].start if i else -1
        keys = [key for key in score.keys if since < key.tick <= bar.start]
        if keys or not i:
            attributes.append(_key(keys[-1] if keys else None))
            pen = replace(pen, sharps=keys[-1].sharps if keys else 0)
        if bar.meter != meter:
            meter = bar.meter
            attributes.append(time_element(meter))
            pen = replace(pen, meter=meter)
        if not i:
            _write_clef(attributes, part)
        if len(attributes):
            measure.append(attributes)
        if with_tempo:
            tempos = (tempo for tempo in score.tempos if bar.start <= tempo.tick < bar.end)
            measure.extend(tempo_direction(tempo.bpm, tempo.tick - bar.start) for tempo in tempos)
        pen.voices(
            measure,
            chords[i],
            (bar.start, min(bar.end, score.length) if score.length else bar.end),
            "1",
        )
        if not part.is_drum:
            mark_accidentals(measure, pen.sharps)
        lead = (
            meter.quarters - Fraction(bar.length, score.resolution)
            if bar.number == 0
            else Fraction(0)
        )
        group_notes(measure, meter, Fraction(score.resolution), max(lead, Fraction(0)))


def _key(key: KeyChange | None) -> Xml.Element:
    """Return a key signature; without one no mode is known."""
    if key is None:
        return key_element(0, "")
    return key_element(key.sharps, "minor" if key.minor else "major")


def _write_clef(attributes: Xml.Element, part: Part) -> None:
    mean = sum(note.pitch for note in part.notes) / max(1, len(part.notes))
    low = part.notes and mean < 57
    clef = Xml.SubElement(attributes, "clef")
    text(clef, "sign", "percussion" if part.is_drum else "F" if low else "G")
    if not part.is_drum:
        text(clef, "line", 4 if low else 2)
