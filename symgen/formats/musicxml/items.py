"""The children of a measure as items in time: chords, rests and what stands between them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from symgen.formats.musicxml.engraving import whole
from symgen.formats.musicxml.reading import walk_measure
from symgen.formats.musicxml.source import State, Written, XmlMeasure
from symgen.formats.musicxml.tree import Element, parse

__all__ = ["Item", "Opened", "find_chain", "open_measure"]

_CHORDS = ("note", "cue")


@dataclass(frozen=True, slots=True)
class Item:
    """A chord, a rest or another child of a measure."""

    # ``"note"``, ``"rest"``, ``"cue"``, ``"skip"``, ``"grace"`` or ``"other"``, as of a `Place`.
    kind: str
    # of a chord one a note.
    elements: tuple[Element, ...]
    # ticks, from the measure's start.
    at: int
    # ticks that each element lasts.
    lengths: tuple[int, ...]
    staff: int
    # of what is no note, the voice of the note that follows, or of the one before a step back.
    voice: str
    # what holds behind it.
    state: State

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
class Opened:
    """A measure with all that is in it."""

    measure: XmlMeasure
    element: Element
    # in the order of the document, without steps back.
    items: tuple[Item, ...]


def open_measure(data: bytes, measure: XmlMeasure, resolution: int) -> Opened:
    """Read a measure of a document again, with all that is in it."""
    element = parse(data, measure.start, measure.end)
    return Opened(measure, element, tuple(_items(element, measure.before, resolution)))


def _items(element: Element, before: State, resolution: int) -> list[Item]:
    items: list[Item] = []
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
        if place.kind == "other" or (place.kind == "skip" and not child.find("voice")):
            waiting += [len(items)] if place.kind == "other" or not voice else []
        else:
            voice, staff = child.value("voice", "1"), child.value("staff", "1")
            for i in waiting:
                items[i] = replace(items[i], staff=_number(staff), voice=voice)
            waiting.clear()
        if child.find("chord") and items and items[-1].kind in _CHORDS and items[-1].at == at:
            items[-1] = _joined(items[-1], child, length, place.kind)
        else:
            items.append(
                Item(place.kind, (child,), at, (length,), _number(staff), voice or "1", place.state)
            )
    return items


def _number(staff: str) -> int:
    return max(1, whole(staff or "1"))


def _joined(item: Item, note: Element, length: int, kind: str) -> Item:
    kind = "note" if "note" in (kind, item.kind) else kind
    return replace(
        item, kind=kind, elements=(*item.elements, note), lengths=(*item.lengths, length)
    )


def find_chain(
    notes: Iterable[Written], pitch: int, span: tuple[int, int], resolution: int
) -> list[Written]:
    """Return the notes that together are one sounding note, tied to one another."""
    at, end = span
    chain: list[Written] = []
    mine = [note for note in notes if note.pitch == pitch]
    while at < end:
        steps = [
            (round((note.onset + note.duration) * resolution), note)
            for note in mine
            if round(note.onset * resolution) == at
        ]
        fitting = [step for step in steps if at < step[0] <= end]
        if not fitting:
            return []
        at, note = max(fitting, key=lambda step: step[0])
        chain.append(note)
    return chain
