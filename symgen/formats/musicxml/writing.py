"""Write a score as MusicXML: into the document that it was read from, or as one of its own."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from xml.etree import ElementTree as Xml

from symgen.formats.musicxml.added import added_parts
from symgen.formats.musicxml.append import AddedMeasures, Timeline, write_measures
from symgen.formats.musicxml.document import Document, XmlMeasure, spliced
from symgen.formats.musicxml.fresh import new_document
from symgen.formats.musicxml.measure_plan import NoteChanges, make_plan, parse_measure
from symgen.formats.musicxml.measure_writing import write_body
from symgen.formats.musicxml.reading import read_document
from symgen.formats.musicxml.staff import (
    Sheet,
    text,
    to_xml,
)
from symgen.formats.musicxml.symbols import led_part, symbol_edits
from symgen.formats.musicxml.tree import Edit, Element, cut_out, parse, space_before
from symgen.music.instruments import program_name
from symgen.music.score import Note, Score
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
    edits += added_parts(document, score, source, timeline)
    data = spliced(document, edits, source.data)
    if source.symbols is not None:
        renamed = list(_symbols(score, source.symbols, timeline, data, led))
        data = spliced(read_document(data), renamed, data) if renamed else data
    return Edited(data, lost)


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
        rows = zip(source.places, source.parts, score.parts, strict=False)
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
    for (index, _), old, part in zip(source.places, source.parts, score.parts, strict=False):
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


def write_musicxml(score: Score) -> bytes:
    """Write a score as uncompressed MusicXML, into the document of its source if it has one."""
    if isinstance(score.source, XmlDocument) and len(score.source.places) <= len(score.parts):
        return edit_document(score, score.source).data
    return new_document(score)
