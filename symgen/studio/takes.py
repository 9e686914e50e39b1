"""Takes of a project: pieces that were written for it, which it may take over."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from symgen.studio.changes import apply
from symgen.studio.document import Document
from symgen.studio.op_reading import Op

__all__ = ["STATES", "Take", "merged"]

STATES = ("offered", "accepted", "dropped")


@dataclass(frozen=True)
class Take:
    """What is known of a take.

    Attributes
    ----------
    number : int
        Its place among all takes of the project.
    state : str
        One of `STATES`.
    base : int
        The revision of the project that it was written for.
    facts : dict
        What the page is told: job, verb, number, of, seed, said, checks, bars.
    """

    number: int
    state: str
    base: int
    facts: dict[str, Any]

    @property
    def id(self) -> str:
        """What it is called."""
        return f"t{self.number}"

    def to_json(self) -> dict[str, Any]:
        """Return what the page is told of it."""
        return {**self.facts, "take": self.id, "state": self.state}


def merged(now: Document, base: Document, ops: Sequence[Op]) -> tuple[Document, list[Op]]:
    """Make the changes that a take makes to the document it was written for, in the document as it is now.

    Returns
    -------
    Document, list of dict
        The document, and the changes that were made: notes that are gone meanwhile, or are locked by now, are left
        out, and so is another head where the piece has one of its own meanwhile.
    """
    document, made = now, list[Op]()
    for op in ops:
        fitting = _fitting(document, base, op)
        if fitting is not None:
            document, _ = apply(document, [fitting])
            made.append(fitting)
    return document, made


def _fitting(now: Document, base: Document, op: Op) -> Op | None:
    """Return what is left of a change that can be made."""
    kind = op["op"]
    there = {name for part in now.parts for name in part.places}
    parts = {part.id for part in now.parts}
    if kind in ("remove", "lock"):
        free = there - now.locked if kind == "remove" else there
        return _some(op, "ids", [name for name in op["ids"] if name in free])
    if kind == "set":
        free = there - now.locked
        return _some(op, "notes", [note for note in op["notes"] if note["id"] in free])
    if kind == "add":
        fresh = (note for note in op["notes"] if note["id"] not in there)
        return _some(op, "notes", [note for note in fresh if note["part"] in parts])
    if kind == "head":
        is_fitting = now.head == base.head
    elif kind == "arrange":
        is_fitting = set(op["ids"]) == parts
    elif kind == "add_part":
        is_fitting = op["part"]["id"] not in parts
    else:
        is_fitting = op["id"] in parts and (kind == "set_part" or len(parts) > 1)
    return op if is_fitting else None


def _some(op: Op, field: str, left: list[Any]) -> Op | None:
    return {**op, field: left} if left else None
