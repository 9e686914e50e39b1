"""The chords of the pieces of stores, as the networks of notes are told of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from zlib import crc32

from lab.planner.pieces import SHORTEST, Piece, on_beats
from lab.planner.scores import fermatas, phrases_of, rests
from symgen.corpus.find import find_items
from symgen.corpus.store import PieceRecord, Store
from symgen.music.lines import outer_line
from symgen.planner.beats import lay_beats
from symgen.planner.sonorities import NONE
from symgen.tokens.codec import decode
from symgen.tokens.planned import read_plan
from symgen.tokens.plans import bars_of

__all__ = ["read_store"]

_MOST_BARS = 160
"""Longer pieces go far from their keys; quartets are no shorter."""
_QUARTETS = "osq_cc0"
_MOST_PIECES = 1500
"""Of a larger store every so many'th work is read, and all quartets."""
_BACH = "music21:bach"
# Melodies of these stand on top, and come to rest where phrases end.
_SUNG = ("openhymnal_abc", "lieder_cc0")


def read_store(store: Store) -> Iterator[Piece]:
    """Yield the pieces of a store that have a key."""
    chorales = {}
    if any(record.source == _BACH for record in store.pieces()):
        chorales = {item.locator: item.data for item in find_items(_BACH)}
    every = max(1, len(store) // _MOST_PIECES)
    for record in store.pieces():
        is_short = record.header.bars <= _MOST_BARS
        is_fit = is_short and crc32(record.group.encode()) % every == 0
        is_fit = record.header.key is not None and (is_fit or record.source == _QUARTETS)
        piece = _piece(store, record, chorales) if is_fit else None
        if piece is not None:
            yield piece


def _piece(store: Store, record: PieceRecord, chorales: Mapping[str, bytes]) -> Piece | None:
    header, grid = record.header, store.vocabulary.grid
    events = store.events(record)
    chords = read_plan(events, store.vocabulary)
    beats = lay_beats(bars_of(header.runs, header.pickup), grid)
    if len(beats) < SHORTEST or not chords or header.key is None:
        return None
    ends: list[int] | None = None
    if record.locator in chorales:
        ends = fermatas(chorales[record.locator], grid) or None
    elif record.source in _SUNG:
        score = decode(events, store.vocabulary, resolution=grid)
        ends = rests(outer_line(score.parts[0].notes), score.bars, grid)
    return Piece(
        record.source,
        record.group,
        header.style,
        str(header.key),
        tuple((run.count, str(run.meter), run.steps) for run in header.runs),
        header.pickup,
        grid,
        _to_the_end(on_beats(chords, beats, header.key.tonic)),
        None if ends is None else phrases_of(ends, beats),
        split=record.split,
    )


def _to_the_end(sonorities: Sequence[int]) -> tuple[int, ...]:
    """Let the last chord stand up to the end: what follows in a last bar is silence, and no choice of a chord."""
    last = max((i for i, each in enumerate(sonorities) if each != NONE), default=-1)
    kept = tuple(sonorities[: last + 1])
    return kept + kept[-1:] * (len(sonorities) - len(kept)) if kept else tuple(sonorities)
