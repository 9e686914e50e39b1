"""Which notes of a measure of a MusicXML document go, which get another pitch, and where new ones come."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from symgen.formats.musicxml.items import Item, Opened, find_chain
from symgen.formats.musicxml.plan import NewChord, Plan, move_marks
from symgen.formats.musicxml.source import Written, XmlMeasure, XmlPart
from symgen.music.score import Note

__all__ = ["Changes", "make_plan"]

Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Changes:
    """What has changed in a measure of a part."""

    # onset, pitch and duration of the notes that the document has and the score has no more, in
    # ticks.
    gone: tuple[tuple[int, int, int], ...]
    # notes that the document has not, each with its staff.
    fresh: tuple[tuple[Note, int], ...]
    # first tick of the measure, and first tick after it.
    start: int
    end: int
    # ticks a quarter.
    resolution: int

    def clip(self, onset: int, end: int) -> Span:
        """Return the part of a time that lies in the measure, from its start."""
        return max(onset, self.start) - self.start, min(end, self.end) - self.start


def make_plan(part: XmlPart, opened: Opened, changes: Changes) -> Plan:
    """Decide what becomes of the notes of a measure."""
    plan, items = Plan(), opened.items
    fresh = _fresh_by_span(changes)
    for chain, span in _chains(opened.measure, changes):
        staff = chain[0].staff
        others = [note for note, where in fresh.get(span, ()) if where in (0, staff)]
        if others:
            new = min(others, key=lambda note: abs(note.pitch - chain[0].pitch))
            fresh[span].remove(next(pair for pair in fresh[span] if pair[0] is new))
            plan.pitches |= {written.start: new for written in chain}
        else:
            plan.removed |= {written.start for written in chain}
    for span, notes in sorted(fresh.items()):
        for staff in sorted({staff for _, staff in notes}):
            _place(
                plan, part, items, span, staff, [note for note, where in notes if where == staff]
            )
    _remove_rests(plan, items)
    move_marks(plan, items)
    return plan


def _fresh_by_span(changes: Changes) -> dict[Span, list[tuple[Note, int]]]:
    found: dict[Span, list[tuple[Note, int]]] = defaultdict(list)
    for note, staff in changes.fresh:
        found[changes.clip(note.onset, note.end)].append((note, staff))
    return found


def _chains(measure: XmlMeasure, changes: Changes) -> Iterator[tuple[list[Written], Span]]:
    """Yield the written notes of each note that is gone, those first that remain another note's in pitch."""
    left = list(measure.notes)
    for onset, pitch, duration in sorted(changes.gone):
        span = changes.clip(onset, onset + duration)
        chain = find_chain(left, pitch, span, changes.resolution)
        if chain:
            left = [note for note in left if note not in chain]
            yield chain, span


def _place(
    plan: Plan, part: XmlPart, items: Sequence[Item], span: Span, staff: int, notes: list[Note]
) -> None:
    """Add notes to the chord that has their time and stays, or in a voice that is free."""
    staff = staff or 1
    for item in items:
        if (
            item.kind == "note"
            and item.staff == staff
            and (item.at, item.end) == span
            and plan.stays(item)
        ):
            plan.added[item.elements[0].start] += notes
            return
    here = list(
        dict.fromkeys(item.voice for item in items if item.takes_time and item.staff == staff)
    )
    names = list(dict.fromkeys([*here, *part.voices(staff), *part.free_voices(8)]))
    was = {
        item.voice
        for item in items
        if item.kind == "note" and not plan.stays(item) and _meet(item, span)
    }
    names.sort(key=lambda name: name not in was)
    voice = next((name for name in names if _is_free(plan, items, name, span)), names[-1])
    plan.chords.append(NewChord(*span, notes, staff, voice))
    plan.voices.add(voice)


def _meet(item: Item, span: Span) -> bool:
    return item.at < span[1] and span[0] < item.end


def _is_free(plan: Plan, items: Sequence[Item], voice: str, span: Span) -> bool:
    sounding = (item for item in items if item.voice == voice and item.kind in ("note", "cue"))
    mine = (chord for chord in plan.chords if chord.voice == voice)
    return not any(_meet(item, span) and plan.stays(item) for item in sounding) and not any(
        chord.at < span[1] and span[0] < chord.end for chord in mine
    )


def _remove_rests(plan: Plan, items: Sequence[Item]) -> None:
    for chord in plan.chords:
        for item in items:
            if (
                item.kind in ("rest", "skip")
                and item.voice == chord.voice
                and _meet(item, (chord.at, chord.end))
            ):
                plan.removed.add(item.elements[0].start)
    plan.voices |= {item.voice for item in items if item.kind == "note" and not plan.stays(item)}
