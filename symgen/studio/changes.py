"""Changes to a document: each is made with what takes it back exactly.

What a page may send, as `symgen.studio.op_reading` reads it:

``add`` notes · ``remove`` ids · ``set`` notes · ``lock`` ids, locked · ``add_part`` part ·
``remove_part`` id · ``set_part`` id, name, program · ``piece`` title, tempo, bars, key, meter

What is made here alone: ``head`` puts all that stands in `Head` in place, ``arrange`` puts parts in an order.
A lock binds what writes takes; by hand a locked note can be changed.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from symgen.music.note_tables import MAX_TICK
from symgen.studio.document import Document, DocumentPart, Head, ordered_notes
from symgen.studio.op_reading import MOST_BARS, MOST_NOTES, MOST_PARTS, Op
from symgen.studio.piece_changes import changed_piece
from symgen.system.errors import ControlError

__all__ = ["DOCUMENT", "MisfitError", "apply", "told_ops"]

_ROWS = ("onset", "duration", "pitch", "velocity")
DOCUMENT: Op = {"op": "document"}
"""What tells a page to get the document again."""
_PLAIN = frozenset(("add", "remove", "set", "lock", "add_part", "remove_part", "set_part"))
"""What a page makes by itself."""


class MisfitError(ControlError):
    """A change does not fit the document: it names what is not there, or what is there already."""

    http_status = 409


def apply(document: Document, ops: Sequence[Op]) -> tuple[Document, list[Op]]:
    """Make changes one after the other.

    Parameters
    ----------
    document : Document
    ops : sequence of dict
        As `symgen.studio.op_reading.read_ops` returns them, or as this returned them.

    Returns
    -------
    Document, list of dict
        The changed document, and the changes that lead from it back to the one that was given, exactly.

    Raises
    ------
    MisfitError
        If one names a note or a part that is not there, or adds one that is.
    ControlError
        If a change of the piece is not possible; the line says why.
    """
    before, undoing = document, list[list[Op]]()
    for op in ops:
        document, inverse = _CHANGES[op["op"]](document, op)
        undoing.append(inverse)
    _check_size(before, document)
    return document, [op for inverse in reversed(undoing) for op in inverse]


def told_ops(before: Document, after: Document, ops: Sequence[Op]) -> list[Op]:
    """Return what pages are told of changes: the same, or to get the document where these alone are not enough."""
    is_plain = all(op["op"] in _PLAIN for op in ops)
    if is_plain and before.length == after.length and before.head == after.head:
        return list(ops)
    return [DOCUMENT]


def _check_size(before: Document, after: Document) -> None:
    if after.length > MAX_TICK:
        raise ControlError(f"a note would end behind tick {MAX_TICK:,}; begin it earlier")
    if after.note_count > max(MOST_NOTES, before.note_count):
        raise ControlError(f"the piece would have more than {MOST_NOTES:,} notes; split it")
    if len(after.parts) > max(MOST_PARTS, len(before.parts)):
        raise ControlError(f"the piece would have more than {MOST_PARTS} parts; join some")
    if after.length > before.length and len(after.bars) > max(MOST_BARS, len(before.bars)):
        raise ControlError(f"the piece would have more than {MOST_BARS:,} bars; split it")


# -- notes ---------------------------------------------------------------------------------


def _owners(document: Document, ids: Iterable[str]) -> dict[str, list[str]]:
    """Return the notes by their parts; each has to be there."""
    found: dict[str, list[str]] = defaultdict(list)
    for name in ids:
        owner = next((part.id for part in document.parts if name in part.places), None)
        if owner is None:
            raise MisfitError(f"note {name}: is not there; get the document again")
        found[owner].append(name)
    return found


def _with_part(document: Document, changed: DocumentPart) -> Document:
    parts = (changed if part.id == changed.id else part for part in document.parts)
    return replace(document, parts=tuple(parts))


def _needed(document: Document, name: str) -> DocumentPart:
    part = document.part(name)
    if part is None:
        raise MisfitError(f"part {name}: is not there; get the document again")
    return part


def _add(document: Document, op: Op) -> tuple[Document, list[Op]]:
    fresh: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for note in op["notes"]:
        if any(note["id"] in part.places for part in document.parts):
            raise MisfitError(f"note {note['id']}: is there already; get the document again")
        fresh[note["part"]].append(note)
    for name, notes in fresh.items():
        part = _needed(document, name)
        columns = [[note[row] for note in notes] for row in _ROWS]
        table = np.concatenate([part.table, np.array(columns, np.int64)], axis=1)
        added = np.empty(len(notes), object)
        added[:] = [note["id"] for note in notes]
        ids, table = ordered_notes(np.concatenate([part.ids, added]), table)
        document = _with_part(document, replace(part, ids=ids, table=table))
    return document, [{"op": "remove", "ids": [note["id"] for note in op["notes"]]}]


def _added_back(part: DocumentPart, columns: Sequence[int]) -> list[dict[str, Any]]:
    """Return notes of a part as what adds them."""
    rows = part.table[:, columns].T.tolist()
    return [
        {"id": part.ids[column], "part": part.id, **dict(zip(_ROWS, row, strict=True))}
        for column, row in zip(columns, rows, strict=True)
    ]


def _locked_again(document: Document, ids: Iterable[str]) -> list[Op]:
    locked = [name for name in ids if name in document.locked]
    return [{"op": "lock", "ids": locked, "locked": True}] if locked else []


def _remove(document: Document, op: Op) -> tuple[Document, list[Op]]:
    gone: list[dict[str, Any]] = []
    undoing = _locked_again(document, op["ids"])
    for name, ids in _owners(document, op["ids"]).items():
        part = _needed(document, name)
        columns = [part.places[each] for each in ids]
        gone += _added_back(part, columns)
        stay = np.ones(len(part.ids), bool)
        stay[columns] = False
        document = _with_part(
            document, replace(part, ids=part.ids[stay], table=part.table[:, stay])
        )
    document = replace(document, locked=document.locked.difference(op["ids"]))
    return document, [{"op": "add", "notes": gone}, *undoing]


def _set(document: Document, op: Op) -> tuple[Document, list[Op]]:
    wanted = {note["id"]: note for note in op["notes"]}
    before: list[dict[str, Any]] = []
    for name, ids in _owners(document, wanted).items():
        part = _needed(document, name)
        table = part.table.copy()
        for each in ids:
            column = part.places[each]
            old: dict[str, Any] = {"id": each}
            for row, field in enumerate(_ROWS):
                if field in wanted[each]:
                    old[field] = int(table[row, column])
                    table[row, column] = wanted[each][field]
            before.append(old)
        found, table = ordered_notes(part.ids, table)
        document = _with_part(document, replace(part, ids=found, table=table))
    return document, [{"op": "set", "notes": before}]


def _lock(document: Document, op: Op) -> tuple[Document, list[Op]]:
    _owners(document, op["ids"])
    changed = [name for name in op["ids"] if (name in document.locked) != op["locked"]]
    if not changed:
        return document, []
    joined = document.locked.union if op["locked"] else document.locked.difference
    document = replace(document, locked=frozenset(joined(changed)))
    return document, [{"op": "lock", "ids": changed, "locked": not op["locked"]}]


# -- parts ---------------------------------------------------------------------------------


def _add_part(document: Document, op: Op) -> tuple[Document, list[Op]]:
    part = op["part"]
    if document.part(part["id"]) is not None:
        raise MisfitError(f"part {part['id']}: is there already; get the document again")
    fresh = DocumentPart(
        part["id"],
        part["name"],
        part["program"],
        part["is_drum"],
        np.empty(0, object),
        np.empty((4, 0), np.int64),
    )
    document = replace(document, parts=(*document.parts, fresh))
    return document, [{"op": "remove_part", "id": part["id"]}]


def _remove_part(document: Document, op: Op) -> tuple[Document, list[Op]]:
    part = _needed(document, op["id"])
    if len(document.parts) == 1:
        raise ControlError("the last part cannot be removed; add another one first")
    values = {"id": part.id, "name": part.name, "program": part.program, "is_drum": part.is_drum}
    undoing: list[Op] = [{"op": "add_part", "part": values}]
    if len(part.ids):
        undoing.append({"op": "add", "notes": _added_back(part, range(len(part.ids)))})
        undoing += _locked_again(document, part.ids.tolist())
    if part is not document.parts[-1]:
        undoing.append({"op": "arrange", "ids": [each.id for each in document.parts]})
    parts = tuple(each for each in document.parts if each is not part)
    locked = document.locked.difference(part.ids.tolist())
    return replace(document, parts=parts, locked=locked), undoing


def _set_part(document: Document, op: Op) -> tuple[Document, list[Op]]:
    part = _needed(document, op["id"])
    wanted: dict[str, Any] = {name: op[name] for name in ("name", "program") if name in op}
    before: dict[str, Any] = {name: getattr(part, name) for name in wanted}
    changed = _with_part(document, replace(part, **wanted))
    return changed, [{"op": "set_part", "id": part.id, **before}]


def _arrange(document: Document, op: Op) -> tuple[Document, list[Op]]:
    before = [part.id for part in document.parts]
    parts = tuple(_needed(document, name) for name in op["ids"])
    return replace(document, parts=parts), [{"op": "arrange", "ids": before}]


# -- the piece -----------------------------------------------------------------------------


def _head(document: Document, op: Op) -> tuple[Document, list[Op]]:
    before: Op = {"op": "head", "head": document.head.to_json()}
    return replace(document, head=Head.from_json(op["head"])), [before]


def _piece(document: Document, op: Op) -> tuple[Document, list[Op]]:
    head, end = changed_piece(document, op)
    undoing: list[Op] = []
    if end is not None:
        document, undoing = _cut(document, end)
    before: Op = {"op": "head", "head": document.head.to_json()}
    return replace(document, head=head), [before, *undoing]


def _cut(document: Document, end: int) -> tuple[Document, list[Op]]:
    """Take out notes that begin at a tick or behind it, and end there what sounds on."""
    gone: list[str] = []
    short: list[dict[str, Any]] = []
    for part in document.parts:
        onset, duration = part.table[:2]
        gone += part.ids[onset >= end].tolist()
        cut = np.flatnonzero((onset < end) & (onset + duration > end)).tolist()
        short += [{"id": part.ids[at], "duration": end - int(onset[at])} for at in cut]
    undoing: list[Op] = []
    if short:
        document, undoing = _set(document, {"notes": short})
    if gone:
        document, inverse = _remove(document, {"ids": gone})
        undoing = inverse + undoing
    return document, undoing


_CHANGES: dict[str, Callable[[Document, Op], tuple[Document, list[Op]]]] = {
    "add": _add,
    "remove": _remove,
    "set": _set,
    "lock": _lock,
    "add_part": _add_part,
    "remove_part": _remove_part,
    "set_part": _set_part,
    "piece": _piece,
    "head": _head,
    "arrange": _arrange,
}
