"""Write a score as MusicXML: into the document that it was read from, or as one of its own."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property
from xml.etree import ElementTree as Xml

from symgen.formats.musicxml.append import AddedMeasures, Timeline, write_measures
from symgen.formats.musicxml.document import Document, XmlMeasure
from symgen.formats.musicxml.drums import drum_notes, list_drums
from symgen.formats.musicxml.engraving import group_notes, mark_accidentals
from symgen.formats.musicxml.harmony import put_chords
from symgen.formats.musicxml.measure_plan import NoteChanges, make_plan, parse_measure
from symgen.formats.musicxml.measure_writing import write_body
from symgen.formats.musicxml.reading import read_document
from symgen.formats.musicxml.staff import (
    Sheet,
    StaffWriter,
    cut,
    key_element,
    tempo_direction,
    text,
    time_element,
    to_xml,
)
from symgen.formats.musicxml.symbols import led_part, symbol_edits
from symgen.formats.musicxml.tree import Edit, Element, cut_out, parse, space_before, splice
from symgen.music.instruments import program_name
from symgen.music.meter import Bar, Meter
from symgen.music.score import KeyChange, Note, Part, Score
from symgen.music.sources import XmlDocument

__all__ = ["Edited", "edit_document", "write_musicxml"]

# -- the document that it was read from ------------------------------------------------
# What a document says besides its notes (words, chord symbols, slurs, layout, credits) is never
# taken apart: the score holds the notes and keeps the document as its source, and what changes is
# spliced into the document's own bytes. Measures in which nothing has changed keep every byte, also
# those that no rule of ours reads; new bars become measures behind them, in the same parts, staves
# and voices.

Row = tuple[int, int, int]

_MIDDLE_C = 60


@dataclass(frozen=True, slots=True)
class Edited:
    """A document with the music of a score."""

    # in the encoding that the document had
    data: bytes
    # what hung on notes that are gone, by kind
    lost: Counter[str]


def edit_document(score: Score, source: XmlDocument) -> Edited:
    """Write a score into the document that it was read from."""
    document = read_document(source.data)
    timeline = Timeline.of(document, score, source)
    edits: list[Edit] = []
    lost: Counter[str] = Counter()
    indices = list(dict.fromkeys(index for index, _ in source.places))
    led = led_part(document, indices)
    for index in indices:
        writer = _PartWriter(document, index, score, source, timeline, is_led=index == led)
        edits += writer.edits()
        lost += writer.lost
    edits += _programs(document, score, source)
    edits += _dropped(document, source)
    data = _spliced(document, edits, source.data)
    if source.symbols is not None:
        renamed = list(_symbols(score, source.symbols, timeline, data, led))
        data = _spliced(read_document(data), renamed, data) if renamed else data
    return Edited(data, lost)


def _spliced(document: Document, edits: list[Edit], before: bytes) -> bytes:
    """Return a document with edits; one without any comes back byte for byte, whatever its encoding."""
    if not any(start < end or new for start, end, new in edits):
        return before
    data = splice(document.data, edits)
    return data if document.encoding == "utf-8" else data.decode().encode(document.encoding)


def _symbols(
    score: Score,
    old: Sequence[tuple[int, str]],
    timeline: Timeline,
    data: bytes,
    led: int,
) -> Iterator[Edit]:
    """Yield the edits of the chord symbols in measures that were there, once their notes are written."""
    end = max((stop for _, stop in timeline.spans.values()), default=0)
    new = [(chord.tick, chord.name) for chord in score.chords if chord.tick < end]
    if new != [each for each in old if each[0] < end]:
        kept = {place: span for place, span in timeline.spans.items() if place < timeline.kept}
        written = read_document(data)
        yield from symbol_edits(written, score, old, kept, led)


class _PartWriter:
    """Edits one part of a document."""

    def __init__(
        self,
        document: Document,
        index: int,
        score: Score,
        source: XmlDocument,
        timeline: Timeline,
        *,
        is_led: bool,
    ) -> None:
        self.lost: Counter[str] = Counter()
        self._part, self._score, self._timeline = document.parts[index], score, timeline
        self._sheet = Sheet.of(document.data, self._part, score.resolution)
        self._is_first, self._is_led = index == source.places[0][0], is_led
        gone: list[Row] = []
        self._fresh: list[tuple[Note, int]] = []
        rows = zip(source.places, source.parts, score.parts, strict=True)
        for (place, staff), old, part in rows:
            if place == index:
                lost, fresh = _compared(old.notes, part.notes)
                gone += lost
                self._fresh += [(note, staff or self._staff(note)) for note in fresh]
        self._changes = self._by_measure(gone)

    def _staff(self, note: Note) -> int:
        """Choose a staff where all staves are one part of the score."""
        return 1 if note.pitch >= _MIDDLE_C or len(self._part.staves) < 2 else 2

    def _by_measure(self, gone: Iterable[Row]) -> dict[int, NoteChanges]:
        """Share out what has changed among the measures in which it sounds."""
        spans = self._timeline.spans
        order = sorted(spans, key=spans.__getitem__)
        starts = [spans[index][0] for index in order]

        def within(onset: int, end: int) -> Iterator[int]:
            first = max(0, bisect_right(starts, onset) - 1)
            for index in order[first:]:
                start, stop = spans[index]
                if start >= end:
                    return
                if stop > onset:
                    yield index

        lost: dict[int, list[Row]] = defaultdict(list)
        new: dict[int, list[tuple[Note, int]]] = defaultdict(list)
        for row in gone:
            onset, _, duration = row
            for index in within(onset, onset + duration):
                lost[index].append(row)
        for note, staff in self._fresh:
            for index in within(note.onset, note.end):
                new[index].append((note, staff))
        found: dict[int, NoteChanges] = {}
        for index in lost.keys() | new.keys():
            pair = tuple(lost[index]), tuple(new[index])
            found[index] = NoteChanges(*pair, *spans[index], self._score.resolution)
        return found

    # -- edits -----------------------------------------------------------------------

    def edits(self) -> Iterator[Edit]:
        """Yield stretches of the document with what stands there instead."""
        measures = self._part.measures
        kept = min(len(measures), self._timeline.kept)
        added = self._timeline.added(len(measures))
        ends = bool(added) or kept < len(measures)
        for index in range(kept):
            is_last = index == len(measures) - 1
            removed = {self._final.start} if ends and is_last and self._final else set()
            behind = self._barline if ends and not added and index == kept - 1 else b""
            yield from self._measure(index, removed, behind, fills=bool(added) and is_last)
        for measure in measures[kept:]:
            yield cut_out(self._sheet.data, measure.start, measure.end)
        if added:
            at = measures[-1].end if measures else self._part.inner_end
            marks = self._is_first, self._is_led
            addition = AddedMeasures(added, self._fresh, *marks, self._closing)
            yield at, at, write_measures(self._sheet, self._score, addition)

    def _measure(
        self, index: int, removed: set[int], behind: bytes, *, fills: bool
    ) -> Iterator[Edit]:
        """Yield the edits of a measure that stays: bar lines that go, one that comes, and notes."""
        measure = self._part.measures[index]
        start, end = self._timeline.spans.get(index, (0, 0))
        filled = round(measure.length * self._score.resolution)
        changes = self._changes.get(index)
        if changes is None and not (fills and filled < end - start):
            if removed and self._final:
                yield cut_out(self._sheet.data, self._final.start, self._final.end)
            at = measure.inner_end - len(space_before(self._sheet.data, measure.inner_end))
            if behind:
                yield at, at, behind
            return
        opened = parse_measure(self._sheet.data, measure, self._score.resolution)
        if changes is None:
            changes = NoteChanges((), (), start, end, self._score.resolution)
        plan = make_plan(self._part, opened, changes)
        plan.removed |= removed
        length = end - start if fills or not filled else filled
        body = write_body(self._sheet, opened, plan, start, length)
        self.lost += plan.lost
        yield _within(measure, _before_space(body, behind))

    # -- the end ---------------------------------------------------------------------

    @cached_property
    def _last_bar(self) -> Element | None:
        """The bar line at the end of the document."""
        measure = self._part.measures[-1]
        bars = parse(self._sheet.data, measure.start, measure.end).all("barline")
        right = (bar for bar in bars if bar.attributes.get("location", "right") == "right")
        return next(right, None)

    @property
    def _final(self) -> Element | None:
        """That bar line, if it moves: it ends neither a repeat nor an ending."""
        bar = self._last_bar if self._part.measures else None
        return None if bar is None or bar.find("repeat") or bar.find("ending") else bar

    @property
    def _closing(self) -> Xml.Element | None:
        """The bar line of the new end; a final one where a repeat was the last."""
        if self._final:
            return to_xml(self._final)
        if not self._part.measures or self._last_bar is None:
            return None
        barline = Xml.Element("barline", location="right")
        text(barline, "bar-style", "light-heavy")
        return barline

    @property
    def _barline(self) -> bytes:
        style = self._sheet.style
        return b"" if self._closing is None else style.write(self._closing, style.child)


def _compared(old: Iterable[Row], notes: Iterable[Note]) -> tuple[list[Row], list[Note]]:
    """Return the notes that are gone, and those that are new."""
    # velocities do not count: MusicXML has none for most notes
    left, fresh = Counter(old), []
    for note in notes:
        row = note.onset, note.pitch, note.duration
        if left[row] > 0:
            left[row] -= 1
        else:
            fresh.append(note)
    return list(left.elements()), fresh


def _within(measure: XmlMeasure, body: bytes) -> Edit:
    """Put a body into a measure, also where one tag is all of it."""
    if measure.inner == measure.end:
        return measure.end - len(b"/>"), measure.end, b">" + body + b"</measure>"
    return measure.inner, measure.inner_end, body


def _before_space(body: bytes, more: bytes) -> bytes:
    at = len(body) - len(space_before(body, len(body)))
    return body[:at] + more + body[at:]


def _programs(document: Document, score: Score, source: XmlDocument) -> Iterator[Edit]:
    """Yield the edits of programs that are others now."""
    done: set[int] = set()
    for (index, _), old, part in zip(source.places, source.parts, score.parts, strict=True):
        entry = document.entry(document.parts[index])
        if part.program == old.program or entry is None or index in done:
            continue
        done.add(index)
        yield from _named(document, entry, old.program, part.program)
        instruments = entry.all("midi-instrument")
        programs = [one for midi in instruments for one in midi.all("midi-program")]
        if programs:
            new = str(part.program + 1).encode()
            yield programs[0].inner, programs[0].inner_end, new
            continue
        names = (one.attributes.get("id", "") for one in entry.all("score-instrument"))
        name = next(names, "")
        if entry.find("midi-instrument"):
            continue
        added = []
        if not name:
            name = f"{entry.attributes.get('id', 'P')}-I1"
            added.append(Xml.Element("score-instrument", id=name))
            text(added[0], "instrument-name", program_name(part.program))
        added.append(Xml.Element("midi-instrument", id=name))
        text(added[-1], "midi-program", part.program + 1)
        yield entry.inner_end, entry.inner_end, b"".join(map(Xml.tostring, added))


def _named(document: Document, entry: Element, old: int, new: int) -> Iterator[Edit]:
    """Let a part that is called by its instrument be called by the new one."""
    name = entry.find("part-name")
    if name is not None and name.text.strip() == program_name(old):
        yield name.inner, name.inner_end, program_name(new).encode()
        for short in entry.all("part-abbreviation"):
            yield cut_out(document.data, short.start, short.end)


def _dropped(document: Document, source: XmlDocument) -> Iterator[Edit]:
    """Yield the edits that take out parts that the score has no more, and brackets around a single one."""
    for index in source.dropped:
        part = document.parts[index]
        for element in (part, document.entry(part)):
            if element is not None:
                yield cut_out(document.data, element.start, element.end)
    if source.dropped and len({index for index, _ in source.places}) == 1:
        for group in document.entries:
            if group.tag == "part-group":
                yield cut_out(document.data, group.start, group.end)


# -- a document of its own -------------------------------------------------------------

_HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    '<!DOCTYPE score-partwise PUBLIC "-//Recordare//DTD MusicXML 4.0 Partwise//EN" '
    '"http://www.musicxml.org/dtds/partwise.dtd">\n'
)


def write_musicxml(score: Score) -> bytes:
    """Write a score as uncompressed MusicXML, into the document of its source if it has one."""
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
    led = next((part for part in parts if not part.is_drum), parts[0])
    for number, part in enumerate(parts, 1):
        _list_part(listing, part, number)
        element = Xml.SubElement(root, "part", id=f"P{number}")
        _write_part(element, score, part, number, with_chords=part is led)
    Xml.indent(root, " ")
    return (_HEAD + Xml.tostring(root, encoding="unicode") + "\n").encode()


def _list_part(listing: Xml.Element, part: Part, number: int) -> None:
    entry = Xml.SubElement(listing, "score-part", id=f"P{number}")
    text(entry, "part-name", part.name)
    if part.is_drum and part.notes:
        list_drums(entry, (note.pitch for note in part.notes), number, part.program)
        return
    instrument = Xml.SubElement(entry, "score-instrument", id=f"P{number}-I1")
    text(instrument, "instrument-name", "Drums" if part.is_drum else program_name(part.program))
    midi = Xml.SubElement(entry, "midi-instrument", id=f"P{number}-I1")
    channel = (number - 1) % 15 + 1  # 10 is for drums
    text(midi, "midi-channel", 10 if part.is_drum else channel + (channel > 9))
    text(midi, "midi-program", part.program + 1)


def _write_part(
    element: Xml.Element, score: Score, part: Part, number: int, *, with_chords: bool
) -> None:
    meter = score.meters[0].meter
    bars = score.bars or (Bar(1, 0, meter.bar_ticks(score.resolution), meter),)
    chords = cut(part.notes, [(bar.start, bar.end) for bar in bars])
    drums = drum_notes((note.pitch for note in part.notes), number) if part.is_drum else {}
    pen = StaffWriter(score.resolution, score.resolution, drums=drums)
    written: Meter | None = None
    for i, bar in enumerate(bars):
        measure = _open_measure(element, bar)
        attributes = Xml.Element("attributes")
        if not i:
            text(attributes, "divisions", score.resolution)
        since = bars[i - 1].start if i else -1
        keys = [key for key in score.keys if since < key.tick <= bar.start]
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
        if number == 1:
            tempos = (tempo for tempo in score.tempos if bar.start <= tempo.tick < bar.end)
            measure.extend(tempo_direction(tempo.bpm, tempo.tick - bar.start) for tempo in tempos)
        end = min(bar.end, score.length) if score.length else bar.end
        pen.voices(measure, chords[i], (bar.start, end), "1")
        if with_chords:
            here = (chord for chord in score.chords if bar.start <= chord.tick < bar.end)
            put_chords(measure, [(chord.tick - bar.start, chord.name) for chord in here])
        if not part.is_drum:
            mark_accidentals(measure, pen.sharps)
        group_notes(measure, bar.meter, Fraction(score.resolution), _lead(bar, score.resolution))


def _open_measure(element: Xml.Element, bar: Bar) -> Xml.Element:
    """Append a measure; a pickup does not count."""
    measure = Xml.SubElement(element, "measure", number=str(bar.number))
    if bar.number == 0:
        measure.set("implicit", "yes")
    return measure


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
