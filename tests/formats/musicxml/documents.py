"""Small MusicXML documents for the tests, and scores as they are read from them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from symgen.formats import load_score
from symgen.formats.musicxml import Edited, edit_document
from symgen.music.score import Note, Score
from symgen.music.sources import XmlDocument

QUARTER = 480
BAR = 4 * QUARTER
ATTRIBUTES = (
    "<attributes><divisions>2</divisions><key><fifths>0</fifths></key>"
    "<time><beats>4</beats><beat-type>4</beat-type></time><clef><sign>G</sign><line>2</line></clef>{more}</attributes>"
)


def note(
    pitch: str, duration: int = 2, more: str = "", *, voice: str = "1", before: str = ""
) -> str:
    """Write a note such as ``"F#4"``, or a rest for ``""``; its duration counts in eighths."""
    alter = {"#": "<alter>1</alter>", "b": "<alter>-1</alter>"}.get(pitch[1:-1], "")
    name = (
        f"<pitch><step>{pitch[0]}</step>{alter}<octave>{pitch[-1]}</octave></pitch>"
        if pitch
        else "<rest/>"
    )
    return f"<note>{before}{name}<duration>{duration}</duration><voice>{voice}</voice>{more}</note>"


def lyric(text: str) -> str:
    return f'<lyric number="1"><text>{text}</text></lyric>'


def notations(*marks: str) -> str:
    return f"<notations>{''.join(marks)}</notations>"


def slur(kind: str, number: int = 1) -> str:
    return notations(f'<slur type="{kind}" number="{number}"/>')


def document(*parts: Iterable[str], more: str = "", head: str = "", listing: str = "") -> bytes:
    """Write a document of parts, each given as the contents of its measures."""
    listed = "".join(
        f'<score-part id="P{i}"><part-name>Part {i}</part-name>{listing}</score-part>'
        for i in range(1, len(parts) + 1)
    )
    body = ""
    for i, measures in enumerate(parts, 1):
        first = ATTRIBUTES.format(more=more)
        texts = [first + text if n == 1 else text for n, text in enumerate(measures, 1)]
        inside = "".join(
            f'  <measure number="{n}">{text}</measure>\n' for n, text in enumerate(texts, 1)
        )
        body += f' <part id="P{i}">\n{inside} </part>\n'
    text = f"<score-partwise>\n {head}<part-list>{listed}</part-list>\n{body}</score-partwise>\n"
    return b'<?xml version="1.0" encoding="UTF-8"?>\n' + text.encode()


def read(data: bytes, folder: Path) -> Score:
    """Read a document as users do."""
    path = folder / "tune.musicxml"
    path.write_bytes(data)
    score = load_score(path)
    assert isinstance(score.source, XmlDocument)
    return score


def with_notes(score: Score, *parts: Iterable[Note], bars: int = 0) -> Score:
    """Return a score with other notes in its parts, and so many bars in all."""
    made = tuple(part.with_notes(notes) for part, notes in zip(score.parts, parts, strict=True))
    return replace(score, parts=made, length=max(score.length, bars * BAR))


def edited(score: Score) -> Edited:
    assert isinstance(score.source, XmlDocument)
    return edit_document(score, score.source)


def measures_of(data: bytes, part: int = 0) -> list[str]:
    """Return the measures of a part as text."""
    inside = data.decode().split("<part id=")[part + 1].split("</part>")[0]
    return [
        "<measure" + text.split("</measure>")[0] + "</measure>"
        for text in inside.split("<measure")[1:]
    ]
