"""Changes that come from a page or from anywhere, read strictly: what is no change is refused in one line."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from typing import Any, TypeAlias

from symgen.music.meter import Meter
from symgen.music.note_tables import MAX_TICK
from symgen.music.theory import Key
from symgen.system.errors import ControlError
from symgen.system.text import did_you_mean, one_line

__all__ = ["ID_PATTERN", "MOST_NOTES", "MOST_OPS", "MOST_PARTS", "Op", "check_id", "read_ops"]

Op: TypeAlias = dict[str, Any]
"""A change as plain data; which there are stands in `symgen.studio.changes`."""

ID_PATTERN = re.compile(r"[a-z0-9-]{1,32}")
MOST_OPS = 2_000
MOST_NOTES = 100_000
"""Of a piece."""
MOST_PARTS = 64
_LONGEST_TEXT = 200
_RANGES = {
    "onset": (0, MAX_TICK),
    "duration": (1, MAX_TICK),
    "pitch": (0, 127),
    "velocity": (1, 127),
}
_Reader: TypeAlias = Callable[[Op], Op]


def read_ops(data: object) -> list[Op]:
    """Return the changes in a list of plain data; each has the fields of its kind and no others.

    Raises
    ------
    ControlError
        If one is no change; the line says which, and what is wrong.
    """
    if not isinstance(data, list) or not data:
        raise ControlError("ops: must be a list with one change at least")
    if len(data) > MOST_OPS:
        raise ControlError(f"ops: {len(data):,} changes at once; send {MOST_OPS:,} at most")
    found = [_numbered(number, op) for number, op in enumerate(data, 1)]
    count = sum(len(op.get("notes", ())) + len(op.get("ids", ())) for op in found)
    if count > MOST_NOTES:
        raise ControlError(f"ops: {count:,} notes at once; send {MOST_NOTES:,} at most")
    return found


def _numbered(number: int, op: object) -> Op:
    try:
        return _read(op)
    except ControlError as error:
        raise ControlError(f"op {number}: {error}") from None


def check_id(value: object, what: str) -> str:
    """Return a name, if it is one."""
    if not isinstance(value, str) or not ID_PATTERN.fullmatch(value):
        raise ControlError(
            f"{what} {value!r:.40}: use 1 to 32 small letters, digits and hyphens as a name"
        )
    return value


def _read(op: object) -> Op:
    if not isinstance(op, dict):
        raise ControlError('must be an object such as {"op": "remove", "ids": ["n1"]}')
    kind = op.get("op")
    reader = _READERS.get(kind) if isinstance(kind, str) else None
    if reader is None:
        hint = did_you_mean(kind, _READERS) if isinstance(kind, str) and len(kind) < 20 else ""
        raise ControlError(f"no change {kind!r:.40}{hint}; use one of {', '.join(_READERS)}")
    try:
        return {"op": kind, **reader({name: op[name] for name in op if name != "op"})}
    except ControlError as error:
        raise ControlError(f"{kind}: {error}") from None


def _fields(op: object, needed: Collection[str], allowed: Collection[str] = ()) -> Op:
    """Return an object that has all that is needed and nothing that is not allowed."""
    if not isinstance(op, dict):
        raise ControlError(f"{op!r:.40} must be an object with {', '.join(needed)}")
    for name in needed:
        if name not in op:
            raise ControlError(f"{name} is missing; send {', '.join(needed)}")
    for name in op:
        if name not in needed and name not in allowed:
            known = ", ".join([*needed, *allowed])
            raise ControlError(f"no field {name!r:.40}; use {known}")
    return op


def _rows(value: object, what: str) -> list[Any]:
    if not isinstance(value, list) or not value:
        raise ControlError(f"{what} must be a list with one entry at least")
    return value


def _ids(value: object) -> list[str]:
    found = [check_id(each, "note") for each in _rows(value, "ids")]
    if len(set(found)) < len(found):
        raise ControlError("a note is named twice in ids; name each once")
    return found


def _whole(value: object, name: str, low: int, high: int) -> int:
    if type(value) is not int or not low <= value <= high:
        raise ControlError(f"{name} {value!r:.40}: must be a whole number {low}..{high}")
    return value


def _text(value: object, name: str) -> str:
    if not isinstance(value, str) or len(value) > _LONGEST_TEXT:
        raise ControlError(f"{name}: must be a text of {_LONGEST_TEXT} characters at most")
    return one_line(value.encode("utf-8", "replace").decode())


def _flag(value: object, name: str) -> bool:
    if not isinstance(value, bool):
        raise ControlError(f"{name} {value!r:.40}: must be true or false")
    return value


def _note_values(note: Op) -> Op:
    found = {name: _whole(note[name], name, *_RANGES[name]) for name in _RANGES if name in note}
    if found.get("onset", 0) + found.get("duration", 1) > MAX_TICK:
        raise ControlError(f"onset {found['onset']}: the note would end behind tick {MAX_TICK}")
    return found


def _add(op: Op) -> Op:
    notes = []
    for note in _rows(_fields(op, ("notes",))["notes"], "notes"):
        row = _fields(note, ("id", "part", *_RANGES))
        name, part = check_id(row["id"], "note"), check_id(row["part"], "part")
        notes.append({"id": name, "part": part, **_note_values(row)})
    if len({note["id"] for note in notes}) < len(notes):
        raise ControlError("two notes have one id; give each its own")
    return {"notes": notes}


def _set(op: Op) -> Op:
    notes = []
    for note in _rows(_fields(op, ("notes",))["notes"], "notes"):
        row = _fields(note, ("id",), tuple(_RANGES))
        values = _note_values(row)
        if not values:
            raise ControlError("a note without values; send one of " + ", ".join(_RANGES))
        notes.append({"id": check_id(row["id"], "note"), **values})
    if len({note["id"] for note in notes}) < len(notes):
        raise ControlError("a note is set twice; set each once")
    return {"notes": notes}


def _remove(op: Op) -> Op:
    return {"ids": _ids(_fields(op, ("ids",))["ids"])}


def _lock(op: Op) -> Op:
    row = _fields(op, ("ids", "locked"))
    return {"ids": _ids(row["ids"]), "locked": _flag(row["locked"], "locked")}


def _add_part(op: Op) -> Op:
    row = _fields(_fields(op, ("part",))["part"], ("id", "name"), ("program", "is_drum"))
    return {
        "part": {
            "id": check_id(row["id"], "part"),
            "name": _text(row["name"], "name"),
            "program": _whole(row.get("program", 0), "program", 0, 127),
            "is_drum": _flag(row.get("is_drum", False), "is_drum"),
        }
    }


def _remove_part(op: Op) -> Op:
    return {"id": check_id(_fields(op, ("id",))["id"], "part")}


def _set_part(op: Op) -> Op:
    row = _fields(op, ("id",), ("name", "program"))
    found: Op = {"id": check_id(row["id"], "part")}
    if "name" in row:
        found["name"] = _text(row["name"], "name")
    if "program" in row:
        found["program"] = _whole(row["program"], "program", 0, 127)
    if len(found) == 1:
        raise ControlError("nothing to set; send name or program")
    return found


def _piece(op: Op) -> Op:
    row = _fields(op, (), ("title", "tempo", "bars", "key", "meter"))
    if not row:
        raise ControlError("nothing to set; send title, tempo, bars, key or meter")
    found: Op = {}
    if "title" in row:
        found["title"] = _text(row["title"], "title")
    if "tempo" in row:
        tempo = row["tempo"]
        if type(tempo) not in (int, float) or not 4 <= tempo <= 10_000:
            raise ControlError(f"tempo {tempo!r:.40}: must be 4..10000 quarters a minute")
        found["tempo"] = tempo
    if "bars" in row:
        found["bars"] = _whole(row["bars"], "bars", 1, MOST_BARS)
    if "key" in row:
        found["key"] = str(Key.parse(_text(row["key"], "key")))
    if "meter" in row:
        found["meter"] = str(Meter.parse(_text(row["meter"], "meter")))
    return found


MOST_BARS = 2_000
_READERS: dict[str, _Reader] = {
    "add": _add,
    "remove": _remove,
    "set": _set,
    "lock": _lock,
    "add_part": _add_part,
    "remove_part": _remove_part,
    "set_part": _set_part,
    "piece": _piece,
}
