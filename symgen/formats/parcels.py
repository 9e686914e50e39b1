"""Tunes with the files that they were read from as plain data, for a child process of our own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from symgen.formats.tunes import Tune, tune_from_json, tune_to_json
from symgen.midi.event_tables import Event
from symgen.midi.events import MidiFile, Track
from symgen.music.score import Score
from symgen.music.sources import Source, SourcePart, TextDocument, XmlDocument

__all__ = ["pack_score", "pack_tune", "unpack_score", "unpack_tune"]

_BYTES = "latin-1"
"""Each byte is a letter: JSON holds text alone."""


def pack_tune(tune: Tune) -> dict[str, Any]:
    """Return a tune, its score and the source of that as plain data."""
    return {**tune_to_json(tune), "source": _pack_source(tune.score.source)}


def unpack_tune(data: dict[str, Any]) -> Tune:
    """Return the tune that `pack_tune` packed."""
    tune = tune_from_json(data)
    return replace(tune, score=replace(tune.score, source=_unpack_source(data["source"])))


def pack_score(score: Score) -> dict[str, Any]:
    """Return a score as plain data."""
    return pack_tune(Tune(score))


def unpack_score(data: dict[str, Any]) -> Score:
    """Return the score that `pack_score` packed."""
    return unpack_tune(data).score


def _pack_source(source: Source | None) -> dict[str, Any] | None:
    if isinstance(source, MidiFile):
        tracks = [[list(map(_pack_event, track.events)), track.end] for track in source.tracks]
        head = {"format": source.format, "division": source.division, "places": source.places}
        return {"midi": {**head, "tracks": tracks}}
    if isinstance(source, XmlDocument):
        parts = [[part.program, part.notes] for part in source.parts]
        return {"xml": {**_numbers_of(source), "data": source.data.decode(_BYTES), "parts": parts}}
    if isinstance(source, TextDocument):
        return {"text": list(source.marks), "words": list(source.words)}
    return None


def _numbers_of(source: XmlDocument) -> dict[str, Any]:
    """Return the fields of a document that are numbers."""
    names = ("places", "starts", "length", "dropped", "symbols")
    return {name: getattr(source, name) for name in names}


def _pack_event(event: Event) -> list[int | str]:
    tick, status, first, second = event
    return [tick, status, first, second.decode(_BYTES) if isinstance(second, bytes) else second]


def _unpack_event(event: Sequence[Any]) -> Event:
    tick, status, first, second = event
    return tick, status, first, second.encode(_BYTES) if isinstance(second, str) else second


def _unpack_source(data: dict[str, Any] | None) -> Source | None:
    if data is None:
        return None
    if "midi" in data:
        file = data["midi"]
        tracks = [Track(tuple(map(_unpack_event, said)), end) for said, end in file["tracks"]]
        places = _tuples(file["places"])
        return MidiFile(file["format"], file["division"], tuple(tracks), places)
    if "xml" in data:
        page = data["xml"]
        return XmlDocument(
            page["data"].encode(_BYTES),
            _tuples(page["places"]),
            tuple(page["starts"]),
            tuple(SourcePart(program, _tuples(notes)) for program, notes in page["parts"]),
            page["length"],
            tuple(page["dropped"]),
            None if page["symbols"] is None else _tuples(page["symbols"]),
        )
    return TextDocument(_tuples(data["text"]), _tuples(data["words"]))


def _tuples(rows: Sequence[Sequence[Any]]) -> Any:
    return tuple(tuple(row) for row in rows)
