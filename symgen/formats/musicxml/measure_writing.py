"""Write a measure of a MusicXML document anew: what stays is copied, steps in time are counted again."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import lcm
from xml.etree import ElementTree as Xml

from symgen.formats.musicxml.engraving import complete_notation
from symgen.formats.musicxml.measure_plan import MeasureItem, MeasurePlan, NewChord, ParsedMeasure
from symgen.formats.musicxml.staff import Chord, Sheet, text
from symgen.formats.musicxml.tree import Edit, Element, cut_out, number, space_before, splice
from symgen.formats.values import split_ticks
from symgen.music.score import Note

__all__ = ["NoteRewriter", "write_body"]

# -- notes that stay -------------------------------------------------------------------


_COUNTED = ("duration", "offset", "divisions")
"""Elements whose numbers are counted in divisions."""
_AT_END = ("lyric", "play", "listen")
_OF_PITCH = ("accidental", "stem")
_OF_ONE = ("lyric", "notations", "beam", *_OF_PITCH, "chord", "tie")
"""What a note that joins a chord does not take over."""


@dataclass(frozen=True, slots=True)
class NoteRewriter:
    """Writes the children of a measure that stay."""

    sheet: Sheet
    plan: MeasurePlan
    # by how much finer divisions are than they were
    scale: int
    # first tick of the measure in the score
    start: int

    def kept(self, item: MeasureItem) -> Iterator[tuple[Element | None, bytes]]:
        """Yield the elements of an item that stay, with their bytes; None goes with notes that join a chord."""
        stay = self.plan.stays(item)
        for place, element in enumerate(stay):
            edits = self._counted(element)
            if item.kind == "note":
                edits += self._note(item, element, is_first=not place)
            yield element, self._spliced(element, edits)
        if stay and item.kind == "note":
            for note in self.plan.added.get(item.elements[0].start, ()):
                yield None, self._joining(item, stay[0], note)

    def marks(self, marks: Iterable[Element]) -> bytes:
        """Return notations and lyrics that move to another note."""
        moved = [mark for mark in marks if mark.start not in self.plan.cut]
        notations = b"".join(self._bytes(mark) for mark in moved if mark.tag != "lyric")
        lyrics = b"".join(self._bytes(mark) for mark in moved if mark.tag == "lyric")
        if notations:
            notations = b"<notations>" + notations + b"</notations>"
        return notations + lyrics

    def _note(self, item: MeasureItem, element: Element, *, is_first: bool) -> list[Edit]:
        edits: list[Edit] = []
        if is_first:
            edits += [self._cut(chord) for chord in element.all("chord")]
            extra = self.marks(self.plan.extra.get(element.start, ()))
            if extra:
                at = _end_of_notations(element)
                edits.append((at, at, extra))
        # where the rhythm is another one, beams and tuplets are written anew
        regrouped = item.voice in self.plan.voices
        if regrouped:
            edits += [self._cut(beam) for beam in element.all("beam")]
        for notations in element.all("notations"):
            for mark in notations.children:
                if mark.start in self.plan.cut or (regrouped and mark.tag == "tuplet"):
                    edits.append(self._cut(mark))
        if element.start in self.plan.pitches:
            edits += self._other_pitch(item, element, self.plan.pitches[element.start])
        return edits

    def _other_pitch(self, item: MeasureItem, element: Element, note: Note) -> list[Edit]:
        # the accidental is found anew for the whole measure, and a stem may have to turn
        edits = [self._cut(child) for child in element.children if child.tag in _OF_PITCH]
        edits.append(self._pitch(item, element, note))
        wanted = self._ties(item, element, note)
        if wanted != {tie.attributes.get("type") for tie in element.all("tie")}:
            edits += [self._cut(tie) for tie in element.all("tie")]
            for notations in element.all("notations"):
                edits += [self._cut(mark) for mark in notations.all("tied")]
            edits += self._tied(element, wanted)
        return edits

    def _pitch(self, item: MeasureItem, element: Element, note: Note) -> Edit:
        """Put another pitch in the place of the one that is there."""
        old = next(child for child in element.children if child.tag in ("pitch", "unpitched"))
        new = self.sheet.pen(item.staff, item.state).pitch(note.pitch)[0]
        space = space_before(self.sheet.data, old.start)
        return old.start, old.end, self.sheet.style.write(new, space)[len(space) :]

    def _ties(self, item: MeasureItem, element: Element, note: Note) -> set[str | None]:
        """Return the ties of a written note that is a piece of a sounding one."""
        ties: set[str | None] = set()
        if item.at + self.start > note.onset:
            ties.add("stop")
        if item.end_of(element) + self.start < note.end:
            ties.add("start")
        return ties

    def _tied(self, element: Element, ties: set[str | None]) -> list[Edit]:
        duration = next(element.all("duration"))
        order = [kind for kind in ("stop", "start") if kind in ties]
        sounds = "".join(f'<tie type="{kind}"/>' for kind in order)
        signs = "".join(f'<tied type="{kind}"/>' for kind in order)
        at = _end_of_notations(element)
        drawn = f"<notations>{signs}</notations>" if signs else ""
        return [(duration.end, duration.end, sounds.encode()), (at, at, drawn.encode())]

    def _joining(self, item: MeasureItem, host: Element, note: Note) -> bytes:
        """Return a note that joins a chord, written as another one of it is."""
        edits = [*self._counted(host), self._pitch(item, host, note)]
        edits += [self._cut(child) for child in host.children if child.tag in _OF_ONE]
        edits.append((host.inner, host.inner, b"<chord/>"))
        edits += self._tied(host, self._ties(item, host, note))
        return self._spliced(host, edits)

    def _counted(self, element: Element) -> list[Edit]:
        """Count in finer divisions."""
        if self.scale == 1:
            return []
        edits = []
        for one in element.walk():
            if one.tag in _COUNTED:
                scaled = f"{number(one.text) * self.scale:g}"
                edits.append((one.inner, one.inner_end, scaled.encode()))
        return edits

    def _cut(self, element: Element) -> Edit:
        return cut_out(self.sheet.data, element.start, element.end)

    def _bytes(self, element: Element) -> bytes:
        return self.sheet.data[element.start : element.end]

    def _spliced(self, element: Element, edits: Sequence[Edit]) -> bytes:
        base = element.start
        moved = [(start - base, end - base, new) for start, end, new in edits]
        return splice(self._bytes(element), moved)


def _end_of_notations(note: Element) -> int:
    """Return where notations may stand in a note, by the order that MusicXML prescribes."""
    ends = (child.start for child in note.children if child.tag in _AT_END)
    return next(ends, note.inner_end)


# -- measures --------------------------------------------------------------------------

Span = tuple[int, int]

_TIMELESS = ("barline", "print", "bookmark", "link", "grouping")


def write_body(
    sheet: Sheet, opened: ParsedMeasure, plan: MeasurePlan, start: int, length: int
) -> bytes:
    """Return what stands between the tags of a measure."""
    return _MeasureWriter(sheet, opened, plan, start).write(length)


@dataclass(frozen=True, slots=True)
class _Rest:
    """A rest that fills a gap, in ticks from the measure's start."""

    at: int
    end: int
    staff: int
    voice: str
    whole: bool


class _MeasureWriter:
    def __init__(self, sheet: Sheet, opened: ParsedMeasure, plan: MeasurePlan, start: int) -> None:
        self._sheet, self._opened, self._plan, self._start = sheet, opened, plan, start
        self._items, self._state = opened.items, opened.measure.before
        # The space between elements is the document's own: it is kept with what stays.
        children, element = opened.element.children, opened.element
        ends = [element.inner, *(child.end for child in children)]
        self._gaps: dict[int, bytes] = {}
        for child, end in zip(children, ends, strict=False):
            self._gaps[child.start] = sheet.data[end : child.start]
        self._tail = sheet.style.tail
        if children:
            self._tail = sheet.data[ends[-1] : element.inner_end]
        self._now = self._reach = 0
        self._out: list[bytes] = []
        self._edits = NoteRewriter(sheet, plan, 1, start)

    def write(self, length: int) -> bytes:
        rests = list(self._find_rests(length))
        entries: list[NewChord | _Rest] = [*self._plan.chords, *rests]
        scale = self._needed_scale(entries)
        self._edits = NoteRewriter(self._sheet, self._plan, scale, self._start)
        waiting: dict[str, list[NewChord | _Rest]] = defaultdict(list)
        for entry in sorted(entries, key=lambda one: one.at):
            waiting[entry.voice].append(entry)
        # New notes may need finer divisions than the document has: they hold in this measure only,
        # so that no other measure changes.
        opens = any(item.elements[0].find("divisions") and not item.at for item in self._items)
        if scale > 1 and not opens:
            self._divisions(self._state.divisions * scale)
        self._lay(waiting)
        measure = self._opened.measure
        if scale > 1:
            self._divisions(measure.after.divisions)
        body = b"".join(self._out)
        return complete_notation(body, measure.before, self._plan.voices) + self._tail

    # -- what comes ------------------------------------------------------------------

    def _find_rests(self, length: int) -> Iterator[_Rest]:
        """Yield the rests that fill the first voice of each staff in which something has changed."""
        for staff in self._sheet.part.staves:
            timed = [item for item in self._items if item.takes_time and item.staff == staff]
            chords = [chord for chord in self._plan.chords if chord.staff == staff]
            elements = (element for item in timed for element in item.elements)
            gone = any(element.start in self._plan.removed for element in elements)
            filled = max((item.end for item in timed), default=0)
            if not (gone or chords or filled < length):
                continue
            names = [item.voice for item in timed] + [chord.voice for chord in chords]
            names += self._sheet.part.voices(staff)
            voice = next(iter([*names, *self._sheet.part.free_voices(1)]))
            for at, end in _gaps(self._taken(voice), length):
                yield _Rest(at, end, staff, voice, (at, end) == (0, length))

    def _taken(self, voice: str) -> list[Span]:
        mine = [item for item in self._items if item.takes_time and item.voice == voice]
        taken = [(item.at, item.end) for item in mine if self._plan.stays(item)]
        taken += [(chord.at, chord.end) for chord in self._plan.chords if chord.voice == voice]
        return taken

    def _needed_scale(self, entries: Iterable[NewChord | _Rest]) -> int:
        """Return by how much finer the divisions must be for all that is new."""
        times = set()
        for entry in entries:
            at: int = entry.at
            times.add(at)
            for length in split_ticks(entry.end - entry.at, self._sheet.resolution):
                at += length
                times.add(at)
        timed = (item.state.divisions for item in self._items if item.takes_time)
        grids = {self._opened.measure.after.divisions, *timed}
        quarters = [Fraction(time, self._sheet.resolution) for time in times]
        exact = [time * grid for time in quarters for grid in grids]
        return lcm(*(time.denominator for time in exact))

    def _written(self, entry: NewChord | _Rest) -> bytes:
        style = self._sheet.style
        pen = self._sheet.pen(entry.staff, self._state, self._edits.scale)
        if isinstance(entry, _Rest):
            write_rest = pen.bar_rest if entry.whole else pen.gap
            rests = write_rest(entry.end - entry.at, entry.voice)
            return b"".join(style.write(rest, self._space) for rest in rests)
        notes = tuple(sorted(entry.notes, key=lambda note: note.pitch))
        chord = Chord(entry.at + self._start, entry.end + self._start, notes)
        elements = pen.chord(chord, entry.voice)
        first, *others = (style.write(element, self._space) for element in elements)
        # lyrics and slurs that hung on a note that is gone go to the first of the chord
        at = first.rindex(b"</note>")
        return b"".join([first[:at], self._edits.marks(entry.extra), first[at:], *others])

    @property
    def _space(self) -> bytes:
        return self._sheet.style.child

    def _divisions(self, divisions: Fraction) -> None:
        attributes = Xml.Element("attributes")
        text(attributes, "divisions", divisions)
        self._out.append(self._sheet.style.write(attributes, self._space))

    # -- laying it out ---------------------------------------------------------------

    def _lay(self, waiting: dict[str, list[NewChord | _Rest]]) -> None:
        """Put everything in order; what is new of a voice comes among what stays of it."""
        # New notes come where their voice is: between what stays of it in time, or behind its last
        # element. Closing bar lines stay at the end.
        kept = [item for item in self._items if self._plan.stays(item)]
        last = {item.voice: place for place, item in enumerate(kept) if not _ends_bar(item)}
        for place, item in enumerate(kept):
            if _ends_bar(item):
                continue
            entries = waiting[item.voice]
            while entries and entries[0].at < item.at:
                self._put(entries.pop(0))
            self._keep(item)
            while entries and place == last[item.voice]:
                self._put(entries.pop(0))
        for entries in waiting.values():
            for entry in entries:
                self._put(entry)
        measure = round(self._opened.measure.length * self._sheet.resolution)
        if self._reach < measure:
            self._move(measure)
        for item in kept:
            if _ends_bar(item):
                self._keep(item)

    def _put(self, entry: NewChord | _Rest) -> None:
        self._move(entry.at)
        self._out.append(self._written(entry))
        self._go(entry.end)

    def _keep(self, item: MeasureItem) -> None:
        """Copy what stays of an item."""
        if item.elements[0].tag not in _TIMELESS:
            self._move(item.at)
            self._go(item.end_of(self._plan.stays(item)[0]))
        for element, content in self._edits.kept(item):
            space = self._gaps[element.start] if element else self._space
            self._out += [space, content]
        self._state = item.state

    def _go(self, at: int) -> None:
        self._now = at
        self._reach = max(self._reach, at)

    def _move(self, at: int) -> None:
        if at != self._now:
            tag = "forward" if at > self._now else "backup"
            pen = self._sheet.pen(1, self._state, self._edits.scale)
            element = pen.move(tag, abs(at - self._now))
            self._out.append(self._sheet.style.write(element, self._space))
            self._go(at)


def _gaps(taken: Iterable[Span], length: int) -> Iterator[Span]:
    """Yield what lies between times."""
    now = 0
    for at, end in sorted(taken):
        if at > now:
            yield now, min(at, length)
        now = max(now, end)
    if now < length:
        yield now, length


def _ends_bar(item: MeasureItem) -> bool:
    element = item.elements[0]
    return element.tag == "barline" and element.attributes.get("location", "right") == "right"
