"""Notes of a MusicXML document that stay, with another pitch, other ties and more signs where that is planned."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from symgen.formats.musicxml.engraving import number
from symgen.formats.musicxml.items import Item
from symgen.formats.musicxml.plan import Plan
from symgen.formats.musicxml.style import Sheet, space_before
from symgen.formats.musicxml.tree import Element, splice
from symgen.music.score import Note

__all__ = ["NoteEdits"]

Edit = tuple[int, int, bytes]

_COUNTED = ("duration", "offset", "divisions")
"""Elements whose numbers are counted in divisions."""
_AT_END = ("lyric", "play", "listen")
_OF_PITCH = ("accidental", "stem")
_OF_ONE = ("lyric", "notations", "beam", *_OF_PITCH, "chord", "tie")
"""What a note that joins a chord does not take over."""


@dataclass(frozen=True, slots=True)
class NoteEdits:
    """Writes the children of a measure that stay."""

    sheet: Sheet
    plan: Plan
    # by how much finer divisions are than they were.
    scale: int
    # first tick of the measure in the score.
    start: int

    def kept(self, item: Item) -> Iterator[tuple[Element | None, bytes]]:
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
        return (b"<notations>" + notations + b"</notations>" if notations else b"") + lyrics

    def _note(self, item: Item, element: Element, *, is_first: bool) -> list[Edit]:
        edits: list[Edit] = []
        if is_first:
            edits += [self._cut(chord) for chord in element.all("chord")]
            extra = self.marks(self.plan.extra.get(element.start, ()))
            if extra:
                at = next(
                    (child.start for child in element.children if child.tag in _AT_END),
                    element.inner_end,
                )
                edits.append((at, at, extra))
        if item.voice in self.plan.voices:
            edits += [self._cut(beam) for beam in element.all("beam")]
        for notations in element.all("notations"):
            for mark in notations.children:
                if mark.start in self.plan.cut or (
                    mark.tag == "tuplet" and item.voice in self.plan.voices
                ):
                    edits.append(self._cut(mark))
        if element.start in self.plan.pitches:
            edits += self._other_pitch(item, element, self.plan.pitches[element.start])
        return edits

    def _other_pitch(self, item: Item, element: Element, note: Note) -> list[Edit]:
        edits = [self._cut(child) for child in element.children if child.tag in _OF_PITCH]
        edits.append(self._pitch(item, element, note))
        wanted = self._ties(item, element, note)
        if wanted != {tie.attributes.get("type") for tie in element.all("tie")}:
            edits += [self._cut(tie) for tie in element.all("tie")]
            marks = (mark for notations in element.all("notations") for mark in notations.children)
            edits += [self._cut(mark) for mark in marks if mark.tag == "tied"]
            edits += self._tied(element, wanted)
        return edits

    def _pitch(self, item: Item, element: Element, note: Note) -> Edit:
        """Put another pitch in the place of the one that is there."""
        old = next(child for child in element.children if child.tag in ("pitch", "unpitched"))
        new = self.sheet.pen(item.staff, item.state).pitch(note.pitch)[0]
        space = space_before(self.sheet.data, old.start)
        return old.start, old.end, self.sheet.style.write(new, space)[len(space) :]

    def _ties(self, item: Item, element: Element, note: Note) -> set[str | None]:
        """Return the ties of a written note that is a piece of a sounding one."""
        onset, end = item.at + self.start, item.end_of(element) + self.start
        return {
            kind
            for kind, needed in (("stop", onset > note.onset), ("start", end < note.end))
            if needed
        }

    def _tied(self, element: Element, ties: set[str | None]) -> list[Edit]:
        duration = next(element.all("duration"))
        order = [kind for kind in ("stop", "start") if kind in ties]
        sounds = "".join(f'<tie type="{kind}"/>' for kind in order)
        signs = "".join(f'<tied type="{kind}"/>' for kind in order)
        at = next(
            (child.start for child in element.children if child.tag in _AT_END), element.inner_end
        )
        drawn = f"<notations>{signs}</notations>" if signs else ""
        return [(duration.end, duration.end, sounds.encode()), (at, at, drawn.encode())]

    def _joining(self, item: Item, host: Element, note: Note) -> bytes:
        """Return a note that joins a chord, written as another one of it is."""
        edits = [*self._counted(host), self._pitch(item, host, note)]
        edits += [self._cut(child) for child in host.children if child.tag in _OF_ONE]
        edits += [
            (host.inner, host.inner, b"<chord/>"),
            *self._tied(host, self._ties(item, host, note)),
        ]
        return self._spliced(host, edits)

    def _counted(self, element: Element) -> list[Edit]:
        """Count in finer divisions."""
        if self.scale == 1:
            return []
        return [
            (one.inner, one.inner_end, f"{number(one.text) * self.scale:g}".encode())
            for one in element.walk()
            if one.tag in _COUNTED
        ]

    def _cut(self, element: Element) -> Edit:
        return element.start - len(space_before(self.sheet.data, element.start)), element.end, b""

    def _bytes(self, element: Element) -> bytes:
        return self.sheet.data[element.start : element.end]

    def _spliced(self, element: Element, edits: Sequence[Edit]) -> bytes:
        moved = [(start - element.start, end - element.start, new) for start, end, new in edits]
        return splice(self._bytes(element), moved)
