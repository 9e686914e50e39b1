"""What stands in a MusicXML document besides notes: marks counted by kinds, and the words that are sung."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Mapping
from xml.etree import ElementTree as Xml

from symgen.formats.musicxml.reading import read_document, walk_measure
from symgen.formats.musicxml.tree import Element, parse, whole
from symgen.midi.events import MidiFile
from symgen.midi.lyrics import file_lyrics
from symgen.music.score import Score
from symgen.music.sources import TextDocument, XmlDocument

__all__ = [
    "describe_marks",
    "document_marks",
    "lyrics_of",
    "note_marks",
    "put_lyrics",
    "read_lyrics",
]

_GROUPS = {"articulations": "articulation", "ornaments": "ornament", "technical": "technical mark"}
_NOTATIONS = {
    "slur": "slur", "fermata": "fermata", "arpeggiate": "arpeggio", "non-arpeggiate": "arpeggio",
    "glissando": "glissando", "slide": "slide", "dynamics": "dynamic mark", "other-notation": "other notation",
}  # fmt: skip
_DIRECTIONS = {
    "dynamics": "dynamic mark", "wedge": "hairpin", "words": "direction in words", "rehearsal": "rehearsal mark",
    "segno": "segno", "coda": "coda", "pedal": "pedal mark", "octave-shift": "octave line", "dashes": "dashed line",
    "bracket": "bracket",
}  # fmt: skip
_CLOSING = ("stop", "continue", "change", "diminuendo-stop")


def note_marks(note: Element) -> Counter[str]:
    """Count what hangs on a note."""
    lyrics = [lyric for lyric in note.all("lyric") if lyric.find("text")]
    found = Counter({"lyric": len(lyrics)})
    found["grace note"] = 1 if note.find("grace") else 0
    for notations in note.all("notations"):
        for mark in notations.children:
            if mark.tag in _GROUPS:
                found[_GROUPS[mark.tag]] += len(mark.children)
            elif mark.tag in _NOTATIONS and mark.attributes.get("type") not in _CLOSING:
                found[_NOTATIONS[mark.tag]] += 1
    return +found


def document_marks(children: Iterable[Element]) -> Counter[str]:
    """Count what the children of measures hold besides notes."""
    found: Counter[str] = Counter()
    for child in children:
        if child.tag == "note":
            found += note_marks(child)
        elif child.tag == "harmony":
            found["chord symbol"] += 1
        elif child.tag == "figured-bass":
            found["bass figure"] += 1
        elif child.tag == "direction":
            for kind in child.all("direction-type"):
                signs = (sign for sign in kind.children if sign.tag in _DIRECTIONS)
                found.update(_DIRECTIONS[sign.tag] for sign in signs if _opens(sign))
        elif child.tag == "barline":
            found["repeat sign"] += sum(1 for _ in child.all("repeat"))
            found["ending"] += sum(1 for ending in child.all("ending") if _opens(ending))
    return +found


def _opens(mark: Element) -> bool:
    return mark.attributes.get("type") not in _CLOSING


def describe_marks(marks: Mapping[str, int]) -> str:
    """Return counts as text, such as ``"12 lyrics, 3 slurs"``, the most frequent first."""
    ordered = sorted(marks.items(), key=lambda pair: -pair[1])
    return ", ".join(f"{count} {_name(name, count)}" for name, count in ordered)


def _name(name: str, count: int) -> str:
    if count == 1:
        return name
    return "directions in words" if name == "direction in words" else f"{name}s"


# -- lyrics ----------------------------------------------------------------------------

_GOES_ON = ("begin", "middle")
# By whether a word went on before, and goes on.
_SYLLABIC = {
    (False, False): "single",
    (False, True): "begin",
    (True, True): "middle",
    (True, False): "end",
}


def lyrics_of(score: Score) -> list[dict[int, str]]:
    """Return the syllables of the file that a score was read from, for each part, by the tick of their note."""
    source, onsets = score.source, [{note.onset for note in part.notes} for part in score.parts]
    found: list[dict[int, str]] = []
    if isinstance(source, XmlDocument):
        found = read_lyrics(source, score.resolution)
    elif isinstance(source, MidiFile) and source.timing[0] == score.resolution:
        found = file_lyrics(source, onsets[: len(source.places)])
    elif isinstance(source, TextDocument):
        found = [{} for _ in onsets]
        for part, tick, text in source.words:
            found[part][tick] = text
    return [
        {tick: text for tick, text in said.items() if tick in there}
        for said, there in zip(found, onsets, strict=False)
    ]


def put_lyrics(measure: Xml.Element, lyrics: Mapping[int, str], start: int) -> None:
    """Put syllables to the notes of a measure that begins at a tick; a division is a tick."""
    ticks = sorted(lyrics)
    now = start
    for element in measure:
        if element.tag == "backup":
            return
        if element.tag != "note" or element.find("chord") is not None:
            continue
        is_struck = element.find("rest") is None and not any(
            tie.get("type") == "stop" for tie in element.iter("tie")
        )
        if now in lyrics and is_struck:
            before = ticks[: bisect_left(ticks, now)][-1:]
            goes_on = lyrics[now].endswith("-")
            went_on = bool(before) and lyrics[before[0]].endswith("-")
            lyric = Xml.SubElement(element, "lyric")
            syllabic = _SYLLABIC[went_on, goes_on]
            Xml.SubElement(lyric, "syllabic").text = syllabic
            Xml.SubElement(lyric, "text").text = lyrics[now].removesuffix("-")
        now += whole(element.findtext("duration", "0"))


def read_lyrics(source: XmlDocument, resolution: int) -> list[dict[int, str]]:
    """Return the syllables of the first verse by the tick of their note, for each part of a score."""
    document = read_document(source.data)
    found: list[dict[int, str]] = [{} for _ in source.places]
    by_place = dict(zip(source.places, found, strict=True))
    for index in {index for index, _ in source.places}:
        part = document.parts[index]
        for start, measure in zip(source.starts, part.measures, strict=False):
            if start < 0 or b"<lyric" not in document.data[measure.start : measure.end]:
                continue
            element = parse(document.data, measure.start, measure.end)
            for place in walk_measure(element, measure.before):
                syllable = _syllable(place.element) if place.kind == "note" else ""
                staff = int(place.element.value("staff", "1") or 1) if syllable else 0
                lyrics = by_place.get((index, staff), by_place.get((index, 0)))
                if syllable and lyrics is not None:
                    tick = start + round(place.onset * resolution)
                    lyrics.setdefault(tick, syllable)
    return found


def _syllable(note: Element) -> str:
    """Return what is sung to a note in the first verse."""
    lyric = next((one for one in note.all("lyric") if one.find("text")), None)
    if lyric is None:
        return ""
    parts = [child.text for child in lyric.children if child.tag in ("text", "elision")]
    return "".join(parts).strip() + "-" * (lyric.value("syllabic") in _GOES_ON)
