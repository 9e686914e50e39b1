"""Accidentals, beams and brackets of tuplets, in measures that are made and in those of a document."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence, Set
from fractions import Fraction
from xml.etree import ElementTree as Xml

from symgen.formats.musicxml.document import Attributes, TimedElement
from symgen.formats.musicxml.reading import walk_measure
from symgen.formats.musicxml.tree import Edit, Element, number, parse, space_before, splice, whole
from symgen.formats.values import Stem, beams, brackets
from symgen.music.meter import Meter
from symgen.music.theory import BY_FIFTHS

__all__ = [
    "complete_notation",
    "group_notes",
    "mark_accidentals",
    "needed_accidentals",
]

# -- accidentals -----------------------------------------------------------------------

_SIGNS = {-2: "flat-flat", -1: "flat", 0: "natural", 1: "sharp", 2: "double-sharp"}


def needed_accidentals(pitches: Iterable[tuple[str, str, int]], sharps: int) -> list[str]:
    """Return MusicXML's names of the accidentals that a reader of the page needs, empty for none."""
    # An accidental holds for its letter in its octave up to the bar line. The notes are those of one
    # staff in one bar, in the order of time, as letter, octave and alteration; those that are tied to
    # the note before them need no accidental and come without a letter.
    altered: dict[tuple[str, str], int] = {}
    found = []
    for step, octave, alter in pitches:
        before = altered.get((step, octave), _in_key(step, sharps))
        found.append(_SIGNS.get(alter, "") if step and alter != before else "")
        altered[step, octave] = alter
    return found


def _in_key(step: str, sharps: int) -> int:
    """Return how a key signature alters a letter."""
    place = BY_FIFTHS.find(step)
    return (sharps + 6 - place) // 7 if place >= 0 else 0


_BEHIND_BEAM = ("notations", "lyric", "play")
_BEHIND_SIGN = ("time-modification", "stem", "notehead", "staff", "beam", *_BEHIND_BEAM)
_BEHIND_NOTATIONS = ("lyric", "play", "listen")
"""What follows an accidental, a beam and notations in a note."""


# -- measures that are written ---------------------------------------------------------
# Done twice, for elements that are made and for bytes that stand in a document: there every element
# is put in by itself, with the space that the document has before others.


def mark_accidentals(measure: Xml.Element, sharps: int, staff: str = "") -> None:
    """Add the accidentals that a reader of the page needs to the notes of one staff, empty for notes that name none."""
    notes = [note for _, note in _in_time(measure) if note.find("pitch") is not None]
    notes = [note for note in notes if note.findtext("staff", "") == staff]
    needed = needed_accidentals(map(_pitch, notes), sharps)
    for note, sign in zip(notes, needed, strict=True):
        if sign:
            element = Xml.Element("accidental")
            element.text = sign
            note.insert(_place_before(note, _BEHIND_SIGN), element)


def _place_before(note: Xml.Element, behind: Sequence[str]) -> int:
    """Return where an element goes that comes before others, in the order that MusicXML prescribes."""
    places = (place for place, child in enumerate(note) if child.tag in behind)
    return next(places, len(note))


def _pitch(note: Xml.Element) -> tuple[str, str, int]:
    tied = any(tie.get("type") == "stop" for tie in note.iter("tie"))
    step = "" if tied else note.findtext("pitch/step", "")
    return step, note.findtext("pitch/octave", ""), whole(note.findtext("pitch/alter", "0"))


def _in_time(measure: Xml.Element) -> list[tuple[float, Xml.Element]]:
    """Return the notes of a measure with their times in divisions, in their order."""
    found: list[tuple[float, Xml.Element]] = []
    now = before = 0.0
    for element in measure:
        length = abs(number(element.findtext("duration", "0")))
        if element.tag == "note":
            joins = element.find("chord") is not None
            onset = before if joins else now
            found.append((onset, element))
            before, now = onset, now if joins else onset + length
        elif element.tag in ("backup", "forward"):
            now += length if element.tag == "forward" else -length
    return sorted(found, key=lambda pair: pair[0])


def group_notes(
    measure: Xml.Element, meter: Meter, divisions: Fraction, lead: Fraction = Fraction(0)
) -> None:
    """Add beams and brackets to a measure that has none; `lead` is what a pickup lacks, in quarters."""
    voices: dict[str, list[tuple[Xml.Element, Stem]]] = defaultdict(list)
    for onset, note in _in_time(measure):
        if note.find("chord") is None:
            stem = _stem_of(note, Fraction(onset) / divisions + lead, divisions)
            voices[note.findtext("voice", "1")].append((note, stem))
    for voice in voices.values():
        notes = [note for note, _ in voice]
        stems = [stem for _, stem in voice]
        beamed = beams(stems, meter.beat_quarters)
        for note, levels, mark in zip(notes, beamed, brackets(stems), strict=True):
            behind = _place_before(note, _BEHIND_BEAM)
            for level, kind in enumerate(levels, 1):
                element = Xml.Element("beam", number=str(level))
                element.text = kind
                note.insert(behind + level - 1, element)
            if mark:
                notations = note.find("notations")
                if notations is None:
                    notations = Xml.Element("notations")
                    note.insert(behind + len(levels), notations)
                Xml.SubElement(notations, "tuplet", type=mark)


def _stem_of(note: Xml.Element, onset: Fraction, divisions: Fraction) -> Stem:
    actual = whole(note.findtext("time-modification/actual-notes", "1"))
    normal = whole(note.findtext("time-modification/normal-notes", "1"))
    length = Fraction(note.findtext("duration", "0")) / divisions
    is_rest = note.find("rest") is not None
    return Stem(onset, length, note.findtext("type", ""), is_rest, (actual, normal))


# -- measures of a document ---------------------------------------------------------------


def complete_notation(body: bytes, before: Attributes, voices: Set[str]) -> bytes:
    """Add accidentals that a page needs to a measure of a document, and beams and brackets to some voices."""
    head, tail = b"<measure>", b"</measure>"
    data = head + body + tail
    places = sorted(walk_measure(parse(data), before), key=lambda place: place.onset)
    edits = [*_sign_edits(data, places, before), *_group_edits(data, places, voices)]
    return splice(data, edits)[len(head) : -len(tail)]


def _sign_edits(data: bytes, places: Sequence[TimedElement], before: Attributes) -> Iterator[Edit]:
    pitched = [place for place in places if place.kind == "note" and place.element.find("pitch")]
    for staff in sorted({_staff(place) for place in pitched}):
        here = [place for place in pitched if _staff(place) == staff]
        needed = needed_accidentals(map(_written_pitch, here), before.sharps_of(staff))
        for place, sign in zip(here, needed, strict=True):
            if sign and not place.element.find("accidental"):
                new = f"<accidental>{sign}</accidental>"
                yield _inserted(data, place.element, _BEHIND_SIGN, new)


def _group_edits(data: bytes, places: Sequence[TimedElement], voices: Set[str]) -> Iterator[Edit]:
    timed = [place for place in places if place.kind in ("note", "rest")]
    firsts = [place for place in timed if not place.element.find("chord")]
    for voice in sorted(voices):
        here = [place for place in firsts if place.element.value("voice", "1") == voice]
        stems = [_stem(place) for place in here]
        beat = here[0].state.meter.beat_quarters if here else Fraction(1)
        for place, levels, mark in zip(here, beams(stems, beat), brackets(stems), strict=True):
            for level, kind in enumerate(levels, 1):
                beam = f'<beam number="{level}">{kind}</beam>'
                yield _inserted(data, place.element, _BEHIND_BEAM, beam)
            if mark:
                bracket = f'<notations><tuplet type="{mark}"/></notations>'
                yield _inserted(data, place.element, _BEHIND_NOTATIONS, bracket)


def _inserted(data: bytes, note: Element, ahead: Sequence[str], new: str) -> Edit:
    """Put an element into a note, before what follows it by the rules of MusicXML, and spaced as others are."""
    at = next((child.start for child in note.children if child.tag in ahead), note.inner_end)
    at -= len(space_before(data, at))
    return at, at, space_before(data, note.children[0].start) + new.encode()


def _stem(place: TimedElement) -> Stem:
    note = place.element
    actual = whole(note.value("time-modification/actual-notes", "1"))
    normal = whole(note.value("time-modification/normal-notes", "1"))
    is_rest = place.kind == "rest"
    return Stem(place.onset, place.duration, note.value("type"), is_rest, (actual, normal))


def _staff(place: TimedElement) -> int:
    return max(1, whole(place.element.value("staff", "1")))


def _written_pitch(place: TimedElement) -> tuple[str, str, int]:
    note = place.element
    tied = any(tie.attributes.get("type") == "stop" for tie in note.all("tie"))
    step = "" if tied else note.value("pitch/step")
    return step, note.value("pitch/octave"), whole(note.value("pitch/alter", "0"))
