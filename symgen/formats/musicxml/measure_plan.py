"""Decide which notes of a measure go, which get another pitch, where new ones come, and what becomes of their signs."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain

from symgen.formats.musicxml.document import Attributes, WrittenNote, XmlMeasure, XmlPart
from symgen.formats.musicxml.marks import note_marks
from symgen.formats.musicxml.reading import walk_measure
from symgen.formats.musicxml.tree import Element, parse, whole
from symgen.music.score import Note

__all__ = [
    "MeasureItem",
    "MeasurePlan",
    "NewChord",
    "NoteChanges",
    "ParsedMeasure",
    "find_chain",
    "make_plan",
    "move_marks",
    "parse_measure",
]

# -- what is in a measure --------------------------------------------------------------

_CHORDS = ("note", "cue")


@dataclass(frozen=True, slots=True)
class MeasureItem:
    """A chord, a rest or another child of a measure."""

    # ``"note"``, ``"rest"``, ``"cue"``, ``"skip"``, ``"grace"`` or ``"other"``, as of a `TimedElement`
    kind: str
    # of a chord one a note
    elements: tuple[Element, ...]
    # ticks, from the measure's start
    at: int
    # ticks that each element lasts
    lengths: tuple[int, ...]
    staff: int
    # of what is no note, the voice of the note that follows, or of the one before a step back
    voice: str
    # what holds behind it
    state: Attributes

    @property
    def end(self) -> int:
        """First tick after it."""
        return self.at + max(self.lengths)

    def end_of(self, element: Element) -> int:
        """Return the first tick after one of its elements."""
        return self.at + self.lengths[self.elements.index(element)]

    @property
    def takes_time(self) -> bool:
        """Whether nothing else of its voice sounds with it."""
        return self.kind in ("note", "rest", "cue", "skip")


@dataclass(frozen=True, slots=True)
class ParsedMeasure:
    """A measure with all that is in it."""

    measure: XmlMeasure
    element: Element
    # in the order of the document, without steps back
    items: tuple[MeasureItem, ...]


def parse_measure(data: bytes, measure: XmlMeasure, resolution: int) -> ParsedMeasure:
    """Read a measure of a document again, with all that is in it."""
    element = parse(data, measure.start, measure.end)
    return ParsedMeasure(measure, element, tuple(_items(element, measure.before, resolution)))


def _items(element: Element, before: Attributes, resolution: int) -> list[MeasureItem]:
    items: list[MeasureItem] = []
    waiting: list[int] = []
    voice = staff = ""
    for place in walk_measure(element, before):
        child = place.element
        if place.kind == "back":
            waiting.clear()
            voice = ""
            continue
        at = round(place.onset * resolution)
        length = round((place.onset + place.duration) * resolution) - at
        # What is no note belongs to the voice of the note that follows, as a dynamic mark does.
        if place.kind == "other" or (place.kind == "skip" and not child.find("voice")):
            if place.kind == "other" or not voice:
                waiting.append(len(items))
        else:
            voice, staff = child.value("voice", "1"), child.value("staff", "1")
            for i in waiting:
                items[i] = replace(items[i], staff=_number(staff), voice=voice)
            waiting.clear()
        last = items[-1] if items else None
        if last and child.find("chord") and last.kind in _CHORDS and last.at == at:
            items[-1] = _joined(last, child, length, place.kind)
            continue
        number, name = _number(staff), voice or "1"
        items.append(MeasureItem(place.kind, (child,), at, (length,), number, name, place.state))
    return items


def _number(staff: str) -> int:
    return max(1, whole(staff or "1"))


def _joined(item: MeasureItem, note: Element, length: int, kind: str) -> MeasureItem:
    kind = "note" if "note" in (kind, item.kind) else kind
    return replace(
        item, kind=kind, elements=(*item.elements, note), lengths=(*item.lengths, length)
    )


def find_chain(
    notes: Iterable[WrittenNote], pitch: int, span: tuple[int, int], resolution: int
) -> list[WrittenNote]:
    """Return the notes that together are one sounding note, tied to one another."""
    at, end = span
    tied: list[WrittenNote] = []
    mine = [note for note in notes if note.pitch == pitch]
    while at < end:
        fitting: list[tuple[int, WrittenNote]] = []
        for note in mine:
            stop = round((note.onset + note.duration) * resolution)
            if round(note.onset * resolution) == at and at < stop <= end:
                fitting.append((stop, note))
        if not fitting:
            return []
        at, note = max(fitting, key=lambda step: step[0])
        tied.append(note)
    return tied


# -- the plan --------------------------------------------------------------------------
# A note that has another pitch now keeps its place, its words and its signs. Of a note that is gone,
# words and signs go to the note that begins with it, the ends of a slur to the nearest one; what
# finds no note is counted, and the user is told.

_BRACKETS = ("tied", "tuplet")
"""Notations that say what the note is, not how it is played."""


@dataclass(slots=True)
class NewChord:
    """Notes that are added in a voice."""

    # ticks, from the measure's start
    at: int
    end: int
    notes: list[Note]
    staff: int
    voice: str
    # lyrics and notations that hung on a note that is gone
    extra: list[Element] = field(default_factory=list)


@dataclass(slots=True)
class MeasurePlan:
    """What is done with a measure."""

    # An element is known by its first byte in the document: that is the same each time the measure
    # is parsed, and no two elements share it.

    # first bytes of the elements that go
    removed: set[int] = field(default_factory=set)
    # notes that others become, by the first byte of these
    pitches: dict[int, Note] = field(default_factory=dict)
    # notes that a chord gets, by the first byte of its first one
    added: dict[int, list[Note]] = field(default_factory=lambda: defaultdict(list))
    # lyrics and notations that a note gets, by its first byte
    extra: dict[int, list[Element]] = field(default_factory=lambda: defaultdict(list))
    chords: list[NewChord] = field(default_factory=list)
    # those in which the rhythm is another one now: beams and brackets of tuplets go
    voices: set[str] = field(default_factory=set)
    # first bytes of slurs that go from notes that stay
    cut: set[int] = field(default_factory=set)
    # what hung on notes that are gone, by kind
    lost: Counter[str] = field(default_factory=Counter)

    def stays(self, item: MeasureItem) -> list[Element]:
        """Return the elements of an item that stay."""
        return [element for element in item.elements if element.start not in self.removed]

    def moments(self, items: Sequence[MeasureItem], voice: str) -> dict[int, list[Element]]:
        """Return when the chords of a voice begin, each with the list of what its first note gets."""
        found: dict[int, list[Element]] = {}
        for item in items:
            if item.kind == "note" and item.voice == voice and self.stays(item):
                found[item.at] = self.extra[self.stays(item)[0].start]
        found |= {chord.at: chord.extra for chord in self.chords if chord.voice == voice}
        return dict(sorted(found.items()))


def move_marks(plan: MeasurePlan, items: Sequence[MeasureItem]) -> None:
    """Give lyrics and notations of notes that are gone to others, and count those that find none."""
    for voice in dict.fromkeys(item.voice for item in items):
        here = [item for item in items if item.voice == voice]
        orphans: list[Element] = []
        for item in here:
            moments = plan.moments(items, voice)
            if item.kind == "grace" and item.at not in moments:
                plan.removed.add(item.elements[0].start)
            for element in item.elements:
                if element.start not in plan.removed or item.kind == "other":
                    continue
                if item.at in moments and item.kind != "grace":
                    moments[item.at] += _marks(element)
                    continue
                plan.lost += note_marks(element)
                orphans += [mark for mark in _marks(element) if mark.tag == "slur"]
        _move_slurs(plan, here, orphans)


def _marks(note: Element) -> list[Element]:
    found: list[Element] = []
    for group in note.all("notations"):
        found += [mark for mark in group.children if mark.tag not in _BRACKETS]
    return [*found, *note.all("lyric")]


def _move_slurs(
    plan: MeasurePlan, items: Sequence[MeasureItem], orphans: Sequence[Element]
) -> None:
    """Let slurs of notes that are gone begin and end at the nearest notes; one of a single note goes."""
    ends: list[_SlurEnd] = []
    for item in items:
        for mark in chain.from_iterable(map(_marks, item.elements)):
            if mark.tag == "slur":
                end = _SlurEnd(mark, item.at, item.at)
                ends.append(end)
    # A slur keeps its length as far as notes are left under it; one that would begin and end on the
    # same note goes, with the end that stood on a note that stays.
    moments = plan.moments(items, items[0].voice) if items else {}
    for mark in orphans:
        if mark.start in plan.cut:
            continue
        end = next(one for one in ends if one.mark is mark)
        partner = _partner(ends, end)
        near = _nearest(list(moments), end, partner)
        if near is not None:
            end.now = near
            moments[near].append(mark)
            plan.lost["slur"] -= end.starts
        elif partner is not None:
            plan.cut.add(partner.mark.start)
            plan.lost["slur"] += not end.starts
        else:
            plan.lost["slur"] += mark.attributes.get("type") == "stop"
    plan.lost = +plan.lost


@dataclass(slots=True)
class _SlurEnd:
    """One end of a slur, where it stood and where it stands now."""

    mark: Element
    was: int
    now: int

    @property
    def starts(self) -> bool:
        return self.mark.attributes.get("type") == "start"

    @property
    def number(self) -> str:
        return self.mark.attributes.get("number", "1")


def _partner(ends: Sequence[_SlurEnd], end: _SlurEnd) -> _SlurEnd | None:
    """Return the other end of a slur, if it lies in this measure."""
    same = [one for one in ends if one.number == end.number and one.starts != end.starts]
    if end.starts:
        return next((one for one in same if one.was > end.was), None)
    return next((one for one in reversed(same) if one.was < end.was), None)


def _nearest(moments: Sequence[int], end: _SlurEnd, partner: _SlurEnd | None) -> int | None:
    """Return the moment to which an end of a slur goes: the nearest one under the slur, or none."""
    before = [at for at in moments if at < end.was]
    behind = [at for at in moments if at > end.was]
    if partner is not None and end.starts:
        return next((at for at in behind if at < partner.now), None)
    if partner is not None:
        return next((at for at in reversed(before) if at > partner.now), None)
    under, beyond = (behind, before[::-1]) if end.starts else (before[::-1], behind)
    return next(iter([*under, *beyond]), None)


# -- making it -------------------------------------------------------------------------

Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class NoteChanges:
    """What has changed in a measure of a part."""

    # onset, pitch and duration of the notes that the document has and the score has no more, in
    # ticks
    gone: tuple[tuple[int, int, int], ...]
    # notes that the document has not, each with its staff
    fresh: tuple[tuple[Note, int], ...]
    # first tick of the measure, and first tick after it
    start: int
    end: int
    # ticks a quarter
    resolution: int

    def clip(self, onset: int, end: int) -> Span:
        """Return the part of a time that lies in the measure, from its start."""
        return max(onset, self.start) - self.start, min(end, self.end) - self.start


def make_plan(part: XmlPart, opened: ParsedMeasure, changes: NoteChanges) -> MeasurePlan:
    """Decide what becomes of the notes of a measure."""
    plan, items = MeasurePlan(), opened.items
    fresh = _fresh_by_span(changes)
    for tied, span in _chains(opened.measure, changes):
        # A new note of the same time is the old one with another pitch: the one nearest in pitch.
        pitch, staff = tied[0].pitch, tied[0].staff
        others = [pair for pair in fresh.get(span, ()) if pair[1] in (0, staff)]
        if others:
            pair = min(others, key=lambda pair: abs(pair[0].pitch - pitch))
            fresh[span].remove(pair)
            plan.pitches |= {written.start: pair[0] for written in tied}
        else:
            plan.removed |= {written.start for written in tied}
    for span, pairs in sorted(fresh.items()):
        for staff in sorted({staff for _, staff in pairs}):
            notes = [note for note, where in pairs if where == staff]
            _place(plan, part, items, span, staff, notes)
    _remove_rests(plan, items)
    move_marks(plan, items)
    return plan


def _fresh_by_span(changes: NoteChanges) -> dict[Span, list[tuple[Note, int]]]:
    found: dict[Span, list[tuple[Note, int]]] = defaultdict(list)
    for note, staff in changes.fresh:
        found[changes.clip(note.onset, note.end)].append((note, staff))
    return found


def _chains(measure: XmlMeasure, changes: NoteChanges) -> Iterator[tuple[list[WrittenNote], Span]]:
    """Yield the written notes of each note that is gone, those first that remain another note's in pitch."""
    left = list(measure.notes)
    # two notes of one pitch may begin together: each takes written notes that no other has taken
    for onset, pitch, duration in sorted(changes.gone):
        span = changes.clip(onset, onset + duration)
        tied = find_chain(left, pitch, span, changes.resolution)
        if tied:
            left = [note for note in left if note not in tied]
            yield tied, span


def _place(
    plan: MeasurePlan,
    part: XmlPart,
    items: Sequence[MeasureItem],
    span: Span,
    staff: int,
    notes: list[Note],
) -> None:
    """Add notes to the chord that has their time and stays, or in a voice that is free."""
    staff = staff or 1
    on_staff = [item for item in items if item.staff == staff]
    for item in on_staff:
        is_same = item.kind == "note" and (item.at, item.end) == span
        if is_same and plan.stays(item):
            plan.added[item.elements[0].start] += notes
            return
    used = [item.voice for item in on_staff if item.takes_time]
    names = list(dict.fromkeys([*used, *part.voices(staff), *part.free_voices(8)]))
    # best the voice of a note that is gone, so that new notes go on in the line of the old ones
    gone = (item for item in items if item.kind == "note" and not plan.stays(item))
    left = {item.voice for item in gone if _meet(item, span)}
    names.sort(key=lambda name: name not in left)
    free = (name for name in names if _is_free(plan, items, name, span))
    voice = next(free, names[-1])
    plan.chords.append(NewChord(*span, notes, staff, voice))
    plan.voices.add(voice)


def _meet(timed: MeasureItem | NewChord, span: Span) -> bool:
    start, end = span
    return timed.at < end and start < timed.end


def _is_free(plan: MeasurePlan, items: Sequence[MeasureItem], voice: str, span: Span) -> bool:
    mine = (item for item in items if item.voice == voice and item.kind in _CHORDS)
    new = (chord for chord in plan.chords if chord.voice == voice)
    if any(_meet(item, span) and plan.stays(item) for item in mine):
        return False
    return not any(_meet(chord, span) for chord in new)


def _remove_rests(plan: MeasurePlan, items: Sequence[MeasureItem]) -> None:
    rests = [item for item in items if item.kind in ("rest", "skip")]
    for chord in plan.chords:
        for item in rests:
            if item.voice == chord.voice and _meet(item, (chord.at, chord.end)):
                plan.removed.add(item.elements[0].start)
    plan.voices |= {item.voice for item in items if item.kind == "note" and not plan.stays(item)}
