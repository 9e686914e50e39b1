"""The words that are sung, out of a MusicXML document."""

from __future__ import annotations

from symgen.formats.musicxml.reading import read_document, walk_measure
from symgen.formats.musicxml.tree import Element, parse
from symgen.music.sources import XmlDocument

__all__ = ["read_lyrics"]

_GOES_ON = ("begin", "middle")


def read_lyrics(source: XmlDocument, resolution: int) -> list[dict[int, str]]:
    """Return the syllables of the first verse by the tick of their note, for each part of the
    score."""
    document = read_document(source.data)
    found: list[dict[int, str]] = [{} for _ in source.places]
    by_place = dict(zip(source.places, found, strict=True))
    for index in {index for index, _ in source.places}:
        part = document.parts[index]
        for start, measure in zip(source.starts, part.measures, strict=False):
            if start < 0 or b"<lyric" not in document.data[measure.start : measure.end]:
                continue
            for place in walk_measure(
                parse(document.data, measure.start, measure.end), measure.before
            ):
                syllable = _syllable(place.element) if place.kind == "note" else ""
                staff = int(place.element.value("staff", "1") or 1) if syllable else 0
                lyrics = by_place.get((index, staff), by_place.get((index, 0)))
                if syllable and lyrics is not None:
                    lyrics.setdefault(start + round(place.onset * resolution), syllable)
    return found


def _syllable(note: Element) -> str:
    """Return what is sung to a note in the first verse."""
    lyric = next((one for one in note.all("lyric") if one.find("text")), None)
    if lyric is None:
        return ""
    parts = [child.text for child in lyric.children if child.tag in ("text", "elision")]
    return "".join(parts).strip() + "-" * (lyric.value("syllabic") in _GOES_ON)
