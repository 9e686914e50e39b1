"""A project as one JSON file, to take away and to open again; what comes from outside is looked at value by value.

Such a file holds the document with its names and locks, what the page left as its view, and the file that the
piece was read from, which is read by the same readers as when it was opened first. It holds no history.
"""

from __future__ import annotations

import base64
import binascii
import json
import math
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

from symgen.formats.limits import DEFAULT_LIMITS, Limits
from symgen.formats.midi import read_midi
from symgen.formats.notation import tunes_in
from symgen.midi.events import MidiFile, encode_midi
from symgen.music.chord_symbols import ChordChange
from symgen.music.meter import Meter, lay_runs
from symgen.music.note_tables import MAX_TICK
from symgen.music.score import KeyChange, MeterChange, Score, TempoChange
from symgen.music.sources import Source, TextDocument, XmlDocument
from symgen.music.theory import Key
from symgen.studio.changes import apply
from symgen.studio.document import Document, Head
from symgen.studio.op_reading import MOST_NOTES, MOST_PARTS, Op, check_id, read_ops
from symgen.studio.project import Project
from symgen.studio.projects import Projects
from symgen.system.errors import ControlError, FormatError, SymgenError
from symgen.system.text import one_line

__all__ = ["PROJECT_SUFFIX", "is_project_file", "open_project_file", "project_file"]

PROJECT_SUFFIX = ".symgen.json"
_MARK = "symgen-project"
_VERSION = 1
_MOST_BARS, _MOST_CHANGES, _MOST_WORDS = 20_000, 20_000, 50_000
_LONGEST = 200
_MOST_BYTES, _MOST_LISTS, _MOST_VALUES = 48 * 2**20, 400_000, 2_000_000
_LIMITS = replace(DEFAULT_LIMITS, notes=MOST_NOTES, bytes=16 * 2**20)
_T = TypeVar("_T")


def project_file(project: Project) -> bytes:
    """Return a project as the content of a JSON file."""
    document, view, original = project.kept()
    told = document.to_json()
    made = {
        _MARK: _VERSION,
        "document": {
            **{name: told[name] for name in _HEAD},
            "length": document.head.length,
            "key": [document.head.key.tonic, document.head.key.mode] if document.head.key else None,
            "parts": [_part_of(part) for part in told["parts"]],
            "locked": told["locked"],
        },
        "view": view,
        "file": _file_of(original, document.head.origins),
    }
    return json.dumps(made).encode()


_HEAD = ("title", "resolution", "tempos", "meters", "keys", "chords")
_LOOKS = ("id", "name", "program", "is_drum")


def _part_of(part: dict[str, Any]) -> dict[str, Any]:
    return {name: part[name] for name in (*_LOOKS, "notes")}


def _file_of(original: Score | None, origins: Sequence[str]) -> dict[str, Any] | None:
    """Return the file that a piece was read from, as text."""
    source = None if original is None else original.source
    if isinstance(source, MidiFile) and source.format != 2:
        kind, data = "mid", base64.b64encode(encode_midi(source)).decode()
        return {"kind": kind, "data": data, "origins": list(origins)}
    if isinstance(source, XmlDocument):
        data = base64.b64encode(source.data).decode()
        return {"kind": "musicxml", "data": data, "origins": list(origins)}
    if isinstance(source, TextDocument):
        held = {"marks": source.marks, "words": source.words}
        return {"kind": "text", **held, "origins": list(origins)}
    return None


# -- opened again --------------------------------------------------------------------------


def is_project_file(data: bytes) -> bool:
    """Whether the content of a file is that of a project."""
    return data[:400].lstrip().startswith(b"{") and f'"{_MARK}"'.encode() in data[:400]


def open_project_file(projects: Projects, name: str, data: bytes) -> Project:
    """Make a project of the content of a project file.

    Raises
    ------
    FormatError
        If anything in it is not as `project_file` writes it.
    """
    try:
        _check_size(data)
        held = _object(json.loads(data, parse_constant=_refuse_constant), "it")
        if held.get(_MARK) != _VERSION or type(held.get(_MARK)) is not int:
            raise FormatError("was written by another version of symgen; update symgen")
        told = _object(held.get("document"), "document")
        original, origins = _original_of(held.get("file"))
        head = replace(_head_of(told), original=None if original is None else 1, origins=origins)
        document = _filled(head, told)
        view = _object(held.get("view"), "view")
        project = projects.create(document, f"opened {name}", original, name.partition(".")[0])
    except (
        ValueError,
        RecursionError,
        KeyError,
        TypeError,
        AttributeError,
        OverflowError,
    ) as error:
        raise FormatError(
            f"{name}: is no whole project ({one_line(str(error), 80) or 'nonsense'}); export it again"
        ) from None
    except SymgenError as error:
        raise FormatError(f"{name}: {error}") from None
    if view:
        project.set_view(view)
    return project


def _check_size(data: bytes) -> None:
    """Refuse what would take much more memory than a project needs."""
    lists = data.count(b"[") + data.count(b"{")
    if len(data) > _MOST_BYTES or lists > _MOST_LISTS or data.count(b",") > _MOST_VALUES:
        raise FormatError("is larger than a project can be; split the piece")


def _refuse_constant(name: str) -> float:
    raise ValueError(f"{name} is no number of JSON")


def _filled(head: Head, told: dict[str, Any]) -> Document:
    """Return a document of its parts and notes, read as changes are."""
    parts = _list(told["parts"], "parts", MOST_PARTS)
    ops: list[Any] = []
    notes: list[Any] = []
    for part in parts:
        looks = {name: _object(part, "part")[name] for name in _LOOKS}
        ops.append({"op": "add_part", "part": looks})
        for row in _list(part["notes"], "notes", MOST_NOTES):
            name, onset, pitch, duration, velocity = _list(row, "note", 5)
            times = {"onset": onset, "pitch": pitch, "duration": duration, "velocity": velocity}
            notes.append({"id": name, "part": looks["id"], **times})
    ops += [{"op": "add", "notes": notes}] if notes else []
    locked = _list(told["locked"], "locked", MOST_NOTES)
    ops += [{"op": "lock", "ids": locked, "locked": True}] if locked else []
    read: list[Op] = read_ops(ops)
    document, _ = apply(Document(head), read)
    _check_bars(document)
    return document


def _check_bars(document: Document) -> None:
    head = document.head
    starts = [(change.tick, change.meter) for change in head.meters]
    runs = lay_runs(starts, head.resolution, document.length, has_pickup=False)
    if sum(count for _, count, _, _ in runs) > _MOST_BARS:
        raise FormatError(f"has more than {_MOST_BARS:,} bars; split it")


def _head_of(told: dict[str, Any]) -> Head:
    """Return the head of a document; a score puts its maps in order."""

    def rows(name: str, count: int) -> list[list[Any]]:
        found = [_list(row, name, count) for row in _list(told[name], name, _MOST_CHANGES)]
        if any(len(row) != count for row in found):
            raise ControlError(f"{name}: each entry has {count} values; export the project again")
        return found

    key = told["key"]
    score = Score(
        (),
        _whole(told["resolution"]),
        tuple(TempoChange(_whole(tick), _whole(tempo)) for tick, tempo in rows("tempos", 2)),
        tuple(MeterChange(_whole(tick), _meter(text)) for tick, text in rows("meters", 2)),
        tuple(
            KeyChange(_whole(tick), _whole(sharps), _is(minor, bool))
            for tick, sharps, minor in rows("keys", 3)
        ),
        _whole(told["length"]),
        _text(told["title"]),
        chords=tuple(ChordChange(_whole(tick), _text(name)) for tick, name in rows("chords", 2)),
    )
    ticks = [change.tick for change in score.tempos]
    ticks += [change.tick for change in score.meters]
    ticks += [change.tick for change in score.keys]
    ticks += [change.tick for change in score.chords]
    if max(ticks) > MAX_TICK:
        raise FormatError(f"a change at tick {max(ticks):,} is too late; {MAX_TICK:,} is the last")
    return Head(
        score.title,
        score.resolution,
        score.length,
        score.tempos,
        score.meters,
        score.keys,
        score.chords,
        None if key is None else Key(_whole(_list(key, "key", 2)[0]), _text(key[1])),
    )


def _meter(text: Any) -> Meter:
    return Meter.parse(_text(text))


def _original_of(told: Any) -> tuple[Score | None, tuple[str, ...]]:
    """Read the file that a piece was read from, and the names of the parts that stand in it."""
    if told is None:
        return None, ()
    file = _object(told, "file")
    origins = tuple(check_id(name, "part") for name in _list(file["origins"], "origins", 1024))
    score = _read_original(file, len(origins))
    source: Source | None = score.source
    is_text = isinstance(source, TextDocument)
    if source is None or len(origins) != (len(score.parts) if is_text else len(source.places)):
        raise FormatError("its file has other parts than the project; export it again")
    if len(set(origins)) < len(origins):
        raise FormatError("two parts of its file have one name; export it again")
    return score, origins


def _read_original(file: dict[str, Any], parts: int) -> Score:
    kind = file["kind"]
    if kind == "text":
        marks = tuple(
            (_text(name), _whole(count))
            for name, count in _list(file["marks"], "marks", _MOST_WORDS)
        )
        words = tuple(
            (_whole(part), _whole(tick), _text(word))
            for part, tick, word in _list(file["words"], "words", _MOST_WORDS)
        )
        if any(not 0 <= part < parts for part, _, _ in words):
            raise FormatError("a word stands in no part; export it again")
        return _without_notes(parts, TextDocument(marks, words))
    try:
        data = base64.b64decode(_is(file["data"], str), validate=True)
    except binascii.Error:
        raise FormatError("its file is damaged; export it again") from None
    limits: Limits = _LIMITS
    if kind == "mid":
        return read_midi(data, "its file", limits)
    if kind == "musicxml":
        return tunes_in(data, Path("file.musicxml"), limits=limits)[0].score
    raise FormatError(f"its file is of no known kind ({kind!r:.20}); update symgen")


def _without_notes(parts: int, source: TextDocument) -> Score:
    """Return a score of which only the source is looked at, and how many parts it has."""
    from symgen.music.score import Part

    return Score(tuple(Part() for _ in range(parts)), source=source)


# -- values --------------------------------------------------------------------------------


def _is(value: Any, kind: type[_T]) -> _T:
    if type(value) is not kind:
        raise TypeError(f"{value!r:.40} is no {kind.__name__}")
    return value


def _whole(value: Any) -> int:
    number = _is(value, int)
    if math.fabs(number) > 2**53:
        raise ValueError(f"{str(number)[:20]} is too large")
    return number


def _text(value: Any) -> str:
    text = _is(value, str)
    if len(text) > _LONGEST:
        raise ValueError(f"a text has more than {_LONGEST} characters")
    return one_line(text.encode("utf-8", "replace").decode())


def _object(value: Any, what: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise TypeError(f"{what} is no object")
    return value


def _list(value: Any, what: str, most: int) -> list[Any]:
    if not isinstance(value, list):
        raise TypeError(f"{what} is no list")
    if len(value) > most:
        raise ValueError(f"{what} has more than {most:,} entries")
    return value
