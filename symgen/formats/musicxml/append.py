"""New measures behind those of a part of a MusicXML document."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import pairwise
from math import lcm
from xml.etree import ElementTree as Xml

from symgen.formats.musicxml.document import Attributes, Document
from symgen.formats.musicxml.engraving import group_notes, mark_accidentals
from symgen.formats.musicxml.harmony import put_chords, sounding_chord
from symgen.formats.musicxml.marks import document_marks
from symgen.formats.musicxml.staff import (
    Chord,
    Sheet,
    cut,
    key_element,
    split_voices,
    tempo_direction,
    text,
    time_element,
)
from symgen.formats.musicxml.tree import parse
from symgen.formats.values import split_ticks
from symgen.music.meter import Meter
from symgen.music.score import Note, Score
from symgen.music.sources import XmlDocument

__all__ = ["AddedMeasures", "NewMeasure", "Timeline", "write_measures"]

# -- where measures lie in the score ---------------------------------------------------


@dataclass(frozen=True, slots=True)
class NewMeasure:
    """A measure to be written behind those of a part."""

    # first tick, and first tick after it
    start: int
    end: int
    # nothing where the meter of the document holds
    meter: Meter | None


@dataclass(frozen=True, slots=True)
class Timeline:
    """Times of measures."""

    # first tick of each measure, and first tick after it, by index; those that the score leaves
    # out are missing
    spans: dict[int, tuple[int, int]]
    # how many measures the document goes on to have: those at its end that lie behind the score
    # and hold nothing go
    kept: int
    # bars of the score behind the document
    bars: tuple[NewMeasure, ...]

    @classmethod
    def of(cls, document: Document, score: Score, source: XmlDocument) -> Timeline:
        """Set a score beside the document that it was read from."""
        played = sorted((start, index) for index, start in enumerate(source.starts) if start >= 0)
        spans = {index: (start, after) for (start, index), (after, _) in pairwise(played)}
        if played:
            start, index = played[-1]
            having = (part for part in document.parts if index < len(part.measures))
            length = max(part.measures[index].length for part in having)
            end = start + max(1, round(length * score.resolution))
            ends = (bar.end for bar in score.bars if bar.end >= end)
            spans[index] = start, next(ends, end)
        last = max((end for _, end in spans.values()), default=0)
        behind = [bar for bar in score.bars if bar.start >= last]
        bars = tuple(NewMeasure(bar.start, bar.end, bar.meter) for bar in behind)
        count = len(source.starts)
        # empty measures at the end of the document go where the score ends before them
        while not bars and count > 1:
            start, _ = spans.get(count - 1, (0, 0))
            if start < score.length or not _is_empty(document, count - 1):
                break
            count -= 1
        return cls(spans, count, bars)

    def added(self, count: int) -> list[NewMeasure]:
        """Return what is written behind the measures of a part that has so many."""
        if not self.bars:
            return []
        lacking = (self.spans[index] for index in range(count, self.kept) if index in self.spans)
        missing = [NewMeasure(start, end, None) for start, end in lacking]
        return [*missing, *self.bars]


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


# -- writing them ----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class AddedMeasures:
    """What is added to a part."""

    measures: Sequence[NewMeasure]
    # notes with their staves
    notes: Sequence[tuple[Note, int]]
    # whether tempo marks are written here, and chord symbols
    with_tempo: bool
    with_chords: bool
    # the bar line at the end
    closing: Xml.Element | None


def write_measures(sheet: Sheet, score: Score, addition: AddedMeasures) -> bytes:
    """Return new measures, each with the space before it."""
    spans = [(measure.start, measure.end) for measure in addition.measures]
    ordered = sorted(addition.notes, key=lambda pair: (pair[0].onset, pair[0].pitch))
    chords: dict[int, list[list[Chord]]] = {}
    for staff in sheet.part.staves:
        notes = [note for note, where in ordered if where == staff]
        chords[staff] = cut(notes, spans)
    measures = sheet.part.measures
    state = measures[-1].after if measures else Attributes()
    divisions = _divisions(sheet, state, chords, spans)
    if addition.with_chords:  # chord symbols may stand between the notes
        places = [
            chord.tick - start
            for start, end in spans
            for chord in score.chords
            if start <= chord.tick < end
        ]
        exact = (Fraction(place, sheet.resolution) * divisions for place in places)
        divisions *= lcm(*(place.denominator for place in exact))
    # numbers go on from the last one, which may be such as ``12a``
    found = re.search(r"\d+", measures[-1].number) if measures else None
    number = int(found[0]) if found else len(measures)
    written = []
    for place, measure in enumerate(addition.measures):
        element = Xml.Element("measure", number=str(number + place + 1))
        state = _write_attributes(element, score, measure, state, divisions)
        if addition.with_tempo and measure.meter:
            for tempo in score.tempos:
                if measure.start <= tempo.tick < measure.end:
                    ticks = tempo.tick - measure.start
                    offset = ticks * int(divisions) // score.resolution
                    element.append(tempo_direction(tempo.bpm, offset))
        here = {staff: bars[place] for staff, bars in chords.items()}
        _write_staves(element, sheet, state, measure, here)
        if addition.with_chords:
            over = [chord for chord in score.chords if measure.start <= chord.tick < measure.end]
            scale = divisions / score.resolution
            # written as the instrument reads them
            semitones, letters = state.transpose_of(1)
            names = [sounding_chord(chord.name, (-semitones, -letters)) for chord in over]
            places = [int((chord.tick - measure.start) * scale) for chord in over]
            put_chords(element, list(zip(places, names, strict=True)))
        if addition.closing is not None and measure is addition.measures[-1]:
            element.append(addition.closing)
        written.append(sheet.style.write(element, sheet.style.measure))
    return b"".join(written)


def _divisions(
    sheet: Sheet,
    state: Attributes,
    chords: dict[int, list[list[Chord]]],
    spans: Sequence[tuple[int, int]],
) -> Fraction:
    """Return divisions that hold all times: those of the document, or finer ones."""
    lengths = {end - start for start, end in spans}
    for bars in chords.values():
        for (start, end), bar in zip(spans, bars, strict=True):
            for voice in split_voices(bar):
                times = [start]
                for chord in voice:
                    times += [chord.onset, chord.end]
                for before, after in pairwise([*times, end]):
                    if after > before:
                        lengths.update(split_ticks(after - before, sheet.resolution))
    # a multiple of the document's own, so that whatever it counts stays a whole number
    exact = [Fraction(length, sheet.resolution) * state.divisions for length in lengths]
    return state.divisions * lcm(*(length.denominator for length in exact))


def _write_attributes(
    element: Xml.Element, score: Score, measure: NewMeasure, state: Attributes, divisions: Fraction
) -> Attributes:
    """Write what changes at the start of a measure, and return what holds in it."""
    attributes = Xml.Element("attributes")
    if divisions != state.divisions:
        text(attributes, "divisions", divisions)
        state = replace(state, divisions=divisions)
    changes = [key for key in score.keys if key.tick == measure.start and measure.meter]
    for key in changes:
        sharps = _written_key(key.sharps, state)
        attributes.append(key_element(sharps, "minor" if key.minor else "major"))
        state = replace(state, sharps={0: sharps})
    if measure.meter not in (None, state.meter):
        attributes.append(time_element(measure.meter))
        state = replace(state, meter=measure.meter)
    if len(attributes):
        element.append(attributes)
    return state


def _written_key(sharps: int, state: Attributes) -> int:
    """Return the key signature of a transposing instrument for a key as it sounds."""
    # a semitone up is seven fifths, a letter up takes twelve of them back: a step of a whole tone and
    # one letter is two fifths
    chromatic, diatonic = state.transpose_of(1)
    written = sharps - (7 * chromatic - 12 * diatonic)
    return written if -7 <= written <= 7 else (written + 5) % 12 - 5


def _write_staves(
    element: Xml.Element,
    sheet: Sheet,
    state: Attributes,
    measure: NewMeasure,
    chords: dict[int, list[Chord]],
) -> None:
    free = sheet.part.free_voices(len(chords) * 8)
    for place, (staff, bar) in enumerate(chords.items()):
        pen = sheet.pen(staff, state)
        if place:
            element.append(pen.move("backup", measure.end - measure.start))
        names = [*sheet.part.voices(staff), *free[place * 8 : place * 8 + 8]]
        pen.voices(element, bar, (measure.start, measure.end), names)
        mark_accidentals(element, pen.sharps, pen.staff)
    group_notes(element, state.meter, state.divisions)
