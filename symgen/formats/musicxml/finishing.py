"""What a page needs once all notes of a measure stand: accidentals, beams and brackets of tuplets."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence, Set
from fractions import Fraction
from xml.etree import ElementTree as Xml

from symgen.formats.musicxml.beaming import Stem, beams, brackets
from symgen.formats.musicxml.engraving import number, whole
from symgen.formats.musicxml.reading import walk_measure
from symgen.formats.musicxml.source import Place, State
from symgen.formats.musicxml.spelling import signs
from symgen.formats.musicxml.style import space_before
from symgen.formats.musicxml.tree import Element, parse, splice
from symgen.music.meter import Meter

__all__ = ["finish", "group_notes", "mark_accidentals"]

Edit = tuple[int, int, bytes]

_BEHIND_SIGN = (
    "time-modification",
    "stem",
    "notehead",
    "staff",
    "beam",
    "notations",
    "lyric",
    "play",
)
_BEHIND_BEAM = ("notations", "lyric", "play")
"""What follows an accidental, and a beam, in a note."""


# -- measures that are written ----------------------------------------------------------


def mark_accidentals(measure: Xml.Element, sharps: int, staff: str = "") -> None:
    """Add the accidentals that a reader of the page needs to the notes of one staff, empty for notes that name none."""
    notes = [note for _, note in _in_time(measure) if note.find("pitch") is not None]
    notes = [note for note in notes if note.findtext("staff", "") == staff]
    for note, sign in zip(notes, signs(map(_pitch, notes), sharps), strict=True):
        if sign:
            element = Xml.Element("accidental")
            element.text = sign
            note.insert(
                next((i for i, child in enumerate(note) if child.tag in _BEHIND_SIGN), len(note)),
                element,
            )


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
    """Add beams, and brackets of tuplets, to a measure that has none."""
    voices: dict[str, list[tuple[Xml.Element, Stem]]] = defaultdict(list)
    for onset, note in _in_time(measure):
        if note.find("chord") is None:
            onset_quarters = Fraction(onset) / divisions + lead
            voices[note.findtext("voice", "1")].append(
                (note, _stem_of(note, onset_quarters, divisions))
            )
    for voice in voices.values():
        stems = [stem for _, stem in voice]
        for (note, _), levels, mark in zip(
            voice, beams(stems, meter.beat_quarters), brackets(stems), strict=True
        ):
            behind = next(
                (i for i, child in enumerate(note) if child.tag in _BEHIND_BEAM), len(note)
            )
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
    ratio = (
        whole(note.findtext("time-modification/actual-notes", "1")),
        whole(note.findtext("time-modification/normal-notes", "1")),
    )
    length = Fraction(note.findtext("duration", "0")) / divisions
    return Stem(onset, length, note.findtext("type", ""), note.find("rest") is not None, ratio)


# -- measures of a document ---------------------------------------------------------------


def finish(body: bytes, before: State, voices: Set[str]) -> bytes:
    """Add to a measure of a document what a page needs."""
    head, tail = b"<measure>", b"</measure>"
    data = head + body + tail
    places = sorted(walk_measure(parse(data), before), key=lambda place: place.onset)
    edits = [*_sign_edits(data, places, before), *_group_edits(data, places, voices)]
    return splice(data, edits)[len(head) : -len(tail)]


def _sign_edits(data: bytes, places: Sequence[Place], before: State) -> Iterator[Edit]:
    pitched = [place for place in places if place.kind == "note" and place.element.find("pitch")]
    for staff in sorted({_staff(place) for place in pitched}):
        here = [place for place in pitched if _staff(place) == staff]
        for place, sign in zip(
            here, signs(map(_written_pitch, here), before.sharps_of(staff)), strict=True
        ):
            if sign and not place.element.find("accidental"):
                yield _inserted(
                    data, place.element, _BEHIND_SIGN, f"<accidental>{sign}</accidental>"
                )


def _group_edits(data: bytes, places: Sequence[Place], voices: Set[str]) -> Iterator[Edit]:
    for voice in sorted(voices):
        here = [
            place
            for place in places
            if place.kind in ("note", "rest") and not place.element.find("chord")
        ]
        here = [place for place in here if place.element.value("voice", "1") == voice]
        stems = [_stem(place) for place in here]
        beat = here[0].state.meter.beat_quarters if here else Fraction(1)
        for place, levels, mark in zip(here, beams(stems, beat), brackets(stems), strict=True):
            for level, kind in enumerate(levels, 1):
                yield _inserted(
                    data, place.element, _BEHIND_BEAM, f'<beam number="{level}">{kind}</beam>'
                )
            if mark:
                bracket = f'<notations><tuplet type="{mark}"/></notations>'
                yield _inserted(data, place.element, ("lyric", "play", "listen"), bracket)


def _inserted(data: bytes, note: Element, ahead: Sequence[str], new: str) -> Edit:
    """Put an element into a note, before what follows it by the rules of MusicXML, and spaced as others are."""
    at = next((child.start for child in note.children if child.tag in ahead), note.inner_end)
    at -= len(space_before(data, at))
    return at, at, space_before(data, note.children[0].start) + new.encode()


def _stem(place: Place) -> Stem:
    note = place.element
    ratio = (
        whole(note.value("time-modification/actual-notes", "1")),
        whole(note.value("time-modification/normal-notes", "1")),
    )
    return Stem(place.onset, place.duration, note.value("type"), place.kind == "rest", ratio)


def _staff(place: Place) -> int:
    return max(1, whole(place.element.value("staff", "1")))


def _written_pitch(place: Place) -> tuple[str, str, int]:
    note = place.element
    tied = any(tie.attributes.get("type") == "stop" for tie in note.all("tie"))
    return (
        "" if tied else note.value("pitch/step"),
        note.value("pitch/octave"),
        whole(note.value("pitch/alter", "0")),
    )
