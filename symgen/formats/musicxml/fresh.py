"""A score as a MusicXML document of its own, and a part as one of another document."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from xml.etree import ElementTree as Xml

from symgen.formats.musicxml.drums import drum_notes, list_drums
from symgen.formats.musicxml.engraving import group_notes, mark_accidentals
from symgen.formats.musicxml.harmony import put_chords
from symgen.formats.musicxml.marks import lyrics_of, put_lyrics
from symgen.formats.musicxml.staff import (
    StaffWriter,
    cut,
    key_element,
    tempo_direction,
    text,
    time_element,
)
from symgen.music.instruments import program_name
from symgen.music.meter import Bar, Meter
from symgen.music.score import KeyChange, Part, Score

__all__ = ["Frame", "PartPlan", "list_part", "new_document", "write_part"]

_HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    '<!DOCTYPE score-partwise PUBLIC "-//Recordare//DTD MusicXML 4.0 Partwise//EN" '
    '"http://www.musicxml.org/dtds/partwise.dtd">\n'
)


@dataclass(frozen=True)
class PartPlan:
    """How a part is written."""

    # Its number in the document, from 1, and its name there.
    number: int
    name: str
    with_chords: bool = False
    # Whether tempo marks are written here.
    with_tempo: bool = False
    # By tick of their notes.
    lyrics: Mapping[int, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Frame:
    """A measure in which a part is written."""

    bar: Bar
    # Its number, and whether it counts.
    attributes: Mapping[str, str]
    # What stands at its beginning and its end, such as repeat signs.
    opening: Sequence[Xml.Element] = ()
    closing: Sequence[Xml.Element] = ()
    # One that the score leaves out holds nothing.
    is_played: bool = True


def new_document(score: Score) -> bytes:
    """Write a score as a document of its own."""
    root = Xml.Element("score-partwise", version="4.0")
    if score.title:
        text(Xml.SubElement(root, "work"), "work-title", score.title)
        text(root, "movement-title", score.title)
    listing = Xml.SubElement(root, "part-list")
    parts = score.parts or (Part(),)
    led = next((part for part in parts if not part.is_drum), parts[0])
    meter = score.meters[0].meter
    bars = score.bars or (Bar(1, 0, meter.bar_ticks(score.resolution), meter),)
    frames = [Frame(bar, _measure_attributes(bar)) for bar in bars]
    sung = lyrics_of(score)
    for number, part in enumerate(parts, 1):
        words = sung[number - 1] if number <= len(sung) else {}
        plan = PartPlan(number, f"P{number}", part is led, number == 1, words)
        list_part(listing, part, plan)
        root.append(write_part(score, part, plan, frames))
    Xml.indent(root, " ")
    return (_HEAD + Xml.tostring(root, encoding="unicode") + "\n").encode()


def list_part(listing: Xml.Element, part: Part, plan: PartPlan) -> None:
    """Put a part into the list of parts."""
    number = plan.number
    entry = Xml.SubElement(listing, "score-part", id=plan.name)
    text(entry, "part-name", part.name)
    if part.is_drum and part.notes:
        list_drums(entry, (note.pitch for note in part.notes), number, part.program)
        return
    instrument = Xml.SubElement(entry, "score-instrument", id=f"{plan.name}-I1")
    text(instrument, "instrument-name", "Drums" if part.is_drum else program_name(part.program))
    midi = Xml.SubElement(entry, "midi-instrument", id=f"{plan.name}-I1")
    channel = (number - 1) % 15 + 1  # 10 is for drums
    text(midi, "midi-channel", 10 if part.is_drum else channel + (channel > 9))
    text(midi, "midi-program", part.program + 1)


def write_part(score: Score, part: Part, plan: PartPlan, frames: Sequence[Frame]) -> Xml.Element:
    """Return a part, measure by measure."""
    element = Xml.Element("part", id=plan.name)
    chords = cut(part.notes, list(_spans(frames)))
    drums = drum_notes((note.pitch for note in part.notes), plan.number) if part.is_drum else {}
    pen = StaffWriter(score.resolution, score.resolution, drums=drums)
    written: Meter | None = None
    since = -1
    for i, frame in enumerate(frames):
        bar = frame.bar
        measure = Xml.SubElement(element, "measure", dict(frame.attributes))
        measure.extend(frame.opening)
        attributes = Xml.Element("attributes")
        if not i:
            text(attributes, "divisions", score.resolution)
        keys = [key for key in score.keys if since < key.tick <= bar.start]
        since = max(since, bar.start)
        if keys or not i:
            attributes.append(_key(keys[-1] if keys else None))
            pen = replace(pen, sharps=keys[-1].sharps if keys else 0)
        if bar.meter != written:
            written = bar.meter
            attributes.append(time_element(bar.meter))
            pen = replace(pen, meter=bar.meter)
        if not i:
            _write_clef(attributes, part)
        if len(attributes):
            measure.append(attributes)
        if plan.with_tempo:
            tempos = (tempo for tempo in score.tempos if bar.start <= tempo.tick < bar.end)
            measure.extend(tempo_direction(tempo.bpm, tempo.tick - bar.start) for tempo in tempos)
        end = min(bar.end, score.length) if score.length and frame.is_played else bar.end
        pen.voices(measure, chords[i], (bar.start, end), "1")
        if plan.with_chords:
            here = (chord for chord in score.chords if bar.start <= chord.tick < bar.end)
            put_chords(measure, [(chord.tick - bar.start, chord.name) for chord in here])
        if not part.is_drum:
            mark_accidentals(measure, pen.sharps)
        group_notes(measure, bar.meter, Fraction(score.resolution), _lead(bar, score.resolution))
        put_lyrics(measure, plan.lyrics, bar.start)
        measure.extend(frame.closing)
    return element


def _spans(frames: Sequence[Frame]) -> Iterator[tuple[int, int]]:
    """Yield from where to where notes lie in each measure."""
    end = 0
    for frame in frames:
        if frame.is_played:
            end = frame.bar.end
            yield frame.bar.start, end
        else:
            yield end, end


def _measure_attributes(bar: Bar) -> dict[str, str]:
    """Return the number of a measure; a pickup does not count."""
    return {"number": str(bar.number), **({"implicit": "yes"} if bar.number == 0 else {})}


def _lead(bar: Bar, resolution: int) -> Fraction:
    """Return the quarters that a pickup lacks: it is the end of a bar, and its beats count so."""
    if bar.number:
        return Fraction(0)
    return max(Fraction(0), bar.meter.quarters - Fraction(bar.length, resolution))


def _key(key: KeyChange | None) -> Xml.Element:
    """Return a key signature; without one no mode is known."""
    if key is None:
        return key_element(0, "")
    return key_element(key.sharps, "minor" if key.minor else "major")


def _write_clef(attributes: Xml.Element, part: Part) -> None:
    mean = sum(note.pitch for note in part.notes) / max(1, len(part.notes))
    is_low = part.notes and mean < 57
    clef = Xml.SubElement(attributes, "clef")
    if part.is_drum:
        text(clef, "sign", "percussion")
        return
    text(clef, "sign", "F" if is_low else "G")
    text(clef, "line", 4 if is_low else 2)
