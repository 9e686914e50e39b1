"""A MusicXML document at other pitches: notes, key signatures, chord symbols, and nothing else."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import replace
from math import floor

from symgen.formats.musicxml.document import XmlPart
from symgen.formats.musicxml.reading import read_document
from symgen.formats.musicxml.tree import Edit, Element, cut_out, number, parse, splice, whole
from symgen.music.sources import SourcePart, XmlDocument
from symgen.music.theory import LETTERS

__all__ = ["transposed_document"]

# Along the line of fifths a key signature and all that is written in it move by the same number of
# places. So a note that needed no accidental needs none, and one that had one has another one.
_FIFTHS = "FCGDAEB"
_ACCIDENTALS = {-2: "flat-flat", -1: "flat", 0: "natural", 1: "sharp", 2: "double-sharp"}
_MOST_ALTERED = 2
# Where to put a finger says nothing of the new pitch.
_FINGERED = ("fret", "string")


def transposed_document(
    source: XmlDocument, semitones: int, parts: Collection[int]
) -> XmlDocument | None:
    """Move some parts of a score in its document; None where a staff of a part would stay behind."""
    document = read_document(source.data)
    moving = {source.places[part][0] for part in parts}
    if moving & {place[0] for i, place in enumerate(source.places) if i not in parts}:
        return None
    edits: list[Edit] = []
    for index in sorted(moving):
        edits += _PartMover(document.data, semitones).edits(document.parts[index])
    data = splice(document.data, edits)
    if document.encoding != "utf-8":
        data = data.decode().encode(document.encoding)
    rows = tuple(
        _moved(part, semitones) if i in parts else part for i, part in enumerate(source.parts)
    )
    return replace(source, data=data, parts=rows, symbols=None)


def _moved(part: SourcePart, semitones: int) -> SourcePart:
    notes = ((onset, pitch + semitones, duration) for onset, pitch, duration in part.notes)
    return replace(part, notes=tuple(notes))


class _PartMover:
    """Finds what changes in one part, in the order of the document."""

    def __init__(self, data: bytes, semitones: int) -> None:
        self._data, self._semitones = data, semitones
        # By staff, how many places on the line of fifths the signature moved; 0 for all others.
        self._places = {0: self._signature(0)}

    def edits(self, part: XmlPart) -> Iterator[Edit]:
        """Yield the edits of a part, measure by measure."""
        is_opened = False
        for measure in part.measures:
            for element in parse(self._data, measure.start, measure.end).children:
                if element.tag == "note":
                    yield from self._note(element)
                elif element.tag == "attributes":
                    yield from self._attributes(element, is_first=not is_opened)
                    is_opened = True
                elif element.tag == "harmony":
                    yield from self._harmony(element)

    def _attributes(self, attributes: Element, *, is_first: bool) -> Iterator[Edit]:
        for key in attributes.all("key"):
            yield from self._key(key)
        if is_first and self._places.get(0) and not attributes.find("key"):
            # No signature means none of sharps or flats, and now there are some.
            divisions = attributes.find("divisions")
            at = divisions.end if divisions else attributes.inner
            yield at, at, f"<key><fifths>{self._places[0]}</fifths></key>".encode()

    def _signature(self, sharps: int) -> int:
        """Return how many places a signature moves: to one of five flats up to six sharps."""
        # By whole octaves it stays as it is written, with seven sharps even.
        moves = self._semitones % 12
        return (sharps + 7 * self._semitones + 5) % 12 - 5 - sharps if moves else 0

    def _key(self, key: Element) -> Iterator[Edit]:
        sharps = whole(key.value("fifths", "0"))
        staff = whole(key.attributes.get("number", "0"))
        places = self._signature(sharps)
        if staff == 0:
            self._places = {}
        self._places[staff] = places
        for tag in ("fifths", "cancel"):
            for element in key.all(tag):
                yield _text(element, whole(element.text) + places)

    def _note(self, note: Element) -> Iterator[Edit]:
        pitch = note.find("pitch")
        if pitch is not None and pitch.value("step") in LETTERS:
            staff = whole(note.value("staff", "1"))
            moved = self._places.get(staff, self._places.get(0, 0))
            step, alter = _spelled(pitch.value("step"), number(pitch.value("alter")), moved)
            written = 12 * whole(pitch.value("octave")) + LETTERS[pitch.value("step")]
            written += floor(number(pitch.value("alter"))) + self._semitones
            octave = (written - floor(alter) - LETTERS[step]) // 12
            yield pitch.start, pitch.end, _pitch(step, alter, octave)
            for mark in note.all("accidental"):
                if alter in _ACCIDENTALS:
                    yield _text(mark, _ACCIDENTALS[int(alter)])
        for element in note.walk():
            if element.tag in _FINGERED:
                yield cut_out(self._data, element.start, element.end)

    def _harmony(self, harmony: Element) -> Iterator[Edit]:
        moved = self._places.get(1, self._places.get(0, 0))
        for element in harmony.walk():
            kind = element.tag
            step = element.find(f"{kind}-step") if kind in ("root", "bass") else None
            if step is not None and step.text.strip() in LETTERS:
                before = number(element.value(f"{kind}-alter"))
                letter, alter = _spelled(step.text.strip(), before, moved)
                # Anew, without what may say that another text is shown.
                new = f"<{kind}-step>{letter}</{kind}-step>"
                mark = element.find(f"{kind}-alter")
                if mark is not None:
                    yield _text(mark, f"{alter:g}")
                elif alter:
                    new += f"<{kind}-alter>{alter:g}</{kind}-alter>"
                yield step.start, step.end, new.encode()
        for frame in harmony.all("frame"):
            yield cut_out(self._data, frame.start, frame.end)


def _spelled(step: str, alter: float, places: int) -> tuple[str, float]:
    """Move a letter and its alteration along the line of fifths; three sharps or flats become another letter."""
    between = alter - floor(alter)  # a quarter tone stays one
    place = _FIFTHS.index(step) + 7 * floor(alter) + places
    while abs(place // 7) > _MOST_ALTERED:
        place += 12 if place < 0 else -12
    return _FIFTHS[place % 7], place // 7 + between


def _pitch(step: str, alter: float, octave: int) -> bytes:
    altered = f"<alter>{alter:g}</alter>" if alter else ""
    return f"<pitch><step>{step}</step>{altered}<octave>{octave}</octave></pitch>".encode()


def _text(element: Element, value: object) -> Edit:
    """Give an element another text."""
    if element.inner == element.end:  # one tag is all of it
        return element.start, element.end, f"<{element.tag}>{value}</{element.tag}>".encode()
    return element.inner, element.inner_end, str(value).encode()
