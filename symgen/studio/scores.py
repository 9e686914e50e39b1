"""Between documents and scores: a score gets names, a document goes back into the file it was read from."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction

import numpy as np

from symgen.formats.musicxml.tempo_marks import scaled_tempos
from symgen.midi.excerpt import select_parts
from symgen.music.meter import convert_ticks
from symgen.music.note_tables import scaled_table
from symgen.music.score import Part, Score
from symgen.music.sources import Source, TextDocument, XmlDocument
from symgen.music.theory import Key
from symgen.studio.document import Document, DocumentPart, Head, Ids, ordered_notes

__all__ = ["document_of", "replaced", "score_of"]


def document_of(score: Score, *, key: Key | None = None, original: int | None = None) -> Document:
    """Return a score as a document: parts ``p1``, ``p2`` ..., notes ``n1``, ``n2`` ....

    Parameters
    ----------
    score : Score
    key : Key, optional
        What the file calls its key.
    original : int, optional
        The number under which the score is kept as it was read.
    """
    parts, first = [], 1
    for number, part in enumerate(score.parts, 1):
        ids = _names("n", first, part.note_count)
        parts.append(_part_of(part, f"p{number}", ids))
        first += part.note_count
    return Document(_head_of(score, [part.id for part in parts], key, original), tuple(parts))


def _head_of(score: Score, ids: Sequence[str], key: Key | None, original: int | None) -> Head:
    source = score.source
    count = len(ids) if isinstance(source, TextDocument) else len(source.places) if source else 0
    return Head(
        score.title,
        score.resolution,
        score.length,
        score.tempos,
        score.meters,
        score.keys,
        score.chords,
        key,
        original if source else None,
        tuple(ids[:count]),
    )


def _names(prefix: str, first: int, count: int) -> Ids:
    ids = np.empty(count, object)
    ids[:] = [f"{prefix}{number}" for number in range(first, first + count)]
    return ids


def _part_of(part: Part, name: str, ids: Ids) -> DocumentPart:
    ids, table = ordered_notes(ids, part.note_array().T)
    return DocumentPart(name, part.name, int(part.program), bool(part.is_drum), ids, table)


# -- back into the file --------------------------------------------------------------------


def score_of(document: Document, original: Score | None) -> Score:
    """Return the music of a document, with the file that it was read from as its source.

    Parameters
    ----------
    document : Document
    original : Score or None
        The score that has the number of the document's head, as it was read.
    """
    score = document.to_score()
    if original is None or original.source is None:
        return score
    return replace(score, source=_source_of(document, original))


def _source_of(document: Document, original: Score) -> Source | None:
    """Return the file for the parts that are still there, in its order; None if they stand in another one."""
    origins = document.head.origins
    there = {part.id: part for part in document.parts}
    kept = [
        number
        for number, name in enumerate(origins)
        if name in there and there[name].is_drum == original.parts[number].is_drum
    ]
    ids = [origins[number] for number in kept]
    source: Source | None = original.source
    if isinstance(source, TextDocument):
        return _text_of(document, source)
    if ids != [part.id for part in document.parts[: len(ids)]] or not ids:
        return None
    if len(kept) < len(origins):
        known = replace(original, parts=original.parts[: len(origins)])
        source = select_parts(known, kept).source
    if isinstance(source, XmlDocument) and document.head.tempos != original.tempos:
        first, old = document.head.tempos[0], original.tempos[0]
        source = scaled_tempos(source, Fraction(old.microseconds, first.microseconds), first.bpm)
    return source


def _text_of(document: Document, source: TextDocument) -> TextDocument:
    """Return what a text holds besides notes, its words by the parts that are there now."""
    now = {part.id: number for number, part in enumerate(document.parts)}
    places = {number: now.get(name) for number, name in enumerate(document.head.origins)}
    moved = ((places.get(part), tick, word) for part, tick, word in source.words)
    words = tuple((part, tick, word) for part, tick, word in moved if part is not None)
    return replace(source, words=words)


# -- another score in its place ------------------------------------------------------------


def replaced(
    document: Document, score: Score, prefix: str, *, original: int | None = None
) -> Document:
    """Return a document of another score, in which notes that are the same keep their names and locks.

    A note is the same if its part, onset, pitch and duration are.

    Parameters
    ----------
    document : Document
        As it is now.
    score : Score
        What is to take its place; further parts are welcome, fewer too.
    prefix : str
        How the names of new notes and parts begin; no name in the document does.
    original : int, optional
        The number under which `score` is kept, if its source is another file than that of the document.
    """
    score, document = _one_resolution(score, document)
    owners = _owners(document, score)
    parts, first = [], 1
    for number, (part, owner) in enumerate(zip(score.parts, owners, strict=True), 1):
        ids = _names(f"{prefix}-", first, part.note_count)
        if owner is not None:
            _keep_names(ids, part, owner)
        first += part.note_count
        parts.append(_part_of(part, owner.id if owner else f"{prefix}-p{number}", ids))
    names = [part.id for part in parts]
    head = _head_of(score, names, document.head.key, original)
    if original is None:
        head = replace(head, original=document.head.original, origins=document.head.origins)
    if head.keys != document.head.keys:
        head = replace(head, key=None)
    if score.length == document.length:
        head = replace(head, length=document.head.length)
    there = {name for part in parts for name in part.ids.tolist()}
    return Document(head, tuple(parts), document.locked & there)


def _one_resolution(score: Score, document: Document) -> tuple[Score, Document]:
    """Return both at one resolution: that of the document, if the score can be told in it exactly."""
    wanted = document.head.resolution
    if score.resolution == wanted:
        return score, document
    converted = score.with_resolution(wanted)
    if converted == score:
        return converted, document
    parts = []
    for part in document.parts:
        table = scaled_table(part.table, wanted, score.resolution)
        ids, table = ordered_notes(part.ids, table)
        parts.append(replace(part, ids=ids, table=table))
    length = convert_ticks(document.head.length, wanted, score.resolution)
    head = replace(document.head, resolution=score.resolution, length=length)
    return score, replace(document, head=head, parts=tuple(parts))


def _owners(document: Document, score: Score) -> list[DocumentPart | None]:
    """Return which part of the document each part of a score is."""
    old, new = document.parts, score.parts
    if len(new) >= len(old) and all(
        mine.is_drum == part.is_drum for mine, part in zip(old, new, strict=False)
    ):
        return [*old, *[None] * (len(new) - len(old))]
    free = list(old)
    found: list[DocumentPart | None] = []
    for part in new:
        looks = (part.name, part.program, part.is_drum)
        same = [each for each in free if (each.name, each.program, each.is_drum) == looks]
        owner = same[0] if same else None
        if owner is not None:
            free.remove(owner)
        found.append(owner)
    return found


def _keep_names(ids: Ids, part: Part, owner: DocumentPart) -> None:
    """Give notes the names of those of the document that are the same; of doubles each name once."""
    free: dict[tuple[int, int, int], list[str]] = defaultdict(list)
    onset, duration, pitch, _ = owner.table.tolist()
    for name, *note in zip(owner.ids.tolist(), onset, pitch, duration, strict=True):
        free[note[0], note[1], note[2]].append(name)
    for names in free.values():
        names.reverse()  # doubles keep their order
    for place, (begin, length, tone, _) in enumerate(part.note_array().tolist()):
        known = free.get((begin, tone, length))
        if known:
            ids[place] = known.pop()
