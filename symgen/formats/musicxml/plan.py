"""What is done with a measure of a MusicXML document in which notes have changed, and what becomes of its signs.

A note that is another pitch now keeps its place, its words and its signs. Of a note that is gone, words and signs go to
the note that begins with it, the ends of a slur to the nearest one, and what finds no note is counted.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

from symgen.formats.musicxml.items import Item
from symgen.formats.musicxml.marks import note_marks
from symgen.formats.musicxml.tree import Element
from symgen.music.score import Note

__all__ = ["NewChord", "Plan", "move_marks"]

_BRACKETS = ("tied", "tuplet")
"""Notations that say what the note is, not how it is played."""


@dataclass(slots=True)
class NewChord:
    """Notes that are added in a voice."""

    # ticks, from the measure's start.
    at: int
    end: int
    notes: list[Note]
    staff: int
    voice: str
    # lyrics and notations that hung on a note that is gone.
    extra: list[Element] = field(default_factory=list)


@dataclass(slots=True)
class Plan:
    """What is done with a measure."""

    # first bytes of the elements that go.
    removed: set[int] = field(default_factory=set)
    # notes that others become, by the first byte of these.
    pitches: dict[int, Note] = field(default_factory=dict)
    # notes that a chord gets, by the first byte of its first one.
    added: dict[int, list[Note]] = field(default_factory=lambda: defaultdict(list))
    # lyrics and notations that a note gets, by its first byte.
    extra: dict[int, list[Element]] = field(default_factory=lambda: defaultdict(list))
    chords: list[NewChord] = field(default_factory=list)
    # those in which the rhythm is another one now: beams and brackets of tuplets go.
    voices: set[str] = field(default_factory=set)
    # first bytes of slurs that go from notes that stay.
    cut: set[int] = field(default_factory=set)
    # what hung on notes that are gone, by kind.
    lost: Counter[str] = field(default_factory=Counter)

    def stays(self, item: Item) -> list[Element]:
        """Return the elements of an item that stay."""
        return [element for element in item.elements if element.start not in self.removed]

    def moments(self, items: Sequence[Item], voice: str) -> dict[int, list[Element]]:
        """Return when the chords of a voice begin, each with the list of what its first note gets."""
        found: dict[int, list[Element]] = {}
        for item in items:
            if item.kind == "note" and item.voice == voice and self.stays(item):
                found[item.at] = self.extra[self.stays(item)[0].start]
        found |= {chord.at: chord.extra for chord in self.chords if chord.voice == voice}
        return dict(sorted(found.items()))


def move_marks(plan: Plan, items: Sequence[Item]) -> None:
    """Give lyrics and notations of notes that are gone to others, and count those that find none."""
    for voice in dict.fromkeys(item.voice for item in items):
        here = [item for item in items if item.voice == voice]
        homeless: list[Element] = []
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
                homeless += [mark for mark in _marks(element) if mark.tag == "slur"]
        _move_slurs(plan, here, homeless)


def _marks(note: Element) -> list[Element]:
    notations = [
        mark
        for group in note.all("notations")
        for mark in group.children
        if mark.tag not in _BRACKETS
    ]
    return [*notations, *note.all("lyric")]


def _move_slurs(plan: Plan, items: Sequence[Item], homeless: Sequence[Element]) -> None:
    """Let slurs of notes that are gone begin and end at the nearest notes; one of a single note goes."""
    ends = [
        _End(mark, item.at, item.at)
        for item in items
        for element in item.elements
        for mark in _marks(element)
        if mark.tag == "slur"
    ]
    moments = plan.moments(items, items[0].voice) if items else {}
    for mark in homeless:
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
class _End:
    """One end of a slur, where it stood and where it stands now."""

    mark: Element
    was: int
    now: int

    @property
    def starts(self) -> bool:
        return self.mark.attributes.get("type") == "start"


def _partner(ends: Sequence[_End], end: _End) -> _End | None:
    """Return the other end of a slur, if it lies in this measure."""
    number = end.mark.attributes.get("number", "1")
    same = [
        one
        for one in ends
        if one.mark.attributes.get("number", "1") == number and one.starts != end.starts
    ]
    if end.starts:
        return next((one for one in same if one.was > end.was), None)
    return next((one for one in reversed(same) if one.was < end.was), None)


def _nearest(moments: Sequence[int], end: _End, partner: _End | None) -> int | None:
    """Return the moment to which an end of a slur goes: the nearest one under the slur, or none."""
    before = [at for at in moments if at < end.was]
    behind = [at for at in moments if at > end.was]
    if partner is not None and end.starts:
        return next((at for at in behind if at < partner.now), None)
    if partner is not None:
        return next((at for at in reversed(before) if at > partner.now), None)
    under, beyond = (behind, before[::-1]) if end.starts else (before[::-1], behind)
    return next(iter([*under, *beyond]), None)
