"""What the API of the studio takes and gives, as JSON Schema (2020-12)."""

from __future__ import annotations

from typing import Any

__all__ = ["SCHEMAS", "array", "reference"]

Schema = dict[str, Any]

_TEXT: Schema = {"type": "string"}
_WHOLE: Schema = {"type": "integer"}
_TICK: Schema = {"type": "integer", "minimum": 0, "description": "ticks from the start"}
_NAME: Schema = {"type": "string", "pattern": "^[a-z0-9-]{1,32}$"}
_YES_NO: Schema = {"type": "boolean"}
_MAYBE: Schema = {"type": ["string", "null"]}


def reference(name: str) -> Schema:
    """Point at a schema of the components."""
    return {"$ref": f"#/components/schemas/{name}"}


def array(of: Schema) -> Schema:
    """Describe a list."""
    return {"type": "array", "items": of}


def _object(required: str, **properties: Schema) -> Schema:
    return {"type": "object", "required": required.split(), "properties": properties}


def _row(*kinds: Schema) -> Schema:
    return {"type": "array", "prefixItems": list(kinds), "minItems": len(kinds)}


def _op(called: str, required: str, **properties: Schema) -> Schema:
    return _object(f"op {required}", op={"const": called}, **properties)


_NOTE_FIELDS: dict[str, Schema] = {
    "onset": _TICK,
    "pitch": {"type": "integer", "minimum": 0, "maximum": 127},
    "duration": {"type": "integer", "minimum": 1},
    "velocity": {"type": "integer", "minimum": 1, "maximum": 127},
}
_PROGRAM: Schema = {"type": "integer", "minimum": 0, "maximum": 127}
_NAMES = array(_NAME)
_OPS: list[Schema] = [
    _op("add", "notes", notes=array(reference("NewNote"))),
    _op("remove", "ids", ids=_NAMES),
    _op("set", "notes", notes=array(_object("id", id=_NAME, **_NOTE_FIELDS))),
    _op("lock", "ids locked", ids=_NAMES, locked=_YES_NO),
    _op(
        "add_part",
        "part",
        part=_object("id name", id=_NAME, name=_TEXT, program=_PROGRAM, is_drum=_YES_NO),
    ),
    _op("remove_part", "id", id=_NAME),
    _op("set_part", "id", id=_NAME, name=_TEXT, program=_PROGRAM),
    _op(
        "piece",
        "",
        title=_TEXT,
        tempo={"type": "number", "description": "quarters a minute"},
        bars=_WHOLE,
        key=_TEXT,
        meter=_TEXT,
    ),
    _op("document", ""),
]
_UNDONE = {"undo": _MAYBE, "redo": _MAYBE}
_CHECK = _object("name wanted found met", name=_TEXT, wanted={}, found={}, met=_YES_NO)
_TAKE: dict[str, Schema] = {
    "take": _NAME,
    "job": _NAME,
    "verb": _TEXT,
    "number": _WHOLE,
    "of": _WHOLE,
    "seed": _WHOLE,
    "said": {"type": "string", "description": "what a screen reader says"},
    "checks": array(_CHECK),
    "state": {"enum": ["offered", "accepted", "dropped"]},
    "bars": {"type": ["array", "null"], "items": _WHOLE},
    "changed": _TEXT,
}

SCHEMAS: dict[str, Schema] = {
    "Error": _object("error", error={"type": "string", "description": "what to do, in one line"}),
    "About": _object(
        "version extras limits",
        version=_TEXT,
        extras={"type": "object", "additionalProperties": _YES_NO},
        limits={"type": "object", "additionalProperties": _WHOLE},
    ),
    "Project": _object(
        "id title changed bars notes",
        id=_NAME,
        title=_TEXT,
        changed={"type": "string", "format": "date-time"},
        bars=_WHOLE,
        notes=_WHOLE,
    ),
    "NewPiece": _object("", title=_TEXT, bars=_WHOLE, meter=_TEXT, key=_TEXT, tempo={}),
    "Part": _object(
        "id name program is_drum notes",
        id=_NAME,
        name=_TEXT,
        program=_PROGRAM,
        instrument=_TEXT,
        is_drum=_YES_NO,
        notes=array(_row(_NAME, _TICK, _WHOLE, _WHOLE, _WHOLE)),
    ),
    "Document": _object(
        "id title revision resolution length tempos meters parts locked",
        id=_NAME,
        title=_TEXT,
        revision=_WHOLE,
        resolution={"type": "integer", "description": "ticks a quarter"},
        length=_TICK,
        tempos=array(_row(_TICK, {"type": "integer", "description": "microseconds a quarter"})),
        meters=array(_row(_TICK, _TEXT)),
        keys=array(_row(_TICK, _WHOLE, _YES_NO)),
        chords=array(_row(_TICK, _TEXT)),
        bars=array(_row(_WHOLE, _TICK, _TICK)),
        key=_object("tonic mode origin", tonic={}, mode={}, origin=_TEXT),
        parts=array(reference("Part")),
        locked=_NAMES,
        **_UNDONE,
        view={"type": "object", "description": "of the page, as it left it"},
    ),
    "NewNote": _object(
        "id part onset pitch duration velocity", id=_NAME, part=_NAME, **_NOTE_FIELDS
    ),
    "Op": {"oneOf": _OPS},
    "Change": _object(
        "base ops",
        tab={"type": "string", "description": "who changes; told to the others"},
        base={"type": "integer", "description": "the revision that was changed"},
        label={"type": "string", "description": "what undo calls it"},
        ops=array(reference("Op")),
    ),
    "Tab": _object("", tab=_TEXT),
    "Changed": _object(
        "revision ops", revision=_WHOLE, label=_TEXT, ops=array(reference("Op")), **_UNDONE
    ),
    "Step": _object("revision label changed", revision=_WHOLE, label=_TEXT, changed=_TEXT),
    "Heard": _object("notes", notes=array(_object("onset pitch", **_NOTE_FIELDS))),
    "ScorePage": _object(
        "svg page pages revision times",
        svg=_TEXT,
        page=_WHOLE,
        pages=_WHOLE,
        revision=_WHOLE,
        times=array(_row(_TICK, array(_TEXT))),
    ),
    "Job": _object(
        "verb",
        verb=_TEXT,
        bars={"type": ["array", "null"], "items": _WHOLE, "minItems": 2, "maxItems": 2},
        parts={"type": ["array", "null"], "items": _NAME},
        controls=reference("Controls"),
        count={"type": "integer", "minimum": 1},
        seed=_WHOLE,
    ),
    "Queued": _object("job seed", job=_NAME, seed=_WHOLE),
    "Take": _object("take state", **_TAKE),
    "TakeDocument": _object("take state document", document=reference("Document"), **_TAKE),
    "Verbs": _object("verbs", verbs={"type": "object", "additionalProperties": reference("Verb")}),
    "Verb": _object(
        "title help needs schema",
        title=_TEXT,
        help=_TEXT,
        needs={"type": "object", "additionalProperties": _YES_NO},
        basic=array(_TEXT),
        schema={"type": "object", "description": "a JSON Schema of the controls"},
    ),
}
