"""What a file that is written cannot hold of the notation that its music was read from."""

from __future__ import annotations

from collections import Counter

from symgen.formats.musicxml.edit import edit_document
from symgen.formats.musicxml.lyrics import read_lyrics
from symgen.formats.musicxml.marks import document_marks, said
from symgen.formats.musicxml.reading import read_document
from symgen.formats.musicxml.tree import parse
from symgen.music.score import Score
from symgen.music.sources import TextDocument, XmlDocument

__all__ = ["lost_in_midi", "lost_in_musicxml"]


def lost_in_midi(before: Score, after: Score) -> tuple[str, ...]:
    """Say what of the notation that a score was read from a MIDI file does not hold: all but the
    words that are sung."""
    marks = _marks(before)
    if not isinstance(after.source, XmlDocument):
        return _line("left out:", marks)
    onsets = [{note.onset for note in part.notes} for part in after.parts]
    lyrics = read_lyrics(after.source, after.resolution)
    marks["lyric"] -= sum(
        len(there & words.keys()) for there, words in zip(onsets, lyrics, strict=False)
    )
    return _line("MIDI has no place for", marks)


def lost_in_musicxml(before: Score, after: Score) -> tuple[str, ...]:
    """Say what of the notation that a score was read from a MusicXML file does not hold, as `lost_in_midi`."""
    if isinstance(after.source, XmlDocument) and len(after.source.places) == len(after.parts):
        return _line("gone with their notes:", edit_document(after, after.source).lost)
    return _line("left out:", _marks(before))


def _marks(score: Score) -> Counter[str]:
    if isinstance(score.source, TextDocument):
        return Counter(dict(score.source.marks))
    if not isinstance(score.source, XmlDocument):
        return Counter()
    document = read_document(score.source.data)
    found: Counter[str] = Counter()
    for index in dict.fromkeys(index for index, _ in score.source.places):
        for measure in document.parts[index].measures:
            found += document_marks(parse(document.data, measure.start, measure.end).children)
    return found


def _line(what: str, marks: Counter[str]) -> tuple[str, ...]:
    there = +marks
    return (f"{what} {said(there)}",) if there else ()
