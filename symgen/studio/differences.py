"""What leads from one document to another, as changes."""

from __future__ import annotations

from typing import Any

import numpy as np

from symgen.studio.document import Document, DocumentPart
from symgen.studio.op_reading import Op

__all__ = ["difference"]

_ROWS = ("onset", "duration", "pitch", "velocity")


def difference(before: Document, after: Document) -> list[Op]:
    """Return changes that `symgen.studio.changes.apply` makes of one document the other one, exactly."""
    old = {part.id: part for part in before.parts}
    new = {part.id: part for part in after.parts}
    # A part that is now for drums, or no longer, is another part.
    same = {name for name in old if name in new and old[name].is_drum == new[name].is_drum}
    fresh = [part for part in after.parts if part.id not in same]
    fresh.sort(key=lambda part: part.id in old)
    empty = DocumentPart("", "", 0, False, np.empty(0, object), np.empty((4, 0), np.int64))
    pairs = [(old[part.id] if part.id in same else empty, part) for part in after.parts]

    there = {name for part in after.parts if part.id in same for name in part.ids.tolist()}
    gone, set_notes, added = list[str](), list[Op](), list[Op]()
    for part in before.parts:
        if part.id in same:
            gone += [name for name in part.ids.tolist() if name not in new[part.id].places]
    for mine, part in pairs:
        changed, more = _notes(mine, part)
        set_notes += changed
        added += more
    ops: list[Op] = [{"op": "remove", "ids": gone}] if gone else []
    taken = [part for part in fresh if part.id in old]
    ops += [{"op": "add_part", "part": _looks(part)} for part in fresh if part not in taken]
    ops += [{"op": "remove_part", "id": name} for name in old if name not in same]
    ops += [{"op": "add_part", "part": _looks(part)} for part in taken]
    ops += [op for mine, part in pairs if part.id in same for op in _set_part(mine, part)]
    if before.head != after.head:
        ops.append({"op": "head", "head": after.head.to_json()})
    if set_notes:
        ops.append({"op": "set", "notes": set_notes})
    if added:
        ops.append({"op": "add", "notes": added})
    stays = before.locked & there - set(gone)
    for ids, is_locked in ((stays - after.locked, False), (after.locked - stays, True)):
        if ids:
            ops.append({"op": "lock", "ids": sorted(ids), "locked": is_locked})
    order = [part.id for part in before.parts if part.id in same] + [part.id for part in fresh]
    if order != [part.id for part in after.parts]:
        ops.append({"op": "arrange", "ids": [part.id for part in after.parts]})
    return ops


def _notes(old: DocumentPart, new: DocumentPart) -> tuple[list[Op], list[Op]]:
    """Return which notes of a part change, and which are added."""
    if old.ids is new.ids and old.table is new.table:
        return [], []
    changed: list[Op] = []
    added: list[Op] = []
    before, known = old.table.T.tolist(), old.places
    for name, row in zip(new.ids.tolist(), new.table.T.tolist(), strict=True):
        values: dict[str, Any] = dict(zip(_ROWS, row, strict=True))
        if name not in known:
            added.append({"id": name, "part": new.id, **values})
        elif before[known[name]] != row:
            pairs = zip(_ROWS, before[known[name]], row, strict=True)
            other = {field: value for field, was, value in pairs if was != value}
            changed.append({"id": name, **other})
    return changed, added


def _looks(part: DocumentPart) -> dict[str, Any]:
    return {"id": part.id, "name": part.name, "program": part.program, "is_drum": part.is_drum}


def _set_part(old: DocumentPart, new: DocumentPart) -> list[Op]:
    pairs = {"name": (old.name, new.name), "program": (old.program, new.program)}
    values = {name: now for name, (was, now) in pairs.items() if was != now}
    return [{"op": "set_part", "id": new.id, **values}] if values else []
