"""What a score keeps of the notation file that it was read from."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from symgen.formats._archive import unpack_mxl
from symgen.formats.abc.text import split_book
from symgen.formats.kinds import plain_text
from symgen.formats.limits import Limits
from symgen.formats.musicxml.tune_layout import locate
from symgen.formats.text_marks import abc_marks, kern_marks
from symgen.formats.tunes import Tune
from symgen.music.sources import TextDocument

__all__ = ["with_sources"]

_NO_DOCUMENT = (
    "its notes are not found where it has them, so a MusicXML output will be a document of its own"
)


def with_sources(tunes: Sequence[Tune], data: bytes, kind: str, limits: Limits) -> tuple[Tune, ...]:
    """Give the scores of a file what is kept of it."""
    if kind == ".abc":
        marks = [abc_marks(text) for text in split_book(plain_text(data))]
        return tuple(map(_with_marks, tunes, marks)) if len(marks) == len(tunes) else tuple(tunes)
    if kind == ".krn":
        return tuple(_with_marks(tune, kern_marks(plain_text(data))) for tune in tunes)
    text = unpack_mxl(data, limits) if data.startswith(b"PK") else data
    return tuple(_with_document(tune, text) for tune in tunes)


def _with_marks(tune: Tune, marks: Counter[str]) -> Tune:
    return replace(tune, score=replace(tune.score, source=TextDocument(tuple(marks.items()))))


def _with_document(tune: Tune, text: bytes) -> Tune:
    source = locate(text, tune.score)
    if source is None:
        return replace(tune, problems=(*tune.problems, _NO_DOCUMENT))
    return replace(tune, score=replace(tune.score, source=source))
